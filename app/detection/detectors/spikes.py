"""Hours and days that cost far more than is usual."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from app.alerts.rules import Kind, NewAlert
from app.core.database import AsyncSession
from app.core.money import EXACT
from app.core.periods import Period
from app.detection import queries
from app.detection.detectors.scene import Scene
from app.detection.rules import telling
from app.detection.rules.choosing import Found, choose
from app.detection.rules.drivers import Driver, drivers
from app.detection.rules.figures import Dimension, Part, Slice, by_part, hourly
from app.detection.rules.spikes import Threshold, day_spikes, hour_spikes
from app.detection.rules.telling import Keys
from app.detection.rules.usual import HISTORY, HOUR, WEEK, WEEKS, Series, median
from app.usage import spending

# The hours that are judged: this one, and those that just ended. What comes later for earlier ones alarms nobody.
JUDGED_HOURS: Final = 3
# Whose history is looked at: the dearest of each dimension.
TOP: Final = 10
DRIVER_WEEKS: Final = 4


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
