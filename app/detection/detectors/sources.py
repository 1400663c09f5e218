"""Connections that cannot be read, and prepaid credits that run out."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from app.alerts.rules import Kind, NewAlert
from app.core.database import AsyncSession
from app.core.money import EXACT
from app.core.periods import Period, day_of
from app.detection import queries
from app.detection.detectors.scene import Scene
from app.detection.rules import telling
from app.detection.rules.syncs import Source, is_failing, is_stale
from app.detection.rules.usual import DAY
from app.providers.rules.connections import REGULAR
from app.usage import crediting
from app.usage.rules.credits import RATE_DAYS, Account, Balance, account, by_account, prepaid

MANUAL: Final = "manual"


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
