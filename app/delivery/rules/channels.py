"""Where a notice can go, and what an address of each kind looks like."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from email_validator import EmailNotValidError, validate_email

from app.core.crypto import Sealed
from app.delivery.rules.notices import Notice

LONGEST_URL: Final = 2048
# A shorter one could be guessed from a message and its signature.
LEAST_SECRET: Final = 16
_ROUTING_KEY: Final = re.compile(r"(eu:)?[A-Za-z0-9]{32}")


class ChannelKind(StrEnum):
    """The ways out."""

    EMAIL = "email"
    SLACK = "slack"
    TEAMS = "teams"
    DISCORD = "discord"
    WEBHOOK = "webhook"
    PAGERDUTY = "pagerduty"


class BadAddress(ValueError):
    """It cannot be one of this kind. The message says why and never repeats it: most addresses are secrets."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a channel leads: a person's mail address, a URL, or PagerDuty's routing key (`eu:` before one of the EU).

    `secret` signs what a webhook gets; the other kinds have none.
    """

    target: str
    secret: str | None = None

    def __repr__(self) -> str:
        return "Address(...)"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A notice for one channel.

    `label` is what lists show of the address and holds no secret. `address` was sealed for the channel by
    `service.seal_address`. With a `dedup_key` one parcel is sent in a workspace, however often it is handed in.
    """

    kind: ChannelKind
    channel_id: UUID
    label: str
    address: Sealed
    notice: Notice
    not_before: datetime | None = None
    dedup_key: str | None = None


def check_address(kind: ChannelKind, address: Address, *, allow_http: bool = False) -> None:
    """Raises BadAddress. Where it leads is looked at when it is connected to, not here."""
    match kind:
        case ChannelKind.EMAIL:
            _check_mail(address.target)
        case ChannelKind.PAGERDUTY:
            if not _ROUTING_KEY.fullmatch(address.target):
                raise BadAddress("must be a routing key: 32 letters and digits, with eu: before one of the EU")
        case _:
            _check_url(address.target, allow_http=allow_http)
    if kind is ChannelKind.WEBHOOK and len(address.secret or "") < LEAST_SECRET:
        raise BadAddress(f"needs a secret of {LEAST_SECRET} characters or more, which signs what is sent")
    if kind is not ChannelKind.WEBHOOK and address.secret is not None:
        raise BadAddress("has no secret to sign with")


def _check_mail(target: str) -> None:
    try:
        validate_email(target, check_deliverability=False)
    except EmailNotValidError:
        raise BadAddress("is not a mail address") from None


def _check_url(target: str, *, allow_http: bool) -> None:
    try:
        parts = urlsplit(target)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise BadAddress("is not an address") from None
    if parts.scheme not in ({"https", "http"} if allow_http else {"https"}) or not host:
        raise BadAddress("must be the whole address, beginning with https://")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise BadAddress("must hold no user name, password or #")
    if len(target) > LONGEST_URL or not target.isascii() or not target.isprintable() or " " in target:
        raise BadAddress(f"must be at most {LONGEST_URL} plain characters")
