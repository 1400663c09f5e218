"""A stream's chunks fold into the response that the same call would have given in one piece."""

from typing import Any

import pytest

from app.usage.rules.dialects import read_usage
from app.usage.rules.events import as_json
from app.usage.rules.keeping import worth_keeping
from app.usage.rules.record import UsageRecord
from app.usage.rules.streams import fold

SECRET = "the quick brown fox"


def record_of(chunks: list[Any], provider: str = "openai", model: str | None = None) -> UsageRecord:
    return read_usage({"chunks": chunks}, provider=provider, model=model)


def choice(text: str, finish: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": {"content": text}, "finish_reason": finish}


# --- OpenAI chat and its relatives ---

CHAT_USAGE = {
    "prompt_tokens": 19,
    "completion_tokens": 10,
    "total_tokens": 29,
    "prompt_tokens_details": {"cached_tokens": 8},
    "completion_tokens_details": {"reasoning_tokens": 4},
}
ABOUT = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "gpt-6-sol", "service_tier": "flex"}
CHAT = [
    {**ABOUT, "choices": [], "prompt_filter_results": [{"prompt_index": 0}], "usage": None},
    {**ABOUT, "choices": [choice(SECRET)], "usage": None},
    {**ABOUT, "choices": [choice("", "stop")], "usage": None},
    {**ABOUT, "choices": [], "usage": CHAT_USAGE},
]
CHAT_WHOLE = {**ABOUT, "choices": [{"message": {"content": SECRET}}], "usage": CHAT_USAGE}

# --- OpenAI responses ---

RESPONSE = {
    "id": "resp_1",
    "model": "gpt-6-sol",
    "service_tier": "priority",
    "output": [{"type": "web_search_call", "action": {"type": "search", "query": SECRET}}],
    "usage": {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 64, "cache_write_tokens": 0},
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 5},
        "total_tokens": 120,
    },
}
RESPONSES = [
    {"type": "response.created", "response": {"id": "resp_1", "model": "gpt-6-sol", "usage": None}},
    {"type": "response.output_text.delta", "item_id": "m", "delta": SECRET},
    {"type": "response.completed", "response": RESPONSE},
]

# --- Anthropic ---

START = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "type": "message",
        "model": "claude-opus-5-5",
        "content": [],
        "usage": {
            "input_tokens": 25,
            "cache_creation_input_tokens": 300,
            "cache_read_input_tokens": 4000,
            "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
            "output_tokens": 1,
            "service_tier": "standard",
            "speed": "fast",
        },
    },
}
BLOCK = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": SECRET}}


def totals(**usage: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage}


MESSAGE = {
    "id": "msg_1",
    "model": "claude-opus-5-5",
    "usage": {**START["message"]["usage"], "output_tokens": 90},  # type: ignore[index]
}
MESSAGES: list[dict[str, Any]] = [
    START,
    BLOCK,
    totals(output_tokens=40),
    totals(output_tokens=90, input_tokens=25, cache_creation_input_tokens=300, cache_read_input_tokens=None),
    {"type": "message_stop"},
]

# --- Gemini ---

GEMINI = [
    {
        "candidates": [{"content": {"parts": [{"text": SECRET}]}}],
        "usageMetadata": {"promptTokenCount": 10, "cachedContentTokenCount": 4, "totalTokenCount": 10},
        "modelVersion": "gemini-3-flash",
        "responseId": "r1",
    },
    {
        "candidates": [{"finishReason": "STOP", "groundingMetadata": {"webSearchQueries": [SECRET, SECRET]}}],
        "usageMetadata": {
            "promptTokenCount": 10,
            "candidatesTokenCount": 7,
            "thoughtsTokenCount": 3,
            "totalTokenCount": 20,
        },
        "modelVersion": "gemini-3-flash",
        "responseId": "r1",
    },
]
GEMINI_WHOLE = {
    **GEMINI[1],
    "usageMetadata": {**GEMINI[1]["usageMetadata"], "cachedContentTokenCount": 4},  # type: ignore[dict-item]
}

# --- Bedrock, Cohere, Interactions ---

CONVERSE_USAGE = {
    "usage": {"inputTokens": 10, "outputTokens": 5, "totalTokens": 22, "cacheReadInputTokens": 7},
    "serviceTier": {"type": "flex"},
}
CONVERSE = [
    {"messageStart": {"role": "assistant"}},
    {"contentBlockDelta": {"delta": {"text": SECRET}, "contentBlockIndex": 0}},
    {"messageStop": {"stopReason": "end_turn"}},
    {"metadata": {**CONVERSE_USAGE, "metrics": {"latencyMs": 1}}},
]
BILLED = {"billed_units": {"input_tokens": 5, "output_tokens": 4}, "tokens": {"input_tokens": 71, "output_tokens": 4}}
COHERE = [
    {"type": "message-start", "id": "c1", "delta": {"message": {"role": "assistant"}}},
    {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": SECRET}}}},
    {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": BILLED}},
]
COHERE_V1 = [
    {"event_type": "text-generation", "text": SECRET},
    {"event_type": "stream-end", "response": {"text": SECRET, "meta": BILLED}},
]
INTERACTION = {
    "id": "v1_a",
    "model": "gemini-3-flash",
    "usage": {"total_input_tokens": 8, "total_output_tokens": 2, "total_tokens": 10},
}
INTERACTIONS = [
    {"event_type": "interaction.start", "interaction": {"id": "v1_a", "model": "gemini-3-flash"}},
    {"event_type": "content.delta", "delta": {"text": SECRET}},
    {"event_type": "interaction.complete", "interaction": INTERACTION},
]

# --- others ---

TALLY = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
GROQ = [
    {"id": "g1", "model": "llama", "choices": [choice(SECRET)], "x_groq": {"id": "req_1"}},
    {"id": "g1", "model": "llama", "choices": [choice("", "stop")], "x_groq": {"id": "req_1", "usage": TALLY}},
]
MOONSHOT = [
    {"id": "k1", "model": "kimi-k3", "choices": [choice(SECRET)]},
    {"id": "k1", "model": "kimi-k3", "choices": [{**choice("", "stop"), "usage": TALLY}]},
]
RUNNING = [
    {
        "id": "p1",
        "model": "m",
        "choices": [choice(SECRET)],
        "usage": {**TALLY, "completion_tokens": 1, "total_tokens": 10},
    },
    {
        "id": "p1",
        "model": "m",
        "choices": [choice(SECRET)],
        "usage": {**TALLY, "completion_tokens": 3, "total_tokens": 12},
    },
    {"id": "p1", "model": "m", "choices": [choice("", "stop")], "usage": TALLY},
]
DASHSCOPE = [
    {
        "output": {"text": SECRET, "finish_reason": "null"},
        "usage": {"input_tokens": 9, "output_tokens": 1, "total_tokens": 10},
        "request_id": "d1",
    },
    {
        "output": {"text": SECRET, "finish_reason": "stop"},
        "usage": {"input_tokens": 9, "output_tokens": 4, "total_tokens": 13},
        "request_id": "d1",
    },
]
OLLAMA = [
    {"model": "llama3.2", "response": SECRET, "done": False},
    {"model": "llama3.2", "response": "", "done": True, "prompt_eval_count": 9, "eval_count": 4},
]

WHOLE = [
    ("openai", CHAT, CHAT_WHOLE),
    ("azure", CHAT, CHAT_WHOLE),
    ("openai", RESPONSES, RESPONSE),
    ("anthropic", MESSAGES, MESSAGE),
    ("vertex", MESSAGES, MESSAGE),
    ("google", GEMINI, GEMINI_WHOLE),
    ("bedrock", CONVERSE, CONVERSE_USAGE),
    ("cohere", COHERE, {"id": "c1", "usage": BILLED}),
    ("cohere", COHERE_V1, {"meta": BILLED}),
    ("google", INTERACTIONS, INTERACTION),
    ("groq", GROQ, {"id": "g1", "model": "llama", "usage": TALLY}),
    ("moonshot", MOONSHOT, {"id": "k1", "model": "kimi-k3", "usage": TALLY}),
    ("vllm", RUNNING, {"id": "p1", "model": "m", "usage": TALLY}),
    ("perplexity", RUNNING, {"id": "p1", "model": "m", "usage": TALLY}),
    ("alibaba", DASHSCOPE, DASHSCOPE[-1]),
    ("ollama", OLLAMA, OLLAMA[-1]),
]


@pytest.mark.parametrize(("provider", "chunks", "whole"), WHOLE)
def test_a_stream_reads_like_the_response_in_one_piece(
    provider: str, chunks: list[dict[str, Any]], whole: dict[str, Any]
) -> None:
    assert record_of(chunks, provider) == read_usage(whole, provider=provider)
    assert record_of(chunks, provider).usage_status == "final"


@pytest.mark.parametrize(("provider", "chunks", "whole"), WHOLE)
def test_chunks_without_counts_may_be_left_out(
    provider: str, chunks: list[dict[str, Any]], whole: dict[str, Any]
) -> None:
    kept = chunks if provider in ("anthropic", "vertex", "google", "cohere") else chunks[-1:]
    assert record_of(kept, provider).leaves == read_usage(whole, provider=provider).leaves


@pytest.mark.parametrize(("provider", "chunks", "whole"), WHOLE)
def test_of_a_stream_no_word_is_kept_and_what_is_kept_reads_the_same(
    provider: str, chunks: list[dict[str, Any]], whole: dict[str, Any]
) -> None:
    kept = worth_keeping({"events": chunks})
    assert "quick" not in (as_json(kept) or "")
    assert read_usage(kept, provider=provider) == record_of(chunks, provider)
    assert worth_keeping(kept) == kept


@pytest.mark.parametrize(
    ("provider", "chunks", "status", "input_tokens", "output_tokens"),
    [
        ("openai", CHAT[:3], "missing", None, None),
        ("openai", RESPONSES[:2], "missing", None, None),
        ("anthropic", MESSAGES[:2], "partial", 4325, None),
        ("google", GEMINI[:1], "partial", 10, 0),
        ("bedrock", CONVERSE[:3], "missing", None, None),
        ("cohere", COHERE[:2], "missing", None, None),
        ("google", INTERACTIONS[:2], "missing", None, None),
        ("groq", GROQ[:1], "missing", None, None),
        ("vllm", RUNNING[:2], "partial", 9, 3),
        ("alibaba", DASHSCOPE[:1], "partial", 9, 1),
        ("ollama", OLLAMA[:1], "missing", None, None),
        ("openai", [], "missing", None, None),
    ],
)
def test_a_cut_stream_is_partial_or_missing_and_never_zero(
    provider: str, chunks: list[Any], status: str, input_tokens: int | None, output_tokens: int | None
) -> None:
    record = record_of(chunks, provider)
    assert (record.usage_status, record.input_tokens, record.output_tokens) == (status, input_tokens, output_tokens)
    kept = worth_keeping({"chunks": chunks})
    assert read_usage(kept, provider=provider) == record


@pytest.mark.parametrize("chunk", [TALLY, {"usage": TALLY}, {"id": "x", "choices": [], "usage": TALLY}])
def test_counts_without_an_answer_end_the_stream(chunk: dict[str, Any]) -> None:
    assert record_of([chunk]).usage_status == "final"


def test_a_cut_stream_still_says_who_answered() -> None:
    record = record_of(RESPONSES[:2])
    assert (record.provider_response_id, record.model_served) == ("resp_1", "gpt-6-sol")


def test_cache_writes_of_a_stream_are_not_counted_twice() -> None:
    leaves = record_of(MESSAGES, "anthropic").leaves
    assert (leaves["input.cache_write_5m.text"], leaves["input.cache_write_1h.text"]) == (100, 200)


def test_writes_that_a_server_tool_added_live_five_minutes_and_are_marked() -> None:
    record = record_of([START, totals(output_tokens=9, cache_creation_input_tokens=350)], "anthropic")
    assert record.leaves["input.cache_write_1h.text"] == 200
    assert record.leaves["input.cache_write_5m.text"] == 150
    assert record.warnings == ("cache writes by life fall short of their total: 300 < 350",)


@pytest.mark.parametrize("kind", ["response.incomplete", "response.failed"])
def test_a_response_that_ended_early_has_its_usage(kind: str) -> None:
    events = [*RESPONSES[:2], {"type": kind, "response": RESPONSE}]
    assert record_of(events) == read_usage(RESPONSE, provider="openai")


@pytest.mark.parametrize(
    "kind", ["image_generation.completed", "image_edit.completed", "transcript.text.done", "speech.audio.done"]
)
def test_images_and_audio_say_their_usage_at_the_end(kind: str) -> None:
    usage = {"input_tokens": 9, "output_tokens": 4, "total_tokens": 13}
    events = [{"type": kind.rpartition(".")[0] + ".partial", "b64_json": SECRET}, {"type": kind, "usage": usage}]
    record = record_of(events)
    assert (record.input_tokens, record.output_tokens, record.usage_status) == (9, 4, "final")


def test_a_realtime_turn_brings_its_transcription_along() -> None:
    events = [
        {
            "type": "conversation.item.input_audio_transcription.completed",
            "transcript": SECRET,
            "usage": {"type": "duration", "seconds": 3},
        },
        {"type": "response.done", "response": {"id": "resp_1", "usage": {"input_tokens": 9, "output_tokens": 4}}},
    ]
    record = record_of(events)
    assert (record.input_tokens, [part.role for part in record.parts]) == (9, ["transcription"])


def test_the_live_api_ends_with_its_turn() -> None:
    usage = {"promptTokenCount": 5, "responseTokenCount": 7, "totalTokenCount": 12}
    turn = [{"serverContent": {"modelTurn": {}}}, {"serverContent": {"turnComplete": True}, "usageMetadata": usage}]
    assert (record_of(turn, "google").usage_status, record_of(turn[:1], "google").usage_status) == ("final", "missing")


def test_the_metrics_of_a_bedrock_stream_are_its_last_chunk() -> None:
    chunks = [
        {"generation": SECRET, "prompt_token_count": 9, "generation_token_count": 1},
        {
            "generation": "",
            "generation_token_count": 4,
            "stop_reason": "stop",
            "amazon-bedrock-invocationMetrics": {"inputTokenCount": 9, "outputTokenCount": 4},
        },
    ]
    record = record_of(chunks, "bedrock", "meta.llama4-17b")
    assert (record.leaves, record.usage_status) == ({"input.fresh.text": 9, "output.visible.text": 4}, "final")


def test_events_kept_with_their_names_are_opened_and_what_is_no_object_is_skipped() -> None:
    named = [{"event": event["type"], "data": event} for event in MESSAGES]
    assert record_of([*named, "[DONE]", None], "anthropic") == record_of(MESSAGES, "anthropic")


def test_folding_takes_the_last_and_never_the_sum() -> None:
    assert fold([*RUNNING, RUNNING[-1]]) == fold(RUNNING)
