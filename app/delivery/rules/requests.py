"""What is posted: a notice for an address, as one request."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app import __version__
from app.delivery.rules.channels import Address, ChannelKind
from app.delivery.rules.formats import discord, pagerduty, slack, teams, webhook
from app.delivery.rules.notices import Notice

PAGERDUTY: Final = "https://events.pagerduty.com/v2/enqueue"
PAGERDUTY_EU: Final = "https://events.eu.pagerduty.com/v2/enqueue"
EU: Final = "eu:"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A POST. Its URL may be a secret, and stays out of words."""

    url: str
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return "Outgoing(...)"


def request_of(kind: ChannelKind, address: Address, notice: Notice, delivery_id: UUID, now: datetime) -> Outgoing:
    """For every kind but mail. Made anew for each try, so that a signature is never old; the delivery's id stays."""
    url, message = _message(kind, address, notice, delivery_id)
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"TokenBoard/{__version__}",
        "Idempotency-Key": str(delivery_id),
    }
    if kind is ChannelKind.WEBHOOK:
        timestamp = int(now.timestamp())
        headers |= {
            "TokenBoard-Delivery": str(delivery_id),
            "TokenBoard-Timestamp": str(timestamp),
            "TokenBoard-Signature": webhook.signature(address.secret or "", timestamp, body),
        }
    return Outgoing(url, headers, body)


def _message(kind: ChannelKind, address: Address, notice: Notice, delivery_id: UUID) -> tuple[str, dict[str, Any]]:
    match kind:
        case ChannelKind.SLACK:
            return address.target, slack.message_of(notice)
        case ChannelKind.TEAMS:
            return address.target, teams.message_of(notice)
        case ChannelKind.DISCORD:
            return address.target, discord.message_of(notice)
        case ChannelKind.WEBHOOK:
            return address.target, webhook.message_of(notice, delivery_id)
        case ChannelKind.PAGERDUTY:
            key = address.target.removeprefix(EU)
            url = PAGERDUTY if key == address.target else PAGERDUTY_EU
            return url, pagerduty.message_of(notice, key)
        case ChannelKind.EMAIL:
            raise ValueError("a mail is not posted")
