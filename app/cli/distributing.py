"""`tokenboard db distribute`: the tables over a Citus cluster, in one transaction."""

from rich.console import Console
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.cli import runtime
from app.cli.errors import CannotDo
from app.core import citus
from app.core.citus import Kind
from app.core.config import Settings
from app.core.database import make_engine
from app.metadata import metadata


def distribute(*, shards: int, dry_run: bool) -> None:
    """Do what is left to do, or say it. Raises CannotDo."""
    console = runtime.make_console()
    with runtime.migrated_database(runtime.read_settings()) as settings:
        runtime.run(_distribute(settings, shards, dry_run, console))


async def _distribute(settings: Settings, shards: int, dry_run: bool, console: Console) -> None:
    engine = make_engine(runtime.address_of(settings), pooled=True)  # one connection, one transaction
    try:
        async with engine.begin() as connection:
            console.print(await citus.check(connection))
            done = await citus.known_tables(connection)
            _show(done, console)
            for step in citus.steps(metadata, done, shards):
                console.print(f"{'would ' if dry_run else ''}{step.what}")
                if not dry_run:
                    await connection.execute(text(step.statement))
    except citus.NotPossible as error:
        raise CannotDo(str(error)) from None
    except DBAPIError as error:
        raise CannotDo(f"Citus refused: {runtime.reason(error)}. Nothing was changed.") from error
    finally:
        await engine.dispose()
    console.print("Nothing was changed." if dry_run else "Done. All of a workspace's rows lie on one node.")


def _show(done: dict[str, Kind], console: Console) -> None:
    for name, kind in citus.classify(metadata).items():
        if kind is Kind.LOCAL:
            console.print(f"{name} stays a local table")
        elif name in done:
            console.print(f"{name} is a {done[name]} table already")
