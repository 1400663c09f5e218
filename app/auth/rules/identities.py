"""Who else may say who somebody is: identity providers, what they say, and where people go on afterwards."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from pydantic import SecretStr

SIGN_IN_PAGE: Final = "/sign-in"


class Kind(StrEnum):
    """How a provider is asked. GitHub speaks OAuth 2.0 and has no id token."""

    OIDC = "oidc"
    GITHUB = "github"


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """One of the settings. `id` stands in addresses, `issuer` in rows: it names the provider for ever."""

    id: str
    name: str
    kind: Kind
    issuer: str
    client_id: str
    client_secret: SecretStr


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a provider says of somebody. `email` is None unless the provider vouches for it."""

    issuer: str
    subject: str
    email: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Journey:
    """What is remembered of somebody who is at a provider, in a signed cookie of theirs.

    `verifier` is PKCE's. `link_to` is the session that asked to link an identity; None when somebody signs in.
    `is_invited` lets an account be made where sign-up is closed, and `invited_email` only with that address.
    """

    provider: str
    state: str
    nonce: str
    verifier: str
    next: str
    link_to: UUID | None = None
    is_invited: bool = False
    invited_email: str | None = None


def local_path(wanted: str | None) -> str:
    """The page to go on to: one of ours, never another site's."""
    path = wanted or "/"
    is_local = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if is_local else "/"


def with_query(path: str, name: str, value: str) -> str:
    """`value` must need no quoting; what stands behind # stays there."""
    page, mark, fragment = path.partition("#")
    return f"{page}{'&' if '?' in page else '?'}{name}={value}{mark}{fragment}"
