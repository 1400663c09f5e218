"""What may be set, by argument or by environment."""

import os
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

DEFAULT_BASE_URL: Final = "http://localhost:8000"
_TRUE: Final = frozenset(("1", "true", "yes", "on"))


@dataclass(frozen=True)
class Settings:
    """Everything about one `init`. An empty `api_key` means that nothing is tracked."""

    api_key: str = field(default="", repr=False)
    base_url: str = DEFAULT_BASE_URL
    project: str | None = None
    environment: str | None = None
    disabled: bool = False
    debug: bool = False
    stream_usage: bool = True
    """Ask for the usage of OpenAI chat streams, which say nothing of it unasked, and hide the chunk that tells it."""
    flush_interval: float = 1.0
    """Seconds that an event waits for others to travel with."""
    exit_timeout: float = 2.0
    """Seconds that the end of the program may be put off for what has not been sent."""
    timeout: float = 10.0
    """Seconds for one request to TokenBoard."""
    max_queue_events: int = 100_000
    max_queue_bytes: int = 64 * 1024 * 1024
    spool_dir: str | None = None
    """A folder that keeps what could not be sent until it can be, also by the next start."""
    max_spool_bytes: int = 256 * 1024 * 1024
    enforce_budgets: bool = False
    """Ask before each call of a wrapped client whether it is within its budgets."""
    budget_timeout: float = 2.0
    """Seconds that a call may wait for the answer."""
    budget_unavailable: str = "open"
    """What happens to calls while nobody can be asked: `open`, they are made, or `closed`. It holds until an answer has
    told what the budgets want."""
    budget_output_tokens: int = 32_768
    """What a call is taken to answer at most that does not say so itself."""
    budget_amount: str | Decimal | int | None = None
    """US dollars that a call may cost at most whose cost nobody can say beforehand: pictures, sound, unknown models."""
    budget_lease: int = 120
    """Seconds that what a call holds outlives a program that dies; while the call is made it is extended."""

    @property
    def is_on(self) -> bool:
        return bool(self.api_key) and not self.disabled


def from_environment() -> Settings:
    """What `TOKENBOARD_*` says."""
    said = os.environ.get
    return Settings(
        api_key=said("TOKENBOARD_API_KEY", "").strip(),
        base_url=said("TOKENBOARD_BASE_URL", "").strip() or DEFAULT_BASE_URL,
        project=said("TOKENBOARD_PROJECT") or None,
        environment=said("TOKENBOARD_ENVIRONMENT") or None,
        disabled=said("TOKENBOARD_DISABLED", "").strip().lower() in _TRUE,
        debug=said("TOKENBOARD_DEBUG", "").strip().lower() in _TRUE,
        enforce_budgets=said("TOKENBOARD_ENFORCE_BUDGETS", "").strip().lower() in _TRUE,
    )


def settled(given: dict[str, Any]) -> Settings:
    """What the environment says, with what was given before it; None is not given."""
    said = {name: value for name, value in given.items() if value is not None}
    for name in ("api_key", "base_url"):  # read from a file, say, with its line's end
        if name in said:
            said[name] = said[name].strip()
    return replace(from_environment(), **said)
