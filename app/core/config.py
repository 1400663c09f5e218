"""Settings: one typed class, read from the environment and `.env`, nowhere else.

On a laptop nothing need be set: secrets are made on first start and kept, mode 0600, in the
data folder. With `APP_ENV=production` a missing, weak or default secret refuses to start.
"""

import base64
import binascii
import json
import os
import re
import secrets
from email.utils import parseaddr
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.core.mailserver import read_mail_server

ENCRYPTION_KEY_BYTES = 32
MIN_SECRET_CHARACTERS = 32
# Who mails are from that no server gets.
DEVELOPERS_SENDER = "TokenBoard <tokenboard@localhost>"
_SENDER = re.compile(r"[^@\s]+@[^@\s]+")
# Words that stand in examples; a real secret holds none of them.
PLACEHOLDERS = ("change", "secret", "example", "default", "password", "your-")


class AppEnv(StrEnum):
    """Where the service runs: production is strict about secrets and logs JSON."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class ConfigurationError(Exception):
    """The service cannot start; the message says which setting to mend and how."""


def _env(name: str) -> AliasChoices:
    return AliasChoices(name, name.lower())


class OidcProvider(BaseModel):
    """An OpenID Connect provider that people sign in with. `id` stands in the address it sends them back to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=32)
    name: str = Field(min_length=1, max_length=40)
    issuer: str
    client_id: str = Field(min_length=1)
    client_secret: SecretStr

    @field_validator("issuer")
    @classmethod
    def _is_safe(cls, issuer: str) -> str:
        parts = urlsplit(issuer)
        is_here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
        if not parts.hostname or parts.scheme not in ({"https", "http"} if is_here else {"https"}):
            raise ValueError("must begin with https://, as the provider's documentation writes it")
        return issuer


class Settings(BaseSettings):
    """Every setting, with the name it has in the environment."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_prefix="TOKENBOARD_",
        extra="ignore",
        populate_by_name=True,
        env_ignore_empty=True,
    )

    app_env: AppEnv = Field(AppEnv.DEVELOPMENT, validation_alias=_env("APP_ENV"))
    app_url: str = Field("http://localhost:8000", validation_alias=_env("APP_URL"))
    database_url: SecretStr | None = Field(None, validation_alias=_env("DATABASE_URL"))
    jwt_secret: SecretStr | None = Field(None, validation_alias=_env("JWT_SECRET"))
    encryption_key: SecretStr | None = Field(None, validation_alias=_env("ENCRYPTION_KEY"))
    cron_secret: SecretStr | None = Field(None, validation_alias=_env("CRON_SECRET"))

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    data: Path = Path("data")
    # Application processes that `serve` runs on the one port.
    workers: int = Field(1, ge=1, le=64)
    log_level: str = "info"
    # True when DATABASE_URL points at a pooler in transaction mode (PgBouncer): then nothing is
    # kept in the database session and no prepared statement is named.
    database_pooled: bool = False
    database_pool_size: int = Field(10, ge=1, le=200)
    frontend: Path = Path(__file__).resolve().parents[2] / "frontend" / "dist"
    sign_up_open: bool = True
    sign_in_failures_per_account: str = "10/15minutes"
    sign_in_failures_per_address: str = "50/15minutes"
    sign_ups_per_address: str = "20/hour"
    # Mails with links that one account, and one network address, may ask for.
    mails_per_account: str = "5/hour"
    mails_per_address: str = "30/hour"
    # Sign-in with other accounts. GitHub's address is another one with GitHub Enterprise Server.
    oidc_github_client_id: str | None = None
    oidc_github_client_secret: SecretStr | None = None
    oidc_github_url: str = "https://github.com"
    oidc_google_client_id: str | None = None
    oidc_google_client_secret: SecretStr | None = None
    # JSON: [{"id", "name", "issuer", "client_id", "client_secret"}, ...]
    oidc_providers: tuple[OidcProvider, ...] = ()
    ingest_requests_per_key: str = "100000/minute"
    # What may wait to be written, before senders are told to come again, and how long one write may take.
    ingest_backlog_events: int = Field(20_000, ge=1_000)
    ingest_backlog_mib: int = Field(64, ge=32)
    ingest_write_seconds: int = Field(15, ge=1, le=300)
    # Whether a vendor's usage object is kept as it came, so that a mended rule can read it again.
    keep_raw_usage: bool = True
    # Days that calls are kept where a workspace does not say otherwise; None keeps them all. Sums are kept for ever.
    retention_days: int | None = Field(None, ge=35, le=36_500)
    # False where no process lives on between requests (serverless): then nobody does re-pricings and syncs here.
    worker: bool = True
    # Lets a Prometheus in at /metrics (as a bearer token); without it nobody is.
    metrics_token: SecretStr | None = None
    # True adds to it what each workspace spent, by model: names that a monitoring system then holds too.
    metrics_spend: bool = False
    # True lets connections lead to http addresses and to this machine: for stand-ins and gateways on a laptop.
    allow_local_providers: bool = False
    # The server mails are handed to: smtps://user:password@host, or smtp://... with STARTTLS.
    smtp_url: SecretStr | None = None
    # Who mails are from.
    mail_from: str = DEVELOPERS_SENDER
    # Networks that webhooks may lead to though they are private, comma-separated; http is let through with them.
    webhook_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    # How long a call of the cron route may work; below what the scheduler or the host waits for an answer.
    cron_budget_seconds: int = Field(50, ge=5, le=900)
    # Hosts whose X-Forwarded-For is believed, comma-separated; "*" for all.
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()

    @field_validator("oidc_providers")
    @classmethod
    def _are_apart(cls, providers: tuple[OidcProvider, ...]) -> tuple[OidcProvider, ...]:
        ids = ["github", "google", *(provider.id for provider in providers)]
        if len(set(ids)) < len(ids):
            raise ValueError("each needs an id of its own, other than github and google")
        return providers

    @field_validator("app_url", "oidc_github_url")
    @classmethod
    def _is_address(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("write the whole address people open, like https://tokenboard.example.com")
        return url.rstrip("/")

    @field_validator("smtp_url")
    @classmethod
    def _is_mail_server(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            read_mail_server(url.get_secret_value())
        return url

    @field_validator("mail_from")
    @classmethod
    def _is_sender(cls, sender: str) -> str:
        if not _SENDER.fullmatch(parseaddr(sender)[1]) or not sender.isprintable():
            raise ValueError("write who mails are from, like TokenBoard <board@example.com>")
        return sender

    @field_validator("trusted_proxies", "webhook_networks", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @property
    def is_production(self) -> bool:
        return self.app_env is AppEnv.PRODUCTION

    @property
    def database_connections(self) -> int | None:
        """How many connections a process may open; None where a pooler of its own limits them."""
        return None if self.database_pooled else 2 * self.database_pool_size

    @property
    def uses_https(self) -> bool:
        return self.app_url.startswith("https://")


def load_settings() -> Settings:
    """Read the settings and complete the secrets. Raises ConfigurationError with what to set."""
    settings = Settings()
    if settings.smtp_url is not None and settings.mail_from == DEVELOPERS_SENDER:
        raise ConfigurationError("TOKENBOARD_SMTP_URL is set: set TOKENBOARD_MAIL_FROM, too, to who mails are from")
    if settings.is_production:
        _check_secrets(settings)
        return settings
    return settings.model_copy(update=_own_secrets(settings))


def _check_secrets(settings: Settings) -> None:
    faults = [
        fault
        for fault in (
            _weak_text("JWT_SECRET", settings.jwt_secret),
            _weak_text("CRON_SECRET", settings.cron_secret) if settings.cron_secret else None,
            _weak_text("TOKENBOARD_METRICS_TOKEN", settings.metrics_token) if settings.metrics_token else None,
            _weak_key(settings.encryption_key),
        )
        if fault
    ]
    if faults:
        raise ConfigurationError("APP_ENV is production, and:\n" + "\n".join(f"  - {fault}" for fault in faults))


def _weak_text(name: str, secret: SecretStr | None) -> str | None:
    mend = f"set {name} to the output of: openssl rand -hex 32"
    if secret is None:
        return f"{name} is not set: {mend}"
    text = secret.get_secret_value()
    if len(text) < MIN_SECRET_CHARACTERS or len(set(text)) < 8:
        return f"{name} is weak (fewer than {MIN_SECRET_CHARACTERS} characters, or too uniform): {mend}"
    if any(word in text.lower() for word in PLACEHOLDERS):
        return f"{name} looks like a placeholder: {mend}"
    return None


def encryption_keys(settings: Settings) -> tuple[bytes, ...]:
    """The keys for provider secrets, newest first. Raises ConfigurationError when one is not 32 bytes."""
    if settings.encryption_key is None:
        return ()
    parts = [part.strip() for part in settings.encryption_key.get_secret_value().split(",") if part.strip()]
    try:
        keys = tuple(base64.b64decode(part, validate=True) for part in parts)
    except binascii.Error:
        raise ConfigurationError("ENCRYPTION_KEY is not base64: use the output of: openssl rand -base64 32") from None
    if not keys or any(len(key) != ENCRYPTION_KEY_BYTES for key in keys):
        raise ConfigurationError("ENCRYPTION_KEY must hold 32 bytes: use the output of: openssl rand -base64 32")
    return keys


def _weak_key(secret: SecretStr | None) -> str | None:
    if secret is None:
        return "ENCRYPTION_KEY is not set: set it to the output of: openssl rand -base64 32"
    try:
        keys = encryption_keys(Settings.model_construct(encryption_key=secret))
    except ConfigurationError as error:
        return str(error)
    if any(len(set(key)) < 8 for key in keys):
        return "ENCRYPTION_KEY is weak: set it to the output of: openssl rand -base64 32"
    return None


def _own_secrets(settings: Settings) -> dict[str, SecretStr]:
    """The secrets that are not set, read from the data folder or made there."""
    missing = [name for name in ("jwt_secret", "encryption_key", "cron_secret") if getattr(settings, name) is None]
    if not missing:
        return {}
    path = settings.data / "secrets.json"
    try:
        kept = json.loads(path.read_text())
    except FileNotFoundError:
        kept = _make_secrets(path)
    except json.JSONDecodeError:
        raise ConfigurationError(f"{path} is not readable JSON: restore it, or delete it and sign in again") from None
    return {name: SecretStr(kept[name]) for name in missing}


def _make_secrets(path: Path) -> dict[str, str]:
    made = {
        "jwt_secret": secrets.token_hex(32),
        "encryption_key": base64.b64encode(secrets.token_bytes(ENCRYPTION_KEY_BYTES)).decode(),
        "cron_secret": secrets.token_hex(32),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written whole under another name and linked into place: of two processes that start
    # together one wins and both read the winner's file.
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(made, indent=2) + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        made = json.loads(path.read_text())
    finally:
        draft.unlink()
    return made
