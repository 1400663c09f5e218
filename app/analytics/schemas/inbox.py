"""Models without a price on the wire, and the known ones they may be mapped to."""

from datetime import date, datetime
from typing import Literal, Self

from app.analytics.rules import Prospect, UnpricedModel
from app.analytics.schemas.answers import UnpricedOut
from app.core.money import Money
from app.core.schemas import Response


class EstimateOut(Response):
    """What is at stake, had the calls been of the model `like`, at its list prices. In no total."""

    cost: Money
    like: str
    why: str
    is_estimate: Literal[True]


class SuggestionOut(Response):
    """A price of the workspace's own that would mend it: these calls cost what the known model costs."""

    kind: Literal["deployment"]
    target_provider: str
    target_model: str


class UnpricedModelOut(Response):
    """The calls of one model that have no cost; tokens as far as they are known.

    `is_priced_now`: since then the model got a price, and its calls wait to be priced again.
    """

    provider: str
    model: str
    reasons: list[UnpricedOut]
    calls: int
    input_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int
    first_seen_on: date
    last_seen_at: datetime
    estimate: EstimateOut | None
    suggestions: list[SuggestionOut]
    is_priced_now: bool

    @classmethod
    def of(cls, found: UnpricedModel, prospect: Prospect) -> Self:
        estimate = prospect.estimate
        reasons = sorted(found.reasons.items(), key=lambda item: (-item[1], item[0]))
        return cls(
            provider=found.provider,
            model=found.model,
            reasons=[UnpricedOut(reason=reason, calls=calls) for reason, calls in reasons],
            calls=found.calls,
            input_tokens=found.input_tokens,
            cache_read_tokens=found.tokens.cache_read_tokens,
            cache_write_tokens=found.tokens.cache_write_tokens,
            output_tokens=found.output_tokens,
            reasoning_tokens=found.tokens.reasoning_tokens,
            first_seen_on=found.first_day.date(),
            last_seen_at=found.last_event_at,
            estimate=estimate
            and EstimateOut(cost=estimate.cost, like=estimate.like, why=estimate.why, is_estimate=True),
            suggestions=[
                SuggestionOut(kind="deployment", target_provider=each.provider, target_model=each.model)
                for each in prospect.near
            ],
            is_priced_now=prospect.is_priced_now,
        )


class KnownModelOut(Response):
    """A model that has prices in the book."""

    provider: str
    model: str
