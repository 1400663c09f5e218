"""A real TokenBoard that programs send to, as a process of its own, and what it then knows."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.core.database import database_url
from scripts.machine import ROOT, without_own_settings
from scripts.serving import fresh_service
from sdk.standin.server import Standin

HERE = Path(__file__).parent
# Of the prompt, and of the stand-in's answers, in one piece or word by word.
CONTENT = ("zebra-quill-4711", "The moon is")

# model, cost without trailing zeros, status
Told = tuple[str, str | None, str]
# 200 fresh at 2.5, 1,000 cached at 1.25, 300 out at 10 USD per million
CHAT: Told = ("gpt-4o-2024-08-06", "0.00475", "ok")
# 80 fresh, 20 out
TOOL: Told = ("gpt-4o-2024-08-06", "0.0004", "ok")
# 8 at 0.02
EMBEDDING: Told = ("text-embedding-3-small", "0.00000016", "ok")
FAILED: Told = ("gpt-4o", None, "error")
# project, environment, user, session
WHO = {("shop", "test", "c_42", "s_1")}


class Board(NamedTuple):
    """`owner` is signed in; `standin` plays the vendors."""

    address: str
    database: str
    owner: httpx.Client
    standin: Standin

    def workspace(self, name: str) -> tuple[str, str]:
        """A new one: its id, and an API key of it."""
        workspace = made(self.owner.post("/workspaces", json={"name": name}))["id"]
        new = {"name": "program", "scopes": ["ingest"]}
        return workspace, made(self.owner.post(f"/workspaces/{workspace}/api-keys", json=new))["key"]

    def calls(self, workspace: str) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = made(self.owner.get(f"/workspaces/{workspace}/calls?limit=100"))["items"]
        return listed

    def environment(self, key: str) -> dict[str, str]:
        """The variables of a program that sends here, as the docs give them."""
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.address,
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer%20{key}",
            "OTEL_RESOURCE_ATTRIBUTES": "service.name=shop,deployment.environment.name=test",
            # one export at the end, however slow the machine
            "OTEL_BSP_SCHEDULE_DELAY": "600000",
            # the worst case: they are told to send prompts and answers
            "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true",
            "TOKENBOARD_API_KEY": key,
            "TOKENBOARD_BASE_URL": self.address,
            "STANDIN": self.standin.url,
            "NO_PROXY": "127.0.0.1,localhost",
        }

    def run(self, command: list[str | Path], key: str, **more: str) -> None:
        """Run a program to its end."""
        done = subprocess.run(
            command,
            cwd=HERE,
            env=without_own_settings() | self.environment(key) | more,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Failed to export" not in done.stderr, done.stderr


@contextmanager
def serving(database: str) -> Iterator[Board]:
    serve = [sys.executable, "-m", "app.cli", "serve"]
    standin = Standin()
    with (
        fresh_service(serve, PYTHONPATH=os.fspath(ROOT), DATABASE_URL=database) as address,
        httpx.Client(base_url=f"{address}/api/v1", headers={"Origin": address}, timeout=200) as owner,
    ):
        made(owner.post("/auth/register", json={"email": "owner@example.com", "password": "correct horse battery"}))
        yield Board(address, database, owner, standin)
    standin.stop()


def made(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()


def told(call: dict[str, Any]) -> Told:
    """Of a call what the tests compare."""
    cost = call["cost"]
    return call["model"], None if cost is None else f"{Decimal(cost).normalize():f}", call["status"]


def about(board: Board, workspace: str) -> set[tuple[str | None, ...]]:
    fields = ("project", "environment", "user", "session_id")
    return {tuple(call[field] for field in fields) for call in board.calls(workspace)}


async def tables_with_content(database: str) -> list[str]:
    """The tables of the whole database in which a row holds something of a prompt or an answer."""
    engine = create_async_engine(database_url(database), poolclass=NullPool)
    found = []
    async with engine.connect() as connection:
        names = await connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        for name in names.all():
            like = " OR ".join(f"strpos(t::text, '{words}') > 0" for words in CONTENT)
            if await connection.scalar(text(f'SELECT count(*) FROM "{name}" t WHERE {like}')):  # noqa: S608
                found.append(name)
    await engine.dispose()
    return found
