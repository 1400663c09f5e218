"""What people do with accounts and sign-ins. Nothing here knows of cookies or of HTTP."""

import hmac
from collections.abc import Sequence
from uuid import UUID

from app.auth import links, passwords, queries, rules, tokens
from app.auth.entering import Admitted, Entrance, HalfWay, admit, begin, person, prove, prove_again
from app.auth.errors import EmailTaken, InvalidCredentials, SignUpClosed
from app.auth.models import Session, User
from app.auth.queries import links as link_queries
from app.auth.rules import Person, SignIn
from app.core.config import Settings
from app.core.crypto import fingerprint
from app.core.database import AsyncSession
from app.core.errors import FieldError, NotAuthenticated, NotFound
from app.core.ids import new_id
from app.core.periods import utc_now

# what other packages take from here
__all__ = ["Admitted", "Entrance", "HalfWay", "person"]

# well below the connections of a pool, so that a flood of sign-ins leaves some for everybody else
SIGN_INS = passwords.Turnstile(places=8)


async def register(
    session: AsyncSession,
    entrance: Entrance,
    *,
    email: str,
    password: str,
    name: str | None = None,
    is_invited: bool = False,
    is_verified: bool = False,
) -> Admitted:
    """Make an account and sign in. Raises SignUpClosed, TooManyRequests, InvalidRequest, EmailTaken.

    Sign-up is never closed to who is invited. Who has not shown that the address is theirs is mailed a link.
    """
    if not entrance.settings.sign_up_open and not is_invited:
        raise SignUpClosed("Ask the person who runs this TokenBoard to open it (TOKENBOARD_SIGN_UP_OPEN).")
    email = rules.canonical_email(email)
    rules.check_new_password(password, email)
    await entrance.limiter.hit(entrance.settings.sign_ups_per_address, "sign-up", entrance.address)
    user = await create_user(session, email=email, password=password, name=name, is_verified=is_verified)
    if not is_verified:
        await links.mail_first_verification(session, entrance, user)
    return await admit(session, entrance, user)


async def create_user(
    session: AsyncSession, *, email: str, password: str, name: str | None = None, is_verified: bool = False
) -> Person:
    """Make an account, as the terminal does too. Raises InvalidRequest, EmailTaken."""
    email = rules.canonical_email(email)
    rules.check_new_password(password, email)
    return await insert_user(session, email, await passwords.make_hash(password), name, is_verified=is_verified)


async def insert_user(
    session: AsyncSession, email: str, password_hash: str, name: str | None, *, is_verified: bool
) -> Person:
    """Raises EmailTaken."""
    now = utc_now()
    user = User(
        id=new_id(),
        email=email,
        name=name or email.partition("@")[0],
        password_hash=password_hash,
        created_at=now,
        email_verified_at=now if is_verified else None,
    )
    if not await queries.insert_user(session, user):
        raise EmailTaken("Sign in instead, or use another email.", errors=[FieldError("email", "has an account")])
    return person(user)


async def sign_in(session: AsyncSession, entrance: Entrance, *, email: str, password: str) -> Admitted | HalfWay:
    """Raises InvalidCredentials, the same whatever was wrong and as slowly; TooManyRequests; Unavailable."""
    email = rules.canonical_email(email)
    async with SIGN_INS.enter():
        user = await queries.user_by_email(session, email)
        await prove(entrance, email, password, user)
    if user is None:  # never passes the proof
        raise InvalidCredentials
    if passwords.is_outdated(user.password_hash):
        await queries.set_password_hash(session, user.id, await passwords.make_hash(password))
    return await begin(session, entrance, user)


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
    return SignIn(row.id, person(user))


async def visitor(session: AsyncSession, settings: Settings, token: str | None) -> SignIn | None:
    """The same; None when it stands for none."""
    try:
        return await resume(session, settings, token)
    except NotAuthenticated:
        return None


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
    return person(await queries.set_name(session, user_id, name))


async def change_password(
    session: AsyncSession, entrance: Entrance, signed_in: SignIn, *, current: str, new: str
) -> None:
    """Change it and end the other sessions. Raises WrongPassword, InvalidRequest, TooManyRequests."""
    await prove_again(session, entrance, signed_in, current, field="current_password")
    rules.check_new_password(new, signed_in.user.email, field="new_password")
    await queries.set_password_hash(session, signed_in.user.id, await passwords.make_hash(new))
    await end_other_sessions(session, signed_in)
    # a link that was asked for before, by whoever knew the old password, opens nothing any more
    await link_queries.forget(session, signed_in.user.id)
    await links.tell(session, entrance.settings, signed_in.user, "your password was changed")


async def set_password(session: AsyncSession, user_id: UUID, new: str) -> None:
    """Set it without the old one, for whoever runs the service."""
    await queries.set_password_hash(session, user_id, await passwords.make_hash(new))


async def find_person(session: AsyncSession, email: str) -> Person | None:
    """The account with this email, however it is written."""
    user = await queries.user_by_email(session, rules.canonical_email(email))
    return person(user) if user else None
