"""What people do with accounts and sign-ins. Nothing here knows of cookies or of HTTP."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.auth import passwords, queries, rules, tokens
from app.auth.errors import EmailTaken, InvalidCredentials, SignUpClosed, WrongPassword
from app.auth.models import Session, User
from app.auth.rules import Device, Person, SignIn
from app.core.config import Settings
from app.core.crypto import fingerprint, new_token
from app.core.database import AsyncSession
from app.core.errors import FieldError, NotAuthenticated, NotFound
from app.core.ids import new_id
from app.core.periods import utc_now
from app.core.ratelimit import RateLimiter

# well below the connections of a pool, so that a flood of sign-ins leaves some for everybody else
SIGN_INS = passwords.Turnstile(places=8)


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


@dataclass(frozen=True, slots=True)
class Admitted:
    """A fresh sign-in. `token` goes to the browser and is kept nowhere else."""

    user: Person
    session_id: UUID
    token: str


async def register(
    session: AsyncSession, entrance: Entrance, *, email: str, password: str, name: str | None = None
) -> Admitted:
    """Make an account and sign in. Raises SignUpClosed, TooManyRequests, InvalidRequest, EmailTaken."""
    if not entrance.settings.sign_up_open:
        raise SignUpClosed("Ask the person who runs this TokenBoard to open it (TOKENBOARD_SIGN_UP_OPEN).")
    email = rules.canonical_email(email)
    rules.check_new_password(password, email)
    await entrance.limiter.hit(entrance.settings.sign_ups_per_address, "sign-up", entrance.address)
    user = await create_user(session, email=email, password=password, name=name)
    return await _admit(session, entrance, user)


async def create_user(session: AsyncSession, *, email: str, password: str, name: str | None = None) -> Person:
    """Make an account, as the terminal does too. Raises InvalidRequest, EmailTaken."""
    email = rules.canonical_email(email)
    rules.check_new_password(password, email)
    user = User(
        id=new_id(),
        email=email,
        name=name or email.partition("@")[0],
        password_hash=await passwords.make_hash(password),
        created_at=utc_now(),
    )
    if not await queries.insert_user(session, user):
        raise EmailTaken("Sign in instead, or use another email.", errors=[FieldError("email", "has an account")])
    return _person(user)


async def sign_in(session: AsyncSession, entrance: Entrance, *, email: str, password: str) -> Admitted:
    """Raises InvalidCredentials, the same whatever was wrong and as slowly; TooManyRequests; Unavailable."""
    email = rules.canonical_email(email)
    async with SIGN_INS.enter():
        user = await queries.user_by_email(session, email)
        await _prove(entrance, email, password, user)
    if user is None:  # never passes the proof
        raise InvalidCredentials
    if passwords.is_outdated(user.password_hash):
        await queries.set_password_hash(session, user.id, await passwords.make_hash(password))
    return await _admit(session, entrance, _person(user))


async def _prove(entrance: Entrance, email: str, password: str, user: User | None) -> None:
    """Compare the password, counting failures by account and by address."""
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


async def _admit(session: AsyncSession, entrance: Entrance, user: Person) -> Admitted:
    key = entrance.settings.jwt_secret
    assert key is not None  # noqa: S101 - load_settings has set or made it
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
    return Admitted(user, session_id, tokens.issue(key, session_id, secret, now, expires_at))


async def resume(session: AsyncSession, settings: Settings, token: str | None) -> SignIn:
    """The sign-in that a token stands for. Raises NotAuthenticated when it is none, or over."""
    if not token or settings.jwt_secret is None or not (claims := tokens.read(settings.jwt_secret, token)):
        raise NotAuthenticated("Sign in to continue.")
    now = utc_now()
    found = await queries.session_with_user(session, claims.session_id, now)
    if found is None or not hmac.compare_digest(found[0].secret_hash, fingerprint(claims.secret)):
        raise NotAuthenticated("Your session is over. Sign in again.")
    row, user = found
    if now - row.last_seen_at >= rules.TOUCH_INTERVAL:
        await queries.touch_session(session, row.id, now)
    return SignIn(row.id, _person(user))


async def sign_out(session: AsyncSession, signed_in: SignIn) -> None:
    """End this session: its token is worth nothing from now on."""
    await queries.delete_session(session, signed_in.user.id, signed_in.session_id)


async def list_sessions(session: AsyncSession, user_id: UUID) -> Sequence[Session]:
    return await queries.live_sessions(session, user_id, utc_now())


async def end_session(session: AsyncSession, user_id: UUID, session_id: UUID) -> None:
    """Raises NotFound when it is not one of this user's."""
    if not await queries.delete_session(session, user_id, session_id):
        raise NotFound("You have no such session; it may have ended already.")


async def end_other_sessions(session: AsyncSession, signed_in: SignIn) -> int:
    return await queries.delete_other_sessions(session, signed_in.user.id, signed_in.session_id, utc_now())


async def rename(session: AsyncSession, user_id: UUID, name: str) -> Person:
    return _person(await queries.set_name(session, user_id, name))


async def change_password(
    session: AsyncSession, entrance: Entrance, signed_in: SignIn, *, current: str, new: str
) -> None:
    """Change it and end the other sessions. Raises WrongPassword, InvalidRequest, TooManyRequests."""
    user = await queries.user_by_id(session, signed_in.user.id)
    try:
        await _prove(entrance, signed_in.user.email, current, user)
    except InvalidCredentials:
        fault = FieldError("current_password", "is not your current password")
        raise WrongPassword("Look at: current_password.", errors=[fault]) from None
    rules.check_new_password(new, signed_in.user.email, field="new_password")
    await queries.set_password_hash(session, signed_in.user.id, await passwords.make_hash(new))
    await end_other_sessions(session, signed_in)


async def set_password(session: AsyncSession, user_id: UUID, new: str) -> None:
    """Set it without the old one, for whoever runs the service."""
    await queries.set_password_hash(session, user_id, await passwords.make_hash(new))


async def find_person(session: AsyncSession, email: str) -> Person | None:
    """The account with this email, however it is written."""
    user = await queries.user_by_email(session, rules.canonical_email(email))
    return _person(user) if user else None


def _person(user: User) -> Person:
    return Person(id=user.id, email=user.email, name=user.name, created_at=user.created_at)
