from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, EmailStr, Field, SecretStr, StringConstraints

from app.auth.rules import Person
from app.core.schemas import Label, Line, Request, Response, is_storable


def _check_characters(password: SecretStr) -> SecretStr:
    if not is_storable(password.get_secret_value()):
        raise ValueError("must not hold a NUL or half a character")
    return password


# of any length that can be read at all: what is wrong with a new password is told by `rules`, once and in words
Password = Annotated[SecretStr, Field(max_length=1024), AfterValidator(_check_characters)]


class _WithPassword(Request):
    # a space at the end of a password is part of it
    model_config = ConfigDict(str_strip_whitespace=False)


class RegisterIn(_WithPassword):
    """A new account; without a name it is called by the first part of its email."""

    email: Annotated[EmailStr, StringConstraints(strip_whitespace=True)]
    password: Password
    name: Label | None = None


class LoginIn(_WithPassword):
    """The email is any text: one that is no address is answered like one that has no account."""

    email: Line
    password: Password


class PasswordIn(_WithPassword):
    """A change of password."""

    current_password: Password
    new_password: Password


class ProfileIn(Request):
    """What people may change about themselves."""

    name: Label


class UserOut(Response):
    """The person who is signed in."""

    user: Person


class SessionOut(Response):
    """A sign-in; `is_current` is the one that asks."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    user_agent: str
    ip_address: str
    is_current: bool


class RevokedOut(Response):
    """How many sessions were ended."""

    revoked: int
