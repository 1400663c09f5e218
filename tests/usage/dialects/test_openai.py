"""OpenAI's and Azure's objects: chat, completions, embeddings, Responses, batches."""

from decimal import Decimal
from typing import Any

import pytest

from tests.usage.dialects.reading import chat, read


@pytest.mark.parametrize(
    ("details", "leaves"),
    [
        # this API does not say which cached tokens are audio: text is taken first
        (
            {"cached_tokens": 70, "audio_tokens": 40},
            {"read.text": 60, "read.audio": 10, "fresh.text": 0, "fresh.audio": 30},
        ),
        # unless it does say
        (
            {"cached_tokens": 50, "audio_tokens": 40, "cached_tokens_details": {"text_tokens": 30, "audio_tokens": 20}},
            {"read.text": 30, "read.audio": 20, "fresh.text": 30, "fresh.audio": 20},
        ),
        ({"cached_tokens": 60, "audio_tokens": 40}, {"read.text": 60, "fresh.text": 0, "fresh.audio": 40}),
        ({"cached_tokens": 0, "audio_tokens": 0}, {"read.text": 0, "fresh.text": 100}),
        ({"cached_tokens": None, "audio_tokens": None}, {"fresh.text": 100}),
    ],
)
def test_cached_and_audio_may_overlap(details: dict[str, Any], leaves: dict[str, int]) -> None:
    record = read(chat(100, 5, prompt_tokens_details=details), "openai", "gpt-audio")
    found = {
        leaf.removeprefix("input.").replace("cache_", ""): n for leaf, n in record.leaves.items() if "input" in leaf
    }
    assert found == leaves
    assert (record.input_tokens, record.warnings) == (100, ())


def test_predictions_are_inside_the_completion_whether_accepted_or_not() -> None:
    made = {"reasoning_tokens": 0, "accepted_prediction_tokens": 30, "rejected_prediction_tokens": 20}
    record = read(chat(10, 60, completion_tokens_details=made), "openai", "gpt-4o")
    assert (record.leaves["output.visible.text"], record.output_tokens) == (60, 60)


def test_several_choices_share_one_prompt() -> None:
    response = {
        "id": "chatcmpl-1",
        "model": "gpt-4o-2024-08-06",
        "choices": [{"index": 0, "message": {"content": "a"}}, {"index": 1, "message": {"content": "b"}}],
        "usage": chat(20, 44),
    }
    assert read(response, "openai").leaves == {"input.fresh.text": 20, "output.visible.text": 44}


def test_the_last_chunk_of_a_stream() -> None:
    chunk = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "model": "gpt-5.4",
        "choices": [],
        "usage": chat(9, 4),
    }
    assert read(chunk, "openai").input_tokens == 9


def test_a_chunk_before_it_says_nothing() -> None:
    record = read(
        {"id": "chatcmpl-1", "model": "gpt-5.4", "choices": [{"delta": {"content": "x"}}], "usage": None}, "openai"
    )
    assert (record.usage_status, record.model_served, record.provider_response_id) == (
        "missing",
        "gpt-5.4",
        "chatcmpl-1",
    )


def test_zeros_are_zeros() -> None:
    record = read(chat(0, 0), "openai")
    assert (record.usage_status, record.leaves) == ("final", {"input.fresh.text": 0, "output.visible.text": 0})


def test_a_legacy_completion() -> None:
    response = {"id": "cmpl-1", "object": "text_completion", "model": "gpt-3.5-turbo-instruct", "usage": chat(5, 7)}
    record = read(response, "openai", api="/v1/completions")
    assert (record.input_tokens, record.output_tokens, record.convention) == (5, 7, "openai_chat")


@pytest.mark.parametrize("api", [None, "embeddings", "/v1/embeddings"])
def test_embeddings(api: str | None) -> None:
    response = {
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": [0.1, 0.2]}],
        "model": "text-embedding-3-small",
        "usage": {"prompt_tokens": 5, "total_tokens": 5},
    }
    record = read(response, "openai", api=api)
    assert (record.leaves, record.usage_status) == ({"input.fresh.text": 5}, "final")


@pytest.mark.parametrize(
    ("written", "split", "expected"),
    [
        (100, {"ttl_30m_tokens": 100, "ttl_12h_tokens": 0}, {"cache_write_30m": 100}),
        (100, {"ttl_30m_tokens": 0, "ttl_12h_tokens": 100}, {"cache_write_12h": 100}),
        (100, {"ttl_30m_tokens": 60, "ttl_12h_tokens": 40}, {"cache_write_30m": 60, "cache_write_12h": 40}),
        (None, {"ttl_12h_tokens": 40}, {"cache_write_12h": 40}),
        (100, None, {"cache_write_30m": 100}),
        (0, None, {"cache_write_30m": 0}),
    ],
)
def test_responses_write_to_the_cache_for_half_an_hour_or_half_a_day(
    written: int | None, split: dict[str, int] | None, expected: dict[str, int]
) -> None:
    details = {"cached_tokens": 0, "cache_write_tokens": written, "cache_write_tokens_details": split}
    usage = {"input_tokens": 500, "input_tokens_details": details, "output_tokens": 5, "total_tokens": 505}
    record = read(usage, "openai", "gpt-5.6")
    assert {leaf: n for leaf, n in record.leaves.items() if "write" in leaf} == {
        f"input.{kind}.text": count for kind, count in expected.items()
    }
    assert (record.input_tokens, record.warnings) == (500, ())


def test_the_tools_of_a_response_are_counted_and_its_words_are_not_kept() -> None:
    response = {
        "id": "resp_1",
        "object": "response",
        "status": "completed",
        "model": "gpt-5.6-2026-07-01",
        "service_tier": "default",
        "output": [
            {"type": "reasoning", "summary": []},
            {"type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "x"}},
            {"type": "web_search_call", "status": "completed", "action": {"type": "open_page", "url": "y"}},
            {"type": "web_search_call", "status": "completed", "action": {"type": "find_in_page"}},
            {"type": "file_search_call", "queries": ["x"]},
            {"type": "file_search_call", "queries": ["y"]},
            {"type": "code_interpreter_call", "container_id": "cntr_1"},
            {"type": "code_interpreter_call", "container_id": "cntr_1"},
            {"type": "code_interpreter_call", "container_id": "cntr_2"},
            {"type": "mcp_call", "name": "z"},
            {"type": "message", "content": [{"type": "output_text", "text": "words"}]},
        ],
        "usage": {
            "input_tokens": 81,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 1035,
            "output_tokens_details": {"reasoning_tokens": 832},
            "total_tokens": 1116,
        },
    }
    record = read(response, "openai")
    assert record.meters == {
        "tool.web_search": Decimal(1),
        "tool.file_search": Decimal(2),
        "tool.code_container_session": Decimal(2),
    }
    assert (record.output_tokens, record.reasoning_tokens, record.service_tier) == (1035, 832, "default")


@pytest.mark.parametrize("kind", ["response.completed", "response.incomplete", "response.failed"])
def test_a_responses_stream_ends_with_the_whole_response(kind: str) -> None:
    usage = {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}
    event = {"type": kind, "sequence_number": 9, "response": {"id": "resp_1", "model": "gpt-5.6", "usage": usage}}
    record = read(event, "openai", api="responses")
    assert (record.input_tokens, record.provider_response_id) == (3, "resp_1")


@pytest.mark.parametrize(
    "body",
    [
        {"id": "chatcmpl-1", "model": "gpt-4o-2024-08-06", "service_tier": "default", "usage": chat(20, 4)},
        {
            "id": "resp_1",
            "model": "gpt-4o-2024-08-06",
            "usage": {"input_tokens": 20, "output_tokens": 4, "total_tokens": 24},
        },
    ],
)
def test_a_line_of_a_batch_is_at_the_batch_price(body: dict[str, Any]) -> None:
    line = {
        "id": "batch_req_1",
        "custom_id": "request-1",
        "response": {"status_code": 200, "request_id": "req_1", "body": body},
        "error": None,
    }
    record = read(line, "openai")
    assert (record.processing, record.input_tokens, record.output_tokens) == ("batch", 20, 4)
    assert (record.model_served, record.provider_response_id) == ("gpt-4o-2024-08-06", body["id"])


@pytest.mark.parametrize(
    ("api", "processing"),
    [("batch", "batch"), ("/v1/batches", "batch"), ("chat.completions.batch", "batch"), ("chat", None), (None, None)],
)
def test_the_endpoint_says_batch(api: str | None, processing: str | None) -> None:
    assert read(chat(1, 1), "openai", api=api).processing == processing


def test_azure_names_the_model_behind_the_deployment() -> None:
    response = {
        "id": "chatcmpl-1",
        "model": "gpt-4o-2024-11-20",
        "object": "chat.completion",
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {"hate": {"filtered": False}}}],
        "choices": [{"index": 0, "content_filter_results": {}, "message": {"content": "x"}}],
        "usage": chat(100, 5, prompt_tokens_details={"cached_tokens": 64, "audio_tokens": 0}),
    }
    record = read(response, "azure_openai", "my-deployment", "chat")
    assert (record.model_served, record.cache_read_tokens) == ("gpt-4o-2024-11-20", 64)


def test_azures_router_names_the_model_that_served() -> None:
    response = {"id": "chatcmpl-1", "model": "gpt-5-mini-2025-08-07", "usage": chat(9, 1)}
    assert read(response, "azure", "model-router").model_served == "gpt-5-mini-2025-08-07"


IMAGE_TOOL: dict[str, Any] = {
    "id": "resp_1",
    "model": "gpt-5.6",
    "tools": [{"type": "image_generation", "model": "gpt-image-1.5", "size": "auto"}],
    "output": [{"type": "image_generation_call", "status": "completed", "result": "aGk="}],
    "usage": {"input_tokens": 20, "output_tokens": 5, "total_tokens": 25},
}


def test_images_that_a_tool_made_are_a_part_on_the_image_model() -> None:
    drawn = {
        "input_tokens": 50,
        "input_tokens_details": {"text_tokens": 50, "image_tokens": 0},
        "output_tokens": 1056,
        "total_tokens": 1106,
    }
    record = read({**IMAGE_TOOL, "tool_usage": {"image_gen": drawn, "web_search": {"num_requests": 0}}}, "openai")
    (part,) = record.parts
    assert (part.role, part.model, part.meters) == ("tool", "gpt-image-1.5", {})
    assert part.leaves == {"input.fresh.text": 50, "output.visible.text": 0, "output.visible.image": 1056}
    assert record.leaves == {"input.fresh.text": 20, "output.visible.text": 5}


def test_images_without_tokens_are_counted_and_not_free() -> None:
    (part,) = read(IMAGE_TOOL, "openai").parts
    assert (part.model, part.leaves, part.meters) == ("gpt-image-1.5", {}, {"images_out": Decimal(1)})
    (part,) = read({**IMAGE_TOOL, "tools": []}, "openai").parts
    assert part.model == "unnamed-image-model"


@pytest.mark.parametrize(("output", "searches"), [([], 2), ([{"type": "web_search_call"}], 1)])
def test_searches_are_counted_from_the_items_or_where_there_are_none_from_the_count(
    output: list[dict[str, Any]], searches: int
) -> None:
    response = {"usage": {"input_tokens": 20, "output_tokens": 5, "total_tokens": 25}, "output": output}
    used = {"image_gen": {"input_tokens": 0, "output_tokens": 0}, "web_search": {"num_requests": 2}}
    record = read({**response, "tool_usage": used}, "openai")
    assert (record.meters, record.parts) == ({"tool.web_search": Decimal(searches)}, ())
