"""Upper bounds of a call's size: never below what the vendor counts."""

import json
from typing import Any

import pytest

from tokenboard.wrap.sizes import ELSEWHERE, PICTURE, TOOL, Size, size_of

TEXT = "Wie weit ist der Mond? 月までの距離は?"


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [{"role": "user", "content": TEXT}]},
        {"system": TEXT, "messages": [{"role": "user", "content": [{"type": "text", "text": TEXT}]}]},
        {"contents": [{"parts": [{"text": TEXT}]}]},
        {"input": [TEXT, TEXT]},
        {"input": [[1, 20, 300]]},
        {"messages": [], "tools": []},
    ],
)
def test_text_counts_at_least_its_bytes(body: dict[str, Any]) -> None:
    size = size_of(body, 10)
    assert size is not None
    written = json.dumps(body, ensure_ascii=False).encode()
    assert len(written) <= size.input_tokens <= 2 * len(written) + 250
    assert size_of(written, 10) is not None


PICTURES: list[Any] = [
    {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 10**6}},
    {"type": "input_image", "image_url": "https://example.com/a.png"},
    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 10**6}},
    {"inlineData": {"mimeType": "image/png", "data": "A" * 10**6}},
]


@pytest.mark.parametrize("part", PICTURES)
def test_a_picture_counts_the_same_whatever_its_bytes(part: Any) -> None:
    size = size_of({"messages": [{"content": [part]}]}, 10)
    assert size is not None
    assert PICTURE <= size.input_tokens < PICTURE + 1000


@pytest.mark.parametrize(
    "body",
    [
        {"input": "and then?", "previous_response_id": "resp_1"},
        {"input": [{"type": "input_file", "file_id": "file-1"}]},
        {"messages": [{"content": [{"type": "document", "source": {"type": "url", "url": "https://example.com/"}}]}]},
        {"contents": [{"parts": [{"fileData": {"fileUri": "gs://a/b.pdf", "mimeType": "application/pdf"}}]}]},
        {"cachedContent": "cachedContents/1"},
        {"prompt": {"id": "pmpt_1"}},
    ],
)
def test_what_the_request_only_names_counts_as_much_as_models_read(body: dict[str, Any]) -> None:
    size = size_of(body, 10)
    assert size is not None
    assert size.input_tokens > ELSEWHERE


def test_other_files_count_their_bytes() -> None:
    body = {"messages": [{"content": [{"document": {"source": {"bytes": b"x" * 3000}}}]}]}
    assert 4000 < (size_of(body, 10) or Size(0, 0)).input_tokens < 4400


def test_each_tool_counts_what_a_vendor_may_say_of_it() -> None:
    bare, armed = size_of({}, 1), size_of({"tools": [{"type": "bash_20250124"}, {"type": "computer"}]}, 1)
    assert bare is not None
    assert armed is not None
    assert armed.input_tokens > bare.input_tokens + 2 * TOOL


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, 4096),
        ({"max_tokens": 100}, 100),
        ({"max_tokens": None}, 4096),
        ({"max_completion_tokens": 100, "n": 3}, 300),
        ({"max_output_tokens": 7}, 7),
        ({"generationConfig": {"maxOutputTokens": 50, "candidateCount": 2}}, 100),
        ({"inferenceConfig": {"maxTokens": 60}}, 60),
        ({"textGenerationConfig": {"maxTokenCount": 70}}, 70),
    ],
)
def test_an_answer_is_as_long_as_the_request_allows(body: dict[str, Any], expected: int) -> None:
    size = size_of(body, 4096)
    assert size is not None
    assert size.max_output_tokens == expected


def test_embeddings_answer_without_tokens() -> None:
    assert size_of({"input": "a"}, None) == Size(215, 0)


@pytest.mark.parametrize("body", [None, b"[1]", 7])
def test_what_cannot_be_read_has_no_size(body: Any) -> None:
    assert size_of(body, 1) is None
