"""A key that was given to us is found nowhere: no log line, answer, error, or row."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core import log
from app.core.http import HttpClient
from app.providers.clients import SOURCES
from app.providers.clients.base import BadAnswer
from app.providers.rules.connections import RunStatus
from tests.providers.conftest import Office
from tests.providers.fakes import openai
from tests.providers.script import KEY, Script

Sessionmaker = async_sessionmaker[AsyncSession]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the service writes, all of it; the loggers are put back afterwards."""
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    root = logging.getLogger()
    before, level, config = root.handlers, root.level, structlog.get_config()
    log.configure(json_lines=True, level="debug")
    structlog.configure(cache_logger_on_first_use=False)
    yield written
    structlog.configure(**config)
    root.handlers, root.level = before, level


class Listener:
    """Everything that was answered."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.heard = ""
        client.event_hooks = {"response": [self.hear]}

    async def hear(self, answer: httpx.Response) -> None:
        await answer.aread()
        self.heard += f"{answer.headers}\n{answer.text}\n"


async def dump(sessions: Sessionmaker) -> str:
    """Every row of every table, as text."""
    async with sessions() as session:
        found = await session.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        pieces: list[str] = []
        for name in found.scalars().all():
            rows = await session.execute(text(f'SELECT t::text FROM "{name}" t'))  # noqa: S608 - names of ours
            pieces.extend(rows.scalars().all())
    return "\n".join(pieces)


def holds(haystack: str, key: str) -> bool:
    """In clear, or as bytes are shown."""
    return key in haystack or key.encode().hex() in haystack


async def test_a_whole_run_with_a_real_client_shows_the_key_to_nobody(
    office: Office, app: Any, lines: io.StringIO, sessionmaker: Sessionmaker
) -> None:
    world = openai.make_world(days=5)
    transport = httpx.ASGITransport(app=openai.make_app(world))
    app.state.http = HttpClient(transport=transport)
    app.state.sources = SOURCES
    listener = Listener(office.client)
    wrong, right = openai.PROJECT_KEY, openai.ADMIN_KEY
    await office.connect(422, provider="openai", api_key=wrong)
    await office.connect(422, provider="openai", api_key="sk-admin-mistyped-8812")
    made = await office.connect(provider="openai", api_key=right)
    await office.ask("POST", f"/connections/{made['id']}/verify")
    await office.ask("POST", f"/connections/{made['id']}/sync", 202)
    await office.ask("GET", "/audit-log")
    connection = await office.read(made["id"])
    assert connection["run"]["status"] == "done"
    written, stored = lines.getvalue(), await dump(sessionmaker)
    assert "provider answered" in written
    assert made["id"] in stored
    for key in (wrong, right, "sk-admin-mistyped-8812"):
        for place in (written, listener.heard, stored):
            assert not holds(place, key)


@pytest.mark.parametrize(
    "spoiled", ["sk-admin-torn\napart-8812", "sk-admin-with-dots\u2026-8812", "sk-\u200badmin-8812"]
)
async def test_a_key_that_no_header_can_carry_is_refused_in_plain_words(
    office: Office, app: Any, lines: io.StringIO, spoiled: str
) -> None:
    app.state.http = HttpClient(transport=httpx.ASGITransport(app=openai.make_app(openai.make_world(days=1))))
    app.state.sources = SOURCES
    refused = await office.connect(422, provider="openai", api_key=spoiled)
    assert refused["errors"][0]["detail"].startswith("The key holds a line break or a character that no key holds.")
    for piece in (spoiled, "8812"):
        assert piece not in lines.getvalue() + str(refused)


@pytest.mark.parametrize("fault", [BadAnswer(f"Unknown key {KEY}."), RuntimeError(f"header {KEY}"), ValueError(KEY)])
async def test_faults_that_repeat_the_key_do_not_pass_it_on(
    office: Office, script: Script, lines: io.StringIO, sessionmaker: Sessionmaker, fault: Exception
) -> None:
    listener = Listener(office.client)
    made = await office.connect()

    async def fail(_page: int) -> None:
        raise fault

    script.before_page = fail
    assert await office.sync(made["id"]) is RunStatus.FAILED
    await office.read(made["id"])
    for place in (lines.getvalue(), listener.heard, await dump(sessionmaker)):
        assert not holds(place, KEY)


async def test_a_secret_in_our_hands_is_not_shown_by_accident(office: Office) -> None:
    assert KEY not in repr(SecretStr(KEY))
    assert KEY not in repr(office.syncer.sealer)
