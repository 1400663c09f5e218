"""Anthropic's organization endpoints: reports in fractional cents, names, Claude Code, analytics."""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping
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

ADMIN_KEY = "sk-ant-admin01-stand-in-0000"
WORKSPACE_KEY = "sk-ant-api03-stand-in-0000"
INDIVIDUAL_KEY = "sk-ant-admin01-individual-0000"
ANALYTICS_KEY = "sk-ant-api03-analytics-0000"
VERSION = "2023-06-01"

_KINDS: Mapping[int, str] = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
}
_TOKENS = {
    "Input Tokens": "uncached_input_tokens",
    "Output Tokens": "output_tokens",
    "Input Tokens, Cache Read": "cache_read_input_tokens",
    "Input Tokens, Cache Write 5m": "cache_creation.ephemeral_5m_input_tokens",
}
_USAGE_DIMENSIONS = (
    "account_id",
    "api_key_id",
    "context_window",
    "inference_geo",
    "model",
    "service_account_id",
    "service_tier",
    "speed",
    "workspace_id",
)
_DETAILS = ("cost_type", "token_type", "model", "service_tier", "context_window", "inference_geo")


@dataclass(slots=True)
class Anthropic:
    """The stand-in's state beside the world."""

    world: World
    faults: Faults = field(default_factory=Faults)
    pages: Pages = field(default_factory=Pages)
    code: dict[date, list[Mapping[str, object]]] = field(default_factory=dict)
    page_rows: int = 50


def make_world(*, seed: int = 2, until: date | None = None, days: int = 30, rows_a_day: int = 12) -> World:
    """12 workspaces (the default one has no id, two are archived), 15 models with four kinds of tokens, 40 keys."""
    dice = random.Random(seed)  # noqa: S311 - a seeded world, no secret
    world = World(
        keys={ADMIN_KEY: "admin", WORKSPACE_KEY: "workspace", INDIVIDUAL_KEY: "individual", ANALYTICS_KEY: "analytics"}
    )
    world.projects = [Thing(f"wrkspc_{n:02}", f"Workspace {n}", is_archived=n in (2, 5)) for n in range(11)]
    spaces = [None, *(space.id for space in world.projects)]
    world.api_keys = [Thing(f"apikey_{n:02}", f"Key {n}", parent=spaces[n % 12]) for n in range(40)]
    world.users = [Thing(f"user_{n}", f"Person {n}") for n in range(5)]
    items: list[tuple[str, str | None, str | None]] = [
        (f"Claude Demo {n} Usage - {words}", f"claude-demo-{n}", token)
        for n in range(15)
        for words, token in _TOKENS.items()
    ]
    items[-1] = ("Code Execution Usage", None, None)
    for day in days_until(until or today(), days):
        pairs = [(dice.choice(world.api_keys), dice.choice(items)) for _ in range(rows_a_day)]
        for key, (item, model, token) in dict.fromkeys(pairs):
            details = {
                "cost_type": "tokens" if model else "code_execution",
                "token_type": token,
                "model": model,
                "service_tier": "standard" if model else None,
                "context_window": "0-200k" if model else None,
                "inference_geo": "global" if model else None,
            }
            world.bill(Cost(day, key.parent, key.id, item, model, spend(dice), details=details))
        _count(dice, world, day)
    return world


def _count(dice: random.Random, world: World, day: date) -> None:
    for key in dice.sample(world.api_keys, 3):
        who = {"workspace_id": key.parent, "api_key_id": key.id, "model": f"claude-demo-{dice.randrange(15)}"}
        names = ("uncached_input_tokens", "cache_read_input_tokens", "5m", "1h", "output_tokens", "web_search_requests")
        fields = {name: dice.randrange(0, 10**6) for name in names}
        world.count(Use(day, "messages", {**who, "service_tier": "standard"}, fields))


def make_app(world: World, faults: Faults | None = None) -> ASGIApp:
    """The stand-in over a world."""
    return serve(Anthropic(world, faults or Faults()))


def serve(state: Anthropic) -> ASGIApp:
    """The stand-in over its whole state, which may be changed while it runs."""

    def route(path: str, handle: Callable[[Anthropic, Request], Mapping[str, object]]) -> Route:
        async def endpoint(request: Request) -> Response:
            return _guarded(state, request, handle)

        return Route(f"/v1/organizations{path}", endpoint)

    app = Starlette(
        routes=[
            route("/cost_report", _costs),
            route("/usage_report/messages", _messages),
            route("/usage_report/claude_code", _code),
            route("/analytics/cost", _analytics),
            route("/workspaces", _workspaces),
            route("/api_keys", _api_keys),
            route("/users", _users),
        ]
    )
    return with_faults(app, state.faults)


def _guarded(
    state: Anthropic, request: Request, handle: Callable[[Anthropic, Request], Mapping[str, object]]
) -> Response:
    try:
        _admit(state, request)
        return answer(handle(state, request))
    except Refusal as refusal:
        error = {"type": _KINDS.get(refusal.status, "invalid_request_error"), "message": refusal.message}
        return answer({"type": "error", "error": error, "request_id": "req_stand_in"}, refusal.status)


def _admit(state: Anthropic, request: Request) -> None:
    if request.headers.get("anthropic-version") != VERSION:
        raise Refusal(400, "anthropic-version: header is required")
    may = state.world.keys.get(request.headers.get("x-api-key", ""))
    if may is None:
        raise Refusal(401, "invalid x-api-key")
    if may == "individual":
        raise Refusal(403, "The Admin API is unavailable for individual accounts")
    is_analytics = "/analytics/" in request.url.path
    if may == "workspace" or (may == "analytics" and not is_analytics):
        raise Refusal(403, "This key may not use the Admin API")
    if is_analytics and "analytics-usage-cost" not in request.headers.get("anthropic-beta", ""):
        raise Refusal(404, "Not found")


def _window(request: Request) -> tuple[date, date]:
    """Whole days: times are snapped down."""
    start = request.query_params.get("starting_at")
    if start is None:
        raise Refusal(400, "starting_at: Field required")
    end = request.query_params.get("ending_at")
    first = datetime.fromisoformat(start).astimezone(UTC).date()
    last = datetime.fromisoformat(end).astimezone(UTC).date() if end else datetime.now(UTC).date()
    if last <= first:
        raise Refusal(400, "ending_at must be after starting_at")
    return first, last


def _page(
    state: Anthropic, request: Request, rows: Callable[[date], list[Mapping[str, object]]]
) -> Mapping[str, object]:
    """One bucket a day, those that end before `ending_at`."""
    first, end = _window(request)
    limit, offset = whole(request, "limit", 7, 31), state.pages.offset(request)
    days = list(days_until(end - 2 * DAY, (end - first).days - 1))
    data = [
        {
            "starting_at": midnight(day).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "ending_at": midnight(day + DAY).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "results": rows(day),
        }
        for day in days[offset : offset + limit]
    ]
    return {"data": data, **state.pages.more(request, offset, limit, len(days))}


def _costs(state: Anthropic, request: Request) -> Mapping[str, object]:
    if request.query_params.get("bucket_width", "1d") != "1d":
        raise Refusal(400, "bucket_width: only 1d")
    group_by = several(request, "group_by")
    if set(group_by) - {"workspace_id", "description"}:
        raise Refusal(400, "group_by: unknown dimension")
    return _page(state, request, lambda day: _cost_rows(state.world, day, group_by))


def _cost_rows(world: World, day: date, group_by: list[str]) -> list[Mapping[str, object]]:
    groups: dict[tuple[str | None, str | None], list[Cost]] = defaultdict(list)
    for cost in world.costs.get(day, ()):
        space = cost.project if "workspace_id" in group_by else None
        groups[space, cost.line_item if "description" in group_by else None].append(cost)
    return [_cost_row(space, item, costs) for (space, item), costs in groups.items()]


def _cost_row(space: str | None, item: str | None, costs: list[Cost]) -> Mapping[str, object]:
    cents = sum((cost.amount for cost in costs), Decimal(0)) * 100
    details = costs[0].details if item else dict.fromkeys(_DETAILS)
    return {"amount": str(cents), "currency": "USD", "description": item, "workspace_id": space, **details}


def _messages(state: Anthropic, request: Request) -> Mapping[str, object]:
    group_by = several(request, "group_by")
    if set(group_by) - set(_USAGE_DIMENSIONS):
        raise Refusal(400, "group_by: unknown dimension")
    if "speed" in group_by and "fast-mode" not in request.headers.get("anthropic-beta", ""):
        raise Refusal(400, "group_by: speed needs a beta header")
    tiers = several(request, "service_tiers")
    return _page(state, request, lambda day: _message_rows(state.world, day, group_by, tiers))


def _message_rows(world: World, day: date, group_by: list[str], tiers: list[str]) -> list[Mapping[str, object]]:
    groups: dict[tuple[object, ...], dict[str, int]] = {}
    for use in world.uses.get(day, ()):
        if not tiers or use.dimensions.get("service_tier") in tiers:
            sums = groups.setdefault(tuple(use.dimensions.get(name) for name in group_by), defaultdict(int))
            for name, amount in use.fields.items():
                sums[name] += amount
    return [_message_row(dict(zip(group_by, values, strict=True)), sums) for values, sums in groups.items()]


def _message_row(group: Mapping[str, object], sums: Mapping[str, int]) -> Mapping[str, object]:
    return {
        **dict.fromkeys(name for name in _USAGE_DIMENSIONS if name != "speed"),
        **group,
        "uncached_input_tokens": sums["uncached_input_tokens"],
        "cache_creation": {"ephemeral_5m_input_tokens": sums["5m"], "ephemeral_1h_input_tokens": sums["1h"]},
        "cache_read_input_tokens": sums["cache_read_input_tokens"],
        "output_tokens": sums["output_tokens"],
        "server_tool_use": {"web_search_requests": sums["web_search_requests"]},
    }


def _code(state: Anthropic, request: Request) -> Mapping[str, object]:
    day = date.fromisoformat(request.query_params["starting_at"])
    limit, offset = whole(request, "limit", 20, 1000), state.pages.offset(request)
    rows = state.code.get(day, [])
    return {"data": rows[offset : offset + limit], **state.pages.more(request, offset, limit, len(rows))}


def _analytics(state: Anthropic, request: Request) -> Mapping[str, object]:
    """Rows by size, the largest first, not by day."""
    first, end = _window(request)
    if end - first > timedelta(days=31):
        raise Refusal(400, "at most 31 days")
    group_by, offset = several(request, "group_by"), state.pages.offset(request)
    groups: dict[tuple[object, ...], Decimal] = defaultdict(Decimal)
    for cost in state.world.rows(first, end - DAY):
        known = {"workspace_id": cost.project, "api_key_id": cost.api_key, **cost.details}
        groups[(cost.day, *(known.get(name) for name in group_by))] += cost.amount * 100
    ranked = sorted(groups.items(), key=lambda each: each[1], reverse=True)
    data = [_analytics_row(group_by, key, cents) for key, cents in ranked[offset : offset + state.page_rows]]
    return {"data": data, **state.pages.more(request, offset, state.page_rows, len(ranked))}


def _analytics_row(group_by: list[str], key: tuple[object, ...], cents: Decimal) -> Mapping[str, object]:
    day = key[0]
    assert isinstance(day, date)
    return {
        "starting_at": midnight(day).isoformat(),
        "ending_at": midnight(day + DAY).isoformat(),
        "group": dict(zip(group_by, key[1:], strict=True)),
        "cost": {"amount": str(cents), "list_amount": str(cents * 2), "currency": "USD", "requests": None},
    }


def _workspaces(state: Anthropic, request: Request) -> Mapping[str, object]:
    with_archived = request.query_params.get("include_archived") == "true"
    with_default = request.query_params.get("include_default") == "true"
    shown: list[Mapping[str, object]] = [
        {"id": w.id, "name": w.name, "archived_at": "2026-01-01T00:00:00Z" if w.is_archived else None}
        for w in state.world.projects
        if with_archived or not w.is_archived
    ]
    if with_default:
        shown.append({"id": "wrkspc_default", "name": "Default", "archived_at": None})
    return after(shown, request, "after_id", whole(request, "limit", 20, 1000))


def _api_keys(state: Anthropic, request: Request) -> Mapping[str, object]:
    shown = [
        {"id": k.id, "name": k.name, "status": "active", "workspace_id": k.parent, "partial_key_hint": "sk-ant-...x"}
        for k in state.world.api_keys
    ]
    return after(shown, request, "after_id", whole(request, "limit", 20, 1000))


def _users(state: Anthropic, request: Request) -> Mapping[str, object]:
    shown = [{"id": u.id, "name": u.name, "email": f"{u.id}@example.com"} for u in state.world.users]
    return after(shown, request, "after_id", whole(request, "limit", 20, 100))
