"""Token counts in metrics: sums over calls that come as spans too, so they are compared with these and never priced."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality

from app.core.periods import Granularity, floor
from app.ingest.rules.otel import about, genai, kept
from app.ingest.rules.otel.spans import Attributes, text

INPUT: Final = "input"
OUTPUT: Final = "output"
_TOKEN_TYPE: Final = "gen_ai.token.type"  # noqa: S105 - tokens of text
# None: the type of token says which way they went. Metrics of parts of these (cached, reasoning) are left out.
_METRICS: Final[Mapping[str, str | None]] = {
    "gen_ai.client.token.usage": None,
    "claude_code.token.usage": None,
    "gemini_cli.token.usage": None,
    "gen_ai.client.inference.usage.input_tokens": INPUT,
    "gen_ai.client.inference.usage.output_tokens": OUTPUT,
    "gen_ai.client.inference.operation.input_tokens": INPUT,
    "gen_ai.client.inference.operation.output_tokens": OUTPUT,
}
_DIRECTIONS: Final = {"input": INPUT, "prompt": INPUT, "output": OUTPUT, "completion": OUTPUT}
# Coding agents have types of their own: Claude Code's never overlap, in Gemini CLI's input is what caches gave.
_AGENTS_DIRECTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "claude_code.token.usage": {"cacheread": INPUT, "cachecreation": INPUT},
    "gemini_cli.token.usage": {"tool": INPUT, "thought": OUTPUT},
}
_AGENTS_TYPE: Final = "type"
_AGENTS_MODEL: Final = "model"
# A series that began longer ago than this has counted what nobody compares it with.
_YOUNG_NS: Final = 3_600 * 10**9
_MOST_TOKENS: Final = 10**15


class Place(NamedTuple):
    """One row of `metric_tokens_daily`: the columns of its primary key, in their order."""

    workspace_id: UUID
    start: datetime
    service: str
    model: str
    direction: str
    metric: str


class Point(NamedTuple):
    """One data point. `series` names what counts on from point to point; `value` is its sum so far, or since the last.

    `is_young`: the first point of such a series counts in full, because we listen from its beginning.
    """

    place: Place
    series: UUID
    is_cumulative: bool
    is_young: bool
    at_ns: int
    value: int


class Seen(NamedTuple):
    """What is known of a series: its last value, and when that was; 0 for one that is new."""

    value: int
    at_ns: int


def points(request: ExportMetricsServiceRequest, workspace_id: UUID, now: datetime) -> Iterator[Point]:
    """The counts of tokens in an export. Other metrics are left out."""
    for group in request.resource_metrics:
        service = about.clipped(about.service(kept.resource(group.resource.attributes))) or ""
        marks = _marks(group.resource.attributes)
        for scoped in group.scope_metrics:
            for metric in scoped.metrics:
                if metric.name in _METRICS:
                    yield from _points(metric, marks + scoped.scope.name.encode(), service, workspace_id, now)


def _points(metric: Any, marks: bytes, service: str, workspace_id: UUID, now: datetime) -> Iterator[Point]:
    kind = metric.WhichOneof("data")
    if kind not in {"sum", "histogram"}:
        return
    data = getattr(metric, kind)
    is_cumulative = data.aggregation_temporality != AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
    for point in data.data_points:
        said = _said(point.attributes)
        direction, value = _direction(metric.name, said), _value(point, kind)
        if direction is None or value is None:
            continue
        at = point.time_unix_nano or int(now.timestamp() * 10**9)
        began = point.start_time_unix_nano
        model = about.clipped(text(said, genai.RESPONSE_MODEL, genai.REQUEST_MODEL, _AGENTS_MODEL)) or ""
        place = Place(workspace_id, _day(at, now), service, model, direction, metric.name)
        series = (metric.name.encode(), marks, _marks(point.attributes), str(began).encode() if is_cumulative else b"")
        yield Point(place, _digest(series), is_cumulative, at - began <= _YOUNG_NS, at, value)


def add_up(found: Iterable[Point], seen: Mapping[UUID, Seen]) -> tuple[dict[Place, int], dict[UUID, Seen]]:
    """The tokens that are new in these points, and what is then known of their series.

    A point that came before, or is older than one that did, adds nothing.
    """
    tokens: defaultdict[Place, int] = defaultdict(int)
    known = dict(seen)
    for point in sorted(found, key=lambda point: point.at_ns):
        before = known.get(point.series, Seen(0, 0))
        if point.at_ns <= before.at_ns:
            continue
        is_baseline = point.is_cumulative and not before.at_ns and not point.is_young
        grown = point.value - before.value if point.is_cumulative else point.value
        tokens[point.place] += 0 if is_baseline else max(0, grown)
        known[point.series] = Seen(point.value if point.is_cumulative else 0, point.at_ns)
    return dict(tokens), known


def _said(attributes: Iterable[Any]) -> Attributes:
    wanted = (_TOKEN_TYPE, genai.RESPONSE_MODEL, genai.REQUEST_MODEL, _AGENTS_TYPE, _AGENTS_MODEL)
    return {pair.key: pair.value.string_value for pair in attributes if pair.key in wanted}


def _direction(metric: str, said: Attributes) -> str | None:
    kind = (text(said, _TOKEN_TYPE, _AGENTS_TYPE) or "").lower()
    return _METRICS[metric] or _DIRECTIONS.get(kind) or _AGENTS_DIRECTIONS.get(metric, {}).get(kind)


def _value(point: Any, kind: str) -> int | None:
    value = point.sum if kind == "histogram" else getattr(point, point.WhichOneof("value") or "as_int")
    return round(value) if 0 <= value <= _MOST_TOKENS else None


def _day(at_ns: int, now: datetime) -> datetime:
    """The day of the point; today for a clock that is ahead or out of its mind."""
    try:
        at = datetime.fromtimestamp(at_ns // 10**9, UTC)
    except (ValueError, OverflowError, OSError):
        at = now
    return floor(min(at, now), Granularity.DAY)


def _marks(attributes: Iterable[Any]) -> bytes:
    """What tells series apart. Only a digest of it is kept."""
    written = sorted((pair.key, pair.value.SerializeToString(deterministic=True)) for pair in attributes)
    return b"".join(key.encode() + b"\0" + value + b"\0" for key, value in written)


def _digest(parts: Iterable[bytes]) -> UUID:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return UUID(bytes=digest.digest())
