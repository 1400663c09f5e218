"""Old encryption keys can be taken away: what was sealed under them is sealed anew, in every table that holds such."""

import os
from dataclasses import replace
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.cli.connections import VAULTS
from app.core.crypto import Sealer
from app.core.ids import new_id
from app.core.resealing import Resealed, reseal
from app.delivery import service
from app.delivery.outbox import Sent, deliver_due
from app.delivery.rules import Address, Mail
from app.delivery.sealing import OUTBOX, channel_place
from app.metadata import metadata
from tests.delivery.parcels import SEALER, parcel
from tests.delivery.receiver import Receiver
from tests.delivery.sending import put, transports

NEW = b"newnewnewnewnewnewnewnewnewnewne"
OLD = b"0123456789abcdef0123456789abcdef"


async def test_what_waits_is_readable_by_the_new_key_alone(
    sessions: async_sessionmaker[AsyncSession], receiver: Receiver, tmp_path: Path
) -> None:
    workspace_id = new_id()
    await put(sessions, workspace_id, *(parcel(workspace_id, target=receiver.url) for _ in range(5)))
    async with sessions() as session, session.begin():
        await service.send_mail(session, Mail("ann@example.com", "Hello", "Text"))
    assert await reseal(sessions, Sealer([NEW, OLD]), OUTBOX, batch=2) == Resealed(done=6)
    assert await reseal(sessions, Sealer([NEW, OLD]), OUTBOX, batch=2) == Resealed()
    ways = replace(transports(tmp_path), sealer=Sealer([NEW]))
    assert await deliver_due(sessions, ways, 60) == Sent(sent=6)
    assert (len(receiver.received), len(os.listdir(tmp_path))) == (5, 1)  # noqa: PTH208 - a path's own way is refused in here


async def test_what_cannot_be_opened_is_named_and_left(sessions: async_sessionmaker[AsyncSession]) -> None:
    workspace_id = new_id()
    (delivery_id,) = await put(sessions, workspace_id, parcel(workspace_id))
    ((lost_id, why),) = (await reseal(sessions, Sealer([NEW]), OUTBOX)).lost
    assert (lost_id, "is not in ENCRYPTION_KEY" in why) == (delivery_id, True)


def test_every_table_with_a_key_is_resealed() -> None:
    known = {vault.table.name for vault in VAULTS}
    assert {name for name, table in metadata.tables.items() if "key_id" in table.columns} == known


def test_a_channel_is_bound_to_what_its_parcels_are_bound_to() -> None:
    workspace_id, channel_id = new_id(), new_id()
    sealed = service.seal_address(SEALER, workspace_id, channel_id, Address("https://example.com/x"))
    place = channel_place({"workspace_id": workspace_id, "id": channel_id})
    assert "https://example.com/x" in SEALER.open(sealed, place)
