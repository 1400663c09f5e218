"""The demo's provider accounts: connected in a checkout, and plainly refused elsewhere."""

from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import create_async_engine

from app.cli import stand_ins
from app.cli.errors import CannotDo
from app.core.database import database_url
from app.providers.models import Connection
from app.usage.models import BilledRow
from tests.cli.conftest import Command
from tests.providers.fakes import anthropic, openai
from tests.providers.fakes.__main__ import TRIAL_KEY
from tests.providers.fakes.world import DAY, today


def test_without_a_checkout_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stand_ins, "PROGRAM", "nobody.has.this")
    with pytest.raises(CannotDo, match="top folder of a checkout"):
        stand_ins.check()


def test_the_keys_are_those_of_the_stand_ins() -> None:
    keys = {account.place: account.key for account in (*stand_ins.ACCOUNTS, stand_ins.TRIAL)}
    assert keys == {"openai": openai.ADMIN_KEY, "anthropic": anthropic.ADMIN_KEY, "openai-trial": TRIAL_KEY}


async def test_the_demo_with_connections_holds_what_was_billed(tokenboard: Command, fresh_database: str) -> None:
    once, until = [], today() - 2 * DAY  # providers tell of the last years only
    for _ in range(2):
        ran = tokenboard("demo", "--days", "2", "--until", until.isoformat(), "--with-connections")
        assert ran.returncode == 0, ran.stderr
        assert "2 stand-ins of providers connected" in ran.stdout
        assert "sk-admin" not in ran.stdout + ran.stderr
        once.append(await billed(fresh_database))
    assert {provider for provider, _ in once[0]} == {"openai", "anthropic"}
    assert once[0] == once[1]


async def billed(address: str) -> list[tuple[str, Decimal]]:
    """What is billed of each connection: two are paused, and one fails."""
    engine = create_async_engine(database_url(address))
    async with engine.connect() as connection:
        states = await connection.execute(select(Connection.status).where(Connection.deleted_at.is_(None)))
        assert sorted(row[0] for row in states) == ["failing", "paused", "paused"]
        rows = await connection.execute(select(BilledRow.provider, BilledRow.amount).order_by(BilledRow.line_key))
        found = [(row[0], row[1]) for row in rows]
    await engine.dispose()
    return found
