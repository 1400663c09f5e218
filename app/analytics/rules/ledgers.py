"""Which ledger a question is answered from. Ledgers are never added together: an answer has one, and names it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.analytics.rules.figure import Freshness
from app.analytics.rules.grouping import Grouping
from app.core.errors import FieldError, InvalidRequest
from app.core.periods import Granularity, Period, floor
from app.pricing.rules.matching import canonical_provider

NO_CALLS: Final = Freshness(None, None)
# Bills come late: with most providers the next day, with some after two.
BILLS_ARE_LATE: Final = timedelta(days=2)
# Both are on one bill.
_ON_THE_SAME_BILL: Final = {"vertex": "google"}


class Ledger(StrEnum):
    """Which book a figure is from."""

    TRACKED = "tracked"
    BILLED = "billed"
    REPORTED = "reported"
    CREDITS = "credits"


class AskedLedger(StrEnum):
    """The books that can be asked for by name."""

    TRACKED = "tracked"
    BILLED = "billed"
    REPORTED = "reported"


GROUPINGS: Final = {
    Ledger.TRACKED: frozenset(set(Grouping) - {Grouping.LINE_ITEM}),
    Ledger.BILLED: frozenset(
        {Grouping.PROVIDER, Grouping.MODEL, Grouping.PROJECT, Grouping.API_KEY, Grouping.LINE_ITEM}
    ),
    Ledger.REPORTED: frozenset({Grouping.PROVIDER, Grouping.MODEL, Grouping.PROJECT, Grouping.API_KEY, Grouping.USER}),
}


@dataclass(frozen=True, slots=True)
class Source:
    """One feed of one connection: which days of it were read to their end, and when it was last read."""

    connection_id: UUID
    provider: str
    label: str
    ledger: Ledger
    covered: Period | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sources:
    """What there is beside the calls. `billed_until` is the end of the newest day that has a billed line."""

    feeds: Sequence[Source] = ()
    billed_until: datetime | None = None
    has_credits: bool = False
    newest: Freshness = NO_CALLS

    def of(self, ledger: Ledger) -> list[Source]:
        return [feed for feed in self.feeds if feed.ledger is ledger and feed.covered is not None]

    def exists(self, ledger: Ledger) -> bool:
        match ledger:
            case Ledger.TRACKED:
                return True
            case Ledger.BILLED:
                return bool(self.billed_until or self.of(ledger))
            case Ledger.CREDITS:
                return self.has_credits
            case Ledger.REPORTED:
                return bool(self.of(ledger))

    def covers_some(self, ledger: Ledger, period: Period) -> bool:
        """Whether any day of the period was read to its end."""
        return any(_overlap(feed.covered, period) for feed in self.of(ledger))

    def covers(self, period: Period, providers: Collection[str], now: datetime) -> bool:
        """Whether bills were read for the whole period, as far as bills go, of every provider named and of any."""
        end = min(period.end, floor(now, Granularity.DAY) - BILLS_ARE_LATE)
        feeds = [feed for feed in self.of(Ledger.BILLED) if _reaches(feed.covered, period.start, end)]
        billing = {on_bill(feed.provider) for feed in feeds}
        return bool(feeds) and {on_bill(provider) for provider in providers} <= billing

    @property
    def last_synced_at(self) -> datetime | None:
        return max((feed.read_at for feed in self.feeds if feed.read_at), default=None)


def on_bill(provider: str) -> str:
    """The provider on whose bill the calls to `provider` stand."""
    name = canonical_provider(provider)
    return _ON_THE_SAME_BILL.get(name, name)


def _overlap(covered: Period | None, period: Period) -> bool:
    return covered is not None and covered.start < period.end and period.start < covered.end


def _reaches(covered: Period | None, start: datetime, end: datetime) -> bool:
    """In the first days of a month no bill of it is due: then the reading must have come up to it."""
    return covered is not None and covered.start <= start and covered.end >= end


def days_covered(sources: Iterable[Source], day: datetime) -> bool:
    """Whether any of them was read for the bucket that starts at `day`."""
    return any(source.covered and source.covered.start <= day < source.covered.end for source in sources)


def check_grouping(ledger: Ledger, grouping: Grouping | None, field: str) -> None:
    """Raises InvalidRequest when the ledger does not know the dimension."""
    if grouping is None or grouping in GROUPINGS[ledger]:
        return
    known = ", ".join(sorted(GROUPINGS[ledger]))
    elsewhere = [name for name, groupings in GROUPINGS.items() if grouping in groupings]
    detail = f"the {ledger} ledger does not know {grouping}: it has {known}; {grouping} is in {' and '.join(elsewhere)}"
    raise InvalidRequest(f"The {ledger} ledger cannot be split by {grouping}.", errors=[FieldError(field, detail)])


def check_granularity(ledger: Ledger, granularity: Granularity) -> None:
    """Raises InvalidRequest for hours of a bill."""
    if ledger is not Ledger.TRACKED and granularity is Granularity.HOUR:
        detail = f"days are the finest that the {ledger} ledger has: ask for day or month, or for ledger=tracked"
        raise InvalidRequest("Providers report days, not hours.", errors=[FieldError("granularity", detail)])
