from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Double,
    Index,
    LargeBinary,
    Numeric,
    SmallInteger,
    Text,
    case,
    cast,
    func,
    literal_column,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, column_property, mapped_column

from app.core.database import Base
from app.usage.models.kinds import CallKind, as_cost, of_kind
from app.usage.rules.events import AS_NAMED
from app.usage.rules.kinds import CONTRACTED_IS_COST, LIST_IS_COST
from app.usage.rules.packing import usage_object

# The names of the month partitions of `events`: events_2026_11
PARTITION_PATTERN = r"events_\d{4}_\d{2}"


def text_mark(workspace_id: Any, value: Any) -> ColumnElement[int]:
    """A number for a text of a workspace: in an index a fraction of the text's room. Others may have the same one."""
    of_workspace = func.uuid_hash_extended(workspace_id, literal_column("0"))
    return func.hashtextextended(value, of_workspace, type_=BigInteger)


class EventKey(Base):
    """The identity of every event taken: (workspace, event id), whatever time the event names.

    Apart from `events`, because a unique key there would have to hold the partition's time and
    would not see a repeat that carries another one. `event_key` is the event id itself when that
    is a UUID (time-ordered ids then stay side by side), else a 128-bit hash of it.

    A call that the provider's response names too has a second row under that name (see `rules.identity`): there
    `owner_key` is the key of the call itself, elsewhere it is null.
    """

    __tablename__ = "event_keys"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    event_key: Mapped[UUID] = mapped_column(primary_key=True)
    occurred_at: Mapped[datetime]
    owner_key: Mapped[UUID | None]


class Event(Base):
    """One call. Partitioned by month of `occurred_at`.

    No key holds it together in the database: `EventKey` sees to it that there is one, and a key here would have to hold
    the time and take half as much again for each call as the index by time.

    Each token leaf has one home: a column for the five commonest, else `meters` by its canonical
    name, so no token is ever counted twice. Null is unknown, 0 is known to be zero.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_occurred_at", "workspace_id", "occurred_at"),
        {"postgresql_partition_by": "RANGE (occurred_at)"},
    )

    workspace_id: Mapped[UUID] = mapped_column()
    occurred_at: Mapped[datetime] = mapped_column()
    event_key: Mapped[UUID] = mapped_column()
    __mapper_args__ = {"primary_key": [workspace_id, occurred_at, event_key]}  # noqa: RUF012 - so SQLAlchemy has it
    recorded_at: Mapped[datetime]
    # null where it is the key itself, as a UUID is spelled
    kept_id: Mapped[str | None] = mapped_column("event_id")
    api_key_id: Mapped[UUID | None]

    provider: Mapped[str] = mapped_column()
    model: Mapped[str] = mapped_column()
    requested_model: Mapped[str | None]
    api: Mapped[str | None]
    operation: Mapped[str | None]
    status: Mapped[str]
    error_type: Mapped[str | None]
    http_status: Mapped[int | None] = mapped_column(SmallInteger)
    latency_ms: Mapped[float | None] = mapped_column(Double)
    time_to_first_token_ms: Mapped[float | None] = mapped_column(Double)

    # leaves: input.fresh.text, input.cache_read.text, input.cache_write_5m.text, output.visible.text,
    # output.reasoning.text; all others, and meters that are not tokens, by name in `meters`
    fresh_tokens: Mapped[int | None] = mapped_column(BigInteger)
    cache_read_tokens: Mapped[int | None] = mapped_column(BigInteger)
    cache_write_tokens: Mapped[int | None] = mapped_column(BigInteger)
    visible_tokens: Mapped[int | None] = mapped_column(BigInteger)
    reasoning_tokens: Mapped[int | None] = mapped_column(BigInteger)
    meters: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    # sub-requests that are priced apart, as `rules.facts` writes them; their tokens are in no column above
    parts: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    facts: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    # as `rules.packing` writes it; the first of the two holds what was written before that
    plain_usage: Mapped[dict[str, Any] | None] = mapped_column("raw_usage", JSONB)
    packed_usage: Mapped[bytes | None] = mapped_column(LargeBinary)
    kept_usage_status: Mapped[str | None] = mapped_column("usage_status")
    kept_convention: Mapped[str | None] = mapped_column("convention")
    warnings: Mapped[list[str] | None] = mapped_column(ARRAY(Text))

    price_state: Mapped[str]
    unpriced_reason: Mapped[str | None]
    cost: Mapped[Decimal | None] = mapped_column(Numeric)
    kept_list_cost: Mapped[Decimal | None] = mapped_column("list_cost", Numeric)
    kept_contracted_cost: Mapped[Decimal | None] = mapped_column("contracted_cost", Numeric)
    reported_cost: Mapped[Decimal | None] = mapped_column(Numeric)
    # AS_NAMED where the call is priced as the provider and model that it names
    kept_priced_as: Mapped[str | None] = mapped_column("priced_as")
    kept_price_version: Mapped[str | None] = mapped_column("price_version")
    # where it is there, the call leaves out what `CallKind` says, and amounts that are its cost (see `rules.kinds`)
    kind: Mapped[int | None] = mapped_column()

    service_tier: Mapped[str | None]
    processing: Mapped[str | None]
    speed: Mapped[str | None]
    geo: Mapped[str | None]
    capacity: Mapped[str | None]
    base_url: Mapped[str | None]
    deployment: Mapped[str | None]

    project: Mapped[str | None]
    environment: Mapped[str | None]
    user: Mapped[str | None] = mapped_column("user_ref")  # the customer it was for; USER is a word of SQL
    session_id: Mapped[str | None]
    trace_id: Mapped[str | None]
    span_id: Mapped[str | None]
    parent_span_id: Mapped[str | None]
    provider_response_id: Mapped[str | None]
    role: Mapped[str | None]
    tags: Mapped[dict[str, str] | None] = mapped_column(JSONB)

    usage_status: Mapped[str] = column_property(of_kind(CallKind.usage_status, kept_usage_status, workspace_id, kind))
    convention: Mapped[str | None] = column_property(of_kind(CallKind.convention, kept_convention, workspace_id, kind))
    price_version: Mapped[str] = column_property(
        of_kind(CallKind.price_version, kept_price_version, workspace_id, kind)
    )
    list_cost: Mapped[Decimal | None] = column_property(as_cost(LIST_IS_COST, kept_list_cost, cost, kind))
    contracted_cost: Mapped[Decimal | None] = column_property(
        as_cost(CONTRACTED_IS_COST, kept_contracted_cost, cost, kind)
    )
    event_id: Mapped[str] = column_property(func.coalesce(kept_id, cast(event_key, Text)))
    priced_as: Mapped[str | None] = column_property(
        case(
            (kept_priced_as == literal_column(f"'{AS_NAMED}'"), func.concat(provider, literal_column("'/'"), model)),
            else_=kept_priced_as,
        )
    )

    @property
    def raw_usage(self) -> dict[str, Any] | None:
        return usage_object(self.plain_usage, self.packed_usage)


for _name, _text in (("ix_events_session_mark", Event.session_id), ("ix_events_trace_mark", Event.trace_id)):
    Index(_name, text_mark(Event.workspace_id, _text), postgresql_where=_text.is_not(None))


class EventPrice(Base):
    """What a re-pricing found at a call it changed, so that it can be undone and the call's history told.

    `usage` holds the columns of the earlier reading by name, where the re-pricing read the usage again and found
    another; null where the reading stayed.
    """

    __tablename__ = "event_prices"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    repricing_id: Mapped[UUID] = mapped_column(primary_key=True)
    occurred_at: Mapped[datetime] = mapped_column(primary_key=True)
    event_key: Mapped[UUID] = mapped_column(primary_key=True)
    price_state: Mapped[str]
    unpriced_reason: Mapped[str | None]
    cost: Mapped[Decimal | None] = mapped_column(Numeric)
    list_cost: Mapped[Decimal | None] = mapped_column(Numeric)
    contracted_cost: Mapped[Decimal | None] = mapped_column(Numeric)
    priced_as: Mapped[str | None]
    price_version: Mapped[str]
    capacity: Mapped[str | None]
    usage: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class _Rollup:
    """Sums over the events of one bucket and one set of dimensions.

    An absent dimension is the empty string (or the nil UUID), because a primary key holds no null.
    `cost` is null exactly in the rows whose `price_state` is unpriced. `list_cost` covers the calls that have one,
    and is null where none has: `cost` may be the provider's own figure, for a model that the book does not list.
    """

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(primary_key=True)
    project: Mapped[str] = mapped_column(primary_key=True)
    environment: Mapped[str] = mapped_column(primary_key=True)
    api_key_id: Mapped[UUID] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(primary_key=True)
    price_state: Mapped[str] = mapped_column(primary_key=True)
    unpriced_reason: Mapped[str] = mapped_column(primary_key=True)
    capacity: Mapped[str] = mapped_column(primary_key=True)

    calls: Mapped[int] = mapped_column(BigInteger)
    fresh_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_read_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_write_tokens: Mapped[int] = mapped_column(BigInteger)
    visible_tokens: Mapped[int] = mapped_column(BigInteger)
    reasoning_tokens: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[Decimal | None] = mapped_column(Numeric)
    list_cost: Mapped[Decimal | None] = mapped_column(Numeric)
    last_event_at: Mapped[datetime]
    last_recorded_at: Mapped[datetime]


class HourlyUsage(_Rollup, Base):
    """Rollup by hour."""

    __tablename__ = "usage_hourly"


class DailyUsage(_Rollup, Base):
    """Rollup by day."""

    __tablename__ = "usage_daily"


class DailyLatency(Base):
    """How many calls of a day fell into each bucket of the latency histogram (see `rules.latency`)."""

    __tablename__ = "latency_daily"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(primary_key=True)
    bucket: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    calls: Mapped[int] = mapped_column(BigInteger)


class DailyTagUsage(Base):
    """Sums over the events of one day that carry one value of one tag (see `rules.tags`).

    An event counts once under each of its tags, so only rows of one tag add up. `cost` is null exactly in the rows
    whose `price_state` is unpriced; `list_cost` covers `listed_calls`, and is null where these are none. Amounts carry
    no idle zeros: so a call that is taken out again leaves no trace.
    """

    __tablename__ = "usage_tags_daily"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(primary_key=True)
    price_state: Mapped[str] = mapped_column(primary_key=True)
    unpriced_reason: Mapped[str] = mapped_column(primary_key=True)
    capacity: Mapped[str] = mapped_column(primary_key=True)

    calls: Mapped[int] = mapped_column(BigInteger)
    fresh_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_read_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_write_tokens: Mapped[int] = mapped_column(BigInteger)
    visible_tokens: Mapped[int] = mapped_column(BigInteger)
    reasoning_tokens: Mapped[int] = mapped_column(BigInteger)
    listed_calls: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[Decimal | None] = mapped_column(Numeric)
    list_cost: Mapped[Decimal | None] = mapped_column(Numeric)


class TagDay(Base):
    """How many values of a tag have rows of their own in a day.

    `counted` may be too high, where processes met the same value at once. Whoever adds a value holds this row until it
    commits; when it `is_full`, nobody adds any more.
    """

    __tablename__ = "tag_days"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)
    counted: Mapped[int] = mapped_column(BigInteger)
    is_full: Mapped[bool]


class TagMonth(Base):
    """How far the days of a month are settled: added up in `usage_tags_monthly` and `usage_tag_totals`.

    Both hold exactly the days from `start` to `until` while the row is there. Whoever changes one of these days takes
    it away, in the same transaction; then the days' own rows answer, until the month is settled anew.
    """

    __tablename__ = "tag_months"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    until: Mapped[datetime]


class ReopenedMonth(Base):
    """A month whose row of `tag_months` was taken away; gone when it is settled anew."""

    __tablename__ = "reopened_months"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    reopened_at: Mapped[datetime]


class MonthlyTagUsage(Base):
    """Sums over the settled days of a month, by value of a tag: no more than what a figure tells."""

    __tablename__ = "usage_tags_monthly"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)

    calls: Mapped[int] = mapped_column(BigInteger)
    fresh_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_read_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_write_tokens: Mapped[int] = mapped_column(BigInteger)
    visible_tokens: Mapped[int] = mapped_column(BigInteger)
    reasoning_tokens: Mapped[int] = mapped_column(BigInteger)
    errors: Mapped[int] = mapped_column(BigInteger)
    priced_calls: Mapped[int] = mapped_column(BigInteger)
    free_calls: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[Decimal | None] = mapped_column(Numeric)
    list_cost: Mapped[Decimal | None] = mapped_column(Numeric)


class DailyTagTotal(Base):
    """Sums over the events of one settled day that carry a tag, whatever its value; otherwise as `usage_tags_daily`."""

    __tablename__ = "usage_tag_totals"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(primary_key=True)
    price_state: Mapped[str] = mapped_column(primary_key=True)
    unpriced_reason: Mapped[str] = mapped_column(primary_key=True)
    capacity: Mapped[str] = mapped_column(primary_key=True)

    calls: Mapped[int] = mapped_column(BigInteger)
    fresh_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_read_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_write_tokens: Mapped[int] = mapped_column(BigInteger)
    visible_tokens: Mapped[int] = mapped_column(BigInteger)
    reasoning_tokens: Mapped[int] = mapped_column(BigInteger)
    listed_calls: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[Decimal | None] = mapped_column(Numeric)
    list_cost: Mapped[Decimal | None] = mapped_column(Numeric)
