"""The steps inside one Anthropic message: its own turns, and what other models or a compaction used beside them."""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from app.pricing.rules.matching import spellings
from app.usage.rules import fields
from app.usage.rules.dialects.envelope import Envelope
from app.usage.rules.fields import Holder
from app.usage.rules.record import UsagePart
from app.usage.rules.splitting import Leaves, Split

# A turn of the conversation, and the same when a fallback model completed it.
_TURNS: Final = frozenset(("message", "fallback_message"))
# `message` is here for a turn that another model took and then declined: the hand-over is the fallback.
_ROLES: Final = {
    "message": "fallback",
    "fallback_message": "fallback",
    "advisor_message": "advisor",
    "compaction": "compaction",
}

ReadLeaves = Callable[[Holder, str], Split]


class Steps(NamedTuple):
    """The call's own leaves, what is priced apart, and what did not add up."""

    leaves: Leaves
    parts: tuple[UsagePart, ...] = ()
    warnings: tuple[str, ...] = ()


class _Step(NamedTuple):
    kind: str
    model: str | None
    leaves: Leaves
    is_own: bool


def split_steps(usage: Holder, top: Leaves, envelope: Envelope, read: ReadLeaves) -> Steps:
    """The leaves and parts of a usage object whose top level has the leaves `top`.

    Each step is billed on its own model. The top level repeats the turns, so it is taken in their place where it says
    the same (it knows more: thinking, lives of writes) and never added to them.
    """
    entries = fields.items(usage, "iterations")
    if not entries:
        return Steps(top)
    steps, warnings = _read(entries, envelope, read)
    own = _sum(step.leaves for step in steps if step.is_own)
    turns = _sum(step.leaves for step in steps if step.kind in _TURNS)
    parts = tuple(
        UsagePart(_ROLES.get(step.kind, "tool"), step.model, step.leaves) for step in steps if not step.is_own
    )
    if not turns or _totals(top) == _totals(own):
        return Steps(top, parts, tuple(warnings))
    if _totals(top) != _totals(turns):
        steps_say, top_says = sum(turns.values()), sum(top.values())
        warnings.append(f"iterations_mismatch: message steps {steps_say}, top level {top_says}")
    return Steps(own, parts, tuple(warnings))


def _read(entries: list[Holder], envelope: Envelope, read: ReadLeaves) -> tuple[list[_Step], list[str]]:
    steps: list[_Step] = []
    warnings: list[str] = []
    for index, entry in enumerate(entries):
        leaves, complaints = read(entry, f"iterations[{index}].")
        warnings.extend(complaints)
        kind = fields.text(entry, "type") or "message"
        model = fields.text(entry, "model")
        steps.append(_Step(kind, model, leaves, kind in _TURNS and _is_own(model, envelope)))
    return steps, warnings


def _is_own(model: str | None, envelope: Envelope) -> bool:
    """Whether a step's model is the one the response names (the event, where no response was sent)."""
    own = envelope.model_for_rules
    if model is None or own is None or model == own:
        return True
    provider = envelope.provider
    return not set(spellings(provider, model)).isdisjoint(spellings(provider, own))


def _sum(several: Iterable[Leaves]) -> Leaves:
    total: Leaves = {}
    for leaves in several:
        for leaf, count in leaves.items():
            total[leaf] = total.get(leaf, 0) + count
    return total


def _totals(leaves: Leaves) -> tuple[int, int, int, int]:
    """Fresh, read, written and put out: what top level and steps both tell, however finely."""
    sums = {"fresh": 0, "cache_read": 0, "cache_write": 0, "output": 0}
    for leaf, count in leaves.items():
        direction, kind, _ = leaf.split(".")
        sums["output" if direction == "output" else "cache_write" if kind.startswith("cache_write") else kind] += count
    return sums["fresh"], sums["cache_read"], sums["cache_write"], sums["output"]
