"""Fireworks: accounts by slug, dollars in two pieces, an account's cost for its admins only."""

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from starlette.requests import Request
from starlette.types import ASGIApp

from tests.providers.fakes.desk import Body, Handle, desk, key_of
from tests.providers.fakes.faults import Faults
from tests.providers.fakes.serving import Refusal
from tests.providers.fakes.world import DAY, days_until, spend, today

ADMIN_KEY = "fw-admin-stand-in-0000"
USER_KEY = "fw-user-stand-in-0000"
NARROW_KEY = "fw-inference-stand-in-0000"  # may list accounts, but read no costs
DIMENSIONS = ("HOUR", "DAY", "MODEL", "USER", "API_KEY")


@dataclass(frozen=True, slots=True)
class Item:
    day: date
    model: str
    user: str
    usd: Decimal


@dataclass(slots=True)
class Fireworks:
    """`me` is the user of USER_KEY."""

    items: list[Item] = field(default_factory=list)
    accounts: list[str] = field(default_factory=lambda: ["acme"])
    me: str = "ada"
    page: int = 50
    repeats: bool = False
    hour_offset: int = 0
    faults: Faults = field(default_factory=Faults)
    bodies: list[Mapping[str, object]] = field(default_factory=list)

    def total(self, user: str | None = None) -> Decimal:
        return sum((item.usd for item in self.items if user in (None, item.user)), Decimal(0))

    def restate(self, day: date, factor: str) -> None:
        self.items = [replace(i, usd=i.usd * Decimal(factor)) if i.day == day else i for i in self.items]


def make_world(*, seed: int = 6, days: int = 60) -> Fireworks:
    dice = random.Random(seed)  # noqa: S311 - a seeded world, no secret
    state = Fireworks()
    for day in days_until(today() - DAY, days):
        for _ in range(6):
            model = f"accounts/fireworks/models/model-{dice.randrange(9)}"
            state.items.append(Item(day, model, dice.choice(["ada", "bob", "cyd"]), spend(dice)))
    return state


def make_app(state: Fireworks) -> ASGIApp:
    def listed(request: Request) -> Body:
        _known(request)
        return {"accounts": [{"name": f"accounts/{slug}", "displayName": slug} for slug in state.accounts]}

    async def costs(request: Request) -> Body:
        _known(request)
        if request.path_params["account"] not in state.accounts:
            raise Refusal(404, "No such account")
        body = await request.json()
        state.bodies.append(body)
        return _costs(state, key_of(request), body)

    def without_account(_: Request) -> Body:
        raise Refusal(501, "Method Not Allowed")

    handles: Mapping[str, Handle] = {
        "GET /v1/accounts": listed,
        "POST /v1/accounts/usageCosts:query": without_account,
        "POST /v1/accounts/{account}/usageCosts:query": costs,
    }
    return desk(handles, lambda refusal: {"code": refusal.status, "message": refusal.message}, state.faults)


def _known(request: Request) -> None:
    if key_of(request) not in (ADMIN_KEY, USER_KEY, NARROW_KEY):
        raise Refusal(401, "Unauthorized")


def _costs(state: Fireworks, key: str, body: Mapping[str, object]) -> Body:
    group_by, scope = body["groupBy"], body["scope"]
    assert isinstance(group_by, list)
    if len(group_by) > 2 or not set(group_by) <= set(DIMENSIONS) or {"HOUR", "DAY"} <= set(group_by):
        raise Refusal(400, "At most two dimensions, and not HOUR with DAY")
    if key == NARROW_KEY or (key == USER_KEY and scope == "ACCOUNT"):
        raise Refusal(403, "Account admins only")
    rows = _rows(state, body, only=state.me if scope == "SELF" else None)
    start = int(str(body.get("pageToken", "0")))
    more = state.repeats or start + state.page < len(rows)
    return {
        "rows": rows[start : start + state.page],
        "subtotal": money(sum((item.usd for item in state.items), Decimal(0))),
        **({"nextPageToken": "0" if state.repeats else str(start + state.page)} if more else {}),
    }


def _rows(state: Fireworks, body: Mapping[str, object], only: str | None) -> list[Body]:
    first, end = (datetime.fromisoformat(str(body[name])).date() for name in ("startTime", "endTime"))
    sums: dict[tuple[date, str], Decimal] = defaultdict(Decimal)
    for item in state.items:
        if first <= item.day < end and only in (None, item.user):
            sums[item.day, item.model] += item.usd
    return [
        {
            "dimensions": {"startTime": f"{day}T{state.hour_offset:02}:00:00Z", "model": model},
            "subtotal": money(usd),
        }
        for (day, model), usd in sorted(sums.items())
    ]


def money(usd: Decimal) -> Body:
    """Whole units as a string, billionths as a number; what is 0 is left out, as in all of Google's JSON."""
    units, nanos = int(usd), int((usd - int(usd)).scaleb(9))
    return {
        "currencyCode": "USD",
        **({"units": str(units)} if units else {}),
        **({"nanos": nanos} if nanos else {}),
    }
