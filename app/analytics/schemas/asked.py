"""How the questions are asked: query strings, checked and named."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)

from app.analytics.rules import AskedLedger, CallFilter, Grouping, parse_instant
from app.analytics.rules.tags import TagValue
from app.core.errors import FieldError, InvalidRequest
from app.core.periods import Granularity
from app.core.schemas import Line, Month, is_storable
from app.pricing.rules.call import Capacity, PriceState, UnpricedReason
from app.usage.rules.tags import OWN, USER

MAX_TEXT: Final = 256
MAX_TAG_KEY: Final = 64
MOST_GROUPS: Final = 500
# a cursor may hold the name of a provider and of a model, encoded
MAX_CURSOR: Final = 8 * MAX_TEXT


class CallStatus(StrEnum):
    """Whether the call worked."""

    OK = "ok"
    ERROR = "error"


def _instant(value: object) -> object:
    return parse_instant(value) if isinstance(value, str) else value


def _key_id(value: object) -> object:
    try:
        return UUID(str(value)) if value else ""
    except ValueError:
        raise ValueError("must be the id of an API key, or empty") from None


Bound = Annotated[
    datetime,
    BeforeValidator(_instant),
    Field(description="an ISO 8601 instant with its zone, or a date", examples=["2026-11-01", "2026-11-01T08:00:00Z"]),
]
KeyId = Annotated[
    UUID | Literal[""],
    PlainValidator(_key_id),
    WithJsonSchema({"type": "string"}),
    Field(description="the id of an API key; an empty value: calls that came with none"),
]
Dimension = Annotated[Line, Field(max_length=MAX_TEXT, description="an empty value: calls that carry none")]


PrepaidCapacity = Annotated[
    Literal["", Capacity.PROVISIONED, Capacity.SUBSCRIPTION],
    Field(description="how the calls are paid for; an empty value: on demand"),
]


LedgerChoice = Annotated[
    AskedLedger | None,
    Field(
        description="which book the figures are from; without it billed where bills cover the period, else tracked, "
        "and the answer says which"
    ),
]


class _Query(BaseModel):
    """A query string. A parameter that is not known is refused: ignored, it would answer another question."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class _TaggedQuery(_Query):
    """A query string that may ask for calls with one value of a tag: `user=ada`, `tag.team=red`."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    user: Annotated[
        Dimension | None,
        Field(description="the customer; an empty value: calls that name none. `tag.KEY=` asks the same of a tag"),
    ] = None

    @model_validator(mode="after")
    def _check_tags(self) -> Self:
        for name, value in (self.model_extra or {}).items():
            if not (name.startswith(OWN) and name != OWN and len(name) <= len(OWN) + MAX_TAG_KEY):
                raise InvalidRequest(
                    errors=[FieldError(name, "is not a parameter of this question: extra ones are not permitted")]
                )
            if not isinstance(value, str):
                raise InvalidRequest(errors=[FieldError(name, "is given more than once")])
            if not (is_storable(value) and is_storable(name)):
                raise InvalidRequest(errors=[FieldError(OWN, "holds what cannot be stored")])
        return self

    def only(self) -> list[TagValue]:
        """The tags that calls must carry, as rollups name them."""
        user = {} if self.user is None else {USER: self.user}
        return [TagValue(tag, value) for tag, value in {**user, **(self.model_extra or {})}.items()]


TagName = Annotated[Line | None, Field(max_length=MAX_TAG_KEY, description="the tag to split by, beside `tag`")]


class SummaryQuery(_Query):
    """What the summary is asked with."""

    month: Month | None = None
    ledger: LedgerChoice = None


class BreakdownQuery(_TaggedQuery):
    """What the breakdown is asked with."""

    month: Month | None = None
    by: Grouping = Grouping.PROVIDER
    tag: TagName = None
    ledger: LedgerChoice = None
    limit: int = Field(100, ge=1, le=MOST_GROUPS, description="how many groups; the rest are summed as `(other)`")


class BreakdownTableQuery(BreakdownQuery):
    """The same for a file, which is not waited for: as many groups as there may be."""

    limit: int = Field(MOST_GROUPS, ge=1, le=MOST_GROUPS)


class TrendQuery(_TaggedQuery):
    """What the trend is asked with; `from` belongs to the period, `to` does not."""

    start: Bound | None = Field(None, alias="from")
    end: Bound | None = Field(None, alias="to")
    granularity: Granularity = Granularity.DAY
    group_by: Grouping | None = None
    tag: TagName = None
    ledger: LedgerChoice = None


class IngestStatsQuery(_Query):
    """Which arrivals: the last seven days, unless `from` or `to` says otherwise; `to` does not belong to them."""

    start: Bound | None = Field(None, alias="from")
    end: Bound | None = Field(None, alias="to")
    granularity: Literal[Granularity.HOUR, Granularity.DAY] = Granularity.HOUR


class CoverageQuery(_Query):
    """Which days: the last seven, unless `from` or `to` says otherwise; `to` does not belong to them."""

    start: Bound | None = Field(None, alias="from")
    end: Bound | None = Field(None, alias="to")


class ReconciliationBy(StrEnum):
    """What tracked, billed and reported figures can be set side by side for."""

    DAY = "day"
    MODEL = "model"
    PROVIDER = "provider"

    @property
    def grouping(self) -> Grouping | None:
        """None for days."""
        return None if self is ReconciliationBy.DAY else Grouping(self.value)


class ReconciliationQuery(_Query):
    """Which month, and split by what."""

    month: Month | None = None
    by: ReconciliationBy = ReconciliationBy.DAY


class CallsFilterQuery(_TaggedQuery):
    """Which calls: of a period, and equal in every dimension that is given."""

    start: Bound | None = Field(None, alias="from")
    end: Bound | None = Field(None, alias="to")
    provider: Dimension | None = None
    model: Dimension | None = None
    project: Dimension | None = None
    environment: Dimension | None = None
    api_key: KeyId | None = None
    session_id: Dimension | None = None
    trace_id: Dimension | None = None
    status: CallStatus | None = None
    price_state: PriceState | None = None
    unpriced_reason: UnpricedReason | None = None
    capacity: PrepaidCapacity | None = None

    def filter(self) -> CallFilter:
        equal = self.model_dump(exclude={"limit", "cursor", "start", "end"}, exclude_none=True)
        return CallFilter(self.start, self.end, equal)

    def period_name(self) -> str:
        """The days that the filter names, for the name of a file; empty when it names none."""
        return "-".join(f"{at:%Y-%m-%d}" for at in (self.start, self.end) if at)


class CallsQuery(CallsFilterQuery):
    """Filters and page of the list of calls."""

    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = Field(None, max_length=MAX_TEXT)


class UnpricedQuery(_Query):
    """Which part of the inbox: a month, or `from` and `to`, widened to whole days; without either, this month."""

    month: Month | None = None
    start: Bound | None = Field(None, alias="from")
    end: Bound | None = Field(None, alias="to")
    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = Field(None, max_length=MAX_CURSOR)


class TagsQuery(UnpricedQuery):
    """The tags of a month, or from `from` to `to`, widened to whole days; without either, of this month."""

    limit: int = Field(100, ge=1, le=200)


class KnownModelsQuery(_Query):
    """Part of a model's name, and the provider, in any spelling that is understood elsewhere."""

    provider: Line | None = Field(None, max_length=MAX_TEXT)
    q: Line = Field("", max_length=MAX_TEXT)
    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = Field(None, max_length=MAX_CURSOR)
