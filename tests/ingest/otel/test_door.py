"""What an exporter may rely on: https://opentelemetry.io/docs/specs/otlp/#otlphttp"""

import gzip
import json
from decimal import Decimal
from unittest.mock import AsyncMock

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from app.usage.errors import LedgerUnavailable
from app.workspaces.models import ApiKey
from app.workspaces.rules import Scope
from tests.factories.ingest import bearer
from tests.factories.workspaces import make_api_key, make_workspace
from tests.ingest.otel.conftest import JSON, PROTOBUF, Export, Stored
from tests.ingest.otel.exports import START, TRACE, chat, make_export, make_span

KINDS = pytest.mark.parametrize("kind", [PROTOBUF, JSON])


def told(answer: httpx.Response) -> tuple[int, str]:
    """The code and message of a `google.rpc.Status`, in either type."""
    if answer.headers["content-type"] == JSON:
        return answer.json()["code"], answer.json()["message"]
    body = answer.content
    assert (body[0], body[2]) == (0x08, 0x12)
    return body[1], body[4 if body[3] < 0x80 else 5 :].decode()


@KINDS
@pytest.mark.parametrize("zipped", [True, False])
async def test_a_span_becomes_a_call_with_its_exact_price(
    export: Export, stored: Stored, kind: str, zipped: bool
) -> None:
    span = make_span(chat(), parent_id="aaaaaaaaaaaaaaaa")
    request = make_export(span, resource={"service.name": "shop", "deployment.environment.name": "production"})
    answer = await export(request, kind, zipped=zipped)
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert answer.content == (b"" if kind == PROTOBUF else b"{}")
    (call,) = await stored()
    assert call.cost == Decimal("0.06")
    assert (call.provider, call.model, call.requested_model) == ("openai", "gpt-4-0613", "gpt-4")
    assert (call.project, call.environment, call.status) == ("shop", "production", "ok")
    assert (call.trace_id, call.span_id, call.parent_span_id) == (TRACE, "00f067aa0ba902b7", "aaaaaaaaaaaaaaaa")
    assert (call.event_id, call.latency_ms) == ("response:chatcmpl-9XkT2b7QpLm4RwYv8ZsJcNd1", 1500.0)
    assert call.occurred_at.timestamp() * 1e9 == START


@KINDS
async def test_an_export_that_comes_again_changes_nothing(export: Export, stored: Stored, kind: str) -> None:
    request = make_export(make_span(chat()), make_span(chat(**{"gen_ai.response.id": "chatcmpl-1"}), span_id="ab" * 8))
    for _ in range(2):
        answer = await export(request, kind)
        assert answer.status_code == 200
    assert [call.event_id for call in await stored()] == [
        "response:chatcmpl-9XkT2b7QpLm4RwYv8ZsJcNd1",
        f"span:{TRACE}:{'ab' * 8}",
    ]


@KINDS
async def test_an_empty_request_is_a_success(export: Export, kind: str) -> None:
    answer = await export(make_export(), kind)
    assert answer.status_code == 200


@KINDS
async def test_nothing_at_all_is_a_success(client: httpx.AsyncClient, api_key: tuple[ApiKey, str], kind: str) -> None:
    for signal in ("traces", "logs", "metrics"):
        headers = {**bearer(api_key[1]), "content-type": kind}
        answer = await client.post(f"/v1/{signal}", headers=headers, content=b"")
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)


async def test_numbers_may_be_numbers_and_unknown_fields_are_left_alone(
    client: httpx.AsyncClient, api_key: tuple[ApiKey, str], stored: Stored
) -> None:
    attributes = [
        {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
        {"key": "gen_ai.system", "value": {"stringValue": "openai"}},
        {"key": "gen_ai.response.model", "value": {"stringValue": "gpt-4-0613"}},
        {"key": "gen_ai.usage.prompt_tokens", "value": {"intValue": 1000}},
        {"key": "gen_ai.usage.completion_tokens", "value": {"doubleValue": 500.0}},
    ]
    span = {
        "traceId": TRACE.upper(),
        "spanId": "00F067AA0BA902B7",
        "startTimeUnixNano": START,
        "endTimeUnixNano": str(START + 10**9),
        "kind": 3,
        "attributes": attributes,
        "somethingNew": {"deep": [1]},
    }
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}], "alsoNew": 1}
    answer = await client.post("/v1/traces", headers={"x-tokenboard-key": api_key[1]}, json=body)
    assert answer.status_code == 200
    (call,) = await stored()
    assert (call.cost, call.trace_id, call.latency_ms) == (Decimal("0.06"), TRACE, 1000.0)


@KINDS
async def test_a_call_that_cannot_be_taken_does_not_cost_its_neighbours(
    export: Export, stored: Stored, kind: str
) -> None:
    good, bad = make_span(chat()), make_span(chat(**{"gen_ai.response.model": "m" * 300}), span_id="cd" * 8)
    answer = await export(make_export(bad, good), kind)
    assert answer.status_code == 200
    if kind == PROTOBUF:
        partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
        rejected, message = partial.rejected_spans, partial.error_message
    else:
        rejected = int(answer.json()["partialSuccess"]["rejectedSpans"])
        message = answer.json()["partialSuccess"]["errorMessage"]
    assert rejected == 1
    assert "1 of 2 calls were not taken. invalid_value: model" in message
    assert len(await stored()) == 1


@KINDS
@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
async def test_broken_data_is_refused_for_good(
    client: httpx.AsyncClient, api_key: tuple[ApiKey, str], kind: str, signal: str
) -> None:
    body = b"\xff\xff\xff" if kind == PROTOBUF else b'{"resourceSpans": 5, "resourceLogs": 5, "resourceMetrics": 5}'
    answer = await client.post(f"/v1/{signal}", headers={**bearer(api_key[1]), "content-type": kind}, content=body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, kind)
    assert told(answer) == (3, "The body is not an OTLP export request.")


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"7", b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"xy"}]}]}]}', b"[" * 100_000]
)
async def test_broken_json_is_refused_for_good(
    client: httpx.AsyncClient, api_key: tuple[ApiKey, str], body: bytes
) -> None:
    answer = await client.post("/v1/traces", headers={**bearer(api_key[1]), "content-type": JSON}, content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, 3)


@KINDS
async def test_a_stranger_learns_so_in_his_own_encoding(client: httpx.AsyncClient, kind: str) -> None:
    answer = await client.post("/v1/traces", headers={"content-type": kind, **bearer("tb_unknown")}, content=b"")
    assert (answer.status_code, answer.headers["content-type"]) == (401, kind)
    assert told(answer)[0] == 16


async def test_a_key_that_only_reads_may_not_export(client: httpx.AsyncClient, session: AsyncSession) -> None:
    _, key = await make_api_key(session, await make_workspace(session), Scope.READ)
    await session.commit()
    answer = await client.post("/v1/traces", headers={**bearer(key), "content-type": PROTOBUF}, content=b"")
    assert (answer.status_code, told(answer)[0]) == (403, 7)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_other_methods_are_not_allowed(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/v1/traces")
    assert (answer.status_code, answer.headers["allow"], told(answer)[0]) == (405, "POST", 12)


async def test_other_types_and_encodings_are_not_supported(
    client: httpx.AsyncClient, api_key: tuple[ApiKey, str]
) -> None:
    for headers in ({"content-type": "text/plain"}, {"content-type": PROTOBUF, "content-encoding": "br"}):
        answer = await client.post("/v1/traces", headers={**bearer(api_key[1]), **headers}, content=b"x")
        assert (answer.status_code, told(answer)[0]) == (415, 3)


async def test_a_body_that_unfolds_too_far_is_cut_off(
    client: httpx.AsyncClient, api_key: tuple[ApiKey, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ingest.rules.limits.MAX_OTLP_BYTES", 1000)
    headers = {**bearer(api_key[1]), "content-type": PROTOBUF}
    answer = await client.post("/v1/traces", headers=headers, content=b"x" * 2000)
    assert (answer.status_code, told(answer)[0]) == (413, 3)


@KINDS
async def test_a_passing_fault_is_to_be_tried_again_and_never_a_500(
    app: FastAPI, export: Export, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    request = make_export(make_span(chat()))
    for fault in (LedgerUnavailable("away"), OperationalError("x", {}, Exception()), ConnectionRefusedError()):
        monkeypatch.setattr(app.state.writer, "write", AsyncMock(side_effect=fault))
        answer = await export(request, kind)
        assert (answer.status_code, answer.headers["content-type"], told(answer)[0]) == (503, kind, 14)
        assert int(answer.headers["retry-after"]) > 0


async def test_too_many_requests_are_told_when_to_come_again(app: FastAPI, export: Export) -> None:
    app.state.settings.ingest_requests_per_key = "1/minute"
    answers = [await export(make_export()) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert (told(answers[1])[0], int(answers[1].headers["retry-after"]) > 0) == (8, True)


async def test_failures_repeat_nothing_of_what_was_sent(client: httpx.AsyncClient, api_key: tuple[ApiKey, str]) -> None:
    body = json.dumps({"resourceSpans": [{"secret": 1, "scopeSpans": "tell nobody"}]}).encode()
    answer = await client.post("/v1/traces", headers={**bearer(api_key[1]), "content-type": JSON}, content=body)
    assert answer.status_code == 400
    assert "tell nobody" not in answer.text


@pytest.mark.parametrize(("kind", "value"), [(PROTOBUF, b"\x0a\x00"), (PROTOBUF, b"\x0a\x02\x12\x00"), (JSON, b"[],")])
async def test_a_body_of_nothing_but_empty_members_is_too_large(
    client: httpx.AsyncClient, api_key: tuple[ApiKey, str], kind: str, value: bytes
) -> None:
    body = gzip.compress(value * 1_000_001, 1)
    headers = {**bearer(api_key[1]), "content-type": kind, "content-encoding": "gzip"}
    answer = await client.post("/v1/traces", headers=headers, content=body)
    assert (answer.status_code, told(answer)[0]) == (413, 3)
