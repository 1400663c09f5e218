"""A personal key's balance, read three times, tells what was spent today and this month."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import time_machine

from app.analytics import balances, queries, rules
from app.core.periods import month_of
from app.providers.clients import openai_personal
from app.usage import billing
from app.workspaces.rules import WorkspaceId
from tests.providers.asking import credentials, over
from tests.providers.fakes.openai import OpenAI, serve
from tests.providers.fakes.world import World
from tests.providers.syncing import Place, connect, sessions_of

D = Decimal
KEY = "sk-personal-stand-in"
NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)


async def read_at(place: Place, state: OpenAI, now: datetime, used: str) -> None:
    state.grants = {"granted": D(200), "used": D(used), "available": D(200) - D(used)}
    source = openai_personal.make(over(serve(state)), credentials(KEY))
    with time_machine.travel(now, tick=False):
        [snapshot] = await source.credits()
    async with sessions_of(place.database) as sessions, sessions() as session, session.begin():
        await billing.add_credit(session, place.workspace_id, place.connection_id, "openai", snapshot)


async def test_three_snapshots_tell_today_and_the_month(fresh_database: str) -> None:
    state = OpenAI(World(keys={KEY: "personal"}), asks_session=False)
    place = await connect(fresh_database, "openai", KEY, "https://stand-in.test", mode="personal")
    await read_at(place, state, NOW - timedelta(days=9), "10.25")
    await read_at(place, state, NOW - timedelta(hours=18), "30.5")
    await read_at(place, state, NOW, "42.125")
    async with sessions_of(fresh_database) as sessions, sessions() as session:
        view = rules.month_view(month_of(NOW), NOW)
        workspace_id = WorkspaceId(place.workspace_id)
        sources = await queries.sources(session, workspace_id)
        [account] = await balances.accounts(session, workspace_id, view, sources, NOW)
    assert account.newest.available == D("157.875")
    assert account.today.amount == D("11.625")
    assert account.month.amount == D("31.875")
