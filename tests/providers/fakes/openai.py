"""OpenAI's organization endpoints, names, and the old billing pages."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.providers.fakes.faults import Faults, with_faults
from tests.providers.fakes.serving import Pages, Refusal, after, answer, several, whole
from tests.providers.fakes.world import DAY, Cost, Thing, Use, World, days_until, midnight, spend, today

KEYS_SINCE = 1764979200  # 2025-12-06 00:00 UTC
ADMIN_KEY = "sk-admin-stand-in-0000"
PROJECT_KEY = "sk-proj-stand-in-0000"
USAGE_DIMENSIONS: Mapping[str, tuple[str, ...]] = {
    "completions": ("project_id", "user_id", "api_key_id", "model", "batch", "service_tier"),
    "embeddings": ("project_id", "user_id", "api_key_id", "model"),
    "moderations": ("project_id", "user_id", "api_key_id", "model"),
    "images": ("project_id", "user_id", "api_key_id", "model", "size", "source"),
    "audio_speeches": ("project_id", "user_id", "api_key_id", "model"),
    "audio_transcriptions": ("project_id", "user_id", "api_key_id", "model"),
    "vector_stores": ("project_id",),
    "code_interpreter_sessions": ("project_id",),
    "file_search_calls": ("project_id", "user_id", "api_key_id", "vector_store_id"),
    "web_search_calls": ("project_id", "user_id", "api_key_id", "model", "context_level"),
}
_CATEGORIES = ("Web search tool calls", "Text tokens", "File search tool calls")
_DIRECTIONS = ("input", "cached input", "output")


@dataclass(slots=True)
class OpenAI:
    """The stand-in's state beside the world: its pages, its missing endpoints, its credit grants."""

    world: World
    faults: Faults = field(default_factory=Faults)
    pages: Pages = field(default_factory=Pages)
    absent: frozenset[str] = frozenset()
    result_key: str = "results"
    grants: dict[str, Decimal] | None = None
    asks_session: bool = True


def make_world(*, seed: int = 1, until: date | None = None, days: int = 30, rows_a_day: int = 12) -> World:
    """12 projects (two archived), 40 keys, 60 line items; so many cost rows a day, a few with nulls."""
    dice = random.Random(seed)  # noqa: S311 - a seeded world, no secret
    world = World(keys={ADMIN_KEY: "admin", PROJECT_KEY: "project"})
    world.projects = [Thing(f"proj_{n:02}", f"Project {n}", is_archived=n in (3, 7)) for n in range(12)]
    world.api_keys = [Thing(f"key_{n:02}", f"Key {n}", parent=f"proj_{n % 12:02}") for n in range(40)]
    world.users = [Thing(f"user_{n}", f"Person {n}") for n in range(5)]
    models = [f"gpt-{n}-2026-01-{n + 1:02}" for n in range(19)]
    items: list[tuple[str, str | None]] = [(f"{model}, {way}", model) for model in models for way in _DIRECTIONS]
    items += [(name, None) for name in _CATEGORIES]
    for day in days_until(until or today(), days):
        pairs = [(dice.choice(world.api_keys), dice.choice(items)) for _ in range(rows_a_day)]
        for key, (item, model) in dict.fromkeys(pairs):
            world.bill(_cost(dice, day, key, item, model))
        _count(dice, world, day, models)
    return world


def _cost(dice: random.Random, day: date, key: Thing, item: str, model: str | None) -> Cost:
    is_loose = dice.random() < 0.03  # spend that belongs to no project and no key
    return Cost(
        day,
        None if is_loose else key.parent,
        None if is_loose else key.id,
        item,
        model,
        spend(dice),
        quantity=dice.randrange(1, 10**6) if model else None,
        unit="tokens" if model else None,
        as_text=dice.random() < 0.2,
    )


def _count(dice: random.Random, world: World, day: date, models: list[str]) -> None:
    for key in dice.sample(world.api_keys, 3):
        who = {"project_id": key.parent, "user_id": "user_1", "api_key_id": key.id, "model": dice.choice(models)}
        cached, written, fresh = (dice.randrange(0, 10**6) for _ in range(3))
        tokens = {
            "input_tokens": cached + written + fresh,
            "input_cached_tokens": cached,
            "input_cache_write_tokens": written,
            "output_tokens": dice.randrange(0, 10**5),
            "num_model_requests": dice.randrange(1, 100),
        }
        world.count(Use(day, "completions", {**who, "batch": False, "service_tier": "default"}, tokens))


def make_app(world: World, faults: Faults | None = None) -> ASGIApp:
    """The stand-in over a world."""
    return serve(OpenAI(world, faults or Faults()))


def serve(state: OpenAI) -> ASGIApp:
    """The stand-in over its whole state, which may be changed while it runs."""

    def route(path: str, handle: Callable[[OpenAI, Request], Mapping[str, object]]) -> Route:
        async def endpoint(request: Request) -> Response:
            return _guarded(state, request, handle)

        return Route(path, endpoint)

    app = Starlette(
        routes=[
            route("/v1/organization/costs", _costs),
            route("/v1/organization/usage/{kind}", _usage),
            route("/v1/organization/projects", _projects),
            route("/v1/organization/projects/{project}/api_keys", _project_keys),
            route("/v1/organization/admin_api_keys", _admin_keys),
            route("/v1/organization/users", _users),
            route("/v1/dashboard/billing/credit_grants", _grants),
            route("/v1/dashboard/billing/usage", _old_usage),
        ],
        exception_handlers={404: _unknown_path},
    )
    return with_faults(app, state.faults)


def _guarded(state: OpenAI, request: Request, handle: Callable[[OpenAI, Request], Mapping[str, object]]) -> Response:
    try:
        _admit(state, request)
        return answer(handle(state, request))
    except Refusal as refusal:
        error = {"message": refusal.message, "type": refusal.kind, "param": refusal.param, "code": None}
        return answer({"error": error}, refusal.status)


async def _unknown_path(request: Request, _: Exception) -> Response:
    error = {"message": f"Invalid URL (GET {request.url.path})", "type": "invalid_request_error", "param": None}
    return answer({"error": {**error, "code": None}}, 404)


def _admit(state: OpenAI, request: Request) -> None:
    """Admin keys everywhere; `scopes:a,b` are restricted ones that lack these. Raises Refusal."""
    key = request.headers.get("authorization", "").removeprefix("Bearer ")
    may = state.world.keys.get(key)
    if may is None:
        raise Refusal(401, "Incorrect API key provided. You can find your API key at https://platform.openai.com")
    if "/dashboard/" in request.url.path:
        return
    if may in ("project", "personal"):
        raise Refusal(401, "Your authentication token is not from a valid issuer.")
    lacking = may.removeprefix("scopes:").split(",") if may.startswith("scopes:") else []
    needed = (
        "api.usage.read" if "/usage/" in request.url.path or "/costs" in request.url.path else "api.management.read"
    )
    if needed in lacking:
        text = f"You have insufficient permissions for this operation. Missing scopes: {needed}."
        raise Refusal(403, text, kind="server_error")


def _window(request: Request) -> tuple[datetime, datetime]:
    start = request.query_params.get("start_time")
    if start is None:
        raise Refusal(400, "Missing required parameter: start_time")
    if not start.isdigit():
        raise Refusal(400, "Invalid type for 'start_time'", param="start_time")
    end = request.query_params.get("end_time", str(int(datetime.now(UTC).timestamp())))
    return datetime.fromtimestamp(int(start), UTC), datetime.fromtimestamp(int(end), UTC)


def _buckets(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """UTC days; the first begins where it was asked to, midnight or not."""
    while start < end:
        stop = midnight(start.date()) + DAY
        yield start, stop
        start = stop


def _costs(state: OpenAI, request: Request) -> Mapping[str, object]:
    if request.query_params.get("bucket_width", "1d") != "1d":
        raise Refusal(400, "Invalid value for 'bucket_width': only '1d' is supported", param="bucket_width")
    start, end = _window(request)
    group_by = several(request, "group_by")
    unknown = set(group_by) - {"project_id", "line_item", "api_key_id"}
    if unknown:
        raise Refusal(400, f"Invalid group_by: {sorted(unknown)}", param="group_by")
    if "api_key_id" in group_by and start.timestamp() < KEYS_SINCE:
        raise Refusal(400, f"start_time must be at or after {KEYS_SINCE} for api_key_id", param="start_time")
    return _page(state, request, 180, start, end, lambda day, part: _cost_rows(state.world, day, part, group_by))


def _page(
    state: OpenAI,
    request: Request,
    most: int,
    start: datetime,
    end: datetime,
    rows: Callable[[date, Decimal], list[Mapping[str, object]]],
) -> Mapping[str, object]:
    limit, offset = whole(request, "limit", 7, most), state.pages.offset(request)
    buckets = list(_buckets(start, end))
    data = [
        {
            "object": "bucket",
            "start_time": int(first.timestamp()),
            "end_time": int(last.timestamp()),
            state.result_key: rows(first.date(), Decimal(int((last - first) / timedelta(seconds=1))) / 86400),
        }
        for first, last in buckets[offset : offset + limit]
    ]
    return {"object": "page", "data": data, **state.pages.more(request, offset, limit, len(buckets))}


def _cost_rows(world: World, day: date, part: Decimal, group_by: list[str]) -> list[Mapping[str, object]]:
    groups: dict[tuple[str | None, ...], list[Cost]] = defaultdict(list)
    for cost in world.costs.get(day, ()):
        values = {"project_id": cost.project, "line_item": cost.line_item, "api_key_id": cost.api_key}
        groups[tuple(values[name] for name in group_by)].append(cost)
    return [_cost_row(dict(zip(group_by, values, strict=True)), costs, part) for values, costs in groups.items()]


def _cost_row(group: Mapping[str, str | None], costs: list[Cost], part: Decimal) -> Mapping[str, object]:
    amount = sum((cost.amount for cost in costs), Decimal(0)) * part
    quantities = [cost.quantity for cost in costs if cost.quantity is not None]
    has_quantity = "line_item" in group and quantities
    return {
        "object": "organization.costs.result",
        "amount": {"value": str(amount) if costs[0].as_text else amount, "currency": "usd"},
        "line_item": group.get("line_item"),
        "project_id": group.get("project_id"),
        "api_key_id": group.get("api_key_id"),
        "quantity": sum(quantities) if has_quantity else None,
        "quantity_unit": costs[0].unit if has_quantity else None,
    }


def _usage(state: OpenAI, request: Request) -> Mapping[str, object]:
    kind = request.path_params["kind"]
    if kind not in USAGE_DIMENSIONS or kind in state.absent:
        raise Refusal(404, f"Invalid URL (GET {request.url.path})")
    group_by = several(request, "group_by")
    if set(group_by) - set(USAGE_DIMENSIONS[kind]):
        raise Refusal(400, "Invalid group_by", param="group_by")
    start, end = _window(request)
    return _page(state, request, 31, start, end, lambda day, _: _usage_rows(state.world, kind, day, group_by))


def _usage_rows(world: World, kind: str, day: date, group_by: list[str]) -> list[Mapping[str, object]]:
    groups: dict[tuple[object, ...], dict[str, int]] = {}
    for use in world.uses.get(day, ()):
        if use.kind == kind:
            sums = groups.setdefault(tuple(use.dimensions.get(name) for name in group_by), {})
            for name, amount in use.fields.items():
                sums[name] = sums.get(name, 0) + amount
    nulls = dict.fromkeys(USAGE_DIMENSIONS[kind])
    named = {"object": f"organization.usage.{kind}.result", **nulls}
    return [{**named, **sums, **dict(zip(group_by, values, strict=True))} for values, sums in groups.items()]


def _projects(state: OpenAI, request: Request) -> Mapping[str, object]:
    with_archived = request.query_params.get("include_archived") == "true"
    shown = [
        {"id": p.id, "name": p.name, "status": "archived" if p.is_archived else "active", "archived_at": None}
        for p in state.world.projects
        if with_archived or not p.is_archived
    ]
    return after(shown, request, "after", whole(request, "limit", 20, 100))


def _project_keys(state: OpenAI, request: Request) -> Mapping[str, object]:
    project = request.path_params["project"]
    shown = [{"id": k.id, "name": k.name} for k in state.world.api_keys if k.parent == project]
    return after(shown, request, "after", whole(request, "limit", 20, 100))


def _admin_keys(_: OpenAI, request: Request) -> Mapping[str, object]:
    return after([{"id": "key_admin", "name": "Billing reader"}], request, "after", 20)


def _users(state: OpenAI, request: Request) -> Mapping[str, object]:
    shown = [{"id": u.id, "name": u.name, "email": f"{u.id}@example.com"} for u in state.world.users]
    return after(shown, request, "after", whole(request, "limit", 20, 100))


def _grants(state: OpenAI, request: Request) -> Mapping[str, object]:
    _ask_session(state, request)
    totals = {f"total_{name}": amount for name, amount in (state.grants or {}).items()}
    end = {"expires_at": int((datetime.now(UTC) + 30 * DAY).timestamp())}
    grant = {"object": "credit_grant", "id": "grant_1", "grant_amount": Decimal(100), "used_amount": Decimal(1), **end}
    return {"object": "credit_summary", **totals, "grants": {"object": "list", "data": [grant]}}


def _old_usage(state: OpenAI, request: Request) -> Mapping[str, object]:
    """Costs in cents by day and name."""
    _ask_session(state, request)
    first, end = (date.fromisoformat(request.query_params[name]) for name in ("start_date", "end_date"))
    days = []
    for day in days_until(end - DAY, (end - first).days):
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for cost in state.world.costs.get(day, ()):
            sums[cost.line_item] += cost.amount * 100
        items = [{"name": name, "cost": cents} for name, cents in sums.items()]
        days.append({"timestamp": Decimal(int(midnight(day).timestamp())), "line_items": items})
    return {"object": "list", "daily_costs": days, "total_usage": state.world.total(first, end - DAY) * 100}


def _ask_session(state: OpenAI, request: Request) -> None:
    if state.grants is None or state.asks_session:
        text = (
            f"Your request to GET {request.url.path} must be made with a session key (that is, it can only be made "
            "from the browser). You made it with the following key type: secret."
        )
        raise Refusal(401, text, kind="server_error")
