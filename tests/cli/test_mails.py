"""`tokenboard mail`: what could not be delivered to people, for whoever runs the service."""

from sqlalchemy import text

from app.core.database import make_engine, make_sessionmaker
from app.core.ids import new_id
from app.delivery import service
from app.delivery.rules import Mail
from tests.cli.conftest import Command
from tests.delivery.parcels import SEALER, parcel


async def test_mails_that_were_given_up_are_listed_and_sent_again(fresh_database: str, tokenboard: Command) -> None:
    engine, workspace_id = make_engine(fresh_database), new_id()
    assert "No mail is left" in tokenboard("mail", "list").stdout
    async with make_sessionmaker(engine, SEALER)() as session, session.begin():
        dead = await service.send_mail(session, Mail("ann@example.com", "Choose a new password", "https://x/#SECRET"))
        invitation = Mail("bob@example.com", "You are invited", "https://x/#SECRET")
        waiting = await service.send_mail(session, invitation, workspace_id=workspace_id)
        channel = await service.send(session, workspace_id, parcel(workspace_id))
        gone = "UPDATE deliveries SET state = 'dead', attempts = 16, reason = 'no connection' WHERE id = ANY(:ids)"
        await session.execute(text(gone), {"ids": [dead, channel]})
    listed = tokenboard("mail", "list", COLUMNS="200").stdout
    for shown in (str(dead), "a***@example.com", "Choose a new password", "16", "no connection", str(waiting)):
        assert shown in listed
    assert "SECRET" not in listed
    assert str(channel) not in listed
    assert "1 to be sent again" in tokenboard("mail", "resend").stdout
    assert "1 to be sent again" in tokenboard("mail", "resend", str(waiting)).stdout
    refused = tokenboard("mail", "resend", str(channel))
    assert (refused.returncode, "No mail waits under" in refused.stderr) == (2, True)
    async with engine.connect() as connection:
        states = (await connection.execute(text("SELECT state, attempts FROM deliveries ORDER BY id"))).all()
    await engine.dispose()
    assert [tuple(each) for each in states] == [("waiting", 0), ("waiting", 0), ("dead", 16)]
