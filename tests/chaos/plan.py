"""What is done to the services and their database, and when: a pure function of the seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, TypeVar

T = TypeVar("T")

# Each with how the senders behave meanwhile.
KINDS: Final[Mapping[str, str]] = {
    "service killed": "plain",
    "services killed": "plain",
    "service restarted": "plain",
    "database killed": "plain",
    "database process killed": "plain",
    "database restarted": "plain",
    "database and services killed": "plain",
    "disk full": "plain",
    "database stalled": "plain",
    "database stalled, many senders": "flood",
    "table locked": "plain",
    "connections ended": "plain",
    "senders cut while sending": "cut_sending",
    "senders cut while waiting": "cut_waiting",
    "slow senders": "slow",
}
# So many faults share their workspaces and months: the judge reads thousands of rows each time, not a million.
SEASON_FAULTS: Final = 4


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: `wait_seconds` of load before it, how long it is held, and `pick`, from 0 to 1, for its choices."""

    number: int
    kind: str
    wait_seconds: float
    hold_seconds: float
    pick: float

    @property
    def behaviour(self) -> str:
        return KINDS[self.kind]

    @property
    def season(self) -> int:
        return (self.number - 1) // SEASON_FAULTS

    def choose(self, choices: Sequence[T]) -> T:
        """One of the choices, decided by the plan."""
        return choices[int(self.pick * len(choices)) % len(choices)]


def make_plan(seed: int, count: int, *, short: bool = False, only: str | None = None) -> list[Fault]:
    """The faults in their order; every kind comes up once before any comes up again. `short` leaves out the flood.

    `only` names the one kind that comes up at all.
    """
    random = Random(seed)
    longest_wait, longest_hold = (0.5, 1.0) if short else (1.5, 3.0)
    kinds: list[str] = []
    while len(kinds) < count:
        deck = [only] if only else [kind for kind, behaviour in KINDS.items() if not (short and behaviour == "flood")]
        random.shuffle(deck)
        kinds += deck
    return [
        Fault(
            number,
            kind,
            wait_seconds=round(random.uniform(0.1, longest_wait), 3),
            hold_seconds=round(random.uniform(0.3, longest_hold), 3),
            pick=round(random.random(), 6),
        )
        for number, kind in enumerate(kinds[:count], 1)
    ]
