"""Models without a price, as the inbox shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.pricing.rules.call import CallToPrice, UnpricedReason
from app.pricing.rules.estimate import Estimate
from app.pricing.rules.nearest import Near
from app.usage.rules.columns import HOMES, TokenSums


@dataclass(frozen=True, slots=True)
class UnpricedModel:
    """The calls of one model in a period that have no cost, by reason.

    `first_day` is the midnight of the first day with such a call, `last_event_at` the last call itself.
    """

    provider: str
    model: str
    calls: int
    tokens: TokenSums
    first_day: datetime
    last_event_at: datetime
    reasons: Mapping[str, int]

    @property
    def leaves(self) -> dict[str, int]:
        """The tokens under the names that prices have; other modalities are counted with text."""
        return dict(zip(HOMES, self.tokens, strict=True))

    @property
    def is_unknown(self) -> bool:
        """Whether naming a known model would give some of these calls a price."""
        return UnpricedReason.UNKNOWN_MODEL in self.reasons

    @property
    def input_tokens(self) -> int:
        return self.tokens.fresh_tokens + self.tokens.cache_read_tokens + self.tokens.cache_write_tokens

    @property
    def output_tokens(self) -> int:
        return self.tokens.visible_tokens + self.tokens.reasoning_tokens

    def as_call(self) -> CallToPrice:
        """A call like the last of them, to see what prices say of the model now."""
        return CallToPrice(
            provider=self.provider,
            model=self.model,
            requested_model=None,
            occurred_at=self.last_event_at,
            counts={leaf: count for leaf, count in self.leaves.items() if count} or {HOMES[0]: 1},
            service_tier=None,
            processing=None,
            speed=None,
            geo=None,
            reported_cost=None,
        )

    @property
    def sort_key(self) -> tuple[int, str, str]:
        """Most calls first, then by name."""
        return -self.calls, self.provider, self.model


@dataclass(frozen=True, slots=True)
class Prospect:
    """What would become of such a model.

    `near` are known models it may be mapped to. `is_priced_now`: it has a price by now, so its calls only wait to be
    priced again.
    """

    estimate: Estimate | None
    near: Sequence[Near]
    is_priced_now: bool
