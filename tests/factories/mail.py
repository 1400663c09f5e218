"""Mails that were written, as the outbox holds them."""

import re

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings, encryption_keys
from app.core.crypto import Sealed, Sealer
from app.delivery.models import Delivery
from app.delivery.rules import Mail
from app.delivery.sealing import open_mail


async def mails(session: AsyncSession, settings: Settings) -> list[Mail]:
    """Oldest first."""
    sealer = Sealer(encryption_keys(settings))
    rows = (await session.execute(select(Delivery).order_by(Delivery.id))).scalars()
    return [open_mail(sealer, row.id, Sealed(row.key_id or "", row.sealed or b"")) for row in rows]


async def last_token(session: AsyncSession, settings: Settings, page: str) -> str:
    """What the newest link to this page carries."""
    links = [re.search(rf"/{page}#token=(\S+)", mail.text) for mail in await mails(session, settings)]
    return next(link[1] for link in reversed(links) if link)
