"""OpenAI's images, audio and batches by its own client, old and new, over the stand-in."""

from pathlib import Path
from typing import Any

import openai
import pytest
from sdk.standin.server import Standin

import tokenboard
from tests.conftest import Board
from tests.vendors import CASES, events_of, expect, made, same_async, same_with_and_without

SOUND: Any = ("moon.mp3", b"sound")
PICTURE: Any = ("moon.png", b"picture")
SPOKEN: Any = CASES["openai/speech"].request["body"]


def maker(standin: Standin, case: str = "", kind: Any = openai.OpenAI) -> Any:
    before = f"/case/openai@{case}" if case else ""
    keep = made if kind is openai.OpenAI else lambda client: client
    return lambda: keep(kind(api_key="sk-secret", base_url=f"{standin.url}{before}/openai/v1", max_retries=0))


def draw(client: Any, **more: Any) -> Any:
    return client.images.generate(model="gpt-image-1", prompt="the moon", **more)


def transcribe(client: Any, model: str = "gpt-4o-transcribe", **more: Any) -> Any:
    return client.audio.transcriptions.create(model=model, file=SOUND, **more)


def test_images_are_an_event(standin: Standin, tracked: Board) -> None:
    same_with_and_without(maker(standin), draw, standin, provider="openai")
    expect(tracked, "openai/images")


def test_so_are_edits(standin: Standin, tracked: Board) -> None:
    client = tokenboard.wrap(maker(standin, "images")(), provider="openai")
    client.images.edit(model="gpt-image-1", image=PICTURE, prompt="the moon")
    expect(tracked, "openai/images", api="images.edit")


def test_models_without_usage_are_counted_by_the_image(standin: Standin, tracked: Board) -> None:
    client = made(openai.OpenAI(api_key="k", base_url=f"{standin.url}/fault/no-usage/openai/v1", max_retries=0))
    tokenboard.wrap(client, provider="openai").images.generate(
        model="dall-e-3", prompt="the moon", size="1024x1024", quality="hd"
    )
    event = tracked.event()
    assert event["raw_usage"] == {"type": "images", "images": 1, "size": "1024x1024", "quality": "hd"}


@pytest.mark.skipif(openai.VERSION.startswith("1.1"), reason="older clients do not stream images as events")
def test_streamed_images_tell_their_usage_at_the_end(standin: Standin, tracked: Board) -> None:
    def streamed(client: Any) -> list[Any]:
        return list(draw(client, stream=True, partial_images=1))

    same_with_and_without(maker(standin), streamed, standin, provider="openai")
    event = expect(tracked, "openai/images_stream")
    assert 0 < event["time_to_first_token_ms"] <= event["latency_ms"]


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
def test_transcriptions_are_events_by_tokens_or_by_time(standin: Standin, tracked: Board) -> None:
    client = tokenboard.wrap(maker(standin, "transcription")(), provider="openai")
    transcribe(client)
    client = tokenboard.wrap(maker(standin, "transcription_whisper")(), provider="openai")
    transcribe(client, "whisper-1")
    client.audio.translations.create(model="whisper-1", file=SOUND)
    by_tokens, by_time, translated = events_of(tracked, 3)
    assert by_tokens["raw_usage"] == CASES["openai/transcription"].event["raw_usage"]
    assert by_time["raw_usage"] == CASES["openai/transcription_whisper"].event["raw_usage"]
    assert (translated["api"], translated["operation"], translated["model"]) == (
        "audio.translations",
        "transcription",
        "whisper-1",
    )


def test_a_streamed_transcription_tells_its_usage_at_the_end(standin: Standin, tracked: Board) -> None:
    client = tokenboard.wrap(maker(standin, "transcription_stream")(), provider="openai")
    assert list(transcribe(client, stream=True))
    expect(tracked, "openai/transcription_stream")


def test_speech_is_counted_by_its_characters(standin: Standin, tracked: Board) -> None:
    def speak(client: Any) -> bytes:
        return bytes(client.audio.speech.create(**SPOKEN).content)

    same_with_and_without(maker(standin), speak, standin, provider="openai")
    expect(tracked, "openai/speech")


def test_speech_that_is_streamed_is_untouched_and_counted(standin: Standin, tracked: Board, tmp_path: Path) -> None:
    client = tokenboard.wrap(maker(standin)(), provider="openai")
    with client.audio.speech.with_streaming_response.create(**SPOKEN) as response:
        response.stream_to_file(tmp_path / "moon.mp3")
    assert (tmp_path / "moon.mp3").read_bytes() == CASES["openai/speech"].answer.read_bytes()
    expect(tracked, "openai/speech")


def test_speech_that_fails_counts_nothing(standin: Standin, tracked: Board) -> None:
    client = made(openai.OpenAI(api_key="k", base_url=f"{standin.url}/fault/500/openai/v1", max_retries=0))
    with pytest.raises(openai.InternalServerError):
        tokenboard.wrap(client).audio.speech.create(**SPOKEN)
    assert "raw_usage" not in tracked.event()


@pytest.mark.parametrize("how", ["whole", "raw", "streamed"])
def test_each_line_of_a_batchs_results_is_an_event_of_its_own(
    how: str, standin: Standin, tracked: Board, tmp_path: Path
) -> None:
    client = tokenboard.wrap(maker(standin)(), provider="openai")
    if how == "whole":
        content = client.files.content("file-out").content
    elif how == "raw":
        content = client.files.with_raw_response.content("file-out").content
    else:
        with client.files.with_streaming_response.content("file-out") as response:
            content = b"".join(response.iter_bytes())
    assert content == CASES["openai/batch_output"].answer.read_bytes()
    for event, wanted in zip(events_of(tracked, 2), CASES["openai/batch_output"].event["each"], strict=True):
        assert {name: event[name] for name in wanted} == wanted
        assert event["event_id"].endswith(wanted["provider_response_id"])
        assert event["occurred_at"].startswith("2025-11-21")
        assert "latency_ms" not in event


def test_batches_and_other_files_are_no_events(standin: Standin, tracked: Board) -> None:
    client = tokenboard.wrap(maker(standin)(), provider="openai")
    assert client.batches.retrieve("batch_01").output_file_id == "file-out"
    other = tokenboard.wrap(maker(standin, "speech")(), provider="openai")
    assert other.files.content("file-in").content
    assert tokenboard.flush(60)
    assert tracked.events == []
    assert tokenboard.dropped() == {}


async def test_asynchronous_calls_too(standin: Standin, tracked: Board) -> None:
    async def call(client: Any) -> Any:
        async with client:
            return await client.images.generate(model="gpt-image-1", prompt="the moon")

    await same_async(maker(standin, kind=openai.AsyncOpenAI), call, standin, provider="openai")
    expect(tracked, "openai/images")
