"""Images, transcription, speech and realtime."""

from decimal import Decimal
from typing import Any

import pytest

from tests.usage.dialects.reading import read

IMAGE_USAGE = {
    "input_tokens": 50,
    "input_tokens_details": {"text_tokens": 10, "image_tokens": 40},
    "output_tokens": 1056,
    "total_tokens": 1106,
}
IMAGE_LEAVES = {
    "input.fresh.text": 10,
    "input.fresh.image": 40,
    "output.visible.text": 0,
    "output.visible.image": 1056,
}


@pytest.mark.parametrize(
    ("raw", "api", "model"),
    [
        (IMAGE_USAGE, "images.generate", None),
        (IMAGE_USAGE, "/v1/images/edits", "gpt-image-1"),
        (IMAGE_USAGE, None, "gpt-image-1.5"),
        ({"created": 1, "data": [{"b64_json": "aGk="}], "usage": IMAGE_USAGE}, "image", "gpt-image-1"),
        ({"type": "image_generation.completed", "b64_json": "aGk=", "usage": IMAGE_USAGE}, None, None),
        ({"type": "image_edit.completed", "b64_json": "aGk=", "usage": IMAGE_USAGE}, None, None),
    ],
)
def test_images_are_put_out_unless_the_details_say_otherwise(
    raw: dict[str, Any], api: str | None, model: str | None
) -> None:
    assert read(raw, "openai", model, api).leaves == IMAGE_LEAVES


def test_an_image_model_can_put_out_text_as_well() -> None:
    usage = {**IMAGE_USAGE, "output_tokens_details": {"text_tokens": 56, "image_tokens": 1000}}
    leaves = read(usage, "openai", "gpt-image-1.5", "image").leaves
    assert (leaves["output.visible.text"], leaves["output.visible.image"]) == (56, 1000)


def test_images_without_tokens_are_counted() -> None:
    response = {"created": 1, "data": [{"url": "https://a/1", "revised_prompt": "a cat"}, {"url": "https://a/2"}]}
    record = read(response, "openai", "dall-e-3", "images.generate")
    assert (record.leaves, record.meters, record.facts) == ({}, {"images_out": Decimal(2)}, {})
    sized = read({**response, "size": "1024x1024", "quality": "hd"}, "openai", "dall-e-3")
    assert sized.facts == {"size": "1024x1024", "quality": "hd"}


def test_a_transcription_in_tokens_is_mostly_audio() -> None:
    usage: dict[str, Any] = {
        "type": "tokens",
        "input_tokens": 14,
        "input_token_details": {"text_tokens": 4, "audio_tokens": 10},
        "output_tokens": 45,
        "total_tokens": 59,
    }
    expected = {"input.fresh.text": 4, "input.fresh.audio": 10, "output.visible.text": 45}
    event = {"type": "transcript.text.done", "text": "words", "usage": usage}
    assert read(event, "openai").leaves == expected
    assert read({"text": "words", "usage": usage}, "openai", api="audio.transcriptions").leaves == expected
    del usage["input_token_details"]
    assert read(event, "openai").leaves == {"input.fresh.text": 0, "input.fresh.audio": 14, "output.visible.text": 45}


def test_a_transcription_by_the_second() -> None:
    usage = {"type": "duration", "seconds": 9}
    for raw in (usage, {"text": "words", "duration": 8.47, "usage": usage}):
        record = read(raw, "openai", "whisper-1", "transcription")
        assert (record.meters, record.convention) == ({"audio_in_seconds": Decimal(9)}, "openai_duration")


def test_a_verbose_transcription_without_usage_says_its_length() -> None:
    raw = {"task": "transcribe", "language": "english", "duration": 8.47, "text": "words", "segments": []}
    assert read(raw, "openai", "whisper-1").meters == {"audio_in_seconds": Decimal("8.47")}


@pytest.mark.parametrize("api", [None, "audio.speech"])
def test_speech_puts_out_audio(api: str | None) -> None:
    event = {"type": "speech.audio.done", "usage": {"input_tokens": 14, "output_tokens": 101, "total_tokens": 115}}
    assert read(event, "openai", "gpt-4o-mini-tts", api).leaves == {
        "input.fresh.text": 14,
        "output.visible.text": 0,
        "output.visible.audio": 101,
    }


REALTIME = {
    "total_tokens": 1390,
    "input_tokens": 1200,
    "output_tokens": 190,
    "input_token_details": {
        "text_tokens": 300,
        "audio_tokens": 700,
        "image_tokens": 200,
        "cached_tokens": 640,
        "cached_tokens_details": {"text_tokens": 256, "audio_tokens": 320, "image_tokens": 64},
    },
    "output_token_details": {"text_tokens": 40, "audio_tokens": 150},
}
REALTIME_LEAVES = {
    "input.fresh.text": 44,
    "input.fresh.audio": 380,
    "input.fresh.image": 136,
    "input.cache_read.text": 256,
    "input.cache_read.audio": 320,
    "input.cache_read.image": 64,
    "output.visible.text": 40,
    "output.visible.audio": 150,
}
DONE: dict[str, Any] = {
    "type": "response.done",
    "event_id": "event_1",
    "response": {"id": "resp_1", "object": "realtime.response", "status": "completed", "output": [], "usage": REALTIME},
}


@pytest.mark.parametrize("status", ["completed", "cancelled"])
def test_realtime_subtracts_the_cached_part_of_each_modality(status: str) -> None:
    record = read({**DONE, "response": {**DONE["response"], "status": status}}, "openai", "gpt-realtime")
    assert (record.leaves, record.parts, record.warnings) == (REALTIME_LEAVES, (), ())
    assert record.provider_response_id == "resp_1"


def test_realtime_transcription_is_a_part_on_a_model_of_its_own() -> None:
    spoken = {
        "type": "tokens",
        "input_tokens": 26,
        "input_token_details": {"text_tokens": 3, "audio_tokens": 23},
        "output_tokens": 9,
        "total_tokens": 35,
    }
    beside = {"model": "gpt-4o-transcribe", "transcript": "words", "usage": spoken}
    record = read({**DONE, "input_audio_transcription": beside}, "openai", "gpt-realtime", "realtime")
    assert record.leaves == REALTIME_LEAVES
    (part,) = record.parts
    assert (part.role, part.model) == ("transcription", "gpt-4o-transcribe")
    assert part.leaves == {"input.fresh.text": 3, "input.fresh.audio": 23, "output.visible.text": 9}
    assert record.input_tokens == 1226


def test_realtime_transcriptions_by_the_second() -> None:
    beside = [{"model": "whisper-1", "usage": {"type": "duration", "seconds": 3}} for _ in range(2)]
    record = read({**DONE, "input_audio_transcriptions": beside}, "openai", "gpt-realtime")
    assert [part.meters for part in record.parts] == [{"audio_in_seconds": Decimal(3)}] * 2


def test_a_transcription_whose_model_is_not_said_is_not_priced_as_the_sessions() -> None:
    record = read({**DONE, "transcription": {"usage": {"type": "duration", "seconds": 3}}}, "openai", "gpt-realtime")
    assert record.parts[0].model == "unnamed-transcription-model"
    assert record.warnings == ("the model of a transcription is not said",)


def test_the_transcription_event_alone() -> None:
    event = {
        "type": "conversation.item.input_audio_transcription.completed",
        "item_id": "item_1",
        "transcript": "words",
        "usage": {"type": "duration", "seconds": 2.5},
    }
    assert read(event, "openai", "whisper-1").meters == {"audio_in_seconds": Decimal("2.5")}


@pytest.mark.parametrize(
    ("kind", "modality"), [("speech.audio.done", "audio"), ("image_generation.completed", "image")]
)
def test_streams_of_sound_and_images_need_no_other_sign(kind: str, modality: str) -> None:
    usage = {"input_tokens": 14, "output_tokens": 101, "total_tokens": 115}
    record = read(
        {"events": [{"type": kind.replace("completed", "partial_image")}, {"type": kind, "usage": usage}]}, "openai"
    )
    assert record.leaves[f"output.visible.{modality}"] == 101
