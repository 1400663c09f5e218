"""What every command needs: settings in one piece, a database that runs, a place to write to."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from pydantic import SecretStr, ValidationError
from rich.console import Console

from app.cli.errors import CannotDo
from app.core.config import ConfigurationError, Settings, load_settings

if TYPE_CHECKING:
    from app.core.database import AsyncSession

Answer = TypeVar("Answer")
# Narrower than a log file's lines, wider than an 80-column pipe would cut our tables to.
PIPE_WIDTH = 120


def make_console(*, stderr: bool = False) -> Console:
    """A console that does not cut lines when nobody watches."""
    console = Console(stderr=stderr, highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, PIPE_WIDTH)
    return console


def read_settings() -> Settings:
    """The settings. Raises ConfigurationError, also for a data folder that cannot be written."""
    try:
        return load_settings()
    except ValidationError as error:
        raise ConfigurationError(_faults(error)) from None
    except OSError as error:
        raise unusable_folder(error) from None


def unusable_folder(error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"The data folder cannot be used: {error.strerror}: {error.filename}. "
        "Let this user write there, or set TOKENBOARD_DATA to another folder."
    )


def _faults(error: ValidationError) -> str:
    """Which settings are wrong, without their values: one may be a password."""
    faults = [f"  - {_environment_name(fault['loc'])}: {fault['msg']}" for fault in error.errors(include_input=False)]
    return "These settings cannot be read:\n" + "\n".join(faults)


def _environment_name(location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else ""
    field = Settings.model_fields.get(name)
    has_own_name = field is None or field.validation_alias is not None
    return name.upper() if has_own_name else f"TOKENBOARD_{name.upper()}"


@contextmanager
def running_database(settings: Settings) -> Iterator[Settings]:
    """The settings with the address of a server that runs: the one that is set, else the embedded one.

    The embedded server is shared: it is started when nobody uses it and stopped when the last one leaves.
    """
    if settings.database_url is not None:
        yield settings
        return
    from app.core.embedded import embedded_server

    with ExitStack() as stack:
        try:
            address = stack.enter_context(embedded_server(settings.data))
        except OSError as error:
            raise unusable_folder(error) from None
        yield settings.model_copy(update={"database_url": SecretStr(address)})


@contextmanager
def migrated_database(settings: Settings) -> Iterator[Settings]:
    """The same, brought to the newest schema, so that commands also work before the first `serve`."""
    with running_database(settings) as ready:
        upgrade(ready)
        yield ready


def upgrade(settings: Settings) -> None:
    """Migrate. Raises ConfigurationError, without the address, when the server cannot be used."""
    from sqlalchemy.exc import DBAPIError

    from app.core import migrations

    # it says at each start what it is about to do, also when there is nothing to do
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        migrations.upgrade(address_of(settings))
    except (OSError, DBAPIError) as error:
        raise ConfigurationError(
            f"The database cannot be used: {reason(error)}. "
            "Check DATABASE_URL, and that the server runs and lets us in."
        ) from error


def address_of(settings: Settings) -> str:
    """The database's address, inside `running_database`."""
    if settings.database_url is None:
        raise ConfigurationError("DATABASE_URL is not set, and the embedded database is not running")
    return settings.database_url.get_secret_value()


def reason(error: Exception) -> str:
    """The first line of what the driver said, without the statement SQLAlchemy adds."""
    said = str(getattr(error, "orig", None) or error) or type(error).__name__
    return said.splitlines()[0].split(">: ", 1)[-1].rstrip(".")


def run(job: Coroutine[Any, Any, Answer]) -> Answer:
    """Run a coroutine to its end on the loop the service itself uses."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(job)


@asynccontextmanager
async def sessions_of(settings: Settings) -> AsyncIterator["Callable[[], AsyncSession]"]:
    """Sessions on the database of these settings, inside `running_database`."""
    from app.core.database import make_engine, make_sessionmaker

    engine = make_engine(address_of(settings), pooled=settings.database_pooled)
    try:
        yield make_sessionmaker(engine)
    finally:
        await engine.dispose()


async def find_workspace(sessions: "Callable[[], AsyncSession]", slug_or_id: str) -> UUID:
    """The workspace of that slug, or that id as it stands. Raises CannotDo."""
    from app.workspaces import service as workspaces

    with suppress(ValueError):
        return UUID(slug_or_id)
    async with sessions() as session:
        found = await workspaces.find_by_slug(session, slug_or_id)
    if found is None:
        raise CannotDo(f"There is no workspace with the slug {slug_or_id}. It stands in its settings.")
    return found
