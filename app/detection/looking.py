"""The detectors over a workspace's figures: each says what holds now, as alerts."""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final
from uuid import UUID

from app.alerts.rules import Kind, NewAlert, Setting
from app.core.database import AsyncSession
from app.core.money import EXACT
from app.core.periods import Period, day_of, hour_of
from app.detection import queries
from app.detection.rules import telling
from app.detection.rules.choosing import Found, choose
from app.detection.rules.drivers import Driver, drivers
from app.detection.rules.failing import Calls, is_jump
from app.detection.rules.figures import Dimension, Part, Slice, by_part, hourly, parts_of
from app.detection.rules.spikes import Threshold, day_spikes, hour_spikes
from app.detection.rules.syncs import Source, is_failing, is_stale
from app.detection.rules.telling import Keys
from app.detection.rules.usual import DAY, HISTORY, HOUR, WEEK, WEEKS, Series, median
from app.providers.rules.connections import REGULAR
from app.usage import crediting, spending
from app.usage.rules.credits import RATE_DAYS, Account, Balance, account, by_account, prepaid

# The hours that are judged: this one, and those that just ended. What comes later for earlier ones alarms nobody.
JUDGED_HOURS: Final = 3
# Whose history is looked at: the dearest of each dimension.
TOP: Final = 10
DRIVER_WEEKS: Final = 4
ERROR_DAYS: Final = 14
UNPRICED_EACH: Final = 5
WORST_MODELS: Final = 3
MANUAL: Final = "manual"


@dataclass(frozen=True, slots=True)
class Scene:
    """A workspace at one instant. `slices` are its calls since yesterday; `going_on` the conditions told already."""

    workspace_id: UUID
    now: datetime
    settings: dict[Kind, Setting]
    slices: Sequence[Slice]
    going_on: Collection[str]
    learning_until: datetime | None

    @property
    def hour(self) -> datetime:
        return hour_of(self.now)

    @property
    def today(self) -> datetime:
        return day_of(self.now)

    @property
    def yesterday(self) -> datetime:
        return self.today - DAY

    def figure(self, kind: Kind, name: str) -> Decimal:
        return self.settings[kind].figure(name)


# --- spend ---


async def spikes(session: AsyncSession, scene: Scene) -> list[NewAlert]:
    """Hours of the workspace, of a model, a project or an API key, and days of a customer."""
    threshold = Threshold(
        scene.figure(Kind.SPEND_SPIKE, "min_rise_usd"),
        scene.figure(Kind.SPEND_SPIKE, "min_times"),
        scene.figure(Kind.SPEND_SPIKE, "deviations"),
    )
    moved = await queries.repriced(session, scene.workspace_id, scene.now)
    found = [
        *await _hour_spikes(session, scene, threshold, moved),
        *await _customer_spikes(session, scene, threshold, moved),
    ]
    if not found:
        return []
    keys = Keys(await queries.key_names(session, scene.workspace_id))
    return [
        telling.spike(each, await _drivers(session, scene, each), keys, threshold)
        for each in choose(found, scene.going_on)
    ]


async def _hour_spikes(
    session: AsyncSession, scene: Scene, threshold: Threshold, moved: datetime | None
) -> list[Found]:
    hours = [scene.hour - back * HOUR for back in range(JUDGED_HOURS - 1, -1, -1)]
    hours = [hour for hour in hours if moved is None or hour >= moved]
    judged = [each for each in scene.slices if each.start in hours]
    suspects = await _suspects(session, scene, judged, threshold)
    if not suspects:
        return []
    start = scene.hour - HISTORY
    history: dict[Part | None, Series] = {}
    if None in suspects:
        until = scene.hour + HOUR
        whole = await spending.by_hour(session, scene.workspace_id, spending.EVERYTHING, Period(start, until))
        history[None] = {at: spent.cost for at, spent in whole}
    parts = _dearest([part for part in suspects if part is not None], judged)
    found = await queries.part_hours(session, scene.workspace_id, parts, start)
    history |= {part: series for part, series in found.items()}  # noqa: C416 - of wider keys
    # in a thread: the requests of this process go on
    return await asyncio.to_thread(_judged, history, hours, threshold)


async def _suspects(
    session: AsyncSession, scene: Scene, judged: Sequence[Slice], threshold: Threshold
) -> set[Part | None]:
    """What may have a spike (None: the workspace), told from a few hours, so that eight weeks are read for these only.

    In cents nobody is paged. And whose hour costs less than `min_times` the median of the same hours of the past weeks,
    is as usual: where weeks are missing they count as nothing, so that this is rather too small.
    """
    dear = {(part, at): cost for part, at, cost in _costs(judged) if cost >= threshold.min_rise}
    if not dear:
        return set()
    weeks = [week * WEEK for week in range(1, WEEKS + 1)]
    before = {at - week for _, at in dear for week in weeks}
    earlier = await queries.hour_slices(session, scene.workspace_id, sorted(before), None)
    known = {(part, at): cost for part, at, cost in _costs(earlier)}

    def usual(part: Part | None, at: datetime) -> Decimal:
        return median([known.get((part, at - week), Decimal(0)) for week in weeks])

    return {part for (part, at), cost in dear.items() if cost >= EXACT.multiply(usual(part, at), threshold.min_times)}


def _costs(slices: Sequence[Slice]) -> Iterator[tuple[Part | None, datetime, Decimal]]:
    """Of each hour: what the workspace cost, and each part."""
    by_hour: dict[datetime, list[Slice]] = {}
    for each in slices:
        by_hour.setdefault(each.start, []).append(each)
    for at, own in by_hour.items():
        yield None, at, hourly(own)[at]
        for part, cost in by_part(own).items():
            yield part, at, cost


def _dearest(parts: Sequence[Part], judged: Sequence[Slice]) -> list[Part]:
    """The first few of each dimension."""
    costs = by_part(judged)
    ranked = sorted(parts, key=lambda part: (-costs[part], part))
    return [part for dimension in Dimension for part in [one for one in ranked if one.dimension is dimension][:TOP]]


def _judged(history: Mapping[Part | None, Series], hours: Sequence[datetime], threshold: Threshold) -> list[Found]:
    return [
        Found(part, found)
        for part, series in history.items()
        if series and (found := hour_spikes(series, min(series), hours, threshold))
    ]


async def _customer_spikes(
    session: AsyncSession, scene: Scene, threshold: Threshold, moved: datetime | None
) -> list[Found]:
    days = [day for day in (scene.yesterday, scene.today) if moved is None or day >= moved]
    if not days or not scene.slices:
        return []
    least = threshold.of_days().min_rise
    dear = await queries.customers_of(session, scene.workspace_id, days, least, TOP)
    if not dear:
        return []
    history = await queries.customer_days(session, scene.workspace_id, dear, scene.today - HISTORY)
    return [
        Found(part, found)
        for part, series in history.items()
        if series and (found := day_spikes(series, min(series), days, threshold))
    ]


async def _drivers(session: AsyncSession, scene: Scene, found: Found) -> list[Driver]:
    """Of an hour; what a customer's day was spent on is not kept."""
    newest = found.newest
    if newest.step != HOUR:
        return []
    weeks = [newest.at - back * WEEK for back in range(1, DRIVER_WEEKS + 1)]
    slices = await queries.hour_slices(session, scene.workspace_id, [newest.at, *weeks], found.part)
    now = [each for each in slices if each.start == newest.at]
    past = [each for each in slices if each.start != newest.at]
    # before the first of them there may have been no calls at all
    known = len([week for week in weeks if week >= min((each.start for each in past), default=newest.at)])
    return drivers(now, past, known, found.part)


async def newcomers(session: AsyncSession, scene: Scene) -> list[NewAlert]:
    """Models and API keys without calls before yesterday; not on the first day of all."""
    fresh = [each for each in scene.slices if each.cost > 0]
    if not fresh or scene.learning_until is None:
        return []
    models = {(each.provider, each.model) for each in fresh}
    models -= await queries.known_models(session, scene.workspace_id, models, scene.yesterday)
    keys = {UUID(part.value) for each in fresh for part in parts_of(each) if part.dimension is Dimension.API_KEY}
    keys -= await queries.known_keys(session, scene.workspace_id, keys, scene.yesterday)
    new = [Part(Dimension.MODEL, model, provider) for provider, model in sorted(models)]
    new += [Part(Dimension.API_KEY, str(key)) for key in sorted(keys)]
    if not new:
        return []
    names = Keys(await queries.key_names(session, scene.workspace_id))
    return [told for part in new if (told := _newcomer(scene, part, names))]


def _newcomer(scene: Scene, part: Part, names: Keys) -> NewAlert | None:
    kind = Kind.NEW_MODEL if part.dimension is Dimension.MODEL else Kind.NEW_KEY
    own = [each for each in scene.slices if part in parts_of(each)]
    first, cost = min(each.start for each in own), by_part(own)[part]
    if scene.learning_until is None or first < scene.learning_until:
        return None
    return telling.newcomer(part, cost, first, names) if cost >= scene.figure(kind, "min_spend_usd") else None


async def unpriced(_session: AsyncSession, scene: Scene) -> list[NewAlert]:
    """Models with calls of the last day whose price is not known; beyond a few, the rest in one."""
    found: dict[tuple[str, str], telling.Unpriced] = {}
    for each in scene.slices:
        if each.unpriced and each.start > scene.hour - DAY:
            before = found.get((each.provider, each.model))
            calls, last = (before.calls, before.last_seen) if before else (0, each.start)
            found[each.provider, each.model] = telling.Unpriced(
                each.provider, each.model, calls + each.unpriced, max(last, each.start)
            )
    least = int(scene.figure(Kind.UNPRICED_SPEND, "min_calls"))
    ranked = sorted(
        (each for each in found.values() if each.calls >= least),
        key=lambda each: (each.condition not in scene.going_on, -each.calls, each.provider, each.model),
    )
    told = [telling.unpriced(each) for each in ranked[:UNPRICED_EACH]]
    return told + ([telling.unpriced_rest(ranked[UNPRICED_EACH:])] if ranked[UNPRICED_EACH:] else [])


# --- calls ---


async def failing(session: AsyncSession, scene: Scene) -> list[NewAlert]:
    """Providers whose calls of this hour and the last fail more often than on the days before yesterday."""
    judged = [each for each in scene.slices if each.start >= scene.hour - HOUR]
    least = int(scene.figure(Kind.ERROR_RATE, "min_errors"))
    suspects = {name: own for name, own in _by_provider(judged).items() if _calls(own).errors >= least}
    if not suspects:
        return []
    since = scene.yesterday - ERROR_DAYS * DAY
    before = await queries.calls_before(session, scene.workspace_id, suspects, since, scene.yesterday)
    rise = Fraction(scene.figure(Kind.ERROR_RATE, "min_rise"))
    return [
        telling.failing(_failing(name, own, before[name]))
        for name, own in sorted(suspects.items())
        if name in before and is_jump(_calls(own), before[name], least, rise)
    ]


def _by_provider(slices: Sequence[Slice]) -> dict[str, list[Slice]]:
    found: dict[str, list[Slice]] = {}
    for each in slices:
        found.setdefault(each.provider, []).append(each)
    return found


def _calls(slices: Sequence[Slice]) -> Calls:
    return Calls(sum(each.calls for each in slices), sum(each.errors for each in slices))


def _failing(provider: str, own: Sequence[Slice], before: Calls) -> telling.Failing:
    errors: dict[str, int] = {}
    for each in own:
        errors[each.model] = errors.get(each.model, 0) + each.errors
    worst = sorted(((model, count) for model, count in errors.items() if count), key=lambda one: (-one[1], one[0]))
    last = max(each.start for each in own if each.errors)
    return telling.Failing(provider, _calls(own), before, last, worst[:WORST_MODELS])


# --- syncs and credits ---


async def syncs(session: AsyncSession, scene: Scene) -> list[NewAlert]:
    """Connections that fail again and again, and those that nobody reads."""
    found = await queries.sources(session, scene.workspace_id, scene.now)
    told = [_sync(scene, source) for source in found]
    return [each for each in told if each is not None]


def _sync(scene: Scene, source: Source) -> NewAlert | None:
    limit = int(scene.figure(Kind.SYNC_FAILING, "failures"))
    if scene.settings[Kind.SYNC_FAILING].is_on and is_failing(source, limit):
        return telling.sync_failing(source, scene.now)
    intervals = scene.figure(Kind.SYNC_STALE, "intervals")
    if scene.settings[Kind.SYNC_STALE].is_on and is_stale(source, REGULAR, intervals, scene.now):
        return telling.sync_stale(source, scene.now)
    return None


async def credits_low(session: AsyncSession, scene: Scene) -> list[NewAlert]:
    """Prepaid accounts that are empty soon, at the rate of the last two weeks."""
    balances = await crediting.balances(session, scene.workspace_id, scene.now - RATE_DAYS * DAY)
    if not balances:
        return []
    accounts = [await _account(session, scene, own) for own in by_account(balances)]
    within = timedelta(seconds=int(EXACT.multiply(scene.figure(Kind.CREDITS_LOW, "days_left"), Decimal(86_400))))
    return [
        telling.credits_low(each, each.runs_out_on, scene.now)
        for each in accounts
        if each.runs_out_on is not None and each.runs_out_on - scene.now <= within
    ]


async def _account(session: AsyncSession, scene: Scene, own: Sequence[Balance]) -> Account:
    """A balance that was typed in is drawn down by what the provider bills, where it is billed."""
    newest, today = own[-1], Period(scene.today, scene.today + DAY)
    if newest.source == MANUAL:
        since = min(day_of(newest.at), scene.today - RATE_DAYS * DAY)
        days = [
            (day, amount)
            for provider, currency, day, amount in await crediting.billed_days(session, scene.workspace_id, since)
            if (provider, currency) == (newest.provider, newest.currency)
        ]
        if days:
            return prepaid(own, None, lambda start, end: _billed(days, start, end), today, today, scene.now)
    return account(own, None, today, today, scene.now)


def _billed(days: Sequence[tuple[date, Decimal]], start: datetime, end: datetime) -> Decimal:
    total = Decimal(0)
    for day, amount in days:
        if start.date() <= day < end.date():
            total = EXACT.add(total, amount)
    return total
