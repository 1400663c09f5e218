"""The arithmetic of one call on the wire."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from app.core.money import Money
from app.core.schemas import Response


class BracketOut(Response):
    """`text` is "input 310,000 > 272,000": the whole prompt against the step of the price."""

    input_tokens: int
    threshold: int
    is_inclusive: bool
    is_beyond: bool
    text: str


class GeoFactorOut(Response):
    """Where the call was processed, and the factor on token prices there (already in each line's price)."""

    place: str
    factor: Money


class OwnPriceOut(Response):
    """The workspace's own price behind `contracted`: `price` for `per` of the unit, or `percent` off the list price."""

    rule_id: str
    price: Money | None
    per: int | None
    percent: Money | None


class LineOut(Response):
    """`quantity` times `price` divided by `per` is `cost`, at list price.

    `role` is empty for the call itself, else that of a sub-request. `contracted` is null where the workspace has no own
    price. Where a price was read and when it holds are null where the book does not say.
    """

    role: str
    unit: str
    label: str
    quantity: Money
    price: Money
    per: int
    cost: Money
    contracted: Money | None
    own: OwnPriceOut | None
    source: str
    source_ref: str | None
    checked: date | None
    effective_from: datetime | None
    effective_to: datetime | None
    bracket: BracketOut | None
    geo: GeoFactorOut | None
    priced_as: str


class EarlierPriceOut(Response):
    """What the call was counted with until a re-pricing changed it; `undone_at` when that was taken back."""

    repricing_id: UUID
    changed_at: datetime | None
    undone_at: datetime | None
    price_state: str
    unpriced_reason: str | None
    cost: Money | None
    list_cost: Money | None
    contracted_cost: Money | None
    priced_as: str | None
    price_version: str


class ExplanationOut(Response):
    """How the cost comes about, by the prices known today.

    `is_exact`: they give the stored figures; where not, `stored_cost` stays what the call is counted with.
    `difference` is `reported_cost` less `contracted_cost`.
    """

    lines: Sequence[LineOut]
    tier: str | None
    processing: str | None
    speed: str | None
    geo: GeoFactorOut | None
    bracket: BracketOut | None
    capacity: str
    state: str
    free_reason: str | None
    unpriced_reason: str | None
    unpriced_units: Sequence[str]
    list_cost: Money | None
    contracted_cost: Money | None
    reported_cost: Money | None
    difference: Money | None
    difference_percent: Money | None
    stored_cost: Money | None
    current_cost: Money | None
    is_exact: bool
    price_version: str
    current_price_version: str
    history: Sequence[EarlierPriceOut]
