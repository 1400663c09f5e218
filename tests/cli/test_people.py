"""`tokenboard people`: the way back in for who has lost it."""

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from app.auth.models import SecondFactor
from app.core.config import Settings
from app.core.periods import utc_now
from app.main import create_app
from tests.cli.conftest import Command
from tests.factories.auth import make_user


@pytest.fixture
async def ada(fresh_database: str, settings: Settings) -> object:
    """An account with a second factor whose app is lost, and the service it is at."""
    app = create_app(settings.model_copy(update={"database_url": SecretStr(fresh_database)}))
    async with app.state.sessionmaker() as session, session.begin():
        user = await make_user(session, "ada@example.com")
        row = SecondFactor(user_id=user.id, sealed_secret=b"", key_id="", created_at=utc_now(), confirmed_at=utc_now())
        row.last_step, row.failures, row.locked_until = 0, 0, None
        session.add(row)
    yield app
    await app.state.engine.dispose()


async def test_who_runs_the_service_lets_people_back_in(ada: object, tokenboard: Command) -> None:
    done = tokenboard("people", "reset-link", "Ada@example.com")
    assert done.returncode == 0, done.stderr
    token = done.stdout.partition("/reset-password#token=")[2].split()[0]
    transport = httpx.ASGITransport(app=ada)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        body = {"token": token, "new_password": "another horse battery"}
        assert (await client.post("/api/v1/auth/password-reset/confirm", json=body)).status_code == 204
    off = tokenboard("people", "forget-second-factor", "ada@example.com")
    assert "is off" in off.stdout, off.stderr
    async with ada.state.sessionmaker() as session:  # type: ignore[attr-defined]
        assert (await session.execute(select(func.count()).select_from(SecondFactor))).scalar_one() == 0


def test_an_account_that_is_not_there_is_named(tokenboard: Command) -> None:
    done = tokenboard("people", "reset-link", "nobody@example.com")
    assert (done.returncode, "nobody@example.com" in done.stderr) == (2, True)
