"""The mail server that a setting names."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit


class Tls(StrEnum):
    """How the way to a mail server is encrypted: from the first byte, from STARTTLS on, or not at all."""

    WHOLE = "whole"
    START = "start"
    OFF = "off"


PORTS: Final = {Tls.WHOLE: 465, Tls.START: 587, Tls.OFF: 25}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over. Its words never hold the password."""

    host: str
    port: int
    tls: Tls
    user: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return f"MailServer({self.host}:{self.port}, {self.tls})"


def read_mail_server(url: str) -> MailServer:
    """`smtps://user:password@host` or `smtp://...` with STARTTLS; `?tls=off` after the latter: in the clear.

    Raises ValueError, which repeats nothing of it.
    """
    try:
        parts = urlsplit(url)
        host, port, asked = parts.hostname, parts.port, parse_qs(parts.query, strict_parsing=bool(parts.query))
    except ValueError:
        raise ValueError("is not an address: smtp://user:password@mail.example.com:587") from None
    if parts.scheme not in {"smtp", "smtps"} or not host or parts.path.strip("/") or parts.fragment:
        raise ValueError("write smtps://user:password@mail.example.com, or smtp:// for STARTTLS")
    if asked and (asked != {"tls": ["off"]} or parts.scheme == "smtps"):
        raise ValueError("knows one parameter: smtp://host?tls=off, which sends in the clear")
    if (parts.username is None) != (parts.password is None):
        raise ValueError("needs both a user name and a password, or neither")
    tls = Tls.WHOLE if parts.scheme == "smtps" else Tls.OFF if asked else Tls.START
    return MailServer(host, port or PORTS[tls], tls, _plain(parts.username), _plain(parts.password))


def _plain(quoted: str | None) -> str | None:
    return None if quoted is None else unquote(quoted)
