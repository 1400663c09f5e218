"""Every field of an event: what is taken, what is refused by name, and that a neighbour never pays for it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.periods import utc_now
from app.usage.models import Event
from tests.factories.ingest import make_body
from tests.ingest.conftest import Send

FULL: dict[str, Any] = {
    "event_id": "call-1",
    "occurred_at": "2026-03-01T12:00:00.123456Z",
    "provider": "openai",
    "model": "gpt-4-0613",
    "requested_model": "gpt-4",
    "api": "chat",
    "operation": "chat",
    "service_tier": "default",
    "processing": "realtime",
    "speed": "standard",
    "geo": "global",
    "base_url": "https://api.openai.com/v1",
    "deployment": "d1",
    "reported_cost": "0.5",
    "status": "ok",
    "error_type": "none",
    "http_status": 200,
    "latency_ms": 812.5,
    "time_to_first_token_ms": 99,
    "project": "search",
    "environment": "prod",
    "user": "customer-9",
    "session_id": "s1",
    "trace_id": "t1",
    "span_id": "sp1",
    "parent_span_id": "sp0",
    "provider_response_id": "chatcmpl-1",
    "role": "main",
    "tags": {"Team-Name": "blue", "feature_x": ""},
}


async def only_event(session: AsyncSession) -> Event:
    session.expire_all()
    return (await session.execute(select(Event))).scalar_one()


async def refusal(send: Send, **fields: Any) -> dict[str, Any]:
    """The one refusal of an event between two good ones."""
    answer = await send([make_body(), make_body(event_id="bad") | fields, make_body()])
    receipt = answer.json()
    assert (answer.status_code, receipt["received"], receipt["accepted"]) == (200, 3, 2), receipt
    (rejected,) = receipt["rejected"]
    assert rejected["index"] == 1
    return dict(rejected)


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


# -- what is taken


@pytest.mark.parametrize("spell", [str, camel])
async def test_every_field_is_kept_in_either_spelling(send: Send, session: AsyncSession, spell: Any) -> None:
    await send({spell(name): value for name, value in FULL.items()})
    event = await only_event(session)
    kept = {name: getattr(event, name) for name in FULL}
    assert kept == FULL | {
        "occurred_at": datetime(2026, 3, 1, 12, 0, 0, 123456, UTC),
        "reported_cost": Decimal("0.5"),
    }


async def test_both_spellings_may_be_mixed_but_not_for_one_field(send: Send, session: AsyncSession) -> None:
    await send(make_body(event_id="a", latencyMs=5, input_tokens=1, outputTokens=2))
    event = await only_event(session)
    assert (event.latency_ms, event.fresh_tokens, event.visible_tokens) == (5, 1, 2)
    rejected = await refusal(send, latency_ms=1, latencyMs=2)
    assert rejected["code"] == "invalid_value"
    assert "latency_ms" in rejected["detail"]


async def test_only_provider_and_model_are_needed(send: Send, session: AsyncSession) -> None:
    before = utc_now()
    assert (await send({"provider": "openai", "model": "gpt-4-0613"})).json()["accepted"] == 1
    event = await only_event(session)
    assert before <= event.occurred_at == event.recorded_at <= utc_now()
    assert event.event_id == str(event.event_key)
    assert event.event_key.version == 7


async def test_null_says_nothing_and_so_does_empty_text(send: Send, session: AsyncSession) -> None:
    nothing = {name: None for name in FULL if name not in {"provider", "model"}}
    await send(make_body(**nothing | {"project": "", "user": "", "tags": {}}))
    event = await only_event(session)
    assert (event.project, event.user, event.tags, event.status) == (None, None, None, "ok")


async def test_the_provider_is_shown_in_its_usual_spelling_and_the_model_as_sent(
    send: Send, session: AsyncSession
) -> None:
    await send(make_body(provider=" Azure_OpenAI ", model="My-Deployment"))
    event = await only_event(session)
    assert (event.provider, event.model) == ("azure", "My-Deployment")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, "ok"),
        ({"http_status": 399}, "ok"),
        ({"http_status": 400}, "error"),
        ({"error_type": "timeout"}, "error"),
        ({"http_status": 500, "status": "ok"}, "ok"),
        ({"status": "error"}, "error"),
    ],
)
async def test_a_call_failed_when_it_says_so_or_its_http_status_does(
    send: Send, session: AsyncSession, fields: dict[str, Any], status: str
) -> None:
    await send(make_body(**fields))
    assert (await only_event(session)).status == status


async def test_addresses_are_kept_without_what_may_be_secret(send: Send, session: AsyncSession) -> None:
    await send(make_body(base_url="https://me:pw@host.example:8443/v1?key=secret#x"))
    assert (await only_event(session)).base_url == "https://host.example:8443/v1"


@pytest.mark.parametrize(
    ("base_url", "capacity"),
    [("https://me:pw@api.z.ai/api/coding/paas/v4", "subscription"), ("https://api.z.ai/api/paas/v4", None)],
)
async def test_a_flat_fee_plan_is_known_by_its_address(
    send: Send, session: AsyncSession, base_url: str, capacity: str | None
) -> None:
    await send(make_body(provider="z.ai", model="glm-4.6", base_url=base_url, usage={"input_tokens": 10}))
    assert (await only_event(session)).capacity == capacity


# -- time


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01t12:00:00z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01 14:00:00+02:00", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-01-01T00:30:00+01:00", datetime(2025, 12, 31, 23, 30, tzinfo=UTC)),
        ("2026-03-01T23:59:59.9999999Z", datetime(2026, 3, 1, 23, 59, 59, 999999, tzinfo=UTC)),
        ("2000-01-01T00:00:00Z", datetime(2000, 1, 1, tzinfo=UTC)),
    ],
)
async def test_instants_are_kept_in_utc_to_the_microsecond(
    send: Send, session: AsyncSession, text: str, instant: datetime
) -> None:
    await send(make_body(occurred_at=text))
    assert (await only_event(session)).occurred_at == instant


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-01T12:00:00",
        "2026-03-01",
        "yesterday",
        "",
        "1999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+23:59",
        1700000000,
    ],
)
async def test_instants_without_a_zone_or_sense_are_refused(send: Send, value: Any) -> None:
    rejected = await refusal(send, occurred_at=value)
    assert (rejected["code"], rejected["event_id"]) == ("invalid_value", "bad")
    assert "occurred_at" in rejected["detail"]


async def test_a_day_ahead_is_taken_and_more_is_not(send: Send, session: AsyncSession) -> None:
    tomorrow = utc_now() + timedelta(hours=24)
    answer = await send(make_body(occurred_at=(tomorrow - timedelta(minutes=1)).isoformat()))
    assert answer.json()["accepted"] == 1
    rejected = await refusal(send, occurred_at=(tomorrow + timedelta(minutes=1)).isoformat())
    assert rejected["code"] == "occurred_at_in_future"


# -- limits and refusals


@pytest.mark.parametrize(
    ("name", "largest"),
    [
        ("event_id", "x" * 128),
        ("provider", "x" * 64),
        ("model", "x" * 256),
        ("model", "€" * 256),
        ("project", "x" * 256),
        ("tags", {f"{n:064}": "\U0001f600" * 256 for n in range(20)}),
        ("latency_ms", 0),
        ("http_status", 599),
        ("http_status", 100),
    ],
)
async def test_the_largest_of_each_is_taken(send: Send, name: str, largest: Any) -> None:
    assert (await send(make_body(**{name: largest}))).json()["accepted"] == 1


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("invalid_value", {"event_id": ""}),
        ("invalid_value", {"event_id": "x" * 129}),
        ("invalid_value", {"event_id": 7}),
        ("invalid_value", {"provider": "x" * 65}),
        ("invalid_value", {"provider": ""}),
        ("missing_field", {"provider": None}),
        ("missing_field", {"provider": "  "}),
        ("missing_field", {"model": None}),
        ("invalid_value", {"model": "x" * 257}),
        ("invalid_value", {"project": "x" * 257}),
        ("invalid_value", {"project": "\U0001f600" * 256}),
        ("invalid_value", {"project": ["a"]}),
        ("invalid_value", {"status": "meh"}),
        ("invalid_value", {"processing": "later"}),
        ("invalid_value", {"http_status": 99}),
        ("invalid_value", {"http_status": 600}),
        ("invalid_value", {"http_status": "200"}),
        ("invalid_value", {"http_status": True}),
        ("invalid_value", {"latency_ms": -1}),
        ("invalid_value", {"latency_ms": "5"}),
        ("invalid_value", {"time_to_first_token_ms": -0.1}),
        ("too_many_tags", {"tags": {str(n): "x" for n in range(21)}}),
        ("invalid_value", {"tags": {"x" * 65: "x"}}),
        ("invalid_value", {"tags": {"": "x"}}),
        ("invalid_value", {"tags": {"x": "x" * 257}}),
        ("invalid_value", {"tags": {"x": 5}}),
        ("invalid_value", {"tags": ["x"]}),
        ("unknown_field", {"time": 1}),
        ("unknown_field", {"latency_msec": 1}),
        ("unknown_field", {"messages": []}),
    ],
)
async def test_what_is_out_of_bounds_is_refused_by_name(send: Send, code: str, fields: dict[str, Any]) -> None:
    rejected = await refusal(send, **fields)
    assert rejected["code"] == code
    assert rejected["detail"].startswith(next(iter(fields)))


async def test_a_fraction_of_a_token_is_refused_as_it_was_written(send: Send) -> None:
    rejected = await refusal(send, input_tokens=1.5)
    assert rejected["detail"] == "input_tokens: must be a whole number, not 1.5"


async def test_prompts_are_never_accepted_and_the_answer_says_so(send: Send) -> None:
    rejected = await refusal(send, prompt="my secret")
    assert "never accepted" in rejected["detail"]
    assert "my secret" not in rejected["detail"]


async def test_a_mistyped_field_is_answered_with_the_right_one(send: Send) -> None:
    assert "did you mean latency_ms" in (await refusal(send, latencyms=1))["detail"]


@pytest.mark.parametrize(
    "name", [name for name, value in FULL.items() if isinstance(value, str) and name != "occurred_at"]
)
@pytest.mark.parametrize("poison", ["a\0b", "a\ud800b", "\udc00"])
async def test_characters_that_no_database_holds_are_refused_in_every_field(send: Send, name: str, poison: str) -> None:
    assert (await refusal(send, **{name: poison}))["code"] == "invalid_value"


@pytest.mark.parametrize("poison", ["a\0b", "a\ud800b"])
async def test_characters_that_no_database_holds_are_refused_in_tags(send: Send, poison: str) -> None:
    assert (await refusal(send, tags={poison: "x"}))["code"] == "invalid_value"
    assert (await refusal(send, tags={"x": poison}))["code"] == "invalid_value"


@pytest.mark.parametrize("item", [5, None, "text", [], [[]]])
async def test_what_is_no_object_is_refused_in_its_place(send: Send, item: Any) -> None:
    receipt = (await send([make_body(), item, make_body()])).json()
    assert (receipt["accepted"], receipt["rejected"][0]["index"]) == (2, 1)


async def test_an_event_that_cannot_be_named_is_refused_without_an_id(send: Send) -> None:
    assert (await refusal(send, event_id=None, model=None))["event_id"] is None


@pytest.mark.parametrize("size", [256, 255])
async def test_the_longest_dimensions_together_fit_into_one_index_entry(send: Send, size: int) -> None:
    """Of text that does not compress, in the script that takes most bytes."""
    texts = ["".join(chr(0x4E00 + (7919 * (n + 1) * (k + 3)) % 20_000) for n in range(size)) for k in range(3)]
    answer = await send(make_body(provider="é" * 64, model=texts[0], project=texts[1], environment=texts[2]))
    assert answer.json()["accepted"] == 1
