"""Sending from a test, or from a process of its own that may be killed."""

import asyncio
import ipaddress
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.database import make_engine, make_sessionmaker
from app.core.http import HttpClient
from app.delivery import outbox, service
from app.delivery.clients.mail import FolderMailer
from app.delivery.models import Delivery
from app.delivery.rules import Parcel
from app.delivery.transports import Transports
from tests.delivery.parcels import SEALER

HERE = (ipaddress.ip_network("127.0.0.0/8"),)


def transports(folder: Path = Path("/dev/null/nowhere")) -> Transports:
    """The real ones, let out to this machine."""
    mailer = FolderMailer(folder, "TokenBoard <board@example.com>")
    return Transports(mailer, HttpClient(networks=HERE), SEALER, luck=lambda: 1.0)


async def put(sessions: async_sessionmaker[AsyncSession], workspace_id: UUID, *parcels: Parcel) -> list[UUID]:
    async with sessions() as session, session.begin():
        return [await service.send(session, workspace_id, each) for each in parcels]


async def row(sessions: async_sessionmaker[AsyncSession], delivery_id: UUID) -> Delivery:
    async with sessions() as session:
        return (await session.execute(select(Delivery).where(Delivery.id == delivery_id))).scalar_one()


async def make_due(sessions: async_sessionmaker[AsyncSession]) -> None:
    """As if the pause were over, and whoever was at it gone."""
    async with sessions() as session, session.begin():
        await session.execute(update(Delivery).values(due_at=Delivery.created_at, lease_expires_at=None))


async def send_for_ever(address: str) -> None:
    outbox.LEASE = timedelta(seconds=6)  # type: ignore[misc]
    engine = make_engine(address)
    sessions, ways = make_sessionmaker(engine, SEALER), transports()
    while True:
        await outbox.deliver_due(sessions, ways, 60)
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(send_for_ever(sys.argv[1]))
