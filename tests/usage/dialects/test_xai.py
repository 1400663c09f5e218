"""xAI: thinking beside the completion in chat and inside the output of responses, charges in ticks, its own tools."""

from decimal import Decimal
from typing import Any

import pytest

from tests.usage.dialects.reading import chat, read


def test_a_chat_completion_with_everything() -> None:
    usage = {
        "prompt_tokens": 199,
        "completion_tokens": 1,
        "total_tokens": 490,
        "prompt_tokens_details": {"text_tokens": 159, "audio_tokens": 0, "image_tokens": 40, "cached_tokens": 163},
        "completion_tokens_details": {
            "reasoning_tokens": 290,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
        "num_sources_used": 0,
        "cost_in_usd_ticks": 37_756_000,
    }
    record = read(usage, "xai", "grok-4")
    assert record.leaves == {
        "input.cache_read.text": 159,
        "input.cache_read.image": 4,
        "input.fresh.text": 0,
        "input.fresh.image": 36,
        "output.visible.text": 1,
        "output.reasoning.text": 290,
    }
    assert (record.reported_cost, record.reported_source) == (Decimal("0.0037756"), "usage.cost_in_usd_ticks")
    assert (record.convention, record.warnings) == ("openai_chat+reasoning_outside", ())


@pytest.mark.parametrize(
    ("total", "output", "convention"), [(40, 30, "openai_chat"), (60, 50, "openai_chat+reasoning_outside")]
)
def test_the_total_says_where_thinking_is(total: int, output: int, convention: str) -> None:
    record = read(chat(10, 30, total, completion_tokens_details={"reasoning_tokens": 20}), "xai", "grok-4")
    assert (record.output_tokens, record.reasoning_tokens, record.convention) == (output, 20, convention)


def test_responses_have_thinking_inside_and_count_their_tools_once() -> None:
    response = {
        "id": "resp_1",
        "model": "grok-4-fast",
        "output": [{"type": "web_search_call", "action": {"type": "search"}}, {"type": "file_search_call"}],
        "usage": {
            "input_tokens": 32,
            "input_tokens_details": {"cached_tokens": 6},
            "output_tokens": 210,
            "output_tokens_details": {"reasoning_tokens": 200},
            "total_tokens": 242,
            "num_sources_used": 0,
            "num_server_side_tools_used": 2,
            "cost_in_usd_ticks": 51_270_000,
            "server_side_tool_usage_details": {
                "web_search_calls": 1,
                "x_search_calls": 0,
                "code_interpreter_calls": 0,
                "file_search_calls": 1,
                "mcp_calls": 3,
                "document_search_calls": 0,
            },
        },
    }
    record = read(response, "x-ai", api="responses")
    assert (record.output_tokens, record.reasoning_tokens, record.convention) == (210, 200, "openai_responses")
    assert record.meters == {"tool.web_search": Decimal(1), "tool.collection_search": Decimal(1)}
    assert record.reported_cost == Decimal("0.005127")


@pytest.mark.parametrize(
    "used",
    [
        {"server_side_tool_usage": {"SERVER_SIDE_TOOL_WEB_SEARCH": 2, "SERVER_SIDE_TOOL_X_SEARCH": 1}},
        {"server_side_tool_usage": {"web_search": 2, "x_search": 1, "view_image": 4}},
        {
            "server_side_tools_used": [
                "SERVER_SIDE_TOOL_WEB_SEARCH",
                "SERVER_SIDE_TOOL_X_SEARCH",
                "SERVER_SIDE_TOOL_WEB_SEARCH",
            ]
        },
    ],
)
def test_tools_are_known_by_each_spelling(used: dict[str, Any]) -> None:
    assert read(chat(1, 1, **used), "xai").meters == {"tool.web_search": Decimal(2), "tool.x_search": Decimal(1)}


def test_the_grpc_clients_object() -> None:
    usage = {
        "completion_tokens": 9,
        "reasoning_tokens": 120,
        "prompt_tokens": 300,
        "total_tokens": 429,
        "prompt_text_tokens": 44,
        "cached_prompt_text_tokens": 30,
        "prompt_image_tokens": 256,
        "num_sources_used": 0,
        "server_side_tools_used": [],
    }
    assert read(usage, "xai", "grok-4").leaves == {
        "input.fresh.text": 14,
        "input.fresh.image": 256,
        "input.cache_read.text": 30,
        "output.visible.text": 9,
        "output.reasoning.text": 120,
    }
