"""Own prices on the wire."""

from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.core.ids import new_id
from app.core.money import Exact, Money
from app.core.schemas import Line, Request, Response
from app.pricing.rules.call import Capacity
from app.pricing.rules.kept import Change, KeptRule, Reach, RuleState
from app.pricing.rules.rows import PriceRow
from app.pricing.rules.workspace import ANY, Rule, RuleKind

MAX_UNITS = 10**12


def shallow(value: Any) -> dict[str, Any]:
    """The fields of a data class, as they are."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


Name = Annotated[Line, Field(min_length=1, max_length=256)]


class PriceRuleIn(Request):
    """One own price. A rate has `price` and `per`, a discount `percent`, a deployment what it stands for."""

    kind: RuleKind
    provider: Annotated[Name, Field(description="* is every provider.")] = ANY
    model_pattern: Annotated[
        Name,
        Field(description="A model's or deployment's name, or one with a * at its beginning or end; * is every model."),
    ]
    meter: Annotated[
        Name, Field(description="A unit, or input, output, cache_read or cache_write for all of them; * is every unit.")
    ] = ANY
    price: Annotated[Exact | None, Field(description="US dollars for `per` units.")] = None
    per: Annotated[int | None, Field(strict=True, le=MAX_UNITS, description="1000000 for token prices.")] = None
    percent: Annotated[Exact | None, Field(description="Off the list price.")] = None
    target_provider: Name | None = None
    target_model: Name | None = None
    geo: Name | None = None
    tier: Name | None = None
    capacity: Capacity | None = None
    effective_from: Annotated[AwareDatetime | None, Field(description="The first instant; null for ever.")] = None
    effective_to: Annotated[AwareDatetime | None, Field(description="The first instant after it; null for ever.")] = (
        None
    )
    note: Line = ""

    def rule(self) -> Rule:
        """What it says, not checked yet."""
        said = self.model_dump(exclude={"note", "effective_from", "effective_to"})
        start, end = (at and at.astimezone(UTC) for at in (self.effective_from, self.effective_to))
        return Rule(id=new_id(), **said, effective_from=start, effective_to=end)


class PriceRuleOut(Response):
    """One own price. `created_by` and `revoked_by` are user ids. A revoked rule counts for no call, past or future."""

    id: UUID
    kind: RuleKind
    provider: str
    model_pattern: str
    meter: str
    price: Money | None
    per: int | None
    percent: Money | None
    target_provider: str | None
    target_model: str | None
    geo: str | None
    tier: str | None
    capacity: Capacity | None
    effective_from: datetime | None
    effective_to: datetime | None
    note: str
    state: RuleState
    created_by: UUID | None
    created_at: datetime
    revoked_by: UUID | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, kept: KeptRule, now: datetime) -> "PriceRuleOut":
        story = {name: value for name, value in shallow(kept).items() if name != "rule"}
        return cls(**shallow(kept.rule), **story, state=kept.state(now))


class RepriceHint(Response):
    """Which past calls the change may touch; null is any. Hand it to `repricings` to see what it would change.

    `model` is always null: a rule also means calls by the names of their deployment and of the book.
    """

    start: datetime | None = Field(serialization_alias="from")
    end: datetime | None = Field(serialization_alias="to")
    provider: str | None
    model: str | None

    @classmethod
    def of(cls, reach: Reach) -> "RepriceHint":
        return cls(start=reach.start, end=reach.end, provider=reach.provider, model=None)


class PriceRuleChanged(PriceRuleOut):
    """A rule after a change. Calls taken from now on are priced by it; past ones only when they are priced again."""

    reprice: RepriceHint

    @classmethod
    def after(cls, change: Change, now: datetime) -> "PriceRuleChanged":
        return cls(**dict(PriceRuleOut.of(change.kept, now)), reprice=RepriceHint.of(change.reach))


class HoursOut(Response):
    """Minutes of the UTC day, half-open, on ISO weekdays (1 is Monday)."""

    start: int
    end: int
    days: list[int]


class PriceRowOut(Response):
    """One price of the book: `price` of `currency` for `per` of `unit`; a factor multiplies all token prices instead.

    It holds for calls with these dimensions (`""` is the usual one) and `facts`, whose prompt is larger than
    `input_over` (or as large, where that is inclusive), from `effective_from` up to `effective_to`. `recorded_on` and
    `superseded_on` are the days the book learned it and put another row in its place.
    """

    model: str
    unit: str
    facts: str
    price: Money
    per: int
    currency: str
    is_factor: bool
    tier: str
    processing: str
    speed: str
    geo: str
    input_over: int | None
    input_over_inclusive: bool
    hours: list[HoursOut]
    effective_from: datetime | None
    effective_to: datetime | None
    source: str
    source_ref: str
    checked_on: date
    note: str
    recorded_on: date
    superseded_on: date | None

    @classmethod
    def of(cls, row: PriceRow) -> "PriceRowOut":
        hours = [HoursOut(start=start, end=end, days=sorted(days)) for start, end, days in row.hours]
        return cls(
            **{name: value for name, value in shallow(row).items() if name in cls.model_fields} | {"hours": hours}
        )


class ModelPricesOut(Response):
    """Every price that ever applied to a model: the book's, and the workspace's own rules that mean it.

    Both lists are empty for a model that nobody has a price for.
    """

    provider: str
    model: str
    price_version: str
    rows: list[PriceRowOut]
    own: list[PriceRuleOut]
