"""The price book in use: loaded once, asked for every call."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from app.pricing.rules import book as books
from app.pricing.rules import estimate as estimating
from app.pricing.rules import matching
from app.pricing.rules.book import BookJson, BookModel, Stay
from app.pricing.rules.call import Asked, CallToPrice, Costs, PartToPrice, PricedCall, Pricing, UnpricedReason
from app.pricing.rules.cards import Dimensions, Facts, NoCard, RateCard, joined, priced_facts, resolve
from app.pricing.rules.cost import Portion, add_up, conclude, free_parent, pieces, plain_cost, price_portion
from app.pricing.rules.estimate import Estimate
from app.pricing.rules.nearest import Index, Near, index, nearest
from app.pricing.rules.rows import PriceRow, rows_of

DEFAULT_PATH: Final = Path(__file__).parent / "data" / "prices.json"
# Distinct (model, dimensions) a busy installation sees, many times over; a flood of made-up names only turns it over.
CARDS_KEPT: Final = 8192


class PriceBook:
    """Prices of one version of the book. Reading it is free of side effects and safe from any thread."""

    def __init__(self, book: BookJson, known_at: date | None = None) -> None:
        self._book = book
        self._known_at = known_at
        self._names = books.names(book)
        self._model = lru_cache(maxsize=CARDS_KEPT)(self._read_model)
        self._card = lru_cache(maxsize=CARDS_KEPT)(self._resolve)

    @classmethod
    def load(cls, path: Path | None = None) -> "PriceBook":
        """Read a book from its file; None is the one that ships with the service."""
        return cls(json.loads((path or DEFAULT_PATH).read_bytes()))

    @property
    def version(self) -> str:
        """Day the sources were checked and a hash of the content; a book as it was known says as of when."""
        version = self._book["version"]
        return f"{version}@{self._known_at}" if self._known_at else version

    def as_known_at(self, day: date) -> "PriceBook":
        """The book as it was at the end of that day: without what was recorded later, with what was corrected later."""
        return PriceBook(self._book, day)

    def price(self, call: CallToPrice) -> PricedCall:
        """What the call costs. Never raises for what it does not know: such a call is unpriced, with the reason."""
        if call.is_parent:
            return free_parent()
        if not call.parts:
            return conclude(call, self.portion(call, None))
        return add_up(call, [self.portion(call, part) for part in pieces(call)])

    @property
    def pricing(self) -> Pricing:
        """How calls are priced at list prices."""
        return Pricing(self.price, self.version, self.plain)

    def plain(self, asked: Asked, occurred_at: datetime, counts: Mapping[str, int]) -> Costs:
        """What a call costs that is nothing but its counts, of which it has some."""
        return plain_cost(self._card(*asked, ()), occurred_at, counts)

    def portion(self, call: CallToPrice, part: PartToPrice | None) -> Portion:
        """The call itself (None), or a part of it looked up on its own model, at list prices."""
        card = self._card_of(call, part)
        if part is None:
            return price_portion(card, call.occurred_at, call.counts)
        return price_portion(card, call.occurred_at, part.counts, part.role)

    def _card_of(self, call: CallToPrice, part: PartToPrice | None) -> RateCard | NoCard:
        facts = priced_facts(call.facts) if call.facts else ()
        if part is None:
            return self._card(
                call.provider,
                call.model,
                call.requested_model,
                call.service_tier,
                call.processing,
                call.speed,
                call.geo,
                facts,
            )
        return self._card(
            part.provider or call.provider,
            part.model or call.model,
            None if part.model else call.requested_model,
            part.service_tier or call.service_tier,
            call.processing,
            part.speed or call.speed,
            call.geo,
            facts,
        )

    def find(self, provider: str, model: str, at: datetime | None = None) -> BookModel | None:
        """The book's model that a name meant at an instant (None: means now), with every sheet the book knows."""
        provider = matching.canonical_provider(provider)
        name = self._listed(provider, model)
        if name is None:
            return None
        moved = books.stays(self._book, provider, name) if at else ()
        meant = next((stay.model_id for stay in moved if at and stay.holds(at)), self._names[provider][name])
        return self._model(provider, meant)

    def rows(self, provider: str, model: str) -> tuple[PriceRow, ...]:
        """Every price that ever applied to a name, corrected ones included; empty when the book does not know it."""
        provider = matching.canonical_provider(provider)
        name = self._listed(provider, model)
        if name is None:
            return ()
        stays = books.stays(self._book, provider, name) or (Stay(None, None, self._names[provider][name]),)
        return tuple(row for stay in stays for row in rows_of(self._book, provider, stay))

    def known_rows(self) -> Iterator[PriceRow]:
        """Every row of every model as the book knows it, without those that were corrected."""
        for provider, model_id in self.models():
            for row in rows_of(self._book, provider, Stay(None, None, model_id)):
                if row.is_known(self._known_at):
                    yield row

    def rows_of_model(self, priced_as: str) -> tuple[PriceRow, ...]:
        """Every price of the model that a call was priced as (`provider/model`); empty when the book has none such."""
        provider, _, model_id = priced_as.partition("/")
        if model_id not in self._book["providers"].get(provider, {"models": {}})["models"]:
            return ()
        return tuple(rows_of(self._book, provider, Stay(None, None, model_id)))

    def _listed(self, provider: str, model: str) -> str | None:
        known = self._names.get(provider, {})
        return next((name for name in matching.spellings(provider, model) if name in known), None)

    def lists(self, provider: str, model: str) -> bool:
        """Whether the book has a model by exactly this name, its other spellings left aside."""
        return model in self._names.get(matching.canonical_provider(provider), {})

    def models(self) -> Iterator[tuple[str, str]]:
        """Every (provider, model) that has prices."""
        for provider, entry in self._book["providers"].items():
            for model_id in entry["models"]:
                yield provider, model_id

    def search(self, text: str, provider: str | None = None) -> list[tuple[str, str]]:
        """The (provider, model) whose name contains every word of a text, in order; in any spelling of the provider."""
        words = text.lower().split()
        wanted = provider and matching.canonical_provider(provider)
        return sorted(
            key
            for key in self.models()
            if (not wanted or key[0] == wanted) and all(word in f"{key[0]}/{key[1]}".lower() for word in words)
        )

    def resembling(self, provider: str, model: str) -> list[Near]:
        """The few models of the book whose names come nearest, best first; to suggest, never to price."""
        return nearest(matching.canonical_provider(provider), model, self._index)

    def estimate(self, provider: str, model: str, tokens: Mapping[str, int], at: datetime) -> Estimate | None:
        """What tokens would cost at the list prices of the model itself, else of the nearest one that has them all."""
        itself = self.find(provider, model, at)
        candidates = [(itself.provider, itself.id, "this model at its list price")] if itself else []
        candidates += [(near.provider, near.model, near.why) for near in self.resembling(provider, model)]
        for known_provider, model_id, why in candidates:
            card = resolve(self._model(known_provider, model_id), Dimensions())
            cost = estimating.list_cost(card, at, tokens)
            if cost is not None:
                return Estimate(cost, f"{known_provider}/{model_id}", why)
        return None

    @cached_property
    def _index(self) -> Index:
        return index(self.models())

    def _read_model(self, provider: str, model_id: str) -> BookModel:
        return books.read_model(self._book, provider, model_id, self._known_at)

    def _resolve(
        self,
        provider: str,
        model: str,
        requested_model: str | None,
        service_tier: str | None,
        processing: str | None,
        speed: str | None,
        geo: str | None,
        facts: Facts,
    ) -> RateCard | NoCard:
        """Misses are kept like hits: an unknown model costs one search, not one a call."""
        provider = matching.canonical_provider(provider)
        name, place = None, geo
        for asked in filter(None, (model, requested_model)):
            known_as, place = matching.in_profile(provider, asked, geo)
            name = self._listed(provider, known_as)
            if name is not None:
                break
        if name is None:
            return NoCard(UnpricedReason.UNKNOWN_MODEL)
        wanted = Dimensions(
            tier=matching.canonical_tier(provider, service_tier),
            processing=matching.canonical_processing(processing, service_tier),
            speed=matching.canonical_speed(speed),
            geo=matching.canonical_geo(place),
            facts=facts,
        )
        stays = books.stays(self._book, provider, name)
        if not stays:
            return resolve(self._model(provider, self._names[provider][name]), wanted)
        return joined([(stay, resolve(self._model(provider, stay.model_id), wanted)) for stay in stays])


@lru_cache(maxsize=1)
def load_default() -> PriceBook:
    """The book that ships with the service, read on first use."""
    return PriceBook.load()
