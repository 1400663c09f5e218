"""Whole accounts: what other packages note of them, and their end."""

from uuid import UUID

from app.auth import passwords, queries, second_factor
from app.auth.entering import Entrance, prove_again
from app.auth.rules import SignIn
from app.core.database import AsyncSession
from app.core.errors import FieldError, InvalidRequest
from app.core.periods import utc_now


async def note_verified(session: AsyncSession, user_id: UUID) -> None:
    """Somebody showed a secret that was mailed to the account's address."""
    await queries.mark_verified(session, user_id, utc_now())


async def prove_end(
    session: AsyncSession, entrance: Entrance, signed_in: SignIn, *, email: str, password: str | None, code: str | None
) -> None:
    """That the account's owner means to end it. Raises InvalidRequest, WrongPassword, WrongCode, TooManyRequests."""
    if email.strip().lower() != signed_in.user.email:
        raise InvalidRequest("Look at: email.", errors=[FieldError("email", "is not the address of this account")])
    user = await queries.user_by_id(session, signed_in.user.id)
    if user and user.password_hash != passwords.NONE:
        await prove_again(session, entrance, signed_in, password or "")
    await second_factor.check(session, entrance, signed_in.user.id, code)


async def end(session: AsyncSession, user_id: UUID) -> None:
    """Delete the account and all that is the person's own."""
    await queries.delete_user(session, user_id)
