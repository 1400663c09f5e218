"""Before a call is made: what it may cost at most is held of its budgets, or it is not made."""

from typing import Final

from tokenboard.events import Event, within_limits
from tokenboard.wrap.core import Call, guarded
from tokenboard.wrap.reading import get
from tokenboard.wrap.sizes import Size, size_of

_FOR_WHOM: Final = ("provider", "project", "environment", "user", "tags")
# Calls that are paid by the token, and whether their answers are, too.
_BY_TOKEN: Final = {"chat": True, "text_completion": True, "generate_content": True, "embeddings": False}
# What makes a call dearer than the list price, where its request says so. What makes it cheaper is left out.
_DEARER: Final = {"service_tier": ("priority",), "speed": ("fast",)}


def reserve(call: Call) -> None:
    """Wait for the answer. Raises BudgetExceeded, BudgetUnavailable: the call must not be made."""
    call.reserved(call.client.gate.ask(_question(call)))


async def reserve_async(call: Call) -> None:
    """The same, while the loop goes on."""
    call.reserved(await call.client.gate.ask_async(_question(call)))


def _question(call: Call) -> Event:
    """What the call is for, whose it is and how large; without a size where that cannot be said."""
    question: Event = guarded(_about, call) or {}
    size = guarded(_size, call)
    return question if size is None else {**question, **size._asdict()}


def _about(call: Call) -> Event:
    known = call.client.about(call.fields, call.within)
    said = {name: known.get(name) for name in _FOR_WHOM}
    said["model"] = known.get("requested_model")
    for name, values in _DEARER.items():
        if (asked := get(call.body, name)) in values:
            said[name] = asked
    if isinstance(place := get(call.body, "inference_geo"), str):
        said["geo"] = place
    return within_limits(said)


def _size(call: Call) -> Size | None:
    has_answer = _BY_TOKEN.get(call.operation.operation)
    if has_answer is None:
        return None
    return size_of(call.body, call.client.settings.budget_output_tokens if has_answer else None)
