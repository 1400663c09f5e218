"""OpenRouter's `activity`: dollars, tokens and requests by completed day, model, upstream provider and key."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Final

from app.core.money import EXACT
from app.core.periods import Period
from app.providers.clients.answers import Fields, Params, decimal, from_iso, rows, text
from app.providers.clients.asking import Api
from app.providers.clients.base import BadAnswer
from app.providers.clients.openrouter_keys import BY_KEY, SPLIT, Key, dollars, keys, split, workspaces
from app.providers.rules.reports import BilledLine, Page, UsageLine

ENDPOINT: Final = "activity"
# Dollars that the upstream provider bills to the account whose key was used: never part of OpenRouter's bill.
BYOK: Final = "byok_inference_usd"
DAY: Final = timedelta(days=1)

_DIMENSIONS: Final = ("endpoint_id", "model", "model_permaslug", "provider_name")
_FIGURES: Final = (
    "usage",
    "byok_usage_inference",
    "requests",
    "prompt_tokens",
    "completion_tokens",
    "reasoning_tokens",
)
# Sums of doubles do not meet in their last digits; a difference this small is no call that nobody made.
_NOISE: Final = Decimal("1e-9")

Where = tuple[datetime, tuple[str | None, ...]]
Figures = tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Activity:
    """What one key (None: nobody can say which, or nobody asked) did in one day through one endpoint."""

    where: Where
    figures: Figures
    key: str | None = None
    workspace: str | None = None

    def figure(self, name: str) -> Decimal:
        return self.figures[_FIGURES.index(name)]


@dataclass(frozen=True, slots=True)
class Report:
    """`asked` names, for each day that was told apart by key, the keys that day was found under."""

    activities: Sequence[Activity]
    asked: Mapping[datetime, str]


async def read(api: Api, period: Period, facts: Mapping[str, str]) -> Report:
    """By key: each key, then what the whole has beyond them (keys that were deleted), under no key.

    Whether keys are told apart is settled when the connection is made and stays. Of a deleted key the same calls come
    back under no key; a day whose keys are others than before is therefore another set of rows, in place of the old.
    """
    by_key: list[Activity] = []
    if (facts.get(SPLIT) or await split(api)) != BY_KEY:
        whole = _added(await _rows(api, period, []))
        return Report([Activity(where, figures) for where, figures in whole.items()], {})
    for key in (await keys(api, await workspaces(api))).values():
        by_key += await _of_key(api, period, key)
    whole = _added(await _rows(api, period, []))
    rest = _rest(whole, _added(by_key))
    asked = {where[0]: "keys:none" for where in whole} | _asked(by_key)
    return Report([*by_key, *rest], asked)


def _asked(by_key: Iterable[Activity]) -> dict[datetime, str]:
    """For each day a short name of the keys that did anything then."""
    found: dict[datetime, set[str]] = {}
    for activity in by_key:
        found.setdefault(activity.where[0], set()).add(activity.key or "")
    return {day: f"keys:{_digest(some)}" for day, some in found.items()}


def _digest(hashes: Iterable[str]) -> str:
    return blake2b(" ".join(sorted(hashes)).encode(), digest_size=8).hexdigest()


async def _of_key(api: Api, period: Period, key: Key) -> list[Activity]:
    totals = _added(await _rows(api, period, [("api_key_hash", key.hash)]))
    return [Activity(where, figures, key.hash, key.workspace) for where, figures in totals.items()]


async def _rows(api: Api, period: Period, params: Params) -> Iterable[Activity]:
    """The rows of the last 30 completed days that lie in the period; without a `date` it is one answer, not paged."""
    answer = await api.ask("/activity", params)
    if answer.status == 404 and params:
        return ()  # the key went away since it was listed: its calls are in the whole
    if not answer.is_ok:
        raise api.failure(answer)
    return [row for row in _read(api, answer.body) if period.start <= row.where[0] < period.end]


def _read(api: Api, body: Fields) -> Iterator[Activity]:
    if not isinstance(body.get("data"), list):
        raise BadAnswer(f"{api.who} answered without a list of days.")
    for row in rows(body, "data"):
        # `2026-11-18` and `2026-11-18 00:00:00` have both been seen
        day = from_iso((text(row, "date") or "")[:10], api.who)
        where = day, tuple(text(row, name) for name in _DIMENSIONS)
        yield Activity(where, (api.amount(row, "usage"), *(_figure(api, row, name) for name in _FIGURES[1:])))


def _figure(api: Api, row: Fields, name: str) -> Decimal:
    return decimal(row.get(name), api.who) or Decimal(0)


def _added(activities: Iterable[Activity]) -> dict[Where, Figures]:
    totals: dict[Where, Figures] = {}
    for activity in activities:
        before = totals.get(activity.where)
        totals[activity.where] = _sum(before, activity.figures) if before else activity.figures
    return totals


def _sum(some: Figures, others: Figures) -> Figures:
    return tuple(EXACT.add(one, other) for one, other in zip(some, others, strict=True))


def _rest(whole: Mapping[Where, Figures], known: Mapping[Where, Figures]) -> Iterator[Activity]:
    """What the whole has beyond the keys. The whole is what is billed: where keys have more, the rest is negative."""
    for where, figures in whole.items():
        told = known.get(where)
        rest = figures if told is None else _sum(figures, tuple(-figure for figure in told))
        if told is None or any(abs(figure) > _NOISE for figure in rest):
            yield Activity(where, rest)


def costs(report: Report) -> Page[BilledLine]:
    """OpenRouter's own bill: credits used. What upstream providers bill for keys of one's own is not in it."""
    return Page([_billed(activity, report.asked) for activity in report.activities], is_last=True)


def usage(report: Report) -> Page[UsageLine]:
    return Page([_usage(activity, report.asked) for activity in report.activities], is_last=True)


def _identity(activity: Activity, asked: Mapping[datetime, str]) -> tuple[tuple[str, ...], dict[str, str | None]]:
    """What was asked for, and its values."""
    dimensions = dict(zip(_DIMENSIONS, activity.where[1], strict=True))
    if not asked:
        return _DIMENSIONS, dimensions
    return (*_DIMENSIONS, "api_key_hash", asked[activity.where[0]]), {"api_key_hash": activity.key, **dimensions}


def _billed(activity: Activity, asked: Mapping[datetime, str]) -> BilledLine:
    group_by, dimensions = _identity(activity, asked)
    return BilledLine(
        endpoint=ENDPOINT,
        start=activity.where[0],
        end=activity.where[0] + DAY,
        group_by=group_by,
        dimensions=dimensions,
        amount=dollars(activity.figure("usage")),
        currency="USD",
        line_item=dimensions["provider_name"],
        project=activity.workspace,
        api_key=activity.key,
        model=dimensions["model"] or dimensions["model_permaslug"],
    )


def _usage(activity: Activity, asked: Mapping[datetime, str]) -> UsageLine:
    group_by, dimensions = _identity(activity, asked)
    return UsageLine(
        endpoint=ENDPOINT,
        start=activity.where[0],
        end=activity.where[0] + DAY,
        group_by=group_by,
        dimensions=dimensions,
        counts=_counts(activity),
        requests=max(0, int(activity.figure("requests"))),
        project=activity.workspace,
        api_key=activity.key,
        model=dimensions["model"] or dimensions["model_permaslug"],
    )


def _counts(activity: Activity) -> dict[str, int | Decimal]:
    """Cached input has no column here, so all of it is counted as fresh; reasoning is inside completion."""
    reasoning = activity.figure("reasoning_tokens")
    visible = activity.figure("completion_tokens") - reasoning
    counts: dict[str, int | Decimal] = {
        "input.fresh.text": int(activity.figure("prompt_tokens")),
        "output.visible.text": int(visible),
        "output.reasoning.text": int(reasoning),
        BYOK: dollars(activity.figure("byok_usage_inference")),
    }
    return {name: count for name, count in counts.items() if count > 0}
