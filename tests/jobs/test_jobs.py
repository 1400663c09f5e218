"""The real jobs: what is in the tables gets done by itself, or when a scheduler asks."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from app.core.config import Settings
from app.core.database import SessionDep
from app.core.errors import NotFound
from app.core.ids import new_id
from app.delivery import service
from app.delivery.outbox import LEAST_SECONDS
from app.delivery.rules import Mail, State
from app.jobs.draining import drain
from app.jobs.registry import BESIDES, JOBS
from app.jobs.runner import Runner
from app.jobs.work import Job, Turn, always
from app.main import create_app
from tests.delivery.parcels import parcel
from tests.delivery.receiver import Receiver
from tests.delivery.sending import put, row
from tests.jobs.conftest import MakeHands
from tests.jobs.test_runner import running, until
from tests.providers.test_processes import House, house

__all__ = ["house"]


async def test_what_lies_in_the_outbox_is_sent_by_itself(engine_of_jobs: AsyncEngine, make_hands: MakeHands) -> None:
    hands, workspace_id = make_hands(engine_of_jobs), new_id()
    sessions = async_sessionmaker(engine_of_jobs)
    async with Receiver() as receiver:
        async with running(*(Runner(engine_of_jobs, hands, JOBS) for _ in range(2))):
            ids = await put(sessions, workspace_id, *(parcel(workspace_id, target=receiver.url) for _ in range(12)))
            await until(_all_sent(sessions, ids))
        assert sorted(receiver.ids()) == sorted(map(str, ids))


def _all_sent(sessions: async_sessionmaker[AsyncSession], ids: list[UUID]) -> Callable[[], Awaitable[bool]]:
    async def ask() -> bool:
        return all([(await row(sessions, each)).state == State.SENT for each in ids])

    return ask


async def test_a_connection_that_waits_is_read_by_itself_and_goes_on_after_a_fault(
    house: House, make_hands: MakeHands
) -> None:
    hands = replace(make_hands(house.engine), sessions=house.sessions, syncer=house.process())
    async with running(Runner(house.engine, hands, JOBS)):
        while "done" not in await house.statuses():  # noqa: ASYNC110 - the database tells
            await asyncio.sleep(0.05)
    assert await house.stored() == house.expected


async def test_a_scheduler_from_outside_has_mails_sent(
    client: httpx.AsyncClient, session: AsyncSession, settings: Settings
) -> None:
    delivery_id = await service.send_mail(session, Mail("ann@example.com", "Hello", "Text"))
    await session.commit()
    assert settings.cron_secret is not None
    headers = {"authorization": f"Bearer {settings.cron_secret.get_secret_value()}"}
    answer = await client.post("/api/v1/cron/sync", headers=headers)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["ok"], answer.json()["jobs_failed"]) == (True, [])
    assert _mail(settings, delivery_id).exists()


async def test_of_the_smallest_budget_every_job_gets_a_turn(make_hands: MakeHands) -> None:
    turns: dict[str, float] = {}

    def noted(job: Job) -> Job:
        async def do(turn: Turn) -> bool:
            turns[job.name] = turn.seconds
            return True

        return replace(job, do=do, find=always)

    hands = make_hands(create_async_engine("postgresql+asyncpg://"))
    assert await drain(hands, [noted(job) for job in BESIDES], 5, time.monotonic() + 5) == set()
    assert set(turns) == {job.name for job in BESIDES}
    assert min(turns.values()) > LEAST_SECONDS, "the outbox begins nothing in less"


async def test_where_nobody_does_jobs_a_mail_goes_out_after_the_request_that_wrote_it(
    settings: Settings, sessionmaker: async_sessionmaker[AsyncSession]
) -> None:
    app = create_app(settings.model_copy(update={"worker": False}))
    app.state.sessionmaker = sessionmaker

    @app.post("/probe")
    async def probe(session: SessionDep) -> UUID:
        return await service.send_mail(session, Mail("ann@example.com", "Hello", "Text"))

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        answer = await client.post("/probe")
    assert answer.status_code == 200, answer.text
    assert _mail(settings, answer.json()).exists()


async def test_where_jobs_are_done_the_outbox_is_woken_by_what_is_committed(app: FastAPI) -> None:
    woken: list[str] = []
    app.state.wakes.listen(woken.append)

    @app.post("/probe")
    async def probe(session: SessionDep) -> UUID:
        return await service.send_mail(session, Mail("ann@example.com", "Hello", "Text"))

    @app.post("/fails")
    async def fails(session: SessionDep) -> UUID:
        await service.send_mail(session, Mail("ann@example.com", "Hello", "Text"))
        raise NotFound

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        assert (await client.post("/fails")).status_code == 404
        assert woken == []
        assert (await client.post("/probe")).status_code == 200
    assert woken == ["outbox"]


def _mail(settings: Settings, delivery_id: object) -> Path:
    return settings.data / "mail" / f"{delivery_id}.eml"
