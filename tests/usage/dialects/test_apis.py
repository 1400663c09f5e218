"""One name for each API, however it is written."""

import pytest

from app.usage.rules.dialects.apis import canonical_api


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("chat", "chat"),
        ("chat.completions", "chat"),
        ("Chat-Completions", "chat"),
        ("chat.completions.create", "chat"),
        ("client.beta.chat.completions.parse", "chat"),
        ("/v1/chat/completions", "chat"),
        ("POST https://a.openai.azure.com/openai/deployments/mine/chat/completions", "chat"),
        ("completions", "completions"),
        ("text_completion", "completions"),
        ("/v1/completions", "completions"),
        ("responses", "responses"),
        ("responses.create", "responses"),
        ("/v1/responses", "responses"),
        ("embeddings", "embeddings"),
        ("embed", "embeddings"),
        ("embedContent", "embeddings"),
        ("images", "image"),
        ("image_generation", "image"),
        ("/v1/images/edits", "image"),
        ("transcriptions", "transcription"),
        ("audio.transcriptions.create", "transcription"),
        ("audio.speech", "speech"),
        ("realtime", "realtime"),
        ("messages", "messages"),
        ("messages.stream", "messages"),
        ("generateContent", "generate"),
        ("models/gemini-3-pro:streamGenerateContent", "generate"),
        ("generate_content_stream", "generate"),
        ("bidiGenerateContent", "live"),
        ("Converse", "converse"),
        ("ConverseStream", "converse"),
        ("invoke_model", "invoke"),
        ("InvokeModelWithResponseStream", "invoke"),
        ("/v2/rerank", "rerank"),
        ("ocr", "ocr"),
        ("something-else", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_an_api_by_its_names(written: str | None, name: str) -> None:
    assert canonical_api(written) == (name, False)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("batch", ""),
        ("/v1/batches", ""),
        ("chat.completions.batch", "chat"),
        ("messages.batches.create", "messages"),
        ("batchGenerateContent", "generate"),
    ],
)
def test_a_batch_is_heard_in_any_of_them(written: str, name: str) -> None:
    assert canonical_api(written) == (name, True)


def test_several_texts_in_one_call_are_no_batch() -> None:
    assert canonical_api("batchEmbedContents") == ("embeddings", False)
