"""Which kind of Anthropic key it is, told by the cheapest reads and by how it begins."""

from datetime import timedelta
from typing import Final

from app.core.periods import Granularity, Period, floor, utc_now
from app.providers.clients import anthropic_analytics, anthropic_costs, anthropic_usage
from app.providers.clients.answers import Answer, failure, rows
from app.providers.clients.anthropic_api import NEEDED, WHERE, WHO, Api, question
from app.providers.rules.reports import Feed, KeyClass, KeyReport

DAY: Final = timedelta(days=1)
_REFUSED: Final = frozenset((401, 403))

_INDIVIDUAL: Final = (
    "Individual accounts have no Admin API. Set up an organization first "
    f"(console.anthropic.com > Settings > Organization), then make an admin key at {WHERE}."
)
_WORKSPACE: Final = f"This is a workspace's key. It can call models, but costs are shown to admin keys only. {NEEDED}"
_UNKNOWN: Final = f"Anthropic does not know this key: it may be mistyped, expired or deleted. {NEEDED}"
_NOT_ALLOWED: Final = f"Anthropic knows this key but does not let it read costs. {NEEDED}"
_NOWHERE: Final = "There is no cost report at this address. Leave the address empty, unless it is a gateway's."
_NO_ORGANIZATION: Final = f" If the account is an individual one: {_INDIVIDUAL}"
_PRIORITY: Final = " Priority Tier is in use: what is committed for it never appears in the cost report."


async def verify(api: Api) -> KeyReport:
    """Read one day of costs; else one of analytics. Raises SourceFailure on other answers."""
    today = floor(utc_now(), Granularity.DAY)
    costs = await api.ask(anthropic_costs.PATH, question(Period(today - DAY, today), (), 1))
    if costs.is_ok:
        return await _admin(api, today_period=Period(today - 7 * DAY, today))
    if costs.status not in (*_REFUSED, 404):
        raise failure(costs, WHO, refused=_NOT_ALLOWED)
    return await _analytics(api, Period(today - DAY, today)) or _refused(api, costs)


async def _admin(api: Api, *, today_period: Period) -> KeyReport:
    usage = await api.ask(anthropic_usage.PATH, question(Period(today_period.end - DAY, today_period.end), (), 1))
    names = await api.ask("/v1/organizations/workspaces", [("limit", "1")])
    others = ((Feed.USAGE, usage), (Feed.NAMES, names))
    can = {Feed.COSTS} | {feed for feed, answer in others if answer.is_ok or answer.is_passing}
    has_priority = usage.is_ok and await _uses_priority(api, today_period)
    is_whole = len(can) == 3
    told = "costs, usage and names of workspaces, keys and users are" if is_whole else "costs are"
    message = f"An organization's admin key: {told} read.{_PRIORITY if has_priority else ''}"
    # a gateway may have no such report; that does not narrow the key
    is_narrow = any(answer.status in _REFUSED for _, answer in others)
    key_class = KeyClass.RESTRICTED if is_narrow else KeyClass.ORGANIZATION
    facts = {"priority_tier": "yes"} if has_priority else {}
    return KeyReport(key_class, is_usable=True, message=message, can=frozenset(can), facts=facts)


async def _uses_priority(api: Api, period: Period) -> bool:
    """Whether the last days saw Priority Tier, whose cost is never in the cost report."""
    asked = [*question(period, ("service_tier",), 7), ("service_tiers[]", "priority")]
    answer = await api.ask(anthropic_usage.PATH, asked)
    found = (row for bucket in rows(answer.body, "data") for row in rows(bucket, "results"))
    return any(row.get("service_tier") == "priority" for row in found)


async def _analytics(api: Api, period: Period) -> KeyReport | None:
    """A key for analytics only, as the owner of a Claude Enterprise organization makes them."""
    answer = await api.ask(
        anthropic_analytics.PATH, anthropic_analytics.question(period), beta=anthropic_analytics.BETA
    )
    if not answer.is_ok:
        return None
    return KeyReport(
        KeyClass.RESTRICTED,
        is_usable=True,
        message="An analytics key: costs are read from the analytics report. Names need an admin key.",
        can=frozenset((Feed.COSTS,)),
        facts={"costs_from": "analytics"},
    )


def _refused(api: Api, answer: Answer) -> KeyReport:
    said = answer.said.lower()
    if "individual" in said:
        return KeyReport(KeyClass.INDIVIDUAL, is_usable=False, message=_INDIVIDUAL)
    if api.key.startswith("sk-ant-admin") and answer.status != 404:
        message = _NOT_ALLOWED + _NO_ORGANIZATION if answer.status == 403 else _UNKNOWN
        return KeyReport(KeyClass.UNKNOWN, is_usable=False, message=message)
    if answer.status != 404 and (api.key.startswith("sk-ant-") or (answer.status == 403 and api.key.startswith("sk-"))):
        return KeyReport(KeyClass.INFERENCE, is_usable=False, message=_WORKSPACE + _NO_ORGANIZATION)
    message = _NOWHERE if answer.status == 404 else _UNKNOWN
    return KeyReport(KeyClass.UNKNOWN, is_usable=False, message=message)
