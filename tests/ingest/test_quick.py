"""The quick way through ingest gives what the careful one gives, digit for digit, or nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.ids import new_id
from app.ingest.rules.incoming import read_event
from app.ingest.rules.preparing import Sender, prepare_carefully
from app.ingest.rules.quick import prepare_quickly
from app.pricing.rules.call import Pricing
from app.pricing.rules.workspace import OwnPrices, Rule, RuleKind
from app.pricing.service import load_default
from app.usage.rules.events import NewEvent
from tests.factories.ingest import plain

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WORKSPACE, KEY = new_id(), new_id()
BOOK = load_default()
OWN = OwnPrices(
    [
        Rule(new_id(), RuleKind.RATE, "openai", "gpt-4o", "input", Decimal("1.5"), 1_000_000),
        Rule(new_id(), RuleKind.DISCOUNT, "*", "*", percent=Decimal("12.5")),
        Rule(new_id(), RuleKind.DEPLOYMENT, "*", "prod", target_model="gpt-4o-mini", capacity="provisioned"),
    ],
    BOOK.portion,
)
LISTED, OWNED = BOOK.pricing, Pricing(OWN.price, "own")

SMALL = st.integers(0, 40)
WHOLE = st.integers(30, 200)
MAYBE = st.none() | SMALL
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, 0, 1, 10**12, 10**12 + 1, -1, True, 1.0, Decimal(7), "7", "standard", 2**60, {}, []]
)

Strategy = st.SearchStrategy[dict[str, Any]]


def some(**fields: st.SearchStrategy[Any]) -> Strategy:
    return st.fixed_dictionaries({}, optional=fields)


def one(**fields: Sequence[Any]) -> Strategy:
    """A few of the fields, each as one of its values; mostly none."""
    pairs = st.sampled_from([(name, value) for name, values in fields.items() for value in values])
    return st.just({}) | st.lists(pairs, max_size=2).map(dict)


def shape(wholes: Sequence[str], parts: Strategy, *oddities: str) -> Strategy:
    """Two totals and their sum, with parts that mostly fit into them; sometimes one field is odd."""
    odd: Strategy = st.just({}) | st.dictionaries(st.sampled_from([*wholes, *oddities, "x"]), ODD, max_size=1)
    counts = st.builds(lambda a, b: dict(zip(wholes, (a, b, a + b), strict=False)), WHOLE, WHOLE)
    return st.builds(lambda *given: {name: value for part in given for name, value in part.items()}, counts, parts, odd)


DETAILS = some(cached_tokens=MAYBE, cache_write_tokens=MAYBE, audio_tokens=st.sampled_from([0, 0, 0, None, 1]))
CHAT = shape(
    ("prompt_tokens", "completion_tokens", "total_tokens"),
    some(
        prompt_tokens_details=st.none() | DETAILS,
        completion_tokens_details=st.none()
        | some(reasoning_tokens=MAYBE, audio_tokens=st.just(0), accepted_prediction_tokens=MAYBE),
    ),
    *("prompt_tokens_details", "cost", "num_search_queries", "cached_tokens", "service_tier", "input_tokens"),
)
RESPONSES = shape(
    ("input_tokens", "output_tokens", "total_tokens"),
    some(
        input_tokens_details=some(cached_tokens=MAYBE, cache_write_tokens=MAYBE),
        output_tokens_details=st.none() | some(reasoning_tokens=MAYBE),
    ),
    *("input_tokens_details", "output_tokens_details", "prompt_tokens", "cache_read_input_tokens"),
)
LIVES = st.builds(lambda a, b: {"ephemeral_5m_input_tokens": a, "ephemeral_1h_input_tokens": b}, SMALL, SMALL)
WRITTEN = st.builds(
    lambda lives, off: {
        "cache_creation": lives,
        "cache_creation_input_tokens": sum(lives.values()) + off,
    },
    LIVES,
    st.sampled_from([0, 0, 0, 1, -1]),
) | some(cache_creation_input_tokens=MAYBE, cache_creation=LIVES)
MESSAGES = shape(
    ("input_tokens", "output_tokens"),
    st.builds(
        lambda written, rest: {**written, **rest},
        WRITTEN,
        some(
            cache_read_input_tokens=MAYBE,
            output_tokens_details=st.none() | some(thinking_tokens=MAYBE),
            service_tier=st.sampled_from([None, "standard", "priority", "batch"]),
            inference_geo=st.sampled_from([None, "global", "us", "not_available", "mars"]),
            server_tool_use=st.none(),
        ),
    ),
    *("cache_read_input_tokens", "server_tool_use", "service_tier", "inference_geo", "total_tokens", "speed"),
)
TEXT = st.none() | st.lists(
    st.fixed_dictionaries({"modality": st.sampled_from(["TEXT", "TEXT", "AUDIO"]), "tokenCount": SMALL}), max_size=2
)
GEMINI = st.builds(
    lambda usage, thoughts: (
        {
            **usage,
            "thoughtsTokenCount": thoughts,
            "totalTokenCount": usage["promptTokenCount"] + usage["candidatesTokenCount"] + (thoughts or 0),
        }
        if type(usage["promptTokenCount"]) is type(usage["candidatesTokenCount"]) is int
        else usage
    ),
    shape(
        ("promptTokenCount", "candidatesTokenCount", "totalTokenCount"),
        some(
            cachedContentTokenCount=MAYBE,
            promptTokensDetails=TEXT,
            candidatesTokensDetails=TEXT,
            cacheTokensDetails=TEXT,
        ),
        *("cachedContentTokenCount", "toolUsePromptTokenCount", "trafficType", "thoughtsTokenCount"),
    ),
    MAYBE,
)
WORDS = shape(
    ("input_tokens", "output_tokens"),
    some(cache_read_tokens=MAYBE, cache_write_tokens=MAYBE, reasoning_tokens=MAYBE),
    *("cache_write_1h_tokens", "input_audio_tokens", "reasoning_tokens"),
)
USED = st.one_of(
    WORDS.map(lambda words: {name: count for name, count in words.items() if name != "x"}),
    WORDS.map(lambda words: {"usage": words}),
    *(raw.map(lambda usage: {"raw_usage": usage}) for raw in (CHAT, RESPONSES, MESSAGES, GEMINI)),
)
PROVIDERS = (
    *("openai", "anthropic", "google", "OpenAI ", "azure", "bedrock", "vertex", "mistral", "groq"),
    *("xai", "openrouter", "perplexity", "qwen", "vercel_ai", "moonshot", "nobody", "cohere", "\0"),
)
MODELS = (
    *("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5", "claude-opus-5-5", "gemini-2.5-pro", "gpt-5.6-sol", "own"),
    *("deepseek-v4-pro", "gpt-4o-search-preview", "gpt-image-1", "text-embedding-3-small", "sonar", "grok-4.3", " "),
)
APIS = ("chat", "chat.completions", "responses", "messages", "batch", "embeddings", "transcription", "image", "x")
NAMES = ("a", "", "käse", "\0", "a" * 256, "😀" * 256)
COMMON = one(
    requested_model=[*MODELS, ""],
    api=APIS,
    service_tier=["", "priority", "flex", "default", "\0"],
    processing=["realtime", "batch"],
    speed=["fast", "standard"],
    geo=["eu", "us", "global"],
    base_url=["https://eu.api.openai.com/v1?k=1", "https://api.z.ai/api/coding/paas/v4", "http://["],
    deployment=["prod", "other"],
    capacity=["subscription", "on_demand"],
    status=["ok", "error"],
    error_type=NAMES,
    http_status=[200, 429],
    role=["main", "parent"],
    project=NAMES,
    environment=NAMES,
    operation=NAMES,
)
OWN_FIELDS = one(
    event_id=["019a8b2c-1234-7abc-8def-0123456789ab", "019A8B2C-1234-7ABC-8DEF-0123456789AB", "call 1"],
    occurred_at=["2026-11-20T11:00:00Z", "2024-02-03T04:05:06.789+02:00", "yesterday", "2026-11-20"],
    latency_ms=[0, 12.5],
    time_to_first_token_ms=[3],
    user=NAMES,
    session_id=NAMES,
    trace_id=NAMES,
    span_id=NAMES,
    parent_span_id=NAMES,
    provider_response_id=NAMES,
    tags=[{}, {"team": "a", "ort": "käse"}, {"team": ""}, {"team": "\0"}, {"\0": "a"}, {"team": "\\u0000"}],
    reported_cost=["0.5", "0", "much"],
)
EVENTS = st.builds(
    lambda provider, model, *rest: {
        "event_id": "one",
        "provider": provider,
        "model": model,
        **{name: value for part in rest for name, value in part.items()},
    },
    st.sampled_from(PROVIDERS),
    st.sampled_from(MODELS),
    USED,
    COMMON,
    OWN_FIELDS,
)


def quickly(sent: dict[str, Any], pricing: Pricing, *, keeps_raw: bool = True) -> NewEvent | None:
    return prepare_quickly(read_event(sent), WORKSPACE, KEY, pricing, NOW, keeps_raw=keeps_raw)


def told(event: NewEvent) -> dict[str, Any]:
    return plain({**msgspec.structs.asdict(event), "meters": event.meters and msgspec.json.decode(event.meters)})


@pytest.mark.parametrize("pricing", [LISTED, OWNED], ids=["list prices", "own prices"])
@given(sent=EVENTS, keeps_raw=st.booleans())
@example(
    sent={"event_id": "1", "provider": "openai", "model": "gpt-4o", "input_tokens": 0, "output_tokens": 0},
    keeps_raw=True,
)
def test_what_is_done_quickly_is_done_as_with_care(pricing: Pricing, sent: dict[str, Any], keeps_raw: bool) -> None:
    try:
        event = read_event(sent)
    except Exception:  # noqa: BLE001 - refused before either way is tried
        return
    quick = prepare_quickly(event, WORKSPACE, KEY, pricing, NOW, keeps_raw=keeps_raw)
    if quick is not None:
        assert told(quick) == told(prepare_carefully(event, Sender(WORKSPACE, KEY, keeps_raw), pricing, NOW))


USUAL: dict[str, dict[str, Any]] = {
    "flat": {"input_tokens": 100, "cache_read_tokens": 40, "cache_write_tokens": 2, "output_tokens": 9},
    "our words": {"usage": {"input_tokens": 100, "output_tokens": 9, "reasoning_tokens": 4}},
    "OpenAI chat": {
        "raw_usage": {
            "prompt_tokens": 100,
            "completion_tokens": 9,
            "total_tokens": 109,
            "prompt_tokens_details": {"cached_tokens": 40, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": 4,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }
    },
    "OpenAI responses": {
        "raw_usage": {
            "input_tokens": 100,
            "input_tokens_details": {"cached_tokens": 40},
            "output_tokens": 9,
            "output_tokens_details": {"reasoning_tokens": 4},
            "total_tokens": 109,
        }
    },
    "Anthropic messages": {
        "raw_usage": {
            "input_tokens": 100,
            "cache_creation_input_tokens": 3,
            "cache_read_input_tokens": 40,
            "cache_creation": {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 2},
            "output_tokens": 9,
            "server_tool_use": None,
            "service_tier": "standard",
            "inference_geo": "not_available",
        }
    },
    "Gemini": {
        "raw_usage": {
            "promptTokenCount": 100,
            "candidatesTokenCount": 9,
            "totalTokenCount": 119,
            "thoughtsTokenCount": 10,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 100}],
        }
    },
}


@pytest.mark.parametrize("pricing", [LISTED, OWNED], ids=["list prices", "own prices"])
@pytest.mark.parametrize("used", USUAL.values(), ids=USUAL)
def test_the_usual_events_are_done_quickly(pricing: Pricing, used: dict[str, Any]) -> None:
    sent = {"event_id": "1", "provider": "openai", "model": "gpt-4o", "user": "käse", "tags": {"team": "a"}, **used}
    quick = quickly(sent, pricing)
    assert quick is not None
    assert told(quick) == told(prepare_carefully(read_event(sent), Sender(WORKSPACE, KEY), pricing, NOW))
