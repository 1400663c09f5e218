"""A person with a password."""

from dataclasses import dataclass

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import passwords
from app.auth.models import User
from tests.factories.auth import make_user

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Ada:
    """Somebody who can sign in."""

    user: User
    client: httpx.AsyncClient

    async def login(self, password: str = PASSWORD, email: str | None = None) -> httpx.Response:
        body = {"email": email or self.user.email, "password": password}
        return await self.client.post("/api/v1/auth/login", json=body)


@pytest.fixture
def real_hashes(hashing: tuple[object, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes as strong as the service makes them."""
    monkeypatch.setattr(passwords, "_HASHER", hashing[0])
    monkeypatch.setattr(passwords, "_NOBODY", hashing[1])


@pytest.fixture
async def ada(session: AsyncSession, client: httpx.AsyncClient) -> Ada:
    return Ada(await make_user(session, "ada@example.com", await passwords.make_hash(PASSWORD)), client)
