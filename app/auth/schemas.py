from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, EmailStr, Field, StringConstraints

from app.auth.rules import Person
from app.auth.rules.identities import Kind
from app.auth.rules.second_factor import State
from app.core.schemas import Label, Line, Page, Password, Request, Response


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


class SignInOut(Response):
    """Who is signed in; or, with `second_factor`, nobody yet, and until when to show a code."""

    user: Person | None
    second_factor: bool
    expires_at: datetime | None


class TokenIn(Request):
    """What the link carried behind its #."""

    token: Line


class WishIn(Request):
    """Whose password was forgotten."""

    email: Line


class ResetIn(_WithPassword):
    """A new password, by a mailed link."""

    token: Line
    new_password: Password


class CodeIn(Request):
    """A code of the authenticator app, or a recovery code."""

    code: Annotated[Line, Field(max_length=64)]


class PasswordProofIn(_WithPassword):
    """The password again; none for an account that has none."""

    password: Password | None = None

    @property
    def plain(self) -> str | None:
        return self.password.get_secret_value() if self.password else None


class DisableIn(PasswordProofIn):
    """Both factors, to turn the second off."""

    code: Annotated[Line, Field(max_length=64)]


class SecondFactorOut(Response):
    """Whether codes are asked for at sign-in."""

    enabled: bool
    enabled_at: datetime | None
    recovery_codes_left: int

    @classmethod
    def of(cls, state: State) -> Self:
        return cls(
            enabled=state.confirmed_at is not None,
            enabled_at=state.confirmed_at,
            recovery_codes_left=state.codes_left,
        )


class EnrolmentOut(Response):
    """For an authenticator app: the secret to type, or as a link, or as a picture (a data URI) to scan."""

    secret: str
    uri: str
    qr: str


class RecoveryCodesOut(Response):
    """Each opens the account once when the authenticator is lost."""

    codes: Sequence[str]


class ProviderOut(Response):
    """An identity provider, as the sign-in page names it."""

    id: str
    name: str
    kind: Kind


class ProvidersOut(Response):
    """How one gets in here."""

    sign_up_open: bool
    providers: Sequence[ProviderOut]


class AwayIn(Request):
    """The page to go on to afterwards, of ours: `/settings`."""

    next: Annotated[Line, Field(max_length=300)] | None = None


class AwayOut(Response):
    """The provider's page to go to."""

    url: str


class IdentityOut(Response):
    """An account elsewhere. `provider` is null when it is not set up any more."""

    id: UUID
    provider: str | None
    name: str
    email: str
    created_at: datetime
    last_used_at: datetime


class IdentitiesOut(Page[IdentityOut]):
    """All of them, and whether the account has a password too."""

    has_password: bool


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
