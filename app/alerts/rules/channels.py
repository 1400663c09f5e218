"""Ways to people, and which of them an alert takes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import SecretStr

from app.alerts.rules.alerts import reaches
from app.alerts.rules.settings import Setting
from app.core.crypto import Sealed
from app.delivery.rules import Action, Address, ChannelKind, Severity

# The same in every workspace: mail to owners and admins, there without a row until somebody changes it.
DEFAULT_CHANNEL_ID: Final = UUID("00000000-0000-7000-8000-000000000001")
MAX_CHANNELS: Final = 50
MAX_RECIPIENTS: Final = 50
# So few characters are shown only of addresses that are long enough to stay secret.
SHOWN: Final = 4
LONG_ENOUGH: Final = 12

# These are kept with the row as they are; the rest is sealed.
PLAIN = ("name", "is_on", "min_severity", "sends_resolved", "recipients", "to_admins")


@dataclass(frozen=True, slots=True)
class Secrets:
    """The parts of an address that came in; None was not given."""

    address: SecretStr | None = None
    secret: SecretStr | None = None

    @property
    def is_given(self) -> bool:
        return self.address is not None or self.secret is not None


@dataclass(frozen=True, slots=True)
class Way:
    """A channel. Mail has `recipients` and `to_admins`; the others have an address, sealed, and its `hint`."""

    id: UUID
    kind: ChannelKind
    name: str
    is_on: bool = True
    min_severity: Severity = Severity.INFO
    sends_resolved: bool = True
    recipients: tuple[str, ...] = ()
    to_admins: bool = False
    sealed: Sealed | None = None
    hint: str = ""

    @property
    def is_default(self) -> bool:
        return self.id == DEFAULT_CHANNEL_ID

    def takes(self, severity: Severity, action: Action, setting: Setting) -> bool:
        """Whether a notice of the setting's kind goes here."""
        is_chosen = setting.channel_ids is None or self.id in setting.channel_ids
        is_wanted = action is not Action.RESOLVED or self.sends_resolved
        return self.is_on and is_chosen and is_wanted and reaches(severity, self.min_severity)

    def mail_addresses(self, admins: Iterable[str]) -> list[str]:
        """Who gets its mail, each once; `admins` are owners and admins of the workspace."""
        given = (*self.recipients, *admins) if self.to_admins else self.recipients
        return list({address.casefold(): address for address in reversed(given)}.values())[::-1]


# Warnings and worse: what is only good to know stands in the list and disturbs nobody's mail.
DEFAULT_WAY: Final = Way(
    DEFAULT_CHANNEL_ID, ChannelKind.EMAIL, "Owners and admins", min_severity=Severity.WARNING, to_admins=True
)


def hint_of(kind: ChannelKind, address: Address) -> str:
    """What may be shown of an address: the host, if it has one, and the last characters, if there are enough."""
    end = address.target[-SHOWN:] if len(address.target) >= LONG_ENOUGH else ""
    host = "" if kind is ChannelKind.PAGERDUTY else urlsplit(address.target).hostname or ""
    return f"{host}…{end}"


def masked(mail: str) -> str:
    """Enough to tell whose it is for who knows: `a***@example.com`."""
    name, _, domain = mail.rpartition("@")
    return f"{name[:1]}***@{domain}"
