"""Making the book: nothing it ever said is lost, its shape is checked, old releases fill gaps and override nothing."""

import json
from collections.abc import Callable
from typing import Any, cast

import pytest

from app.pricing.build import archive, derived, litellm, schema
from app.pricing.build.carry import carry
from app.pricing.build.drafts import Dims, Model, Sheet
from app.pricing.build.write import BOOK_PATH, build
from app.pricing.rules.book import BookJson
from app.pricing.rules.caching import default_cache_write
from app.pricing.service import PriceBook
from tests.pricing.books import call, cost

FIRST, LATER, LAST = "2026-11-21", "2026-12-05", "2027-01-09"
IN, OUT = "input.fresh.text", "output.visible.text"


def listed(price: str, *names: str, **extra: Any) -> dict[str, Any]:
    return {"names": list(names) or ["m"], "sheets": [{"src": "litellm", "prices": {IN: price}, **extra}]}


# --- append-only ---


def test_what_did_not_change_stays_as_it_was_recorded() -> None:
    earlier = {"m": listed("1")}
    assert carry({"m": listed("1")}, earlier, LATER, FIRST) == earlier


def test_a_new_reference_is_no_correction() -> None:
    (sheet,) = carry({"m": listed("1", note="seen")}, {"m": listed("1")}, LATER, FIRST)["m"]["sheets"]
    assert (sheet.get("rec"), sheet.get("sup"), sheet["note"]) == (None, None, "seen")


def test_a_corrected_price_stays_with_the_day_it_was_superseded() -> None:
    new, old = carry({"m": listed("2")}, {"m": listed("1")}, LATER, FIRST)["m"]["sheets"]
    assert (new["prices"][IN], new["rec"], new.get("sup")) == ("2", LATER, None)
    assert (old["prices"][IN], old.get("rec"), old["sup"]) == ("1", None, LATER)


def test_corrections_pile_up_and_none_is_lost() -> None:
    once = carry({"m": listed("2")}, {"m": listed("1")}, LATER, FIRST)
    twice = carry({"m": listed("3")}, once, LAST, FIRST)
    days = {sheet["prices"][IN]: (sheet.get("rec"), sheet.get("sup")) for sheet in twice["m"]["sheets"]}
    assert days == {"1": (None, LATER), "2": (LATER, LAST), "3": (LAST, None)}


def test_building_twice_on_one_day_leaves_no_trace_of_the_first() -> None:
    once = carry({"m": listed("2")}, {"m": listed("1")}, LATER, FIRST)
    again = carry({"m": listed("3")}, once, LATER, FIRST)
    assert sorted(sheet["prices"][IN] for sheet in again["m"]["sheets"]) == ["1", "3"]


def test_a_model_that_the_sources_dropped_keeps_its_prices() -> None:
    carried = carry({"m": listed("1")}, {"m": listed("1"), "gone": listed("5", "gone")}, LATER, FIRST)
    assert carried["gone"] == listed("5", "gone")


def test_a_tier_that_the_sources_dropped_keeps_its_prices() -> None:
    earlier = {"m": listed("1") | {"sheets": [*listed("1")["sheets"], *listed("9", tier="flex")["sheets"]]}}
    assert carry({"m": listed("1")}, earlier, LATER, FIRST) == earlier


def test_history_follows_a_name_that_another_entry_takes_over() -> None:
    carried = carry({"a": listed("1", "a"), "b": listed("2", "b")}, {"a": listed("1", "a", "b")}, LATER, FIRST)
    assert carried["a"] == listed("1", "a")
    assert [(sheet["prices"][IN], sheet.get("sup")) for sheet in carried["b"]["sheets"]] == [("2", None), ("1", LATER)]


def test_building_from_a_later_day_keeps_every_row_of_the_checked_in_book(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.pricing.build.write.CHECKED", LATER)
    earlier = json.loads(BOOK_PATH.read_bytes())
    changed = json.loads(json.dumps(earlier).replace('"input.fresh.text": "2.5"', '"input.fresh.text": "2.4"'))
    rebuilt, _ = build(changed)
    then = PriceBook(cast("BookJson", rebuilt))
    asked = call({IN: 1_000_000}, model="gpt-4o-2024-08-06")
    assert cost(then.price(asked)) == "2.5"
    assert {str(row.price) for row in then.rows("openai", "gpt-4o-2024-08-06") if row.superseded_on} >= {"2.4"}


# --- the schema ---


@pytest.fixture(scope="module")
def shipped() -> str:
    return BOOK_PATH.read_text(encoding="utf-8")


def _a_sheet(book: Any) -> Any:
    return next(iter(book["providers"]["openai"]["models"].values()))["sheets"][0]


def test_the_shipped_book_has_the_shape_its_schema_asks_for(shipped: str) -> None:
    schema.check(json.loads(shipped))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda book: book.update(format=1),
        lambda book: book.pop("version"),
        lambda book: book.update(surprise=True),
        lambda book: _a_sheet(book)["prices"].update({IN: 2.5}),
        lambda book: _a_sheet(book)["prices"].update({IN: "-1"}),
        lambda book: _a_sheet(book)["prices"].update({IN: "1e-6"}),
        lambda book: _a_sheet(book)["prices"].update({IN: ["1", ["<", 5, "2"]]}),
        lambda book: _a_sheet(book)["prices"].update({IN: ["1", [">", 5.5, "2"]]}),
        lambda book: _a_sheet(book)["prices"].update({"requests@low": "1"}),
        lambda book: _a_sheet(book).update(prices={}),
        lambda book: _a_sheet(book).update({"from": "2026-11-21"}),
        lambda book: _a_sheet(book).update(src="hearsay"),
        lambda book: _a_sheet(book).update(cur="EUR"),
        lambda book: _a_sheet(book).update(hours=[["1", "2"]]),
        lambda book: book["providers"]["openai"]["aliases"].update(x=[["", "a", "b"]]),
    ],
)
def test_a_book_of_another_shape_is_refused(shipped: str, spoil: Callable[[Any], None]) -> None:
    book = json.loads(shipped)
    spoil(book)
    with pytest.raises(schema.SchemaViolated):
        schema.check(book)


# --- old releases ---


@pytest.mark.parametrize(
    ("provider", "model", "expected"),
    [
        ("xai", "grok-beta", "5"),
        ("vertex", "chat-bison@001", "0.125"),
    ],
)
def test_retired_models_keep_the_price_an_old_release_had(provider: str, model: str, expected: str) -> None:
    book = PriceBook.load()
    priced = book.price(call({IN: 1_000_000}, provider=provider, model=model))
    assert cost(priced) == expected
    assert any(row.note.startswith("litellm 1.") for row in book.rows(provider, model))


def test_an_old_release_overrides_nothing() -> None:
    # it kept the launch price of this alias, and an hour's write of Claude 3 at six dollars
    book = PriceBook.load()
    assert cost(book.price(call({IN: 1_000_000}, provider="anthropic", model="claude-3-5-haiku-latest"))) == "0.8"
    opus = call({"input.cache_write_1h.text": 1_000_000}, provider="anthropic", model="claude-3-opus-20240229")
    assert cost(book.price(opus)) == "30"


def test_a_retired_model_has_its_earlier_price_until_the_release_that_changed_it() -> None:
    versions = [
        archive.Version(release, day, day, {"litellm_provider": "groq", "mode": "chat", "input_cost_per_token": price})
        for release, day, price in (("1.1", "2025-01-01", "0.000001"), ("1.2", "2025-06-01", "0.000002"))
    ]
    made = archive.model_of("groq", "groq/old", versions)
    assert made is not None
    assert made.id == "old"
    assert [(sheet.start[:10], sheet.end[:10], sheet.prices[IN]) for sheet in made.sheets] == [
        ("", "2025-06-01", "1"),
        ("2025-06-01", "", "2"),
    ]


# --- rules that a vendor states once ---


def test_published_batches_beat_computed_ones() -> None:
    published = Sheet({IN: "1.9"}, Dims(processing="batch"))
    model = Model("anthropic", "claude-opus-9", {"claude-opus-9"}, [Sheet({IN: "4", OUT: "20"}), published])
    derived.apply("anthropic", [model])
    assert [sheet for sheet in model.sheets if sheet.dims.processing] == [published]


def test_a_batch_of_claude_halves_every_token_and_no_fee() -> None:
    prices = {IN: ["4", [">", 200_000, "8"]], "input.cache_read.text": "0.4", "tool.web_search": "10/1000"}
    model = Model("anthropic", "claude-opus-9", {"claude-opus-9"}, [Sheet(dict(prices))])  # type: ignore[arg-type]
    derived.apply("anthropic", [model])
    batch = next(sheet for sheet in model.sheets if sheet.dims.processing)
    assert batch.prices == {IN: ["2", [">", 200_000, "4"]], "input.cache_read.text": "0.2"}


def test_a_batch_at_alibaba_has_no_cache_discount() -> None:
    model = Model("alibaba", "qwen", {"qwen"}, [Sheet({IN: "4", "input.cache_read.text": "0.8", OUT: "8"})])
    derived.apply("alibaba", [model])
    batch = next(sheet for sheet in model.sheets if sheet.dims.processing)
    assert batch.prices == {IN: "2", "input.cache_read.text": "2", derived.EXPLICIT: "2", OUT: "4"}


def test_alibaba_has_two_caches_whose_prices_follow_from_the_input() -> None:
    model = Model("alibaba", "qwen", {"qwen"}, [Sheet({IN: ["4", [">", 32_000, "8"]], OUT: "8"})])
    derived.apply("alibaba", [model])
    before, since = sorted((s for s in model.sheets if s.dims == Dims()), key=lambda sheet: sheet.start)
    assert "input.cache_read.text" not in before.prices
    assert since.prices["input.cache_read.text"] == ["0.8", [">", 32_000, "1.6"]]
    assert since.prices[derived.EXPLICIT] == ["0.4", [">", 32_000, "0.8"]]
    assert since.prices["input.cache_write_5m.text"] == ["5", [">", 32_000, "10"]]


def test_claude_4_6_in_the_cloud_had_a_surcharge_on_long_prompts_for_a_time() -> None:
    model = Model("vertex", "claude-opus-4-6", {"claude-opus-4-6"}, [Sheet({IN: "5", OUT: "25"})])
    derived.apply("vertex", [model])
    since, before = model.sheets
    assert (since.prices, since.start) == ({IN: "5", OUT: "25"}, before.end)
    assert before.prices == {IN: ["5", [">", 200_000, "10"]], OUT: ["25", [">", 200_000, "37.5"]]}


def test_a_search_of_an_older_model_has_a_price_only_where_its_tool_is_known() -> None:
    model = Model("openai", "gpt-4.1", {"gpt-4.1"}, [Sheet({IN: "2", "tool.web_search": "10/1000"})])
    derived.apply("openai", [model])
    fees = {unit: fee for unit, fee in model.sheets[0].prices.items() if "search" in unit}
    assert fees == {
        "tool.file_search": "2.5/1000",
        "tool.web_search@search_tool=current": "10/1000",
        "tool.web_search@search_tool=preview": "25/1000",
    }


def test_in_thinking_mode_the_answer_costs_what_the_thinking_does() -> None:
    model = Model("alibaba", "qwen", {"qwen"}, [Sheet({IN: "4", OUT: "8", "output.reasoning.text": "20"})])
    derived.apply("alibaba", [model])
    assert model.sheets[0].prices[derived.THINKING] == "20"


def test_a_tier_without_steps_takes_those_of_the_list_price() -> None:
    flex = Sheet({IN: "2", OUT: "4", "tool.web_search": "10/1000"}, Dims(tier="flex"))
    model = Model(
        "google", "g", {"g"}, [Sheet({IN: ["4", [">", 200_000, "8"]], OUT: ["8", [">", 200_000, "12"]]}), flex]
    )
    derived.apply("google", [model])
    assert flex.prices == {
        IN: ["2", [">", 200_000, "4"]],
        OUT: ["4", [">", 200_000, "6"]],
        "tool.web_search": "10/1000",
    }


def test_a_tier_of_a_time_without_steps_takes_none() -> None:
    since = "2026-03-13T00:00:00+00:00"
    batch = Sheet({IN: "2"}, Dims(processing="batch"), since)
    model = Model(
        "google", "g", {"g"}, [Sheet({IN: ["4", [">", 200_000, "8"]]}, end=since), Sheet({IN: "4"}, start=since), batch]
    )
    derived.apply("google", [model])
    assert batch.prices == {IN: "2"}


# --- keys of one host ---


def test_azures_own_key_of_an_openai_model_hides_no_tier_and_is_hidden_by_none() -> None:
    entries: dict[str, dict[str, Any]] = {
        "azure/gpt-9": {
            "litellm_provider": "azure",
            "input_cost_per_token": "0.000002",
            "input_cost_per_token_flex": "0.000001",
            "input_cost_per_token_priority": "0.000005",
        },
        "azure_ai/gpt-9": {
            "litellm_provider": "azure_ai",
            "input_cost_per_token": "0.000002",
            "input_cost_per_token_priority": "0.000004",
            "input_cost_per_token_ultrafast": "0.000012",
        },
    }
    (model,) = litellm.read("azure", entries)
    prices = {sheet.dims.tier: sheet.prices[IN] for sheet in model.sheets}
    assert prices == {"": "2", "flex": "1", "priority": "5", "ultrafast": "12"}


@pytest.mark.parametrize("provider", ["anthropic", "azure", "aws.bedrock", "my-gateway"])
def test_claude_writes_for_five_minutes_wherever_it_is_hosted(provider: str) -> None:
    assert default_cache_write(provider, "claude-opus-5-5") == "cache_write_5m"
