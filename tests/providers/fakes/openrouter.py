"""OpenRouter: two classes of keys, completed days only, 30 of them, keys of one workspace at a time."""

import random
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import TypeVar

from starlette.requests import Request
from starlette.types import ASGIApp

from tests.providers.fakes.desk import Body, desk, key_of
from tests.providers.fakes.faults import Faults
from tests.providers.fakes.serving import Refusal
from tests.providers.fakes.world import DAY, Thing, days_until, spend, summed, today

MANAGEMENT_KEY = "sk-or-v1-management-0000"
INFERENCE_KEY = "sk-or-v1-inference-0000"
ZEROS_KEY = "sk-or-v1-zeros-0000"  # an ordinary key that is answered with zeros instead of a refusal
HISTORY_DAYS = 30
KEYS_A_PAGE = 10
DEFAULT_WORKSPACE = "ws-default"

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Calls:
    """What a key did in a day through one endpoint. Dollars; `byok` is billed by the upstream provider."""

    day: date
    key: str
    model: str
    provider: str
    usage: Decimal
    byok: Decimal = Decimal(0)
    requests: int = 1
    prompt: int = 0
    completion: int = 0
    reasoning: int = 0

    @property
    def endpoint(self) -> str:
        return f"{self.provider}/{self.model}"


@dataclass(slots=True)
class OpenRouter:
    """An account. `deleted` keys are in no list, but what they did is in the whole."""

    calls: list[Calls] = field(default_factory=list)
    workspaces: list[Thing] = field(default_factory=lambda: [Thing(DEFAULT_WORKSPACE, "Default")])
    keys: list[Thing] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    granted: Decimal = Decimal(500)
    used: Decimal | None = None
    lists_keys: bool = True
    faults: Faults = field(default_factory=Faults)

    def kept(self) -> Iterator[Calls]:
        """What the provider still tells: yesterday, and 29 days before."""
        return (row for row in self.calls if today() - DAY * HISTORY_DAYS <= row.day < today())

    def total(self) -> Decimal:
        return sum((row.usage for row in self.kept()), Decimal(0))

    def totals(self, by: Callable[[Calls], K]) -> dict[K, Decimal]:
        return summed((by(row), row.usage) for row in self.kept())

    def restate(self, day: date, factor: str) -> None:
        self.calls = [replace(row, usage=row.usage * Decimal(factor)) if row.day == day else row for row in self.calls]


def make_world(*, seed: int = 4, days: int = 40, keys: int = 24, rows_a_day: int = 12) -> OpenRouter:
    """Three workspaces, 24 keys (some disabled, one deleted), nine models at three upstream providers."""
    dice = random.Random(seed)  # noqa: S311 - a seeded world, no secret
    account = OpenRouter()
    account.workspaces += [Thing("ws-lab", "Lab"), Thing("ws-shop", "Shop")]
    spaces = [space.id for space in account.workspaces]
    account.keys = [
        Thing(f"hash{n:02}", f"Key {n}", parent=spaces[0 if n < 14 else 1 + n % 2], is_archived=n % 7 == 0)
        for n in range(keys)
    ]
    account.deleted = {account.keys[3].id} if keys > 3 else set()
    for day in days_until(today(), days):
        for _ in range(rows_a_day):
            account.calls.append(_calls(dice, day, dice.choice(account.keys).id))
    return account


def _calls(dice: random.Random, day: date, key: str) -> Calls:
    reasoning = dice.randrange(0, 1000)
    return Calls(
        day,
        key,
        model=f"maker/model-{dice.randrange(9)}",
        provider=dice.choice(["Alpha", "Beta", "Gamma"]),
        usage=spend(dice),
        byok=dice.choice([Decimal(0), spend(dice)]),
        requests=dice.randrange(1, 50),
        prompt=dice.randrange(100, 10**5),
        completion=reasoning + dice.randrange(0, 10**4),
        reasoning=reasoning,
    )


def make_app(account: OpenRouter) -> ASGIApp:
    """The stand-in over an account, which may be changed while it runs."""

    def only_management(handle: Callable[[OpenRouter, Request], Body]) -> Callable[[Request], Body]:
        def guarded(request: Request) -> Body:
            _known(request)
            if key_of(request) != MANAGEMENT_KEY:
                raise Refusal(403, "Only management keys can do this")
            return handle(account, request)

        return guarded

    handles = {
        "GET /api/v1/key": _about,
        "GET /api/v1/credits": lambda request: _credits(account, request),
        "GET /api/v1/activity": only_management(_activity),
        "GET /api/v1/keys": only_management(_keys),
        "GET /api/v1/workspaces": only_management(_workspaces),
    }
    return desk(handles, _error, account.faults)


def _error(refusal: Refusal) -> Body:
    return {"error": {"code": refusal.status, "message": refusal.message, "metadata": None}, "user_id": "user_1"}


def _known(request: Request) -> None:
    if key_of(request) not in (MANAGEMENT_KEY, INFERENCE_KEY, ZEROS_KEY):
        raise Refusal(401, "No auth credentials found")


def _about(request: Request) -> Body:
    _known(request)
    is_management = key_of(request) == MANAGEMENT_KEY
    return {
        "data": {
            "label": "sk-or-v1-abc...123",
            "limit": Decimal(20),
            "limit_remaining": Decimal("12.75"),
            "limit_reset": None,
            "usage": Decimal("7.25"),
            "usage_daily": Decimal("0.5"),
            "is_free_tier": False,
            "is_management_key": is_management,
            "is_provisioning_key": is_management,
            "rate_limit": {"requests": -1, "interval": "10s"},
        }
    }


def _credits(account: OpenRouter, request: Request) -> Body:
    _known(request)
    if key_of(request) == INFERENCE_KEY:
        raise Refusal(403, "Only management keys can fetch credits for an account")
    if key_of(request) == ZEROS_KEY:
        return {"data": {"total_credits": 0, "total_usage": 0}}
    used = sum((row.usage for row in account.calls), Decimal(0)) if account.used is None else account.used
    return {"data": {"total_credits": account.granted, "total_usage": used}}


def _activity(account: OpenRouter, request: Request) -> Body:
    """Today is in no answer; older than 30 days is gone, and asked for by date a fault."""
    asked = request.query_params.get("date")
    if asked and not today() - DAY * HISTORY_DAYS <= date.fromisoformat(asked) < today():
        raise Refusal(400, "Date must be within the last 30 (completed) UTC days")
    key = request.query_params.get("api_key_hash")
    chosen = [row for row in account.kept() if key in (None, row.key) and asked in (None, row.day.isoformat())]
    return {"data": list(_grouped(chosen))}


def _grouped(calls: Iterable[Calls]) -> Iterator[Body]:
    groups: dict[tuple[date, str, str], list[Calls]] = defaultdict(list)
    for row in calls:
        groups[row.day, row.model, row.endpoint].append(row)
    for (day, model, endpoint), rows in sorted(groups.items()):
        yield {
            "date": f"{day} 00:00:00",
            "model": model,
            "model_permaslug": f"{model}-2026",
            "endpoint_id": endpoint,
            "provider_name": rows[0].provider,
            "usage": sum((row.usage for row in rows), Decimal(0)),
            "byok_usage_inference": sum((row.byok for row in rows), Decimal(0)),
            "requests": sum(row.requests for row in rows),
            "prompt_tokens": sum(row.prompt for row in rows),
            "completion_tokens": sum(row.completion for row in rows),
            "reasoning_tokens": sum(row.reasoning for row in rows),
        }


def _keys(account: OpenRouter, request: Request) -> Body:
    if not account.lists_keys:
        raise Refusal(403, "You may not list keys")
    space = request.query_params.get("workspace_id", DEFAULT_WORKSPACE)
    hidden = () if request.query_params.get("include_disabled") == "true" else (True,)
    found = [
        key
        for key in account.keys
        if key.parent == space and key.is_archived not in hidden and key.id not in account.deleted
    ]
    offset = int(request.query_params.get("offset", "0"))
    return {"data": [_key(key) for key in found[offset : offset + KEYS_A_PAGE]]}


def _key(key: Thing) -> Body:
    return {
        "hash": key.id,
        "name": key.name,
        "label": f"sk-or-v1-{key.id[:3]}...{key.id[-3:]}",
        "disabled": key.is_archived,
        "limit": None,
        "workspace_id": key.parent,
    }


def _workspaces(account: OpenRouter, request: Request) -> Body:
    offset, limit = (int(request.query_params.get(name, usual)) for name, usual in (("offset", "0"), ("limit", "50")))
    return {"data": [{"id": space.id, "name": space.name} for space in account.workspaces[offset : offset + limit]]}
