"""What is kept sealed, under the newest encryption key: batch by batch, and as often as one likes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Table, select, tuple_, update

from app.core.crypto import Sealed, Sealer, SecretLost
from app.core.database import AsyncSession, Base

BATCH: Final = 100

Sessions = Callable[[], AsyncSession]


@dataclass(frozen=True, slots=True)
class Vault:
    """A table with sealed secrets. `place` tells of a row's columns what its secret is bound to."""

    what: str
    model: type[Base]
    place: Callable[[Mapping[str, Any]], bytes]
    sealed: str = "sealed"
    key_id: str = "key_id"

    @property
    def table(self) -> Table:
        table = self.model.__table__
        assert isinstance(table, Table)  # noqa: S101 - a model of ours is a table
        return table


@dataclass(slots=True)
class Resealed:
    """`lost` are rows whose secret cannot be opened, and why."""

    done: int = 0
    lost: list[tuple[UUID, str]] = field(default_factory=list)


async def reseal(sessions: Sessions, sealer: Sealer, vault: Vault, *, batch: int = BATCH) -> Resealed:
    """Seal anew what is not under the newest key. Each batch is a transaction: stopped anywhere, it goes on there."""
    so_far, after = Resealed(), None
    while True:
        async with sessions() as session, session.begin():
            rows = await _sealed_otherwise(session, vault, sealer.newest_id, after, batch)
            for row in rows:
                await _reseal(session, sealer, vault, row, so_far)
        if not rows:
            return so_far
        after = _key(vault, rows[-1])


async def _sealed_otherwise(
    session: AsyncSession, vault: Vault, newest_id: str, after: tuple[Any, ...] | None, batch: int
) -> list[Mapping[str, Any]]:
    columns, keys = vault.table.columns, list(vault.table.primary_key.columns)
    wanted = select(vault.table).where(columns[vault.sealed].is_not(None), columns[vault.key_id] != newest_id)
    if after is not None:
        wanted = wanted.where(tuple_(*keys) > after)
    return [dict(row) for row in (await session.execute(wanted.order_by(*keys).limit(batch))).mappings()]


def _key(vault: Vault, row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in vault.table.primary_key.columns)


async def _reseal(
    session: AsyncSession, sealer: Sealer, vault: Vault, row: Mapping[str, Any], so_far: Resealed
) -> None:
    place, old = vault.place(row), row[vault.sealed]
    try:
        sealed = sealer.seal(sealer.open(Sealed(row[vault.key_id], old), place), place)
    except SecretLost as error:
        so_far.lost.append((_key(vault, row)[-1], str(error)))
        return
    columns = vault.table.columns
    is_it = [column == row[column.name] for column in vault.table.primary_key.columns]
    # one that was replaced meanwhile is under the newest key by itself
    changed = await session.execute(
        update(vault.table)
        .where(*is_it, columns[vault.sealed] == old)
        .values({vault.sealed: sealed.data, vault.key_id: sealed.key_id})
        .returning(*vault.table.primary_key.columns)
    )
    so_far.done += len(changed.all())
