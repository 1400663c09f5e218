"""The price book in use: loaded once, asked for every call."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Final

from app.pricing.rules import book as books
from app.pricing.rules import matching
from app.pricing.rules.book import BookJson, BookModel
from app.pricing.rules.call import CallToPrice, PartToPrice, PricedCall, UnpricedReason
from app.pricing.rules.cards import Dimensions, NoCard, RateCard, resolve
from app.pricing.rules.cost import Portion, add_up, free_parent, pieces, price_portion

DEFAULT_PATH: Final = Path(__file__).parent / "data" / "prices.json"
# Distinct (model, dimensions) a busy installation sees, many times over; a flood of made-up names only turns it over.
CARDS_KEPT: Final = 8192


class PriceBook:
    """Prices of one version of the book. Reading it is free of side effects and safe from any thread."""

    def __init__(self, book: BookJson) -> None:
        self._book = book
        self._names = books.names(book)
        self._model = lru_cache(maxsize=CARDS_KEPT)(self._read_model)
        self._card = lru_cache(maxsize=CARDS_KEPT)(self._resolve)

    @classmethod
    def load(cls, path: Path | None = None) -> "PriceBook":
        """Read a book from its file; None is the one that ships with the service."""
        return cls(json.loads((path or DEFAULT_PATH).read_bytes()))

    @property
    def version(self) -> str:
        """Day the sources were checked and a hash of the content."""
        return self._book["version"]

    def price(self, call: CallToPrice) -> PricedCall:
        """What the call costs. Never raises for what it does not know: such a call is unpriced, with the reason."""
        return free_parent() if call.is_parent else add_up(call, [self.portion(call, part) for part in pieces(call)])

    def portion(self, call: CallToPrice, part: PartToPrice | None) -> Portion:
        """The call itself (None), or a part of it looked up on its own model, at list prices."""
        card = self._card_of(call, part)
        if part is None:
            return price_portion(card, call.occurred_at, call.counts)
        return price_portion(card, call.occurred_at, part.counts, part.role)

    def _card_of(self, call: CallToPrice, part: PartToPrice | None) -> RateCard | NoCard:
        if part is None:
            return self._card(
                call.provider,
                call.model,
                call.requested_model,
                call.service_tier,
                call.processing,
                call.speed,
                call.geo,
            )
        return self._card(
            part.provider or call.provider,
            part.model or call.model,
            None if part.model else call.requested_model,
            part.service_tier or call.service_tier,
            call.processing,
            part.speed or call.speed,
            call.geo,
        )

    def find(self, provider: str, model: str) -> BookModel | None:
        """The book's model that a name means at a provider, with every sheet that ever applied."""
        provider = matching.canonical_provider(provider)
        known = self._names.get(provider, {})
        for name in matching.spellings(provider, model):
            if name in known:
                return self._model(provider, known[name])
        return None

    def _read_model(self, provider: str, model_id: str) -> BookModel:
        return books.read_model(self._book, provider, model_id)

    def _resolve(
        self,
        provider: str,
        model: str,
        requested_model: str | None,
        service_tier: str | None,
        processing: str | None,
        speed: str | None,
        geo: str | None,
    ) -> RateCard | NoCard:
        """Misses are kept like hits: an unknown model costs one search, not one a call."""
        found = self.find(provider, model)
        if found is None and requested_model:
            found = self.find(provider, requested_model)
        if found is None:
            return NoCard(UnpricedReason.UNKNOWN_MODEL)
        wanted = Dimensions(
            tier=matching.canonical_tier(found.provider, service_tier),
            processing=matching.canonical_processing(processing, service_tier),
            speed=matching.canonical_speed(speed),
            geo=matching.canonical_geo(geo),
        )
        return resolve(found, wanted)


@lru_cache(maxsize=1)
def load_default() -> PriceBook:
    """The book that ships with the service, read on first use."""
    return PriceBook.load()
