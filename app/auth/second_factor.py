"""The second factor: an authenticator app, and recovery codes for when it is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import segno

from app.auth import links, passwords, queries
from app.auth.entering import Admitted, Entrance, admit, half_way, person, prove_again
from app.auth.errors import EmailNotVerified, NotHalfWay, SecondFactorOff, SecondFactorOn, WrongCode
from app.auth.models import SecondFactor
from app.auth.queries import second_factor as rows
from app.auth.rules import Person, SignIn
from app.auth.rules import second_factor as rules
from app.auth.rules.second_factor import State
from app.core.config import Settings, encryption_keys
from app.core.crypto import Sealed, Sealer, SecretLost, fingerprint
from app.core.database import AsyncSession, let_go
from app.core.errors import FieldError, TooManyRequests, Unavailable
from app.core.periods import utc_now

QR_SCALE: Final = 5


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs, as text and as a picture (a data URI of SVG)."""

    secret: str
    uri: str
    qr: str


async def state(session: AsyncSession, user_id: UUID) -> State:
    at = await rows.confirmed_at(session, user_id)
    return State(at, await rows.codes_left(session, user_id) if at else 0)


async def prepare(session: AsyncSession, entrance: Entrance, signed_in: SignIn, password: str | None) -> Enrolment:
    """A new secret, which counts once a code of it was shown.

    Raises EmailNotVerified (who holds an address must be able to get the account back from who only claimed it),
    SecondFactorOn, WrongPassword.
    """
    if not signed_in.user.email_verified:
        raise EmailNotVerified("Confirm your email address first; then a second factor can be added.")
    if await rows.is_on(session, signed_in.user.id):
        raise SecondFactorOn("Turn it off first, to set up another app.")
    await _prove_password(session, entrance, signed_in, password)
    secret, user_id = rules.new_secret(), signed_in.user.id
    sealed = _sealer(entrance.settings).seal(rules.in_words(secret), _place(user_id))
    await rows.replace(
        session,
        SecondFactor(
            user_id=user_id,
            sealed_secret=sealed.data,
            key_id=sealed.key_id,
            created_at=utc_now(),
            confirmed_at=None,
            last_step=0,
            failures=0,
            locked_until=None,
        ),
    )
    uri = rules.uri(secret, signed_in.user.email)
    picture = segno.make(uri, error="m").svg_data_uri(scale=QR_SCALE, light="#fff")
    return Enrolment(rules.in_words(secret), uri, picture)


async def confirm(session: AsyncSession, entrance: Entrance, signed_in: SignIn, code: str) -> Sequence[str]:
    """Turn it on; the recovery codes, shown this once. Raises SecondFactorOff, SecondFactorOn, WrongCode."""
    row = await rows.held(session, signed_in.user.id)
    if row is None:
        raise SecondFactorOff("Begin with a new secret.")
    if row.confirmed_at is not None:
        raise SecondFactorOn
    await _check(session, entrance.settings, row, code)
    row.confirmed_at = utc_now()
    await links.tell(session, entrance.settings, signed_in.user, "a second factor was added")
    return await _new_codes(session, signed_in.user.id)


async def renew_codes(session: AsyncSession, entrance: Entrance, signed_in: SignIn, code: str) -> Sequence[str]:
    """New recovery codes; the old ones end. Raises SecondFactorOff, WrongCode, TooManyRequests."""
    await _check(session, entrance.settings, await _on(session, signed_in.user.id), code)
    await links.tell(session, entrance.settings, signed_in.user, "new recovery codes were made")
    return await _new_codes(session, signed_in.user.id)


async def disable(
    session: AsyncSession, entrance: Entrance, signed_in: SignIn, password: str | None, code: str
) -> None:
    """Raises SecondFactorOff, WrongPassword, WrongCode, TooManyRequests."""
    row = await _on(session, signed_in.user.id)
    await _prove_password(session, entrance, signed_in, password)
    await _check(session, entrance.settings, row, code)
    await rows.forget(session, signed_in.user.id)
    await links.tell(session, entrance.settings, signed_in.user, "the second factor was turned off")


async def forget(session: AsyncSession, settings: Settings, user: Person) -> bool:
    """Turn it off without a code, for whoever runs the service. False when it was not on."""
    was_on = await rows.is_on(session, user.id)
    await rows.forget(session, user.id)
    if was_on:
        await links.tell(session, settings, user, "the second factor was turned off by who runs this TokenBoard")
    return was_on


async def finish(session: AsyncSession, entrance: Entrance, token: str | None, code: str) -> Admitted:
    """Sign in whoever showed the first factor before. Raises NotHalfWay, WrongCode, TooManyRequests."""
    user = await half_way(session, entrance, token)
    if user is None:
        raise NotHalfWay("That took too long. Begin again with your password.")
    row = await rows.held(session, user.id)
    if row is not None and row.confirmed_at is not None:  # else it was turned off meanwhile
        await _check(session, entrance.settings, row, code)
    return await admit(session, entrance, person(user))


async def check(session: AsyncSession, entrance: Entrance, user_id: UUID, code: str | None) -> None:
    """Where one is on, ask for it before something grave. Raises WrongCode, TooManyRequests."""
    if await rows.is_on(session, user_id):
        await _check(session, entrance.settings, await _on(session, user_id), code or "")


async def _on(session: AsyncSession, user_id: UUID) -> SecondFactor:
    row = await rows.held(session, user_id)
    if row is None or row.confirmed_at is None:
        raise SecondFactorOff("There is nothing to turn off.")
    return row


async def _prove_password(session: AsyncSession, entrance: Entrance, signed_in: SignIn, password: str | None) -> None:
    """Who has a password shows it; an account that only others sign in has none."""
    user = await queries.user_by_id(session, signed_in.user.id)
    if user and user.password_hash != passwords.NONE:
        await prove_again(session, entrance, signed_in, password or "")


async def _check(session: AsyncSession, settings: Settings, row: SecondFactor, code: str) -> None:
    """Compare a code of the app, or use up a recovery code. Failures are counted in the row, for all processes."""
    now = utc_now()
    if row.locked_until is not None and row.locked_until > now:
        wait = max(1, round((row.locked_until - now).total_seconds()))
        raise TooManyRequests(f"Too many wrong codes. Try again in {wait} seconds.", retry_after_seconds=wait)
    if await _is_right(session, settings, row, rules.tidy(code), now):
        row.failures, row.locked_until = 0, None
        return
    row.failures += 1
    if row.failures >= rules.MAX_FAILURES:
        row.failures, row.locked_until = 0, now + rules.LOCKED_FOR
    await let_go(session)  # a failure that is not written down would not count
    raise WrongCode(
        "Wait for the next code of your app, or use a recovery code; each works once.",
        errors=[FieldError("code", "is not right, or was used before")],
    )


async def _is_right(session: AsyncSession, settings: Settings, row: SecondFactor, code: str, now: datetime) -> bool:
    if not rules.is_app_code(code):
        return row.confirmed_at is not None and await rows.use_code(session, row.user_id, _hash(row.user_id, code))
    sealer = _sealer(settings)
    words = _open(sealer, row)
    step = rules.step_of(rules.from_words(words), code, now, row.last_step)
    if step is None:
        return False
    row.last_step = step
    if row.key_id != sealer.newest_id:  # so that old keys can be taken away some day
        sealed = sealer.seal(words, _place(row.user_id))
        row.sealed_secret, row.key_id = sealed.data, sealed.key_id
    return True


def _open(sealer: Sealer, row: SecondFactor) -> str:
    try:
        return sealer.open(Sealed(row.key_id, row.sealed_secret), _place(row.user_id))
    except SecretLost:
        detail = "The second factor cannot be read: its key is not in ENCRYPTION_KEY. A recovery code still works."
        raise Unavailable(detail) from None


async def _new_codes(session: AsyncSession, user_id: UUID) -> Sequence[str]:
    codes = rules.new_recovery_codes()
    await rows.put_codes(session, user_id, [_hash(user_id, rules.tidy(code)) for code in codes])
    return codes


def _hash(user_id: UUID, code: str) -> bytes:
    """With whose it is, so that one computation tries one account only."""
    return fingerprint(f"{user_id}:{code}")


def _sealer(settings: Settings) -> Sealer:
    return Sealer(encryption_keys(settings))


def _place(user_id: UUID) -> bytes:
    return b"second factor" + user_id.bytes


def place_of(row: Mapping[str, Any]) -> bytes:
    """What a row's secret is bound to."""
    return _place(row["user_id"])
