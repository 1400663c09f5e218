"""What was used and what it cost, from a body to the ledger."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.money import EXACT
from app.pricing.service import load_default
from app.usage.models import DailyUsage, Event, HourlyUsage
from app.usage.rules.columns import LeafColumns, from_columns
from app.usage.rules.dialects import read_usage
from tests.factories.ingest import make_body
from tests.ingest.conftest import Send
from tests.ingest.test_fields import only_event, refusal


def leaves(event: Event) -> dict[str, int | Decimal]:
    return from_columns(LeafColumns(*(getattr(event, name) for name in LeafColumns._fields)))


async def rollups(session: AsyncSession) -> tuple[HourlyUsage, DailyUsage]:
    """The one row of each."""
    hour = (await session.execute(select(HourlyUsage))).scalar_one()
    return hour, (await session.execute(select(DailyUsage))).scalar_one()


CHAT_USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 40,
    "total_tokens": 140,
    "prompt_tokens_details": {"cached_tokens": 30},
    "completion_tokens_details": {"reasoning_tokens": 15},
}
RESPONSES_USAGE = {
    "input_tokens": 100,
    "input_tokens_details": {"cached_tokens": 30},
    "output_tokens": 40,
    "output_tokens_details": {"reasoning_tokens": 15},
    "total_tokens": 140,
}
ANTHROPIC_USAGE = {
    "input_tokens": 70,
    "cache_read_input_tokens": 30,
    "cache_creation_input_tokens": 20,
    "cache_creation": {"ephemeral_5m_input_tokens": 5, "ephemeral_1h_input_tokens": 15},
    "output_tokens": 40,
}
GEMINI_USAGE = {
    "promptTokenCount": 100,
    "cachedContentTokenCount": 30,
    "candidatesTokenCount": 25,
    "thoughtsTokenCount": 15,
    "totalTokenCount": 140,
}
OPENAI_LEAVES = {
    "input.fresh.text": 70,
    "input.cache_read.text": 30,
    "output.visible.text": 25,
    "output.reasoning.text": 15,
}
CASES = [
    ("openai", "chat", "gpt-5", CHAT_USAGE, OPENAI_LEAVES),
    ("openai", "responses", "gpt-5", RESPONSES_USAGE, OPENAI_LEAVES),
    (
        "anthropic",
        "messages",
        "claude-sonnet-4-5",
        ANTHROPIC_USAGE,
        {
            "input.fresh.text": 70,
            "input.cache_read.text": 30,
            "input.cache_write_5m.text": 5,
            "input.cache_write_1h.text": 15,
            "output.visible.text": 40,
        },
    ),
    ("google", "generate", "gemini-2.5-pro", GEMINI_USAGE, OPENAI_LEAVES),
]


@pytest.mark.parametrize(("provider", "api", "model", "usage", "expected"), CASES)
@pytest.mark.parametrize("names_api", [True, False])
async def test_a_vendors_object_is_split_priced_and_kept(
    send: Send,
    session: AsyncSession,
    provider: str,
    api: str,
    model: str,
    usage: dict[str, Any],
    expected: dict[str, int],
    names_api: bool,
) -> None:
    body = make_body(provider=provider, model=model, raw_usage=usage, occurred_at="2026-11-01T00:00:00Z")
    receipt = await send(body | ({"api": api} if names_api else {}))
    assert receipt.json()["accepted"] == 1, receipt.text
    event = await only_event(session)
    assert {leaf: count for leaf, count in leaves(event).items() if count} == expected
    assert (event.price_state, event.usage_status, event.raw_usage) == ("priced", "final", usage)
    assert event.cost == event.list_cost
    assert event.cost


@pytest.mark.parametrize(("provider", "api", "model", "usage", "expected"), CASES)
async def test_what_is_kept_can_be_read_again_to_the_same_counts(
    send: Send,
    session: AsyncSession,
    provider: str,
    api: str,
    model: str,
    usage: dict[str, Any],
    expected: dict[str, int],
) -> None:
    await send(make_body(provider=provider, model=model, api=api, raw_usage=usage))
    event = await only_event(session)
    again = read_usage(event.raw_usage or {}, provider=event.provider, api=event.api, model=event.model)
    assert again.counts() == leaves(event)


@pytest.mark.parametrize("key", ["chunks", "events"])
async def test_a_stream_is_read_as_its_response_and_its_words_are_not_kept(
    send: Send, session: AsyncSession, key: str
) -> None:
    about = {"id": "chatcmpl-9", "model": "gpt-4-0613"}
    chunks = [
        {**about, "choices": [{"delta": {"content": "the secret answer"}}], "usage": None},
        {**about, "choices": [], "usage": CHAT_USAGE},
    ]
    await send(make_body(model="gpt-4", provider="openai", raw_usage={key: chunks}))
    event = await only_event(session)
    assert event.raw_usage == {**about, "usage": CHAT_USAGE}
    assert (event.usage_status, event.provider_response_id) == ("final", "chatcmpl-9")


async def test_a_stream_that_was_cut_is_kept_and_has_no_price(send: Send, session: AsyncSession) -> None:
    chunks = [{"id": "chatcmpl-9", "model": "gpt-4-0613", "choices": [{"delta": {"content": "hi"}}], "usage": None}]
    await send(make_body(model="gpt-4", provider="openai", raw_usage={"chunks": chunks}))
    event = await only_event(session)
    assert (event.usage_status, event.price_state, event.cost) == ("missing", "unpriced", None)


async def test_a_whole_response_is_read_and_its_words_are_not_kept(send: Send, session: AsyncSession) -> None:
    response = {
        "id": "chatcmpl-9",
        "model": "gpt-4-0613",
        "choices": [{"message": {"role": "assistant", "content": "the secret answer"}}],
        "usage": CHAT_USAGE,
    }
    await send(make_body(model="my-deployment", provider="openai", raw_usage=response))
    event = await only_event(session)
    assert event.raw_usage == {"id": "chatcmpl-9", "model": "gpt-4-0613", "usage": CHAT_USAGE}
    assert (event.provider_response_id, event.model) == ("chatcmpl-9", "my-deployment")
    assert event.priced_as == "openai/gpt-4"


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ({"words": 5, "said": "hello there", "more": {"of": 2, "text": "x"}}, {"words": 5, "more": {"of": 2}}),
        (
            {"id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-4o", "choices": [{"index": 0}]},
            {"id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-4o"},
        ),
        ({"error": {"message": "no", "code": 429}}, {"error": {"code": 429}}),
    ],
)
async def test_what_no_dialect_reads_is_taken_without_a_cost_and_its_numbers_are_kept(
    send: Send, session: AsyncSession, raw: dict[str, Any], kept: dict[str, Any]
) -> None:
    await send(make_body(raw_usage=raw))
    event = await only_event(session)
    assert (event.price_state, event.unpriced_reason) == ("unpriced", "usage_missing")
    assert (event.cost, event.usage_status) == (None, "missing")
    assert event.raw_usage == kept
    assert event.warnings is not None
    assert event.warnings[0].startswith("usage_not_understood")


async def test_our_own_words_say_the_same_in_three_ways(send: Send, session: AsyncSession) -> None:
    words = {"input_tokens": 100, "output_tokens": 40, "cache_read_tokens": 30, "reasoning_tokens": 15}
    camel = {"inputTokens": 100, "outputTokens": 40, "cacheReadTokens": 30, "reasoningTokens": 15}
    receipt = await send([make_body(**words), make_body(usage=words), make_body(usage=camel), make_body(**camel)])
    assert receipt.json()["accepted"] == 4, receipt.text
    events = (await session.execute(select(Event))).scalars().all()
    assert [leaves(event) for event in events] == [OPENAI_LEAVES] * 4


async def test_meters_keep_their_decimals(send: Send, session: AsyncSession) -> None:
    await send(make_body(usage={"audio_in_seconds": 12.30, "tool.web_search": 3}))
    assert leaves(await only_event(session)) == {"audio_in_seconds": Decimal("12.30"), "tool.web_search": Decimal(3)}
    (row,) = (await session.execute(select(DailyUsage))).scalars().all()
    assert (row.calls, row.fresh_tokens) == (1, 0)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"usage": {"input_tokens": 1}, "raw_usage": CHAT_USAGE}, ("usage", "raw_usage")),
        ({"usage": {"input_tokens": 1}, "input_tokens": 1}, ("usage", "input_tokens")),
        ({"raw_usage": CHAT_USAGE, "output_tokens": 1}, ("raw_usage", "output_tokens")),
    ],
)
async def test_usage_said_twice_is_refused_naming_both(
    send: Send, fields: dict[str, Any], named: tuple[str, str]
) -> None:
    rejected = await refusal(send, **fields)
    assert rejected["code"] == "invalid_value"
    assert all(name in rejected["detail"] for name in named)


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("invalid_value", {"raw_usage": {"prompt_tokens": -1, "completion_tokens": 1}}),
        ("invalid_value", {"raw_usage": {"prompt_tokens": "1"}}),
        ("invalid_value", {"raw_usage": {"prompt_tokens": 1, "odd": 10**50}}),
        ("invalid_value", {"raw_usage": {"prompt_tokens": 1, **{f"k{n}": "x" * 60 for n in range(1000)}}}),
        ("invalid_value", {"raw_usage": [1]}),
        ("invalid_value", {"usage": {"prompt_tokens": 1}}),
        ("invalid_value", {"usage": {"input_tokens": 1.5}}),
        ("invalid_value", {"usage": {"input_tokens": True}}),
        ("invalid_value", {"input_tokens": -1}),
        ("invalid_value", {"input_tokens": "5"}),
        ("invalid_value", {"input_tokens": 10**13}),
        ("invalid_value", {"output_tokens": 10**30}),
        ("invalid_value", {"usage": {"audio_in_seconds": -1}}),
        ("invalid_value", {"usage": {"audio_in_seconds": "1e-400"}}),
    ],
)
async def test_usage_that_cannot_be_is_refused(send: Send, code: str, fields: dict[str, Any]) -> None:
    assert (await refusal(send, **fields))["code"] == code


@pytest.mark.parametrize("number", [b"1e400", b"1e-400", b"1e99999999999999999999", b"1" * 5000])
async def test_numbers_without_end_cost_no_neighbour(send: Send, number: bytes) -> None:
    good = b'{"provider": "openai", "model": "gpt-4-0613"}'
    for field in (b'"raw_usage": {"prompt_tokens": 1, "odd": %b}', b'"reported_cost": %b', b'"input_tokens": %b'):
        bad = b'{"provider": "openai", "model": "m", ' + field % number + b"}"
        receipt = (await send(content=b"[%b, %b, %b]" % (good, bad, good))).json()
        assert (receipt["accepted"], [r["code"] for r in receipt["rejected"]]) == (2, ["invalid_value"]), field


# -- cost


async def test_a_call_of_2023_costs_what_it_cost_then(send: Send, session: AsyncSession) -> None:
    await send(make_body(input_tokens=1000, output_tokens=500))
    event = await only_event(session)
    assert (event.cost, event.list_cost, event.price_state) == (Decimal("0.06"), Decimal("0.06"), "priced")
    assert (event.priced_as, event.price_version) == ("openai/gpt-4", load_default().version)
    for row in await rollups(session):
        assert (row.cost, row.calls, row.fresh_tokens, row.visible_tokens) == (Decimal("0.06"), 1, 1000, 500)


async def test_an_unknown_model_is_taken_and_unpriced_never_free(send: Send, session: AsyncSession) -> None:
    receipt = await send(make_body(model="unheard-of", input_tokens=1000))
    assert receipt.json()["accepted"] == 1
    event = await only_event(session)
    assert (event.price_state, event.unpriced_reason, event.cost) == ("unpriced", "unknown_model", None)
    for row in await rollups(session):
        assert (row.calls, row.cost, row.price_state, row.fresh_tokens) == (1, None, "unpriced", 1000)


async def test_a_call_without_usage_is_unpriced(send: Send, session: AsyncSession) -> None:
    await send(make_body())
    event = await only_event(session)
    assert (event.usage_status, event.unpriced_reason, event.fresh_tokens) == ("missing", "usage_missing", None)


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        (b"0.1", "0.1"),
        (b'"0.1"', "0.1"),
        (b"0.1000000000000000055", "0.1000000000000000055"),
        (b'"12.340"', "12.340"),
        (b"1e-7", "0.0000001"),
        (b"5", "5"),
        (b"1000000000000", "1000000000000"),
        (b"0.123456789012345678901234567891", "0.123456789012345678901234567891"),
    ],
)
async def test_reported_cost_never_passes_through_a_float(
    send: Send, session: AsyncSession, written: bytes, amount: str
) -> None:
    """On the quick way and, because of camelCase, on the careful one."""
    for spelling in (b"reported_cost", b"reportedCost"):
        await send(content=b'{"provider": "x", "model": "y", "input_tokens": 1, "%b": %b}' % (spelling, written))
    events = (await session.execute(select(Event))).scalars().all()
    assert [event.reported_cost for event in events] == [Decimal(amount)] * 2
    assert [(event.cost, event.list_cost, event.price_state) for event in events] == [
        (Decimal(amount), None, "priced")
    ] * 2
    (row,) = (await session.execute(select(DailyUsage))).scalars().all()
    assert row.cost == EXACT.add(Decimal(amount), Decimal(amount))


@pytest.mark.parametrize(
    "value", ["-1", -1, "1e13", 10**13, "NaN", "Infinity", "0x1", "1_0", " 1", "", True, [], "1e-31"]
)
async def test_reported_costs_that_are_none_are_refused(send: Send, value: Any) -> None:
    rejected = await refusal(send, reported_cost=value)
    assert rejected["code"] == "invalid_value"
    assert "reported_cost" in rejected["detail"]


async def test_the_providers_own_zero_is_free(send: Send, session: AsyncSession) -> None:
    await send(make_body(input_tokens=1000, output_tokens=500, reported_cost=0))
    event = await only_event(session)
    assert (event.price_state, event.cost, event.list_cost) == ("free", Decimal(0), Decimal("0.06"))


# -- once


async def test_sending_again_is_counted_and_changes_nothing(send: Send, session: AsyncSession) -> None:
    first = make_body(event_id="a", input_tokens=1000, output_tokens=500)
    assert (await send(first)).json()["accepted"] == 1
    later = first | {"occurred_at": "2025-01-01T00:00:00Z"}
    without = {name: value for name, value in first.items() if name != "occurred_at"}
    receipt = (await send([first, later, without, make_body(event_id="b"), make_body(event_id="b"), {}])).json()
    assert (receipt["received"], receipt["accepted"], receipt["duplicates"], len(receipt["rejected"])) == (6, 1, 4, 1)
    rows = (await session.execute(select(DailyUsage).where(DailyUsage.price_state == "priced"))).scalars().all()
    assert [(row.calls, row.cost) for row in rows] == [(1, Decimal("0.06"))]
