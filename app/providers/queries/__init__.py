"""SQL of connections, their leases, cursors and runs."""

from app.providers.queries.connections import (
    all_connections,
    connection,
    connections,
    cursors,
    deleted_twin,
    due,
    insert,
    is_connected,
    lock,
    save_cursor,
    update_connection,
)
from app.providers.queries.leases import hold, release, revoke, take
from app.providers.queries.ledger import endpoints_not_seen
from app.providers.queries.runs import (
    add_progress,
    close_open,
    last_runs,
    open_run,
    open_runs,
    run,
    runs,
    update_run,
)

__all__ = [
    "add_progress",
    "all_connections",
    "close_open",
    "connection",
    "connections",
    "cursors",
    "deleted_twin",
    "due",
    "endpoints_not_seen",
    "hold",
    "insert",
    "is_connected",
    "last_runs",
    "lock",
    "open_run",
    "open_runs",
    "release",
    "revoke",
    "run",
    "runs",
    "save_cursor",
    "take",
    "update_connection",
    "update_run",
]
