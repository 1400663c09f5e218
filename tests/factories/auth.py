"""People and their sign-ins, written straight to the database."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import tokens
from app.auth.models import Session, User
from app.auth.rules import COOKIE, SESSION_LIFETIME
from app.core.config import Settings
from app.core.crypto import fingerprint, new_token
from app.core.ids import new_id
from app.core.periods import utc_now


async def make_user(session: AsyncSession, email: str | None = None, password_hash: str = "!") -> User:
    """A person; without a real hash nobody can sign in as them."""
    user_id = new_id()
    user = User(
        id=user_id,
        email=email or f"{user_id}@example.com",
        name="Test Person",
        password_hash=password_hash,
        created_at=utc_now(),
    )
    session.add(user)
    await session.flush()
    return user


async def signed_in(session: AsyncSession, settings: Settings, user: User) -> dict[str, str]:
    """The headers of a request that this person's browser sends."""
    assert settings.jwt_secret is not None
    now, secret = utc_now(), new_token()
    row = Session(
        id=new_id(),
        user_id=user.id,
        secret_hash=fingerprint(secret),
        created_at=now,
        last_seen_at=now,
        expires_at=now + SESSION_LIFETIME,
        user_agent="a test",
        ip_address="127.0.0.1",
    )
    session.add(row)
    await session.flush()
    token = tokens.issue(settings.jwt_secret, row.id, secret, now, row.expires_at)
    return {"cookie": f"{COOKIE}={token}"}
