"""A call goes by the id of its response, where that is nobody else's, so that whoever watched it names it alike."""

import json
from typing import Any

import pytest
from sdk.standin.cases import FIXTURES

import tokenboard
from tests.conftest import Board
from tokenboard.events import encoded
from tokenboard.ids import new_id, response_event_id

VECTORS: list[dict[str, Any]] = json.loads((FIXTURES / "identities.json").read_text())["identities"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["provider_response_id"][:40])
def test_an_id_of_a_response_names_the_call_or_does_not(vector: dict[str, Any]) -> None:
    assert response_event_id(vector["provider_response_id"]) == vector["event_id"]
    event = json.loads(encoded({"event_id": new_id(), "provider_response_id": vector["provider_response_id"]}))
    if vector["event_id"] is None:
        assert event["event_id"][14] == "7"
    else:
        assert event["event_id"] == vector["event_id"]


def test_what_the_program_calls_an_event_stays(tracked: Board) -> None:
    unique = VECTORS[0]["provider_response_id"]
    tokenboard.track(provider="openai", model="m", event_id="mine", provider_response_id=unique)
    assert tracked.event()["event_id"] == "mine"
