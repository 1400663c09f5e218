"""Splitting totals that contain their parts into leaves that do not.

Nothing goes negative: where parts are larger than their whole, the larger sum is kept and a warning says so.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

Leaves = dict[str, int]

# Where a provider does not say what was cached, text is taken first: prompts are cached from their start on.
_ORDER: Final = ("text", "audio", "image", "video")


class Split(NamedTuple):
    """Leaves, and what did not add up on the way."""

    leaves: Leaves
    warnings: tuple[str, ...]


def split_input(
    total: int | None,
    *,
    read: int | None = None,
    writes: Mapping[str, int] | None = None,
    modalities: Mapping[str, int] | None = None,
    read_modalities: Mapping[str, int] | None = None,
) -> Split:
    """Leaves of an input total that contains what was read from and written to caches.

    `writes`: tokens by kind (`cache_write_5m`, ...). `modalities`: tokens of the total that are not text, cached ones
    included. `read_modalities`: of the tokens read, those that are not text.
    """
    writes = writes or {}
    modalities = modalities or {}
    if total is None:
        return Split(_without_total(read, writes, modalities), ())
    warnings: list[str] = []
    cached = (read or 0) + sum(writes.values())
    if not modalities and not read_modalities:
        return _split_text(_at_least(total, cached, "cached tokens exceed the input", warnings), read, writes, warnings)
    total = _at_least(total, cached, "cached tokens exceed the input", warnings)
    total = _at_least(total, sum(modalities.values()), "modalities exceed the input", warnings)
    rest = {"text": total - sum(modalities.values()), **modalities}
    leaves: Leaves = {}
    if read is not None:
        stated = read_modalities or {}
        _take(rest, leaves, "cache_read", read, stated)
        if any(count > modalities.get(modality, 0) for modality, count in stated.items()):
            warnings.append("cached modalities exceed their input")
    for kind, count in writes.items():
        _take(rest, leaves, kind, count, {})
    leaves.update({f"input.fresh.{modality}": count for modality, count in rest.items()})
    return Split(leaves, tuple(warnings))


def _split_text(total: int, read: int | None, writes: Mapping[str, int], warnings: list[str]) -> Split:
    """The usual case, all of it text."""
    leaves: Leaves = {} if read is None else {"input.cache_read.text": read}
    total -= read or 0
    for kind, count in writes.items():
        leaves[f"input.{kind}.text"] = count
        total -= count
    leaves["input.fresh.text"] = total
    return Split(leaves, tuple(warnings))


def _without_total(read: int | None, writes: Mapping[str, int], modalities: Mapping[str, int]) -> Leaves:
    """Only the parts are known: what was neither cached nor named stays unknown."""
    leaves = {f"input.fresh.{modality}": count for modality, count in modalities.items()}
    if read is not None:
        leaves["input.cache_read.text"] = read
    leaves.update({f"input.{kind}.text": count for kind, count in writes.items()})
    return leaves


def _take(rest: Leaves, leaves: Leaves, kind: str, count: int, stated: Mapping[str, int]) -> None:
    """Move `count` tokens from what is left to a kind: the stated modalities first, then text, then any."""
    leaves[f"input.{kind}.text"] = 0
    wanted = [(modality, stated[modality]) for modality in _ORDER if modality in stated]
    for modality, limit in [*wanted, *((modality, count) for modality in _ORDER)]:
        moved = min(limit, count, rest.get(modality, 0))
        if moved:
            leaf = f"input.{kind}.{modality}"
            leaves[leaf] = leaves.get(leaf, 0) + moved
            rest[modality] -= moved
            count -= moved


def split_output(
    total: int | None,
    *,
    reasoning: int | None = None,
    is_outside: bool = False,
    modalities: Mapping[str, int] | None = None,
) -> Split:
    """Leaves of an output total; `is_outside` when reasoning comes on top of the total instead of being in it."""
    modalities = modalities or {}
    leaves: Leaves = {} if reasoning is None else {"output.reasoning.text": reasoning}
    if total is None:
        return Split({**leaves, **{f"output.visible.{m}": count for m, count in modalities.items()}}, ())
    warnings: list[str] = []
    inside = 0 if is_outside else reasoning or 0
    visible = _at_least(total, inside, "reasoning exceeds the output", warnings) - inside
    visible = _at_least(visible, sum(modalities.values()), "modalities exceed the output", warnings)
    leaves["output.visible.text"] = visible - sum(modalities.values())
    leaves.update({f"output.visible.{modality}": count for modality, count in modalities.items()})
    return Split(leaves, tuple(warnings))


def _at_least(whole: int, parts: int, complaint: str, warnings: list[str]) -> int:
    if parts > whole:
        warnings.append(f"{complaint}: {parts} > {whole}")
    return max(whole, parts)


def total_mismatch(leaves: Mapping[str, int], total: int | None) -> tuple[str, ...]:
    """A warning with both numbers when the leaves do not sum to the provider's own total."""
    found = sum(leaves.values())
    return () if total is None or found == total else (f"total_mismatch: leaves {found}, provider {total}",)
