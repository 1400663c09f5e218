"""OpenRouter: what it charged goes before what we compute; with a key of one's own that is two invoices."""

from decimal import Decimal
from typing import Any

import pytest

from app.usage.rules.record import UsageRecord
from tests.usage.dialects.reading import chat, read

UPSTREAM = {"upstream_inference_cost": 0.0125, "upstream_inference_prompt_cost": 0.01}


def money(record: UsageRecord) -> tuple[Decimal | None, Decimal | None]:
    return record.reported_cost, record.upstream_cost


def test_a_whole_response() -> None:
    response = {
        "id": "gen-1",
        "provider": "Google",
        "model": "google/gemini-3-flash",
        "object": "chat.completion",
        "usage": {
            "prompt_tokens": 1000,
            "completion_tokens": 1400,
            "total_tokens": 2400,
            "cost": 0.04215,
            "is_byok": False,
            "prompt_tokens_details": {
                "cached_tokens": 300,
                "cache_write_tokens": 200,
                "audio_tokens": 50,
                "video_tokens": 0,
            },
            "cost_details": {"upstream_inference_cost": None},
            "completion_tokens_details": {"reasoning_tokens": 60, "image_tokens": 1290},
        },
    }
    record = read(response, "openrouter")
    assert record.leaves == {
        "input.fresh.text": 450,
        "input.fresh.audio": 50,
        "input.cache_read.text": 300,
        "input.cache_write_5m.text": 200,
        "output.visible.text": 50,
        "output.visible.image": 1290,
        "output.reasoning.text": 60,
    }
    assert (money(record), record.reported_source) == ((Decimal("0.04215"), None), "usage.cost")


def test_claude_here_has_its_cache_inside_the_prompt() -> None:
    usage = chat(100, 5, prompt_tokens_details={"cached_tokens": 60, "cache_write_tokens": 30}, cost=0.001)
    record = read(usage, "openrouter", "anthropic/claude-opus-5.5")
    assert (record.input_tokens, record.leaves["input.fresh.text"]) == (100, 10)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"cost": 0.95, "is_byok": False, "cost_details": UPSTREAM}, ("0.95", None)),
        ({"cost": 0.000625, "is_byok": True, "cost_details": UPSTREAM}, ("0.013125", "0.0125")),
        ({"cost": 0, "is_byok": True, "cost_details": UPSTREAM}, ("0.0125", "0.0125")),
        ({"cost": 0, "is_byok": False}, ("0", None)),
        ({"cost": None}, (None, None)),
    ],
)
def test_the_whole_spend_is_the_fee_and_the_upstream_part(
    usage: dict[str, Any], expected: tuple[str | None, str | None]
) -> None:
    found = tuple(None if amount is None else str(amount) for amount in money(read(chat(9, 1, **usage), "openrouter")))
    assert found == expected


def test_a_call_in_two_invoices_says_so() -> None:
    record = read(chat(9, 1, cost=0.000625, is_byok=True, cost_details=UPSTREAM), "openrouter")
    assert record.warnings == ("0.0125 of the cost is in the upstream vendor's invoice",)
    alone = read(chat(9, 1, cost=0.000625, is_byok=True), "openrouter")
    assert money(alone) == (None, None)
    assert alone.warnings == ("0.000625 is only OpenRouter's fee; the upstream vendor's part is not said",)


def test_its_other_apis_say_the_charge_too() -> None:
    responses = {"input_tokens": 9, "output_tokens": 1, "total_tokens": 10, "cost": 0.5}
    assert money(read(responses, "openrouter", api="responses"))[0] == Decimal("0.5")
    messages = {"input_tokens": 9, "cache_read_input_tokens": 4, "output_tokens": 1, "cost": 0.25}
    assert money(read(messages, "openrouter", api="messages"))[0] == Decimal("0.25")


def test_searches_of_the_model_itself_are_counted() -> None:
    usage = chat(9, 1, server_tool_use={"web_search_requests": 3}, cost=0.1)
    assert read(usage, "openrouter").meters == {"tool.web_search": Decimal(3)}
