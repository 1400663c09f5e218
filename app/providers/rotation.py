"""Provider keys under the newest encryption key: batch by batch, and as often as one likes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from app.core.crypto import Sealed, Sealer, SecretLost
from app.providers import queries
from app.providers.lease import transaction
from app.providers.models import Connection
from app.providers.vault import belongs_to
from app.usage.service import Sessions

BATCH: Final = 100


@dataclass
class Rotation:
    """How far it is; `lost` are connections whose key cannot be opened, and why."""

    done: int = 0
    lost: list[tuple[UUID, str]] = field(default_factory=list)


async def rotate(
    sessions: Sessions, sealer: Sealer, tell: Callable[[Rotation], None] = lambda _: None, *, batch: int = BATCH
) -> Rotation:
    """Seal anew what is not under the newest key. Each batch is a transaction: stopped anywhere, it goes on there."""
    so_far, after = Rotation(), None
    while True:
        async with transaction(sessions) as session:
            rows = await queries.sealed_otherwise(session, sealer.newest_id, after=after, limit=batch)
            for row in rows:
                try:
                    old, new = _resealed(sealer, row)
                except SecretLost as error:
                    so_far.lost.append((row.id, str(error)))
                    continue
                # a key that was replaced meanwhile is under the newest by itself
                is_done = await queries.reseal(session, row.workspace_id, row.id, old.data, new.data, new.key_id)
                so_far.done += int(is_done)
        if not rows:
            return so_far
        tell(so_far)
        after = (rows[-1].workspace_id, rows[-1].id)


def _resealed(sealer: Sealer, row: Connection) -> tuple[Sealed, Sealed]:
    old, place = Sealed(row.key_id or "", row.sealed_key or b""), belongs_to(row.workspace_id, row.id)
    return old, sealer.seal(sealer.open(old, place), place)
