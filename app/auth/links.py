"""Links that are mailed: to confirm an address, and to choose a new password. Each works once."""

from contextlib import suppress

from app.auth import passwords, queries, rules
from app.auth.entering import Entrance, person
from app.auth.errors import LinkNotValid, SignInFirst
from app.auth.models import Link
from app.auth.queries import links
from app.auth.rules import Person, SignIn
from app.auth.rules.links import LIFETIME, Purpose, address, notice, reset, verification
from app.core.config import Settings
from app.core.crypto import fingerprint, new_token
from app.core.database import AsyncSession
from app.core.periods import utc_now
from app.delivery import service as delivery
from app.delivery.errors import NoMail
from app.delivery.rules import Mail

AGAIN = "It was used, has run out, or a newer one was sent. Ask for another."


async def mail_first_verification(session: AsyncSession, entrance: Entrance, user: Person) -> None:
    """For a new account, which there is also where no mail can be sent."""
    with suppress(NoMail):
        await _mail_verification(session, entrance, user)


async def ask_verification(session: AsyncSession, entrance: Entrance, user: Person) -> None:
    """Mail a link that confirms the address, unless it is confirmed. Raises TooManyRequests, NoMail."""
    if user.email_verified:
        return
    delivery.check_mail(entrance.settings)
    await limit_mails(entrance, user.email)
    await _mail_verification(session, entrance, user)


async def _mail_verification(session: AsyncSession, entrance: Entrance, user: Person) -> None:
    link = await _new_link(session, entrance.settings, user, Purpose.VERIFY_EMAIL)
    subject, text = verification(link, entrance.settings.app_url)
    await delivery.send_mail(session, Mail(user.email, subject, text))


async def verify_email(session: AsyncSession, signed_in: SignIn | None, token: str) -> Person:
    """Note that who is signed in reads the account's mail. Raises LinkNotValid, SignInFirst.

    The click alone says nothing: the account may be somebody else's, made with this address, and a mail server that
    looks into links clicks them all.
    """
    mark, now = fingerprint(token), utc_now()
    user_id = await links.whose(session, mark, Purpose.VERIFY_EMAIL, now)
    if user_id is not None and (signed_in is None or signed_in.user.id != user_id):
        raise SignInFirst("Sign in with the account whose address this is, then open the link again.")
    user_id = await links.use(session, mark, Purpose.VERIFY_EMAIL, now)
    if user_id is None:
        raise LinkNotValid(AGAIN)
    await queries.mark_verified(session, user_id, now)
    user = await queries.user_by_id(session, user_id)
    assert user is not None  # noqa: S101 - its links would be gone
    await session.refresh(user)
    return person(user)


async def ask_reset(session: AsyncSession, entrance: Entrance, email: str) -> None:
    """Mail a link that lets choose a new password, where there is such an account; and say nothing of whether.

    Raises TooManyRequests, for an account that is not there as for one that is; NoMail.
    """
    delivery.check_mail(entrance.settings)
    email = rules.canonical_email(email)
    await limit_mails(entrance, email)
    user = await queries.user_by_email(session, email)
    if user is None:
        return
    link = await _new_link(session, entrance.settings, person(user), Purpose.RESET_PASSWORD)
    subject, text = reset(link, entrance.settings.app_url)
    await delivery.send_mail(session, Mail(user.email, subject, text))


async def reset_link(session: AsyncSession, settings: Settings, user: Person) -> str:
    """The same link, for whoever runs the service to hand over."""
    return await _new_link(session, settings, user, Purpose.RESET_PASSWORD)


async def reset_password(session: AsyncSession, entrance: Entrance, token: str, new: str) -> None:
    """Set a new password and end every session. Raises LinkNotValid, InvalidRequest.

    Who has the link reads the account's mail, so the address is confirmed too. A second factor stays.
    """
    user_id = await links.use(session, fingerprint(token), Purpose.RESET_PASSWORD, utc_now())
    user = await queries.user_by_id(session, user_id) if user_id else None
    if user is None:
        raise LinkNotValid(AGAIN)
    rules.check_new_password(new, user.email, field="new_password")
    await queries.set_password_hash(session, user.id, await passwords.make_hash(new))
    await queries.mark_verified(session, user.id, utc_now())
    await queries.delete_sessions(session, user.id)
    await links.forget(session, user.id)
    # who chose a new password may sign in with it, also after many failures with the old one
    await entrance.limiter.clear(entrance.settings.sign_in_failures_per_account, "sign-in-account", user.email)
    await tell(session, entrance.settings, person(user), "your password was changed")


async def tell(session: AsyncSession, settings: Settings, user: Person, what: str) -> None:
    """Mail the person that a way in was changed."""
    subject, text = notice(what, settings.app_url)
    with suppress(NoMail):
        await delivery.send_mail(session, Mail(user.email, subject, text))


async def limit_mails(entrance: Entrance, email: str) -> None:
    """Count a mail that somebody asks for. Raises TooManyRequests."""
    settings, limiter = entrance.settings, entrance.limiter
    await limiter.hit(settings.mails_per_address, "mails-address", entrance.address)
    await limiter.hit(settings.mails_per_account, "mails-account", email)


async def _new_link(session: AsyncSession, settings: Settings, user: Person, purpose: Purpose) -> str:
    token, now = new_token(), utc_now()
    await links.put(
        session,
        Link(
            secret_hash=fingerprint(token),
            user_id=user.id,
            purpose=purpose,
            created_at=now,
            expires_at=now + LIFETIME[purpose],
        ),
    )
    return address(settings.app_url, purpose, token)
