"""Metrics count what calls count: they are compared, and never priced."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import time_machine
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    Histogram,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from sqlalchemy.ext.asyncio import AsyncSession

from app.workspaces.models import ApiKey, Workspace
from app.workspaces.rules import Scope
from tests.factories.ingest import bearer
from tests.factories.workspaces import make_api_key
from tests.ingest.otel.conftest import Export, Stored
from tests.ingest.otel.exports import START, chat, make_export, make_span, pairs

DELTA, CUMULATIVE = 1, 2
MINUTE = 60 * 10**9
NOW = datetime(2023, 11, 16, 20, tzinfo=UTC)


def told(direction: str, model: str = "gpt-4-0613") -> dict[str, Any]:
    return {"gen_ai.token.type": direction, "gen_ai.response.model": model, "gen_ai.provider.name": "openai"}


def usage(*points: HistogramDataPoint, temporality: int = CUMULATIVE) -> Metric:
    histogram = Histogram(data_points=points, aggregation_temporality=temporality)  # type: ignore[arg-type]
    return Metric(name="gen_ai.client.token.usage", histogram=histogram)


def point(tokens: float, direction: str = "input", *, minutes: int = 1, began: int = 0) -> HistogramDataPoint:
    return HistogramDataPoint(
        attributes=pairs(told(direction)),
        start_time_unix_nano=START + began * MINUTE,
        time_unix_nano=START + minutes * MINUTE,
        sum=tokens,
        count=1,
    )


def metrics(*given: Metric, service: str = "shop", instance: str = "1") -> ExportMetricsServiceRequest:
    resource = Resource(attributes=pairs({"service.name": service, "service.instance.id": instance}))
    scoped = ScopeMetrics(metrics=given)
    return ExportMetricsServiceRequest(resource_metrics=[ResourceMetrics(resource=resource, scope_metrics=[scoped])])


@pytest.fixture
async def coverage(client: httpx.AsyncClient, session: AsyncSession, api_key: tuple[ApiKey, str]) -> Any:
    """What may be read of the metrics of that day."""
    workspace = await session.get_one(Workspace, api_key[0].workspace_id)
    _, key = await make_api_key(session, workspace, Scope.READ)
    await session.commit()

    async def read() -> list[dict[str, Any]]:
        query = {"from": "2023-11-16T00:00:00Z", "to": "2023-11-18T00:00:00Z"}
        path = f"/api/v1/workspaces/{workspace.id}/metric-coverage"
        answer = await client.get(path, params=query, headers=bearer(key))
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["rows"]
        return rows

    return read


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


async def test_metrics_of_a_service_are_set_beside_its_calls(export: Export, stored: Stored, coverage: Any) -> None:
    await export(make_export(make_span(chat()), resource={"service.name": "shop"}))
    answer = await export(metrics(usage(point(2000), point(1000, "output"))), signal="metrics")
    assert (answer.status_code, answer.content) == (200, b"")
    assert len(await stored()) == 1
    assert await coverage() == [
        {
            "start": "2023-11-16T00:00:00Z",
            "service": "shop",
            "model": "gpt-4-0613",
            "state": "compared",
            "metric_input_tokens": 2000,
            "metric_output_tokens": 1000,
            "call_input_tokens": 1000,
            "call_output_tokens": 500,
            "share": "0.5",
        }
    ]


async def test_a_service_that_sends_metrics_only_is_said_to_and_not_priced(
    export: Export, stored: Stored, coverage: Any
) -> None:
    await export(metrics(usage(point(2000))), signal="metrics")
    (row,) = await coverage()
    assert (row["state"], row["metric_input_tokens"], row["share"]) == ("metrics_only", 2000, None)
    assert await stored() == []


async def test_running_sums_count_what_they_grew_by(export: Export, coverage: Any) -> None:
    for tokens, minutes in ((100, 1), (150, 2), (150, 2), (100, 1), (400, 3)):
        await export(metrics(usage(point(tokens, minutes=minutes))), signal="metrics")
    # another process, and the first one started anew
    await export(metrics(usage(point(30, minutes=3)), instance="2"), signal="metrics")
    await export(metrics(usage(point(7, minutes=5, began=4))), signal="metrics")
    (row,) = await coverage()
    assert row["metric_input_tokens"] == 400 + 30 + 7


async def test_sums_of_intervals_are_added_and_repeats_are_not(export: Export, coverage: Any) -> None:
    for tokens, minutes in ((100, 1), (150, 2), (150, 2), (400, 3)):
        await export(
            metrics(usage(point(tokens, minutes=minutes, began=minutes - 1), temporality=DELTA)), signal="metrics"
        )
    (row,) = await coverage()
    assert row["metric_input_tokens"] == 650


async def test_what_was_counted_before_we_listened_is_not_compared(export: Export, coverage: Any) -> None:
    for tokens, minutes in ((10_000, 90), (10_100, 91)):
        await export(metrics(usage(point(tokens, minutes=minutes))), signal="metrics")
    (row,) = await coverage()
    assert row["metric_input_tokens"] == 100


async def test_metrics_that_repeat_one_another_count_once(export: Export, coverage: Any) -> None:
    number = NumberDataPoint(
        attributes=pairs(told("")), start_time_unix_nano=START, time_unix_nano=START + MINUTE, as_int=2000
    )
    counter = Metric(
        name="gen_ai.client.inference.usage.input_tokens",
        sum=Sum(data_points=[number], aggregation_temporality=CUMULATIVE, is_monotonic=True),  # type: ignore[arg-type]
    )
    other = Metric(name="gen_ai.client.operation.duration", histogram=Histogram(data_points=[point(3)]))
    await export(metrics(usage(point(2000)), counter, other), signal="metrics")
    (row,) = await coverage()
    assert (row["metric_input_tokens"], row["metric_output_tokens"]) == (2000, 0)


@pytest.mark.parametrize("tokens", [-5.0, float("nan"), float("inf"), 1e30])
async def test_values_that_count_nothing_are_left_out(export: Export, coverage: Any, tokens: float) -> None:
    answer = await export(metrics(usage(point(tokens), point(1, "reasoning"))), signal="metrics")
    assert answer.status_code == 200
    assert await coverage() == []
