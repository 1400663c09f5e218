"""No log line of a delivery, whatever becomes of it, holds an address, a secret or what is in a mail."""

import pytest
import structlog
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.ids import new_id
from app.delivery import service
from app.delivery.clients import posting
from app.delivery.clients.mail import NoMailer
from app.delivery.outbox import deliver_due
from app.delivery.rules import ChannelKind, Mail
from app.delivery.transports import Transports
from tests.delivery.parcels import SEALER, SECRET, parcel
from tests.delivery.receiver import STALL, Answer, Receiver
from tests.delivery.sending import put, transports


async def test_nothing_secret_is_logged(
    sessions: async_sessionmaker[AsyncSession], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "ATTEMPT_SECONDS", 0.5)
    workspace_id, hidden = new_id(), receiver.url + "/T0/B0/secretpath"
    receiver.answers = [Answer(200), Answer(404, body=b"no_service"), Answer(500), STALL]
    targets = [hidden] * 4 + ["https://10.0.0.1/secretpath", "http://user name/secretpath"]
    await put(sessions, workspace_id, *(parcel(workspace_id, ChannelKind.WEBHOOK, target) for target in targets))
    async with sessions() as session, session.begin():
        await service.send_mail(session, Mail("ann@example.com", "Reset", "https://tb.example.com/reset#TOKEN"))
    ways = transports()
    with structlog.testing.capture_logs() as lines:
        await deliver_due(sessions, Transports(NoMailer(), ways.http, SEALER), 60)
    assert len(lines) >= 7
    for word in ("secretpath", SECRET, "#TOKEN", "ann@example.com"):
        assert word not in repr(lines)
