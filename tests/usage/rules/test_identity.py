import json
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.ids import new_id
from app.ingest.rules import limits
from app.usage.rules.columns import TokenSums
from app.usage.rules.events import event_key
from app.usage.rules.identity import MAX_EVENT_ID, another_event_id, is_same_call, response_event_id, span_event_id

FIXTURE = Path(__file__).parents[3] / "sdk" / "fixtures" / "identities.json"
IDENTITIES = json.loads(FIXTURE.read_text())["identities"]


@pytest.mark.parametrize("vector", IDENTITIES, ids=lambda vector: vector["provider_response_id"][:30])
def test_both_sdks_and_the_server_name_a_call_alike(vector: dict[str, str | None]) -> None:
    event_id = response_event_id(vector["provider_response_id"])
    assert event_id == vector["event_id"]
    assert (str(event_key(event_id)) if event_id else None) == vector["event_key"]


def test_an_event_id_has_room_for_every_name() -> None:
    assert MAX_EVENT_ID == limits.MAX_EVENT_ID


@given(st.text(max_size=200))
def test_a_name_is_an_event_id_or_none(response_id: str) -> None:
    name = response_event_id(response_id)
    assert name is None or (len(name) <= MAX_EVENT_ID and name.isascii())


def test_ids_made_at_random_name_their_call() -> None:
    assert all(response_event_id(str(new_id())) and response_event_id(f"chatcmpl-{new_id().hex}") for _ in range(100))


def test_another_id_is_the_same_each_time_and_depends_on_what_was_used() -> None:
    one, other = TokenSums(1, 0, 0, 2, 0), TokenSums(1, 0, 0, 3, 0)
    assert another_event_id("response:x", one) == another_event_id("response:x", TokenSums(1, 0, 0, 2, 0))
    assert another_event_id("response:x", one) != another_event_id("response:x", other)
    assert len(another_event_id("r" * 128, one)) == MAX_EVENT_ID


def test_a_span_without_ids_has_no_name() -> None:
    assert (span_event_id("", "aa"), span_event_id("aa", ""), span_event_id("t", "s")) == (None, None, "span:t:s")


class Told(NamedTuple):
    tokens: TokenSums
    usage_status: str = "final"


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ((200, 5000, 1000, 300, 0), (6200, 0, 0, 300, 0), True),
        ((200, 5000, 1000, 300, 0), (200, 5000, 1000, 301, 0), True),
        ((200, 5000, 1000, 300, 0), (200, 0, 0, 200, 100), True),
        ((200, 5000, 1000, 300, 0), (200, 0, 0, 301, 0), False),
    ],
)
def test_libraries_that_miscount_one_side_still_tell_of_one_call(
    one: tuple[int, ...], other: tuple[int, ...], is_same: bool
) -> None:
    assert is_same_call(Told(TokenSums(*one)), Told(TokenSums(*other))) is is_same
