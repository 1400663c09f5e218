"""Who is signed in, how an email is written, and which passwords are refused."""

import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from uuid import UUID

from email_validator import EmailNotValidError, validate_email

from app.core.errors import FieldError, InvalidRequest

COOKIE = "tb_session"
# who has shown the password and not yet the second factor
PENDING_COOKIE = "tb_pending"
PENDING_LIFETIME = timedelta(minutes=10)
# who is on the way to an identity provider and back
JOURNEY_COOKIE = "tb_journey"
JOURNEY_LIFETIME = timedelta(minutes=10)
SESSION_LIFETIME = timedelta(days=30)
# `last_seen_at` is for people to recognise a session by; writing it on every request would cost more than it tells
TOUCH_INTERVAL = timedelta(minutes=5)
# 8 to 64 and more, no rules of composition, known bad ones refused: NIST SP 800-63B-4, section 3.1.1.2
PASSWORD_MIN_CHARACTERS = 8
PASSWORD_MAX_CHARACTERS = 128
COMMON_PASSWORDS = frozenset(
    """
    password password1 password12 password123 password1234 passw0rd passwort motdepasse contraseña
    12345678 123456789 1234567890 12341234 87654321 11111111 00000000 88888888 12121212 123123123 987654321
    1q2w3e4r 1q2w3e4r5t q1w2e3r4 1qaz2wsx qazwsxedc zaq12wsx
    qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234 asdfghjk asdfghjkl asdfasdf zxcvbnm1
    abc12345 abcd1234 abcdefgh a1b2c3d4 aaaaaaaa iloveyou sunshine princess football baseball superman
    trustno1 starwars whatever jennifer michelle computer internet samsung1 pokemon1
    letmein1 welcome1 welcome123 changeme changeme1 admin123 admin1234 adminadmin administrator
    tokenboard tokenboard1 tokenboard123
    """.split()  # noqa: SIM905 - words read better without quotes
)


@dataclass(frozen=True, slots=True)
class Person:
    """A user as everybody may know them: without the password hash."""

    id: UUID
    email: str
    name: str
    created_at: datetime
    email_verified: bool


@dataclass(frozen=True, slots=True)
class SignIn:
    """A session that was checked, and whose it is."""

    session_id: UUID
    user: Person


@dataclass(frozen=True, slots=True)
class Device:
    """Where a request came from, as far as it says."""

    ip_address: str
    user_agent: str
    is_https: bool = False


def canonical_email(text: str) -> str:
    """The one spelling under which an address is kept and found; text that is no address is only lower-cased."""
    with suppress(EmailNotValidError):
        text = validate_email(text, check_deliverability=False).normalized
    return text.strip().lower()


def check_new_password(password: str, email: str, field: str = "password") -> None:
    """Raises InvalidRequest, naming `field`, when the password is too short, too long or easily guessed."""
    fault = _password_fault(password, email)
    if fault:
        raise InvalidRequest(f"The password {fault}", errors=[FieldError(field, fault)])


def _password_fault(password: str, email: str) -> str | None:
    if len(password) < PASSWORD_MIN_CHARACTERS:
        return f"is too short: use at least {PASSWORD_MIN_CHARACTERS} characters."
    if len(password) > PASSWORD_MAX_CHARACTERS:
        return f"is too long: use at most {PASSWORD_MAX_CHARACTERS} characters."
    folded = unicodedata.normalize("NFKC", password).casefold()
    if folded in {email.casefold(), email.casefold().partition("@")[0]}:
        return "is your email address: choose something that nobody can look up."
    if folded in COMMON_PASSWORDS or len(set(folded)) == 1:
        return "is among the first that a guesser tries: choose another."
    return None


def address_group(address: str) -> str:
    """What one caller is likely to command: an IPv4 address, or the /64 network of an IPv6 one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> 64 << 64))
