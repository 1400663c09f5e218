"""`tokenboard people`: for whoever runs the service, to let back in who cannot get in by themselves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.auth import links, second_factor
from app.auth import service as auth
from app.auth.rules import Person
from app.cli import runtime
from app.cli.errors import CannotDo
from app.core.config import Settings, encryption_keys
from app.core.crypto import Sealer
from app.core.database import AsyncSession, make_engine, make_sessionmaker


def reset_link(email: str) -> None:
    """Print a link that lets choose a new password, as the mail would hold it."""
    console = runtime.make_console()
    with runtime.migrated_database(runtime.read_settings()) as settings:
        console.print(runtime.run(_reset_link(settings, email)), soft_wrap=True)
        console.print("It works once, for an hour. Hand it to nobody but whose account it is.")


async def _reset_link(settings: Settings, email: str) -> str:
    async with _session(settings) as session:
        return await links.reset_link(session, settings, await _person(session, email))


def forget_second_factor(email: str) -> None:
    """Turn it off, for who has lost both the app and the recovery codes."""
    console = runtime.make_console()
    with runtime.migrated_database(runtime.read_settings()) as settings:
        was_on = runtime.run(_forget(settings, email))
    console.print("The second factor is off; the password alone signs in." if was_on else "There was none.")


async def _forget(settings: Settings, email: str) -> bool:
    async with _session(settings) as session:
        return await second_factor.forget(session, settings, await _person(session, email))


@asynccontextmanager
async def _session(settings: Settings) -> AsyncIterator[AsyncSession]:
    """One that can seal what people are mailed."""
    engine = make_engine(runtime.address_of(settings), pooled=settings.database_pooled)
    try:
        async with make_sessionmaker(engine, Sealer(encryption_keys(settings)))() as session, session.begin():
            yield session
    finally:
        await engine.dispose()


async def _person(session: AsyncSession, email: str) -> Person:
    found = await auth.find_person(session, email)
    if found is None:
        raise CannotDo(f"There is no account with the address {email}.")
    return found
