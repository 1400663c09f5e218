"""The arithmetic of one call, as a person would write it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.analytics.rules import Call, evidence, explain
from app.analytics.rules.explanation import NO_EVIDENCE, Bracket
from app.analytics.rules.labels import label
from app.core.ids import new_id
from app.pricing.rules import units
from app.pricing.rules.call import CallToPrice, OwnPrice, PricedCall, PricedLine, PriceState, Rate
from app.pricing.service import PriceBook, load_default
from app.pricing.shelf import PriceShelf
from app.repricings.models import Repricing
from app.usage.models import EventPrice
from app.usage.rules.events import event_key
from app.workspaces.models import Workspace
from tests.analytics.conftest import NOW, Ask, Record
from tests.pricing.books import book_of, call

OLD = {"until": "2026-11-01T00:00:00Z", "src": "hand", "prices": {"input.fresh.text": "3", "output.visible.text": "12"}}
NEW = {
    "from": "2026-11-01T00:00:00Z",
    "src": "hand",
    "prices": {"input.fresh.text": ["2", [">", 1000, "4"]], "output.visible.text": "10"},
}
FLEX = {"tier": "flex", "src": "hand", "prices": {"input.fresh.text": "1", "output.visible.text": "5"}}


@pytest.fixture(autouse=True)
def _book(app: FastAPI) -> None:
    book = book_of(OLD, NEW, FLEX, model="gpt-4o", ref="https://prices.example/gpt", geo={"us": "1.1"})
    app.state.price_shelf = PriceShelf(book)


async def explained(ask: Ask, event_id: str = "one") -> dict[str, Any]:
    explanation: dict[str, Any] = (await ask(f"calls/{event_id}"))["explanation"]
    return explanation


async def test_each_line_tells_its_price_and_where_it_was_read(record: Record, ask: Ask) -> None:
    counts: dict[str, int | Decimal] = {"input.fresh.text": 1000, "output.visible.text": 50}
    await record(NOW, "0.0025", event_id="one", counts=counts, list_cost=Decimal("0.0025"))
    explanation = await explained(ask)
    assert explanation["lines"][0] == {
        "role": "",
        "unit": "input.fresh.text",
        "label": "input",
        "quantity": "1000",
        "price": "2",
        "per": 1_000_000,
        "cost": "0.002",
        "contracted": None,
        "own": None,
        "source": "hand",
        "source_ref": "https://prices.example/gpt",
        "checked": "2026-11-21",
        "effective_from": "2026-11-01T00:00:00Z",
        "effective_to": None,
        "bracket": {
            "input_tokens": 1000,
            "threshold": 1000,
            "is_inclusive": False,
            "is_beyond": False,
            "text": "input 1,000 <= 1,000",
        },
        "geo": None,
        "priced_as": "openai/gpt-4o",
    }
    assert [(line["label"], line["cost"]) for line in explanation["lines"]] == [
        ("input", "0.002"),
        ("output", "0.0005"),
    ]
    assert explanation["bracket"]["text"] == "input 1,000 <= 1,000"
    assert (explanation["list_cost"], explanation["contracted_cost"]) == ("0.0025", "0.0025")
    assert (explanation["stored_cost"], explanation["current_cost"], explanation["is_exact"]) == (
        "0.0025",
        "0.0025",
        True,
    )
    assert (explanation["price_version"], explanation["current_price_version"]) == ("test", "test")
    assert (explanation["tier"], explanation["geo"], explanation["capacity"]) == (None, None, "")
    assert explanation["history"] == []


async def test_a_prompt_beyond_the_step_is_priced_by_it(record: Record, ask: Ask) -> None:
    await record(NOW, event_id="one", counts={"input.fresh.text": 1001})
    (line,) = (await explained(ask))["lines"]
    assert (line["price"], line["bracket"]["is_beyond"], line["bracket"]["text"]) == ("4", True, "input 1,001 > 1,000")


@pytest.mark.parametrize(
    ("at", "price", "period"),
    [
        (datetime(2026, 10, 31, 23, 59, tzinfo=UTC), "3", (None, "2026-11-01T00:00:00Z")),
        (datetime(2026, 11, 1, tzinfo=UTC), "2", ("2026-11-01T00:00:00Z", None)),
    ],
)
async def test_prices_are_those_of_the_moment_of_the_call(
    record: Record, ask: Ask, at: datetime, price: str, period: tuple[str | None, str | None]
) -> None:
    await record(at, event_id="one", counts={"input.fresh.text": 1})
    (line,) = (await explained(ask))["lines"]
    assert (line["price"], (line["effective_from"], line["effective_to"])) == (price, period)


async def test_a_tier_and_a_geography_are_named_with_what_they_do(record: Record, ask: Ask) -> None:
    await record(NOW, event_id="flex", counts={"input.fresh.text": 1}, service_tier="flex")
    await record(NOW, event_id="us", counts={"input.fresh.text": 1}, geo="us")
    flex, us = await explained(ask, "flex"), await explained(ask, "us")
    assert (flex["tier"], flex["lines"][0]["price"]) == ("flex", "1")
    assert (us["geo"], us["lines"][0]["price"]) == ({"place": "us", "factor": "1.1"}, "2.2")


async def test_another_figure_than_the_stored_one_is_said_so(record: Record, ask: Ask) -> None:
    await record(NOW, "7", event_id="one", counts={"output.visible.text": 1_000_000}, price_version="older")
    explanation = await explained(ask)
    assert (explanation["stored_cost"], explanation["current_cost"], explanation["is_exact"]) == ("7", "10", False)
    assert (explanation["price_version"], explanation["current_price_version"]) == ("older", "test")


async def test_the_providers_own_figure_stands_beside_ours(record: Record, ask: Ask) -> None:
    await record(
        NOW,
        "11",
        event_id="one",
        counts={"output.visible.text": 1_000_000},
        list_cost=Decimal(10),
        reported_cost=Decimal(11),
    )
    explanation = await explained(ask)
    assert (explanation["reported_cost"], explanation["contracted_cost"]) == ("11", "10")
    assert (explanation["difference"], explanation["difference_percent"]) == ("1", "10")
    assert explanation["is_exact"] is True


async def test_what_has_no_price_is_named(record: Record, ask: Ask) -> None:
    counts: dict[str, int | Decimal] = {"output.visible.text": 1, "tool.web_search": 2}
    await record(NOW, None, event_id="one", counts=counts, unpriced_reason="no_price_for_unit")
    explanation = await explained(ask)
    assert (explanation["state"], explanation["unpriced_reason"]) == ("unpriced", "no_price_for_unit")
    assert (explanation["unpriced_units"], explanation["current_cost"]) == (["tool.web_search"], None)
    assert [line["unit"] for line in explanation["lines"]] == ["output.visible.text"]
    assert (explanation["difference"], explanation["is_exact"]) == (None, True)


async def test_paid_capacity_costs_nothing_and_keeps_its_list_price(record: Record, ask: Ask) -> None:
    await record(
        NOW,
        "0",
        event_id="one",
        counts={"output.visible.text": 1_000_000},
        list_cost=Decimal(10),
        contracted_cost=Decimal(0),
        capacity="provisioned",
        facts='{"capacity": "provisioned"}',
    )
    explanation = await explained(ask)
    assert (explanation["state"], explanation["free_reason"], explanation["capacity"]) == (
        "free",
        "capacity",
        "provisioned",
    )
    assert (explanation["list_cost"], explanation["current_cost"], explanation["is_exact"]) == ("10", "0", True)


async def test_a_sub_request_has_lines_of_its_own(record: Record, ask: Ask) -> None:
    parts = '[{"role": "advisor", "counts": {"output.visible.text": 100}}]'
    await record(NOW, event_id="one", counts={"input.fresh.text": 1}, parts=parts)
    lines = (await explained(ask))["lines"]
    assert [(line["role"], line["label"], line["cost"]) for line in lines] == [
        ("", "input", "0.000002"),
        ("advisor", "output", "0.001"),
    ]


async def test_what_was_sent_and_how_it_was_read_are_shown(record: Record, ask: Ask) -> None:
    await record(NOW, event_id="one", raw_usage='{"prompt_tokens": 7}', convention="openai.chat", facts='{"size": "x"}')
    call = await ask("calls/one")
    assert (call["raw_usage"], call["convention"], call["facts"]) == (
        {"prompt_tokens": 7},
        "openai.chat",
        {"size": "x"},
    )


async def test_earlier_figures_stay_with_the_call(
    record: Record, ask: Ask, session: AsyncSession, workspace: Workspace
) -> None:
    await record(NOW, event_id="one", counts={"input.fresh.text": 1})
    repricing = new_id()
    session.add(
        Repricing(
            workspace_id=workspace.id,
            id=repricing,
            status="applied",
            period_end=NOW + timedelta(days=1),
            only_unpriced=False,
            reread_usage=False,
            price_version="test",
            calls_done=1,
            created_at=NOW,
            applied_at=NOW,
        )
    )
    await session.flush()
    for name in ("one", "another"):
        session.add(
            EventPrice(
                workspace_id=workspace.id,
                repricing_id=repricing,
                occurred_at=NOW,
                event_key=event_key(name),
                price_state="unpriced",
                unpriced_reason="unknown_model",
                price_version="older",
            )
        )
    await session.commit()
    assert (await explained(ask))["history"] == [
        {
            "repricing_id": str(repricing),
            "changed_at": "2026-11-21T14:30:00Z",
            "undone_at": None,
            "price_state": "unpriced",
            "unpriced_reason": "unknown_model",
            "cost": None,
            "list_cost": None,
            "contracted_cost": None,
            "priced_as": None,
            "price_version": "older",
        }
    ]


def test_a_workspaces_own_price_is_told_beside_the_list_price() -> None:
    rate = Rate(Decimal(2), 1_000_000, None, "hand")
    own = (OwnPrice("rule-1", None, Decimal(25)), OwnPrice("rule-2", Rate(Decimal(1), 1000, None, "own"), None))
    lines = tuple(PricedLine("input.fresh.text", 1, rate, Decimal(2), Decimal("1.5"), "", "", each) for each in own)
    priced = PricedCall(PriceState.PRICED, Decimal(3), Decimal(4), None, None, lines, contracted_cost=Decimal(3))
    fields = {"price_state": "priced", "cost": Decimal(3), "list_cost": Decimal(4), "contracted_cost": None}
    stored = Call(new_id(), NOW, {}, {**fields, "price_version": "v"})
    explanation = explain(stored, call(), priced, "v", [NO_EVIDENCE, NO_EVIDENCE])
    discount, own_rate = (line.own for line in explanation.lines)
    assert discount is not None
    assert own_rate is not None
    assert (discount.rule_id, discount.percent, discount.price) == ("rule-1", Decimal(25), None)
    assert (own_rate.rule_id, own_rate.percent, own_rate.price, own_rate.per) == ("rule-2", None, Decimal(1), 1000)
    assert explanation.is_exact is True


def test_another_contracted_cost_is_not_exact() -> None:
    priced = PricedCall(PriceState.PRICED, Decimal(3), Decimal(4), None, None, (), contracted_cost=Decimal(3))
    fields = {"price_state": "priced", "cost": Decimal(3), "list_cost": Decimal(4), "contracted_cost": Decimal(2)}
    stored = Call(new_id(), NOW, {}, {**fields, "price_version": "v"})
    assert explain(stored, call(), priced, "v", []).is_exact is False


@pytest.mark.parametrize(
    ("tokens", "inclusive", "is_beyond", "text"),
    [
        (310_000, False, True, "input 310,000 > 272,000"),
        (272_000, False, False, "input 272,000 <= 272,000"),
        (272_000, True, True, "input 272,000 >= 272,000"),
        (271_999, True, False, "input 271,999 < 272,000"),
    ],
)
def test_a_step_says_on_which_side_the_prompt_is(tokens: int, inclusive: bool, is_beyond: bool, text: str) -> None:
    assert Bracket(tokens, 272_000, inclusive, is_beyond).text == text


def test_every_unit_has_a_label_in_words() -> None:
    labels = {unit: label(unit) for unit in units.UNITS}
    assert len(set(labels.values())) == len(labels)
    assert not any("." in text or "_" in text for text in labels.values())
    assert labels["input.cache_read.audio"] == "input read from cache (audio)"
    assert labels["tool.web_search"] == "web search"


def _every_sheet(book: PriceBook, provider: str) -> list[CallToPrice]:
    """A call for each sheet of each model of a provider, that uses every unit of it."""
    calls = []
    for name, model_id in book.models():
        model = book.find(name, model_id) if name == provider else None
        for sheet in model.sheets if model else ():
            counts = {unit.partition("@")[0]: 400_000 for unit in sheet.prices}
            calls.append(
                CallToPrice(
                    provider=name,
                    model=model_id,
                    requested_model=None,
                    occurred_at=sheet.start or NOW,
                    counts=counts,
                    service_tier=sheet.tier or None,
                    processing=sheet.processing or None,
                    speed=sheet.speed or None,
                    geo=sheet.geo or None,
                    reported_cost=None,
                )
            )
    return calls


@pytest.mark.parametrize("provider", ["openai", "anthropic", "google", "xai"])
def test_every_line_that_the_shipped_book_prices_is_found_in_it_again(provider: str) -> None:
    book = load_default()
    calls = _every_sheet(book, provider)
    lines = [(call, line) for call in calls for line in book.price(call).lines]
    assert lines
    rows = {line.priced_as: book.rows_of_model(line.priced_as) for _, line in lines}
    lost = [(call, line) for call, line in lines if evidence(rows[line.priced_as], call, line) is NO_EVIDENCE]
    assert lost == []


def test_a_line_that_is_in_no_book_has_no_evidence() -> None:
    line = PricedLine("input.fresh.text", 1, Rate(Decimal(2), 1, None, "own"), Decimal(2))
    assert book_of(OLD).rows_of_model(line.priced_as) == ()
    assert evidence((), call(), line) is NO_EVIDENCE
