"""Mails at a real mail server, which refuses, stalls and is not there; and in a folder where none is set."""

import asyncio
import email
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.config import AppEnv, ConfigurationError, Settings, load_settings
from app.core.http import HttpClient
from app.core.ids import new_id
from app.core.mailserver import MailServer, Tls, read_mail_server
from app.delivery import service
from app.delivery.clients import mail as client
from app.delivery.clients.mail import FolderMailer, NoMailer, SmtpMailer, message_of
from app.delivery.outbox import Sent, deliver_due
from app.delivery.rules import ChannelKind, Mail, State
from app.delivery.rules.tries import Fault
from app.delivery.transports import Transports, make_transports
from tests.delivery.parcels import SEALER, parcel
from tests.delivery.sending import put, row

SENDER = "TokenBoard <board@example.com>"
MAIL = Mail("ann@example.com", "Set a new password", "Open https://tb.example.com/reset#TOKEN\nÜber.", "<p>Open</p>")
USER, PASSWORD = "board", "p@ss word/ü"


class Inbox:
    """What a mail server does with what it is given."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.rcpt = self.data = ""
        self.is_stalling = False

    async def handle_RCPT(self, _s: SMTP, _c: Session, envelope: Envelope, to: str, _o: list[str]) -> str:  # noqa: N802
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.is_stalling:
            await asyncio.sleep(3600)
        if self.data:
            return self.data
        assert isinstance(envelope.content, bytes)
        self.envelopes.append(envelope)
        self.mails.append(email.message_from_bytes(envelope.content, policy=default))
        return "250 OK"


def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=known)


@asynccontextmanager
async def serving(inbox: Inbox, tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[int]:
    """A mail server on a port of this machine; `tls` from the first byte."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(inbox, hostname="mail.test", loop=loop, **options), "127.0.0.1", 0, ssl=tls
    )
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of localhost that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def tls(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The server's side; our side trusts it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def mailer(port: int, tls: Tls = Tls.OFF, *, password: str | None = None) -> SmtpMailer:
    host = "127.0.0.1" if tls is Tls.OFF else "localhost"
    return SmtpMailer(MailServer(host, port, tls, USER if password else None, password), SENDER)


# --- at a server ---


async def test_a_mail_arrives_as_text_and_html_with_the_headers_of_a_machine() -> None:
    inbox, delivery_id = Inbox(), new_id()
    async with serving(inbox) as port:
        assert await mailer(port).deliver(delivery_id, MAIL) is None
    (came,) = inbox.mails
    assert (came["From"], came["To"], came["Subject"]) == (SENDER, "ann@example.com", "Set a new password")
    assert came["Message-ID"] == f"<{delivery_id}@example.com>"
    assert (came["Auto-Submitted"], came["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert came["Date"].datetime.tzinfo is not None
    assert came.get_content_type() == "multipart/alternative"
    text, html = (part.get_content() for part in came.iter_parts())
    assert text.strip().splitlines() == ["Open https://tb.example.com/reset#TOKEN", "Über."]
    assert html.strip() == "<p>Open</p>"
    assert inbox.envelopes[0].rcpt_tos == ["ann@example.com"]
    assert inbox.envelopes[0].mail_from == "board@example.com"


async def test_a_mail_of_text_alone_is_plain() -> None:
    inbox = Inbox()
    async with serving(inbox) as port:
        await mailer(port).deliver(new_id(), Mail("ann@example.com", "Hi", "Text"))
    assert inbox.mails[0].get_content_type() == "text/plain"


async def test_starttls_and_sign_in(tls: ssl.SSLContext) -> None:
    inbox = Inbox()
    options: dict[str, Any] = {
        "tls_context": tls,
        "require_starttls": True,
        "authenticator": authenticate,
        "auth_required": True,
    }
    async with serving(inbox, **options) as port:
        assert await mailer(port, Tls.START, password=PASSWORD).deliver(new_id(), MAIL) is None
    assert len(inbox.mails) == 1


async def test_tls_from_the_first_byte(tls: ssl.SSLContext) -> None:
    inbox = Inbox()
    async with serving(inbox, tls) as port:
        assert await mailer(port, Tls.WHOLE).deliver(new_id(), MAIL) is None
    assert len(inbox.mails) == 1


async def test_a_refused_sign_in_waits_for_whoever_can_mend_it(tls: ssl.SSLContext) -> None:
    inbox = Inbox()
    async with serving(inbox, tls_context=tls, authenticator=authenticate, auth_required=True) as port:
        fault = await mailer(port, Tls.START, password="wrong").deliver(new_id(), MAIL)
    assert fault == Fault("the mail server refused user name or password (535): check TOKENBOARD_SMTP_URL")
    assert inbox.mails == []


async def test_a_server_without_starttls_gets_neither_mail_nor_password() -> None:
    inbox = Inbox()
    async with serving(inbox, authenticator=authenticate, auth_require_tls=False) as port:
        fault = await mailer(port, Tls.START, password=PASSWORD).deliver(new_id(), MAIL)
    assert fault is not None
    assert not fault.is_final
    assert inbox.mails == []


async def test_a_certificate_that_nobody_trusts_gets_no_mail(certificate: tuple[Path, Path]) -> None:
    context, inbox = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), Inbox()
    context.load_cert_chain(*certificate)
    async with serving(inbox, tls_context=context) as port:
        fault = await mailer(port, Tls.START).deliver(new_id(), MAIL)
    assert fault is not None
    assert inbox.mails == []


@pytest.mark.parametrize(
    ("rcpt", "data", "expected"),
    [
        ("450 4.2.1 greylisted", "", Fault("the mail server refused the recipient (450)")),
        ("550 5.1.1 no ann@example.com", "", Fault("the mail server refused the recipient (550)", is_final=True)),
        ("", "451 4.3.0 later", Fault("the mail server refused the mail (451)")),
        ("", "554 5.7.1 spam", Fault("the mail server refused the mail (554)", is_final=True)),
    ],
)
async def test_what_passes_is_tried_again_and_what_does_not_is_dead(rcpt: str, data: str, expected: Fault) -> None:
    inbox = Inbox()
    inbox.rcpt, inbox.data = rcpt, data
    async with serving(inbox) as port:
        assert await mailer(port).deliver(new_id(), MAIL) == expected


async def test_a_server_that_stalls_or_is_not_there_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ATTEMPT_SECONDS", 0.5)
    inbox = Inbox()
    inbox.is_stalling = True
    async with serving(inbox) as port:
        assert await mailer(port).deliver(new_id(), MAIL) == Fault("the mail server did not answer in time")
    assert await mailer(port).deliver(new_id(), MAIL) == Fault("the mail server cannot be reached")


async def test_a_sender_cannot_smuggle_headers_or_recipients() -> None:
    evil = Mail("ann@example.com", "Hi\r\nBcc: eve@example.com", "Text\r\n.\r\nMAIL FROM:<eve@example.com>\r\n")
    inbox = Inbox()
    async with serving(inbox) as port:
        assert await mailer(port).deliver(new_id(), evil) is None
        to_two = Mail("ann@example.com, eve@example.com", "Hi", "Text")
        refused = await mailer(port).deliver(new_id(), to_two)
    assert refused == Fault("the recipient is not a mail address", is_final=True)
    (came,) = inbox.mails
    assert came["Bcc"] is None
    assert inbox.envelopes[0].rcpt_tos == ["ann@example.com"]
    assert "MAIL FROM" in came.get_content()


def test_an_international_domain_goes_by_its_ascii_name() -> None:
    message = message_of(Mail("ann@münchen.example.com", "Grüße", "Text"), SENDER, new_id())
    assert message["To"] == "ann@xn--mnchen-3ya.example.com"


# --- through the outbox ---


async def test_mails_and_notices_go_out_and_their_contents_are_wiped(
    sessions: async_sessionmaker[AsyncSession],
) -> None:
    inbox, workspace_id = Inbox(), new_id()
    async with sessions() as session, session.begin():
        mail_id = await service.send_mail(session, MAIL)
    (notice_id,) = await put(sessions, workspace_id, parcel(workspace_id, ChannelKind.EMAIL, "bob@example.com"))
    async with serving(inbox) as port:
        assert await deliver_due(sessions, Transports(mailer(port), HttpClient(), SEALER), 60) == Sent(sent=2)
    assert {came["To"]: came["Subject"] for came in inbox.mails} == {
        "ann@example.com": "Set a new password",
        "bob@example.com": "[Warning] Budget “Research” is at 80 % – Acme & Sons",
    }
    for delivery_id in (mail_id, notice_id):
        sent = await row(sessions, delivery_id)
        assert (sent.state, sent.sealed, sent.notice) == (State.SENT, None, None)


async def test_production_without_a_server_keeps_mails_as_dead_and_says_why(
    sessions: async_sessionmaker[AsyncSession],
) -> None:
    async with sessions() as session, session.begin():
        delivery_id = await service.send_mail(session, MAIL)
    assert await deliver_due(sessions, Transports(NoMailer(), HttpClient(), SEALER), 60) == Sent(dead=1)
    dead = await row(sessions, delivery_id)
    assert dead.reason == "no mail server is set: set TOKENBOARD_SMTP_URL, then send it again"
    assert dead.sealed is not None


async def test_development_lays_mails_into_a_folder(sessions: async_sessionmaker[AsyncSession], tmp_path: Path) -> None:
    async with sessions() as session, session.begin():
        delivery_id = await service.send_mail(session, MAIL)
    ways = Transports(FolderMailer(tmp_path / "mail", SENDER), HttpClient(), SEALER)
    assert await deliver_due(sessions, ways, 60) == Sent(sent=1)
    file = tmp_path / "mail" / f"{delivery_id}.eml"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    message = email.message_from_bytes(file.read_bytes(), policy=default)
    assert message["Subject"] == "Set a new password"


# --- settings ---


def test_the_way_of_mails_follows_the_settings(settings: Settings) -> None:
    production = settings.model_copy(update={"app_env": AppEnv.PRODUCTION})
    with_server = Settings.model_validate({**dict(settings), "smtp_url": "smtps://a:b@mail.example.com"})
    kinds = [type(make_transports(each).mailer) for each in (settings, production, with_server)]
    assert kinds == [FolderMailer, NoMailer, SmtpMailer]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtps://mail.example.com", MailServer("mail.example.com", 465, Tls.WHOLE)),
        ("smtp://mail.example.com", MailServer("mail.example.com", 587, Tls.START)),
        ("smtp://localhost:1025?tls=off", MailServer("localhost", 1025, Tls.OFF)),
        ("smtp://a%40b:p%40ss%2F@mail.example.com", MailServer("mail.example.com", 587, Tls.START, "a@b", "p@ss/")),
    ],
)
def test_addresses_of_mail_servers_are_read(url: str, expected: MailServer) -> None:
    assert read_mail_server(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com",
        "https://SECRET@mail.example.com",
        "smtp://u:SECRET@",
        "smtp://SECRET@mail.example.com",
        "smtps://u:SECRET@mail.example.com?tls=off",
        "smtp://u:SECRET@mail.example.com?starttls=never",
        "smtp://u:SECRET@mail.example.com/path",
        "smtp://u:SECRET@mail.example.com:99999",
        "smtp://u:SECRET@[::1",
    ],
)
def test_other_addresses_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match=r"^(is not|write|knows|needs)") as refused:
        read_mail_server(url)
    assert "SECRET" not in str(refused.value)
    assert "SECRET" not in repr(MailServer("h", 1, Tls.OFF, "u", "SECRET"))


def test_a_server_needs_to_know_who_mails_are_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKENBOARD_SMTP_URL", "smtps://a:b@mail.example.com")
    with pytest.raises(ConfigurationError, match="TOKENBOARD_MAIL_FROM"):
        load_settings()
    monkeypatch.setenv("TOKENBOARD_MAIL_FROM", "Board <board@example.com>")
    assert load_settings().mail_from == "Board <board@example.com>"
