"""Cohere: billed units are what is charged."""

from decimal import Decimal
from typing import Any

import pytest

from app.usage.rules.dialects import read_usage
from app.usage.rules.errors import UsageFieldInvalid
from app.usage.rules.record import UsageRecord


def read(raw: dict[str, Any]) -> UsageRecord:
    return read_usage(raw, provider="cohere", model="command-a-03-2025")


CHAT = {
    "id": "c14c80c3",
    "message": {"role": "assistant", "content": []},
    "usage": {
        "billed_units": {"input_tokens": 5.0, "output_tokens": 418.0},
        "tokens": {"input_tokens": 71.0, "output_tokens": 418.0},
        "cached_tokens": 64.0,
    },
}


def test_billed_units_are_billed_and_not_the_tokens_with_their_scaffold() -> None:
    record = read(CHAT)
    assert record.leaves == {"input.fresh.text": 5, "output.visible.text": 418}
    assert (record.provider_response_id, record.convention, record.warnings) == ("c14c80c3", "cohere", ())


def test_the_bare_object_and_the_first_versions_meta_read_the_same() -> None:
    assert read(CHAT["usage"]).leaves == read(CHAT).leaves  # type: ignore[arg-type]
    meta = {"api_version": {"version": "1"}, "billed_units": {"input_tokens": 5, "output_tokens": 418}}
    assert read({"generation_id": "g", "text": "hi", "meta": meta}).leaves == read(CHAT).leaves


@pytest.mark.parametrize(
    ("units", "leaves", "meters"),
    [
        ({"search_units": 1}, {}, {"search_units": Decimal(1)}),
        ({"search_units": 2.0}, {}, {"search_units": Decimal(2)}),
        ({"pages": 3}, {}, {"pages": Decimal(3)}),
        ({"input_tokens": 12}, {"input.fresh.text": 12}, {}),
        ({"images": 1}, {}, {"images_in": Decimal(1)}),
        ({"images": 1, "image_tokens": 258}, {"input.fresh.image": 258}, {}),
        (
            {"input_tokens": 300, "text_tokens": 42, "image_tokens": 258},
            {"input.fresh.text": 42, "input.fresh.image": 258},
            {},
        ),
    ],
)
def test_embed_rerank_and_parse_answer_with_meta(
    units: dict[str, Any], leaves: dict[str, int], meters: dict[str, Decimal]
) -> None:
    record = read({"id": "r1", "results": [], "meta": {"billed_units": units}})
    assert (record.leaves, record.meters, record.usage_status) == (leaves, meters, "final")


def test_tokens_without_billed_units_are_an_estimate() -> None:
    record = read({"usage": {"billed_units": None, "tokens": {"input_tokens": 71, "output_tokens": 4}}})
    assert (record.usage_status, record.input_tokens, record.convention) == ("estimated", 71, "cohere_tokens")


def test_nothing_billed_that_is_known_is_missing() -> None:
    assert read({"meta": {"billed_units": {"classifications": 4}}}).usage_status == "missing"


@pytest.mark.parametrize("value", [1.5, -1.0, "3", True])
def test_half_a_token_is_refused(value: object) -> None:
    with pytest.raises(UsageFieldInvalid, match=r"billed_units\.input_tokens"):
        read({"usage": {"billed_units": {"input_tokens": value}}})
