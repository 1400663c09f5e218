"""xAI's management API: cents with the sign turned round, lists that are cut, another unit in every answer."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

from starlette.requests import Request
from starlette.types import ASGIApp

from tests.providers.fakes.desk import Body, Handle, desk, key_of
from tests.providers.fakes.faults import Faults
from tests.providers.fakes.serving import Refusal
from tests.providers.fakes.world import DAY, days_until, spend, today

MANAGEMENT_KEY = "xai-token-stand-in-0000"
INFERENCE_KEY = "xai-inference-stand-in-0000"
TEAM = "11111111-2222-3333-4444-555555555555"
GROUPS = ("description", "api_key_id", "cluster")


@dataclass(frozen=True, slots=True)
class Item:
    """Dollars of a day, for a model or a tool, by a key."""

    day: date
    description: str
    api_key_id: str
    usd: Decimal
    cluster: str = "us-east-1"


@dataclass(slots=True)
class XAI:
    """`limit` is how many series an answer holds; what is beyond is left out, and `limitReached` says so."""

    items: list[Item] = field(default_factory=list)
    changes: list[tuple[str, int]] = field(default_factory=lambda: [("PURCHASE", -5000), ("SPEND", 1234)])
    total: int | None = None
    limit: int = 1000
    groups_by_key: bool = True
    lines: list[Mapping[str, object]] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)

    def total_usd(self) -> Decimal:
        return sum((item.usd for item in self.items), Decimal(0))

    def restate(self, day: date, factor: str) -> None:
        self.items = [replace(i, usd=i.usd * Decimal(factor)) if i.day == day else i for i in self.items]


def make_world(*, seed: int = 5, days: int = 40) -> XAI:
    """Six models and one tool, eight keys."""
    dice = random.Random(seed)  # noqa: S311 - a seeded world, no secret
    state = XAI()
    names = [*(f"grok-{n}-fast" for n in range(6)), "Web search tool"]
    for day in days_until(today() - DAY, days):
        for _ in range(6):
            state.items.append(Item(day, dice.choice(names), f"key-{dice.randrange(8)}", spend(dice)))
    state.lines = [
        {
            "clusterName": "us-east-1",
            "description": "grok-0-fast",
            "unitType": "Prompt text tokens",
            "unitPrice": "20000",
            "numUnits": "1500000",
            "amount": "30",
        }
    ]
    return state


def make_app(state: XAI) -> ASGIApp:
    def guarded(handle: Callable[[XAI, Request], Body]) -> Callable[[Request], Body]:
        def guard(request: Request) -> Body:
            if key_of(request) != MANAGEMENT_KEY:
                raise Refusal(403 if key_of(request) == INFERENCE_KEY else 401, "Not a management key")
            if request.path_params["team"] != TEAM:
                raise Refusal(404, "No such team")
            return handle(state, request)

        return guard

    async def usage(request: Request) -> Body:
        guarded(lambda *_: {})(request)
        return _usage(state, await request.json())

    team = "/v1/billing/teams/{team}"
    handles: Mapping[str, Handle] = {
        f"GET {team}/prepaid/balance": guarded(_prepaid),
        f"GET {team}/postpaid/invoice/preview": guarded(_preview),
        f"POST {team}/usage": usage,
    }
    return desk(handles, lambda refusal: {"code": refusal.status, "error": refusal.message}, state.faults)


def _prepaid(state: XAI, _: Request) -> Body:
    total = sum(amount for _, amount in state.changes) if state.total is None else state.total
    changes = [
        {"teamId": TEAM, "changeOrigin": origin, "topupStatus": "SUCCEEDED", "amount": {"val": str(amount)}}
        for origin, amount in state.changes
    ]
    return {"changes": changes, "total": {"val": str(total)}}


def _preview(state: XAI, _: Request) -> Body:
    return {
        "coreInvoice": {"lines": state.lines, "amountBeforeVat": "30", "vatCost": "0", "amountAfterVat": "30"},
        "effectiveSpendingLimit": "10000",
        "defaultCredits": "0",
        "billingCycle": {"year": today().year, "month": today().month},
    }


def _usage(state: XAI, body: Mapping[str, Mapping[str, object]]) -> Body:
    asked = body["analyticsRequest"]
    group_by, when = asked["groupBy"], asked["timeRange"]
    assert isinstance(group_by, list)
    assert isinstance(when, dict)
    if asked["timeUnit"] != "TIME_UNIT_DAY" or when["timezone"] != "Etc/GMT":
        raise Refusal(400, "Unknown unit or timezone")
    if any(name not in GROUPS or (name == "api_key_id" and not state.groups_by_key) for name in group_by):
        raise Refusal(400, "Unknown group")
    first, end = (datetime.strptime(when[name], "%Y-%m-%d %H:%M:%S").date() for name in ("startTime", "endTime"))  # noqa: DTZ007 - days
    series = list(_series(state, group_by, first, end))
    return {"timeSeries": series[: state.limit], "limitReached": len(series) > state.limit}


def _series(state: XAI, group_by: list[str], first: date, end: date) -> Iterator[Body]:
    """One for each group that has anything in the window; dense: a point for every day of it."""
    groups: dict[tuple[str, ...], dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for item in state.items:
        if first <= item.day < end:
            groups[tuple(getattr(item, name) for name in group_by)][item.day] += item.usd
    for group, days in sorted(groups.items()):
        points = [
            {"timestamp": datetime.combine(day, time(), UTC).isoformat(), "values": [days.get(day, Decimal(0))]}
            for day in (first + DAY * n for n in range((end - first).days))
        ]
        yield {"group": list(group), "groupLabels": list(group), "dataPoints": points}
