"""Rows of one bucket that would be the same row to us are added up, never written over each other."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from app.core.money import EXACT
from app.providers.rules.reports import BilledLine, UsageLine

Identity = tuple[object, ...]


def _identity(line: BilledLine | UsageLine) -> Identity:
    return line.endpoint, line.start, line.end, line.group_by, tuple(sorted(line.dimensions.items(), key=str))


def merged(lines: Iterable[BilledLine]) -> Iterable[BilledLine]:
    """One line for each identity, amounts added up; quantities only where they have the same unit."""
    found: dict[Identity, BilledLine] = {}
    for line in lines:
        identity = (*_identity(line), line.currency)
        first = found.get(identity)
        found[identity] = line if first is None else _added(first, line)
    return found.values()


def _added(first: BilledLine, other: BilledLine) -> BilledLine:
    quantity = None
    if first.quantity is not None and other.quantity is not None and first.quantity_unit == other.quantity_unit:
        quantity = EXACT.add(first.quantity, other.quantity)
    return replace(
        first,
        amount=EXACT.add(first.amount, other.amount),
        quantity=quantity,
        quantity_unit=None if quantity is None else first.quantity_unit,
        model=first.model if first.model == other.model else None,
    )


def merged_usage(lines: Iterable[UsageLine]) -> Iterable[UsageLine]:
    """One line for each identity, counts and requests added up."""
    found: dict[Identity, UsageLine] = {}
    for line in lines:
        identity = _identity(line)
        first = found.get(identity)
        found[identity] = line if first is None else _counted(first, line)
    return found.values()


def _counted(first: UsageLine, other: UsageLine) -> UsageLine:
    counts: dict[str, int | Decimal] = dict(first.counts)
    for name, count in other.counts.items():
        counts[name] = counts.get(name, 0) + count
    asked = [line.requests for line in (first, other) if line.requests is not None]
    return replace(first, counts=counts, requests=sum(asked) if asked else None)
