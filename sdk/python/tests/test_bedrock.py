"""boto3's client for Bedrock, old and new: the program gets the same bytes, and the event says what was used."""

import gc
import json
from typing import Any

import boto3
import botocore.exceptions
import pytest
from botocore.config import Config
from sdk.standin.server import Standin

import tokenboard
from tests.conftest import Board
from tests.vendors import CASES, dump, events_of, expect, made, same_outcome

NOVA: Any = CASES["bedrock/converse"].request
CLAUDE: Any = CASES["bedrock/invoke_claude"].request
TITAN: Any = CASES["bedrock/invoke_titan"].request


def make(standin: Standin, path: str = "") -> Any:
    keys: Any = {"aws_access_key_id": "A", "aws_secret_access_key": "s", "region_name": "us-east-1"}
    config = Config(retries={"max_attempts": 1, "mode": "standard"})
    return made(boto3.client("bedrock-runtime", endpoint_url=f"{standin.url}{path}/bedrock", config=config, **keys))


def converse(client: Any) -> Any:
    return client.converse(modelId=NOVA["model"], **NOVA["body"])


def converse_stream(client: Any) -> Any:
    answer = client.converse_stream(modelId=NOVA["model"], **NOVA["body"])
    return [type(answer["stream"]).__name__, list(answer.pop("stream")), answer]


def invoke(client: Any, request: Any = CLAUDE, how: str = "read") -> Any:
    answer = client.invoke_model(modelId=request["model"], body=json.dumps(request["body"]))
    body = answer.pop("body")
    ways: dict[str, Any] = {
        "read": lambda: body.read(),
        "load": lambda: json.load(body),
        "chunks": lambda: list(body.iter_chunks(100)),
        "lines": lambda: list(body.iter_lines()),
        "iterate": lambda: list(body),
        "readinto": lambda: [body.readinto(bytearray(8192)), body.readinto(bytearray(8192))],
    }
    return [type(body).__name__, ways[how](), answer]


def invoke_stream(client: Any) -> Any:
    answer = client.invoke_model_with_response_stream(modelId=CLAUDE["model"], body=json.dumps(CLAUDE["body"]))
    return [list(answer.pop("body")), answer]


def same(standin: Standin, call: Any, path: str = "") -> Any:
    told = []
    for is_wrapped in (False, True):
        client = tokenboard.wrap(make(standin, path)) if is_wrapped else make(standin, path)
        standin.requests.clear()
        answer = call(client)
        told.append((dump(answer), [(asked.method, asked.path, asked.body) for asked in standin.requests]))
    assert told[0] == told[1]
    return answer


@pytest.mark.parametrize(
    ("call", "case"),
    [
        (converse, "converse"),
        (converse_stream, "converse_stream"),
        (invoke, "invoke_claude"),
        (invoke_stream, "invoke_claude_stream"),
    ],
)
def test_a_call_is_an_event_and_the_same_without_us(call: Any, case: str, standin: Standin, tracked: Board) -> None:
    same(standin, call)
    event = expect(tracked, f"bedrock/{case}")
    assert ("time_to_first_token_ms" in event) is case.endswith("_stream")


@pytest.mark.parametrize("how", ["load", "chunks", "lines", "iterate", "readinto"])
def test_a_body_stays_readable_in_every_way(how: str, standin: Standin, tracked: Board) -> None:
    same(standin, lambda client: invoke(client, how=how))
    expect(tracked, "bedrock/invoke_claude")


def test_titan_counts_in_the_open_and_a_tier_is_kept(standin: Standin, tracked: Board) -> None:
    same(standin, lambda client: invoke(client, TITAN))
    expect(tracked, "bedrock/invoke_titan")
    tracked.envelopes.clear()
    same(standin, converse, "/case/bedrock@converse_priority")
    expect(tracked, "bedrock/converse_priority")


@pytest.mark.parametrize("how", ["close", "drop"])
def test_a_body_that_nobody_reads_is_counted_by_its_headers(how: str, standin: Standin, tracked: Board) -> None:
    client = tokenboard.wrap(make(standin))
    answer = client.invoke_model(modelId=CLAUDE["model"], body=json.dumps(CLAUDE["body"]))
    if how == "close":
        answer["body"].close()
    del answer
    gc.collect()
    (event,) = events_of(tracked, 1)
    assert event["raw_usage"] == {
        "x-amzn-bedrock-input-token-count": "200",
        "x-amzn-bedrock-output-token-count": "300",
        "x-amzn-bedrock-cache-read-input-token-count": "5000",
        "x-amzn-bedrock-cache-write-input-token-count": "1000",
    }


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # a stream that is dropped unread leaves its socket open
@pytest.mark.parametrize("how", ["close", "drop"])
def test_a_stream_that_is_left_says_what_had_come(how: str, standin: Standin, tracked: Board) -> None:
    client = tokenboard.wrap(make(standin, "/fault/slow"))
    answer = client.invoke_model_with_response_stream(modelId=CLAUDE["model"], body=json.dumps(CLAUDE["body"]))
    next(iter(answer["body"]))
    if how == "close":
        answer["body"].close()
    del answer
    gc.collect()
    (event,) = events_of(tracked, 1)
    assert event["raw_usage"] == {"chunks": CASES["bedrock/invoke_claude_stream"].event["raw_usage"]["chunks"][:1]}


@pytest.mark.parametrize("fault", ["429", "500"])
def test_a_call_that_fails_is_one_event_and_raises_as_before(fault: str, standin: Standin, tracked: Board) -> None:
    client = tokenboard.wrap(make(standin, f"/fault/{fault}"))
    with pytest.raises(botocore.exceptions.ClientError):
        converse(client)
    (event,) = events_of(tracked, 1)
    assert (event["status"], event["http_status"], event["model"]) == ("error", int(fault), NOVA["model"])


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("fault", ["cut", "no-usage", "unknown-usage", "garbage-usage", "invalid-json"])
def test_faults_come_to_the_program_as_before(fault: str, standin: Standin, tracked: Board) -> None:
    for call in (converse, converse_stream, invoke, invoke_stream):
        same_outcome(lambda: make(standin, f"/fault/{fault}"), call)
    gc.collect()
    events_of(tracked, 4)


def test_other_clients_of_aws_are_left_alone(standin: Standin, tracked: Board) -> None:
    client = made(boto3.client("s3", region_name="us-east-1"))
    assert tokenboard.wrap(client) is client
    assert "_make_api_call" not in vars(client)
    bedrock = tokenboard.unwrap(tokenboard.wrap(tokenboard.wrap(make(standin))))
    converse(bedrock)
    events_of(tracked, 0)
