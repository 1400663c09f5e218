"""The rows that tell what calls carry a tag: a month's where its days are closed (see `TagMonth`), else the days' own.

One statement sees one state of the database: it looks itself which months are closed, so no answer can mix two states.
"""

from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    SelectBase,
    Text,
    and_,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    true,
    union_all,
)

from app.analytics.queries.sums import COUNTS, INSTANT, MONEY, NOTHING, PARTS, SUMS, of_workspace
from app.usage.models import DailyTagTotal, DailyTagUsage, MonthlyTagUsage, TagMonth

DETAILS: Final = ("status", "price_state", "unpriced_reason", "capacity")
_START, _END = bindparam("start", type_=INSTANT), bindparam("end", type_=INSTANT)
_TAG: Final = bindparam("tag", type_=Text)
# a day of UTC has so many, whatever the zone of the database session
_DAY: Final[ColumnElement[Any]] = literal_column("interval '24 hours'")
_ANY: Final = true()
# what is closed of the month lies in the period with all its days, so that its sums can be used
_IS_WHOLE: Final = and_(TagMonth.start >= _START, TagMonth.until <= _END)


def by_value(names: tuple[str, ...] = SUMS) -> SelectBase:
    """Rows of `value` and these of `SUMS`, of the period's calls that carry the tag."""
    return _rows(("value", *names), MonthlyTagUsage.tag == _TAG, DailyTagUsage.tag == _TAG)


def of_all_tags(after: ColumnElement[str]) -> SelectBase:
    """Rows of `tag`, `value` and `SUMS`, of the tags behind one."""
    return _rows(("tag", "value", *SUMS), MonthlyTagUsage.tag > after, DailyTagUsage.tag > after)


def _rows(names: tuple[str, ...], is_in_month: ColumnElement[bool], is_in_day: ColumnElement[bool]) -> SelectBase:
    months, days = MonthlyTagUsage.__table__.c, DailyTagUsage.__table__.c
    shown = [days[name] if name in days else _part(name).label(name) for name in names]
    is_open = days.start == any_(_days(~_is_closed(_IS_WHOLE)))
    return union_all(
        select(*(months[name] for name in names)).where(
            of_workspace(MonthlyTagUsage), months.start == any_(_closed_months()), is_in_month
        ),
        select(*shown).where(of_workspace(DailyTagUsage), is_open, is_in_day),
    )


def _part(name: str) -> ColumnElement[Any]:
    days = DailyTagUsage.__table__
    return case((PARTS[name](days), days.c.calls), else_=NOTHING)


def totals() -> SelectBase:
    """Rows of `start`, details and sums, of the period's calls that carry the tag, whatever its value."""
    closed, days = DailyTagTotal.__table__.c, DailyTagUsage.__table__.c
    names = ("start", *DETAILS, *COUNTS, "listed_calls", *MONEY)
    is_closed = closed.start == any_(_days(_is_closed()))
    is_open = days.start == any_(_days(~_is_closed()))
    return union_all(
        select(*(closed[name] for name in names)).where(
            of_workspace(DailyTagTotal), is_closed, DailyTagTotal.tag == _TAG
        ),
        select(*(days[name] for name in names)).where(of_workspace(DailyTagUsage), is_open, DailyTagUsage.tag == _TAG),
    )


def of_values(is_wanted: ColumnElement[bool]) -> Select[Any]:
    """Rows of `start`, `value`, details and sums, of few values of the tag: each is looked up on each day."""
    days = DailyTagUsage.__table__.c
    names = ("start", "value", *DETAILS, *COUNTS, "listed_calls", *MONEY)
    every_day = days.start == any_(_days())
    return select(*(days[name] for name in names)).where(
        of_workspace(DailyTagUsage), every_day, DailyTagUsage.tag == _TAG, is_wanted
    )


def _days(which: ColumnElement[bool] | None = None) -> ColumnElement[Any]:
    """An array of days of the period: an index is asked for each of them by itself."""
    found = _each_day()
    wanted = select(func.array_agg(found.c.day)).select_from(found)
    return cast((wanted if which is None else wanted.where(which)).scalar_subquery(), ARRAY(INSTANT))


def _each_day() -> Any:
    return func.generate_series(_START, _END - _DAY, _DAY).table_valued("day").render_derived(name="days")


def _is_closed(month: ColumnElement[bool] = _ANY) -> ColumnElement[bool]:
    """Whether the day is closed, in a month like that."""
    day = literal_column("days.day", INSTANT)
    held = and_(of_workspace(TagMonth), month, TagMonth.start <= day, TagMonth.until > day)
    return select(literal_column("1")).where(held).correlate_except(TagMonth).exists()


def _closed_months() -> ColumnElement[Any]:
    starts = select(func.array_agg(TagMonth.start)).where(of_workspace(TagMonth), _IS_WHOLE)
    return cast(starts.scalar_subquery(), ARRAY(INSTANT))
