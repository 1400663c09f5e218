"""How somebody comes in: by what they show, once or in two steps."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import SecretStr

from app.auth import passwords, queries, rules, tokens
from app.auth.errors import InvalidCredentials, WrongPassword
from app.auth.models import Session, User
from app.auth.queries import second_factor
from app.auth.rules import Device, Person, SignIn
from app.core.config import Settings
from app.core.crypto import fingerprint, new_token
from app.core.database import AsyncSession
from app.core.errors import FieldError
from app.core.ids import new_id
from app.core.periods import utc_now
from app.core.ratelimit import RateLimiter


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where people come in: the device they come from, and what limits how often they may try."""

    settings: Settings
    limiter: RateLimiter
    device: Device

    @property
    def is_https(self) -> bool:
        """Whether people come by https: as configured, or as this request shows."""
        return self.settings.uses_https or self.device.is_https

    @property
    def address(self) -> str:
        return rules.address_group(self.device.ip_address)

    @property
    def key(self) -> SecretStr:
        """What signs what browsers carry for us."""
        key = self.settings.jwt_secret
        assert key is not None  # noqa: S101 - load_settings has set or made it
        return key


@dataclass(frozen=True, slots=True)
class Admitted:
    """A fresh sign-in. `token` goes to the browser and is kept nowhere else."""

    user: Person
    session_id: UUID
    token: str


@dataclass(frozen=True, slots=True)
class HalfWay:
    """Somebody who still has to show a second factor, and is not signed in yet."""

    token: str
    expires_at: datetime


async def begin(session: AsyncSession, entrance: Entrance, user: User) -> Admitted | HalfWay:
    """Sign in whoever has shown a password or an identity, or ask for the second factor."""
    if not await second_factor.is_on(session, user.id):
        return await admit(session, entrance, person(user))
    expires_at = utc_now() + rules.PENDING_LIFETIME
    said = {"user": str(user.id), "password": _mark(user)}
    return HalfWay(tokens.note(entrance.key, rules.PENDING_COOKIE, said, expires_at), expires_at)


async def half_way(session: AsyncSession, entrance: Entrance, token: str | None) -> User | None:
    """Whose first step this is; None when it has run out, or the password was changed since."""
    said = tokens.read_note(entrance.key, rules.PENDING_COOKIE, token) if token else None
    user = await queries.user_by_id(session, UUID(said["user"])) if said else None
    return user if user and said and said["password"] == _mark(user) else None


def _mark(user: User) -> str:
    """Is another one once the password was changed, and tells nothing of it."""
    return fingerprint(user.password_hash).hex()[:16]


async def admit(session: AsyncSession, entrance: Entrance, user: Person) -> Admitted:
    """Sign in."""
    now, secret, session_id = utc_now(), new_token(), new_id()
    expires_at = now + rules.SESSION_LIFETIME
    await queries.delete_expired_sessions(session, user.id, now)
    await queries.insert_session(
        session,
        Session(
            id=session_id,
            user_id=user.id,
            secret_hash=fingerprint(secret),
            created_at=now,
            last_seen_at=now,
            expires_at=expires_at,
            user_agent=entrance.device.user_agent,
            ip_address=entrance.device.ip_address,
        ),
    )
    return Admitted(user, session_id, tokens.issue(entrance.key, session_id, secret, now, expires_at))


async def prove(entrance: Entrance, email: str, password: str, user: User | None) -> None:
    """Compare the password, counting failures by account and by address. Raises InvalidCredentials, TooManyRequests."""
    settings, limiter = entrance.settings, entrance.limiter
    await limiter.check(settings.sign_in_failures_per_address, "sign-in-address", entrance.address)
    # counted before it is known to fail: of many tries at once none may slip through while others are compared
    await limiter.hit(settings.sign_in_failures_per_account, "sign-in-account", email)
    if not await passwords.matches(password, user.password_hash if user else None):
        await limiter.hit(settings.sign_in_failures_per_address, "sign-in-address", entrance.address)
        raise InvalidCredentials("Check both and try again.")
    # asked again, so that of many tries at once the lucky one learns no more than the others
    await limiter.check(settings.sign_in_failures_per_address, "sign-in-address", entrance.address)
    await limiter.clear(settings.sign_in_failures_per_account, "sign-in-account", email)


async def prove_again(
    session: AsyncSession, entrance: Entrance, signed_in: SignIn, password: str, field: str = "password"
) -> User:
    """The user, who shows the password again. Raises WrongPassword, naming `field`; TooManyRequests."""
    user = await queries.user_by_id(session, signed_in.user.id)
    if user and user.password_hash == passwords.NONE:
        raise WrongPassword("This account has no password yet: choose one with the link for a forgotten password.")
    try:
        await prove(entrance, signed_in.user.email, password, user)
    except InvalidCredentials:
        fault = FieldError(field, "is not your current password")
        raise WrongPassword(f"Look at: {field}.", errors=[fault]) from None
    assert user is not None  # noqa: S101 - nobody's password is never right
    return user


def person(user: User) -> Person:
    return Person(
        id=user.id,
        email=user.email,
        name=user.name,
        created_at=user.created_at,
        email_verified=user.email_verified_at is not None,
    )
