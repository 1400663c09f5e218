"""Mails: made up as MIME, and handed to a mail server, or laid into a folder where nobody has set one up."""

import asyncio
import re
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

import aiosmtplib
from email_validator import EmailNotValidError, validate_email

from app.core.log import get_logger
from app.core.mailserver import MailServer, Tls
from app.core.periods import utc_now
from app.delivery.rules.mails import Mail
from app.delivery.rules.tries import Fault

log = get_logger(__name__)

# One try, from the connection to the last answer.
ATTEMPT_SECONDS: Final = 25.0
_LINK: Final = re.compile(r"https?://\S+")
_BREAKS: Final = re.compile(r"\s+")


class Mailer(Protocol):
    """A way for mails. `deliver` never raises for what the other side does; None: it was taken."""

    async def deliver(self, delivery_id: UUID, mail: Mail) -> Fault | None: ...


def message_of(mail: Mail, sender: str, delivery_id: UUID) -> EmailMessage:
    """Raises ValueError. The message's id is the delivery's, so that a repeat after a crash is known as one."""
    name, address = parseaddr(sender)
    message = EmailMessage(policy=SMTP)
    message["From"] = MailAddress(name, addr_spec=address)
    message["To"] = _recipient(mail.to)
    message["Subject"] = _BREAKS.sub(" ", mail.subject).strip()
    message["Date"] = format_datetime(utc_now())
    message["Message-ID"] = f"<{delivery_id}@{address.rpartition('@')[2]}>"
    # no answering machine is to answer (RFC 3834), Exchange's neither
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(mail.text)
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html")
    return message


def _recipient(to: str) -> MailAddress:
    try:
        # an international domain by its ASCII name, which every server knows
        known = validate_email(to, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise ValueError("the recipient is not a mail address") from None
    return MailAddress(addr_spec=known.ascii_email or known.normalized)


class SmtpMailer:
    """Hands mails to a server, each over a connection of its own: they are few."""

    def __init__(self, server: MailServer, sender: str) -> None:
        self._server, self._sender = server, sender

    async def deliver(self, delivery_id: UUID, mail: Mail) -> Fault | None:
        try:
            message = message_of(mail, self._sender, delivery_id)
            async with asyncio.timeout(ATTEMPT_SECONDS):
                await self._hand_over(message)
        except ValueError as error:
            return Fault(str(error), is_final=True)
        except (aiosmtplib.SMTPException, OSError) as error:  # a timeout is one of the latter
            return _fault_of(error)
        return None

    async def _hand_over(self, message: EmailMessage) -> None:
        server = self._server
        await aiosmtplib.send(
            message,
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.tls is Tls.WHOLE,
            start_tls=server.tls is Tls.START,
            timeout=ATTEMPT_SECONDS,
        )


def _fault_of(error: Exception) -> Fault:
    """A server's own words are left out: they may repeat the address, and more."""
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            # whoever runs the service can mend it, so mails wait for that
            return Fault(f"the mail server refused user name or password ({error.code}): check TOKENBOARD_SMTP_URL")
        case aiosmtplib.SMTPRecipientsRefused():
            code = error.recipients[0].code
            return Fault(f"the mail server refused the recipient ({code})", is_final=code >= 500)
        case aiosmtplib.SMTPSenderRefused():
            return Fault(f"the mail server refused the sender ({error.code}): check TOKENBOARD_MAIL_FROM")
        case aiosmtplib.SMTPResponseException():
            return Fault(f"the mail server refused the mail ({error.code})", is_final=error.code >= 500)
        case TimeoutError():
            return Fault("the mail server did not answer in time")
        case OSError():
            return Fault("the mail server cannot be reached")
        case _:
            return Fault(f"the mail server does not offer what we need ({type(error).__name__})")


class FolderMailer:
    """For development: a file for each mail, and a line in the log with the links to click."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder, self._sender = folder, sender

    async def deliver(self, delivery_id: UUID, mail: Mail) -> Fault | None:
        try:
            message = message_of(mail, self._sender, delivery_id)
            file = await asyncio.to_thread(self._write, f"{delivery_id}.eml", bytes(message))
        except (ValueError, OSError) as error:
            return Fault(f"the mail could not be written: {type(error).__name__}", is_final=True)
        links = _LINK.findall(mail.text)
        log.info("a mail was written", to=mail.to, subject=mail.subject, file=str(file), links=links)
        return None

    def _write(self, name: str, content: bytes) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self._folder / name
        file.touch(mode=0o600)
        file.write_bytes(content)
        return file


class NoMailer:
    """For production without a mail server: says what to set."""

    async def deliver(self, delivery_id: UUID, mail: Mail) -> Fault | None:
        log.warning("a mail was not sent: no mail server is set", delivery_id=str(delivery_id))
        return Fault("no mail server is set: set TOKENBOARD_SMTP_URL, then send it again", is_final=True)
