"""`tokenboard doctor`: one look at everything the service leans on. Never prints a secret."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli import queries, runtime
from app.cli.rules import findings as rules
from app.cli.rules.findings import Finding, State
from app.core import migrations
from app.core.config import AppEnv, ConfigurationError, Settings, encryption_keys
from app.core.database import database_url, make_engine
from app.core.periods import utc_now
from app.jobs import backlog

COLOURS = {State.OK: "green", State.WARN: "yellow", State.FAIL: "bold red"}


def examine() -> bool:
    """Print what was found; whether nothing is wrong enough to stop the service."""
    findings = list(_findings())
    _print(findings)
    return rules.is_healthy(findings)


def _findings() -> Iterator[Finding]:
    try:
        settings = runtime.read_settings()
    except ConfigurationError as error:
        yield Finding("settings", State.FAIL, str(error), "Mend this first, then run `tokenboard doctor` again.")
        return
    yield _settings(settings)
    yield _secrets(settings)
    yield rules.disk(shutil.disk_usage(_existing(settings.data)).free, str(settings.data.resolve()))
    yield rules.mail(settings.smtp_url is not None, settings.is_production)
    yield from _database(settings)
    yield _prices()
    yield _dashboard(settings)


def _settings(settings: Settings) -> Finding:
    found = f"{settings.app_env.value}, reached at {settings.app_url}"
    if settings.is_production and not settings.uses_https:
        mend = "Set APP_URL to the https:// address people use, so that cookies are sent encrypted only."
        return Finding("settings", State.WARN, found, mend)
    return Finding("settings", State.OK, found)


def _secrets(settings: Settings) -> Finding:
    try:
        encryption_keys(settings)
    except ConfigurationError as error:
        return Finding("secrets", State.FAIL, "ENCRYPTION_KEY is not usable", str(error))
    kept = settings.data / "secrets.json"
    if settings.app_env is AppEnv.PRODUCTION or not kept.exists():
        return Finding("secrets", State.OK, "set by the environment")
    if kept.stat().st_mode & 0o077:
        return Finding("secrets", State.WARN, f"{kept} can be read by others", f"Run: chmod 600 {kept}")
    return Finding("secrets", State.OK, f"kept in {kept}, for this user only")


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists: the disk is the same."""
    return next(path for path in (folder.resolve(), *folder.resolve().parents) if path.exists())


def _database(settings: Settings) -> Iterator[Finding]:
    if settings.database_url is None and not (settings.data / "postgres" / "PG_VERSION").exists():
        mend = "Run `tokenboard serve`, which makes it, or set DATABASE_URL."
        yield Finding("database", State.WARN, f"none yet in {settings.data.resolve()}", mend)
        return
    try:
        with runtime.running_database(settings) as ready:
            yield from runtime.run(_ask_database(ready))
    except (ConfigurationError, OSError, DBAPIError) as error:
        yield _unreachable(settings, error)


def _unreachable(settings: Settings, error: Exception) -> Finding:
    if settings.database_url is None:
        return Finding("database", State.FAIL, str(error), f"See {settings.data.resolve()}/postgres.log.")
    found = str(error) if isinstance(error, ConfigurationError) else f"not reachable: {runtime.reason(error)}"
    return Finding("database", State.FAIL, found, "Check DATABASE_URL, and that the server runs and lets us in.")


async def _ask_database(settings: Settings) -> list[Finding]:
    engine = make_engine(runtime.address_of(settings), pooled=settings.database_pooled)
    try:
        async with engine.connect() as connection:
            version = rules.server_version(await queries.server_version(connection))
            schema = rules.migrations(await migrations.current_revision(connection), migrations.newest_revision())
            place = "embedded" if _is_embedded(settings) else "set by DATABASE_URL"
            return [
                Finding(version.check, version.state, f"{version.found}, {place}", version.mend),
                schema,
                rules.clock(await _skew(connection)),
                *(await _waiting(connection) if schema.state is State.OK else ()),
            ]
    finally:
        await engine.dispose()


async def _waiting(connection: AsyncConnection) -> list[Finding]:
    found = await backlog.read(connection)
    return [
        rules.jobs(found.jobs_waiting, found.jobs_oldest, found.looked),
        rules.outbox(found.letters_waiting, found.letters_oldest, found.letters_dead, found.mails_dead),
    ]


def _is_embedded(settings: Settings) -> bool:
    host = database_url(runtime.address_of(settings)).query.get("host")
    return isinstance(host, str) and host.startswith("/")


async def _skew(connection: AsyncConnection) -> timedelta:
    """How far the database's clock is ahead; asked between two looks at ours."""
    before = utc_now()
    theirs = await queries.server_time(connection)
    return theirs - (before + (utc_now() - before) / 2)


def _prices() -> Finding:
    from app.pricing import service as pricing

    try:
        return rules.prices(pricing.load_default().version, utc_now().date())
    except (OSError, ValueError, KeyError) as error:
        return Finding("price book", State.FAIL, f"cannot be read: {type(error).__name__}", "Install TokenBoard again.")


def _dashboard(settings: Settings) -> Finding:
    if (settings.frontend / "index.html").is_file():
        return Finding("dashboard", State.OK, f"built in {settings.frontend}")
    return Finding("dashboard", State.WARN, f"not built in {settings.frontend}", "Run `make run`, which builds it.")


def _print(findings: list[Finding]) -> None:
    table = Table("check", "state", "found", "how to mend", box=None, pad_edge=False, header_style="bold")
    for finding in findings:
        state = Text(finding.state.value, style=COLOURS[finding.state])
        table.add_row(finding.check, state, Text(finding.found), Text(finding.mend))
    runtime.make_console().print(table)
