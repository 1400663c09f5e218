"""What a job is, and what it works with."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.core.config import Settings
from app.delivery.transports import Transports
from app.pricing.shelf import PriceShelf
from app.providers.sync import Syncer
from app.usage.service import Sessions

IsStopped = Callable[[], bool]

OFTEN: Final = "* * * * * */2"
SOON: Final = "* * * * * */5"
MINUTELY: Final = "* * * * *"
HOURLY: Final = "17 * * * *"
# One run may take so long where processes live on; what is left is gone on with.
RUN_SECONDS: Final = 15 * 60.0


@dataclass(frozen=True)
class Hands:
    """What jobs work with. `syncer` is None where no key could be opened."""

    sessions: Sessions
    settings: Settings
    transports: Transports
    shelf: PriceShelf
    syncer: Syncer | None


@dataclass(frozen=True)
class Turn:
    """One run of a job: for what, and how long it may take. What is stopped ends after its step and goes on later."""

    hands: Hands
    key: str
    seconds: float
    is_stopped: IsStopped


async def always(_hands: Hands) -> Sequence[str]:
    return [""]


@dataclass(frozen=True)
class Job:
    """Something that happens by itself.

    `find` says what is due, by keys; each key is one run, by one process at a time. Without it there is one run each
    time. `when` (five fields of cron, maybe one for the seconds) is how often it is looked for. `do` answers whether it
    is done; what is not, or failed, is gone on with in a minute. `at_once` is how many runs there may be in all
    processes, `share` what of an outside scheduler's time all of them may take.
    """

    name: str
    when: str
    do: Callable[[Turn], Awaitable[bool]]
    find: Callable[[Hands], Awaitable[Sequence[str]]] = field(default=always)
    at_once: int = 1
    share: float = 0.1
