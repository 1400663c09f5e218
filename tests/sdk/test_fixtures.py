"""The recorded answers of vendors: each is played whole, and the ledger reads its event to the last count."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from app.usage.rules.dialects import read_usage
from sdk.standin import answers, faults
from sdk.standin.cases import Case, load
from sdk.standin.server import Standin

CASES = load()
FOUND_BY_THEMSELVES = [
    case for case in CASES if "body" in case.request and not case.name.endswith(("_search", "_priority"))
]
EVENTS = [
    (case.name, event)
    for case in CASES
    for event in case.event.get("each", [case.event] if case.event else [])
    if "raw_usage" in event
]


@pytest.fixture(scope="module")
def standin() -> Iterator[Standin]:
    server = Standin()
    yield server
    server.stop()


def asked(url: str, case: Case, **headers: str) -> tuple[int, bytes]:
    path = case.request["path"].replace("{model}", case.request.get("model", "m-1"))
    body = json.dumps(case.request["body"]).encode() if "body" in case.request else b""
    request = urllib.request.Request(  # noqa: S310
        f"{url}/{case.vendor}{path}",
        body or None,
        {"Content-Type": "application/json", **headers},
        method=case.request["method"],
    )
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_is_played_as_it_was_recorded(case: Case, standin: Standin) -> None:
    status, body = asked(standin.url, case, **{"x-standin-case": case.name})
    assert (status, body) == (case.status, b"".join(answers.pieces(case, None)))


@pytest.mark.parametrize("case", FOUND_BY_THEMSELVES, ids=lambda case: case.name)
def test_a_request_finds_its_answer_by_path_and_body(case: Case, standin: Standin) -> None:
    assert asked(standin.url, case)[1] == b"".join(answers.pieces(case, None))


@pytest.mark.parametrize(("name", "event"), EVENTS, ids=[name for name, _ in EVENTS])
def test_the_ledger_reads_every_events_usage(name: str, event: dict[str, Any]) -> None:
    record = read_usage(event["raw_usage"], provider=event["provider"], api=event["api"], model=event["model"])
    assert record.usage_status == "final"
    assert record.warnings == ()
    assert record.leaves or record.meters


def test_all_of_one_vendors_words_give_one_record() -> None:
    """A stream and an answer in one piece tell the same, wherever the same call was recorded in both."""
    by_name = {case.name: case.event for case in CASES}
    pairs = [(name, f"{name}_stream") for name in by_name if by_name.get(f"{name}_stream", {}).get("raw_usage")]
    assert len(pairs) > 8
    for whole, stream in pairs:
        first, second = (
            read_usage(event["raw_usage"], provider=event["provider"], api=event["api"], model=event["model"])
            for event in (by_name[whole], by_name[stream])
        )
        assert (first.leaves, first.meters) == (second.leaves, second.meters), whole


@pytest.mark.parametrize("fault", faults.NAMES)
def test_faults_are_played_on_demand(fault: str, standin: Standin) -> None:
    case = standin.case("anthropic/messages")
    whole = b"".join(answers.pieces(case, None))
    if fault == "cut":
        with pytest.raises(Exception, match="IncompleteRead"):
            asked(f"{standin.url}/fault/{fault}", case)
        return
    status, body = asked(f"{standin.url}/fault/{fault}", case)
    assert status == faults.STATUSES.get(fault, 200)
    assert (body == whole) is (fault == "slow")
    assert standin.requests[-1].path == "/anthropic/v1/messages"
