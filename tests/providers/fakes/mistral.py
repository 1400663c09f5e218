"""Mistral's admin API: months of quantities in nested maps, and prices to multiply them with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from starlette.requests import Request
from starlette.types import ASGIApp

from app.core.periods import month_of, month_period
from tests.providers.fakes.desk import Body, desk, key_of
from tests.providers.fakes.faults import Faults
from tests.providers.fakes.serving import Refusal

ADMIN_KEY = "mistral-admin-stand-in-0000"
Entry = Mapping[str, object]


@dataclass(slots=True)
class Mistral:
    """`models` by month, category, model and direction. `header` is where the key is looked for."""

    header: str = "authorization"
    months: dict[str, dict[str, object]] = field(default_factory=dict)
    prices: list[Entry] = field(default_factory=list)
    currency: str | None = "EUR"
    ignores_the_month: str | None = None
    is_enterprise: bool = True
    faults: Faults = field(default_factory=Faults)


def entry(metric: str, group: str, value: object, **more: object) -> Entry:
    return {"event_type": "api_tokens", "billing_metric": metric, "billing_group": group, "value": value, **more}


def price(metric: str, group: str, value: object, **more: object) -> Entry:
    return {"event_type": "api_tokens", "billing_metric": metric, "billing_group": group, "price": value, **more}


def make_world() -> Mistral:
    """Two months; input, output, pages, and quantities of nothing. Prices as numbers and as strings."""
    large = {
        "mistral-large-latest::mistral-large-2512": {
            "input": [entry("mistral-large-2512", "input", 1_000_000), entry("mistral-large-2512", "input", 500_000)],
            "output": [entry("mistral-large-2512", "output", 900_000, value_paid=250_000)],
        }
    }
    october = {"completion": {"models": large}, "vibe_usage": 0}
    november = {
        "completion": {"models": large},
        "ocr": {"models": {"mistral-ocr": {"input": [entry("mistral-ocr", "pages", 12)]}}},
        "libraries_api": {"pages": {"models": {}}, "tokens": {"models": {}}},
        "fine_tuning": {"training": {}, "storage": {"m": {"input": [entry("storage", "unknown", 0)]}}},
    }
    prices = [
        price("mistral-large-2512", "input", Decimal("0.000002")),
        price("mistral-large-2512", "output", "0.000006"),
        price("mistral-ocr", "pages", "0.001"),
    ]
    return Mistral(months={"2026-10": october, "2026-11": november}, prices=prices)


OCTOBER_EUR = Decimal("4.5")  # 1.5 M at 2, and 0.25 M at 6, by the million
NOVEMBER_EUR = Decimal("4.512")  # and 12 pages


def make_app(state: Mistral) -> ASGIApp:
    def usage(request: Request) -> Body:
        if key_of(request, state.header) != ADMIN_KEY or (
            state.header == "authorization" and not request.headers[state.header].startswith("Bearer ")
        ):
            raise Refusal(401, "Unauthorized")
        if not state.is_enterprise:
            raise Refusal(404, "Not found")
        asked = f"{int(request.query_params['year'])}-{int(request.query_params['month']):02}"
        return _month(state, state.ignores_the_month or asked)

    return desk({"GET /v1/admin/usage": usage}, lambda refusal: {"detail": refusal.message}, state.faults)


def _month(state: Mistral, month: str) -> Body:
    period = month_period(month)
    return {
        **state.months.get(month, {}),
        "date": f"{month}-15T00:00:00Z",
        "start_date": period.start.isoformat(),
        "end_date": f"{month_of(period.start)}-28T23:59:59Z",
        "currency": state.currency,
        "currency_symbol": "€",
        "prices": state.prices,
    }
