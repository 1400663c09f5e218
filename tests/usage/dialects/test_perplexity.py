"""Perplexity: thinking and citations beside the completion, a fee by the request or by the search, its own figure."""

from decimal import Decimal

import pytest

from tests.usage.dialects.reading import chat, read

COST = {
    "input_tokens_cost": 0.0,
    "output_tokens_cost": 0.007,
    "request_cost": 0.006,
    "total_cost": 0.013,
}


@pytest.mark.parametrize("size", ["low", "medium", "high"])
def test_a_request_has_a_fee_by_the_size_of_its_search(size: str) -> None:
    response = {
        "id": "pplx-1",
        "model": "sonar-pro",
        "citations": ["https://example.com"],
        "usage": chat(8, 439, search_context_size=size, cost=COST),
    }
    record = read(response, "perplexity")
    assert (record.meters, record.facts) == ({"requests": Decimal(1)}, {"search_context_size": size})
    assert (record.reported_cost, record.reported_source) == (Decimal("0.013"), "usage.cost.total_cost")
    assert (record.reported_currency, record.warnings) == (None, ())


@pytest.mark.parametrize(
    ("model", "meters"),
    [
        ("sonar-deep-research", {"tool.web_search": Decimal(28)}),
        ("sonar-pro", {"requests": Decimal(1)}),
        ("sonar", {"requests": Decimal(1)}),
    ],
)
def test_only_deep_research_is_charged_by_the_search(model: str, meters: dict[str, Decimal]) -> None:
    usage = chat(33, 100, num_search_queries=28)
    assert read(usage, "perplexity", model).meters == meters


def test_deep_research_bills_what_its_total_leaves_out() -> None:
    usage = chat(33, 7163, citation_tokens=20_016, num_search_queries=18, reasoning_tokens=73_997)
    record = read({"model": "sonar-deep-research", "usage": usage}, "perplexity")
    assert record.leaves == {
        "input.fresh.text": 33,
        "output.visible.text": 7163,
        "output.reasoning.text": 73_997,
        "output.citation.text": 20_016,
    }
    assert (record.warnings, record.convention) == ((), "openai_chat+reasoning_outside")


def test_the_newer_api_counts_the_calls_of_its_tools() -> None:
    response = {
        "id": "resp_1",
        "model": "openai/gpt-5.2",
        "usage": {
            "input_tokens": 3681,
            "output_tokens": 780,
            "total_tokens": 4461,
            "cost": {"currency": "USD", "input_cost": 0.00644, "output_cost": 0.01092, "total_cost": 0.02236},
            "tool_calls_details": {"web_search": {"invocation": 1}, "fetch_url": {"invocation": 2}},
        },
    }
    record = read(response, "perplexity", api="responses")
    assert record.meters == {"tool.web_search": Decimal(1), "tool.web_fetch": Decimal(2)}
    assert (record.reported_cost, record.input_tokens) == (Decimal("0.02236"), 3681)
