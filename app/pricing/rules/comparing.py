"""What differs between two books: prices that came, went and moved."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from app.pricing.rules.rows import PriceRow

# A price that moves by more than this is looked at before it is believed.
LARGE: Final = Decimal("0.3")


@dataclass(frozen=True, slots=True)
class Move:
    """One price in two books; None where a book does not have it. `row` is the newer book's where it has one."""

    row: PriceRow
    old: PriceRow | None
    new: PriceRow | None

    @property
    def ratio(self) -> Decimal | None:
        """By what part the price rose (negative: fell); None where there is nothing to compare, or it was free."""
        if self.old is None or self.new is None or not self.old.price:
            return None
        was, now = self.old.price / self.old.per, self.new.price / self.new.per
        return (now - was) / was

    @property
    def is_large(self) -> bool:
        """Whether the price moved by more than thirty percent, or from nothing."""
        if self.old is not None and self.new is not None and not self.old.price:
            return bool(self.new.price)
        return self.ratio is not None and abs(self.ratio) > LARGE


def compare(old: Iterable[PriceRow], new: Iterable[PriceRow]) -> list[Move]:
    """The prices that are not the same in both, in the order of their models and dimensions."""
    before, after = {_key(row): row for row in old}, {_key(row): row for row in new}
    moves = (Move(after.get(key) or before[key], before.get(key), after.get(key)) for key in {*before, *after})
    return sorted((move for move in moves if _differs(move)), key=lambda move: _key(move.row))


def _differs(move: Move) -> bool:
    if move.old is None or move.new is None:
        return True
    return move.old.price / move.old.per != move.new.price / move.new.per or _until(move.old) != _until(move.new)


def _key(row: PriceRow) -> tuple[str, ...]:
    return tuple(_parts(row))


def _parts(row: PriceRow) -> Iterator[str]:
    yield from (
        row.provider,
        row.model,
        row.tier,
        row.processing,
        row.speed,
        row.geo,
        row.currency,
        row.unit,
        row.facts,
    )
    yield f"{row.input_over or 0:012d}{row.input_over_inclusive}"
    yield str(sorted((window.start, window.end, sorted(window.days)) for window in row.hours))
    yield _instant(row.effective_from)


def _until(row: PriceRow) -> str:
    return _instant(row.effective_to)


def _instant(instant: datetime | None) -> str:
    return instant.isoformat() if instant else ""
