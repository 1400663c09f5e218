"""`tokenboard mail`: mails to people that did not arrive. They belong to no channel, so no page shows them."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.cli import runtime
from app.cli.errors import CannotDo
from app.core.config import Settings
from app.delivery import service as delivery
from app.delivery.errors import AlreadySent, DeliveryNotFound
from app.delivery.rules import State

MOST: Final = 1_000


def list_mails() -> None:
    """Those that were given up, and those that wait."""
    console = runtime.make_console()
    with runtime.migrated_database(runtime.read_settings()) as settings:
        runtime.run(_list(settings, console))


async def _list(settings: Settings, console: Console) -> None:
    async with runtime.sessions_of(settings) as sessions, sessions() as session:
        found = [
            row for state in (State.DEAD, State.WAITING) for row in await delivery.mails(session, state, limit=MOST)
        ]
    table = Table()
    table.add_column("id", no_wrap=True)
    for heading in ("written", "state", "tries", "to", "subject", "reason"):
        table.add_column(heading)
    for row in found:
        written = f"{row.created_at:%Y-%m-%d %H:%M}"
        cells = (str(row.id), written, row.state, str(row.attempts), row.label, row.subject, row.reason or "")
        table.add_row(*map(escape, cells))
    console.print(table if found else "No mail is left to be sent.")


def resend(ids: Sequence[UUID]) -> None:
    """Try these again from the start; without any, all that were given up."""
    console = runtime.make_console()
    with runtime.migrated_database(runtime.read_settings()) as settings:
        count = runtime.run(_resend(settings, ids))
    console.print(f"{count} to be sent again: where the service runs, within seconds.")


async def _resend(settings: Settings, ids: Sequence[UUID]) -> int:
    async with runtime.sessions_of(settings) as sessions, sessions() as session, session.begin():
        wanted = ids or [row.id for row in await delivery.mails(session, State.DEAD, limit=MOST)]
        for delivery_id in wanted:
            try:
                await delivery.resend_mail(session, delivery_id)
            except (DeliveryNotFound, AlreadySent):
                raise CannotDo(f"No mail waits under {delivery_id}: see `tokenboard mail list`.") from None
    return len(wanted)
