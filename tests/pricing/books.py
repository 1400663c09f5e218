"""Small books made for one test, and calls to price with them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.pricing.rules.call import CallToPrice, PricedCall
from app.pricing.service import PriceBook

NOON = "2026-11-20T12:00:00+00:00"


def book_of(*sheets: dict[str, Any], provider: str = "openai", model: str = "m", **extra: Any) -> PriceBook:
    """A book with one model; `extra` are keys of the model (`as_text`, `geo`, `names`).

    `others` are further models by id; `strict_geo`, `home` and `aliases` are the provider's.
    """
    listed: Any = {key: extra.pop(key) for key in ("strict_geo", "home", "aliases") if key in extra}
    others = extra.pop("others", {})
    entry: Any = {"names": [model], "sheets": list(sheets), **extra}
    return PriceBook(
        {
            "format": 2,
            "version": "test",
            "checked": "2026-11-21",
            "recorded": "2026-11-21",
            "currency": "USD",
            "sources": {},
            "providers": {provider: listed | {"models": {model: entry, **others}}},
        }
    )


def call(
    counts: Mapping[str, int | Decimal] | None = None,
    *,
    provider: str = "openai",
    model: str = "m",
    requested_model: str | None = None,
    at: str = NOON,
    tier: str | None = None,
    processing: str | None = None,
    speed: str | None = None,
    geo: str | None = None,
    reported_cost: str | None = None,
    facts: Mapping[str, str] | None = None,
) -> CallToPrice:
    """A call with everything usual but what the test names."""
    return CallToPrice(
        provider=provider,
        model=model,
        requested_model=requested_model,
        occurred_at=datetime.fromisoformat(at),
        counts={"input.fresh.text": 1_000_000} if counts is None else counts,
        service_tier=tier,
        processing=processing,
        speed=speed,
        geo=geo,
        reported_cost=None if reported_cost is None else Decimal(reported_cost),
        facts=facts or {},
    )


def cost(priced: PricedCall) -> str | None:
    """The cost as a plain decimal string, or None."""
    if priced.cost is None:
        return None
    text = format(priced.cost, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
