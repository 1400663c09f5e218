"""`tokenboard migrate`."""

from app.cli import runtime


def migrate() -> None:
    """Bring the database to the newest schema."""
    from app.core import migrations

    with runtime.migrated_database(runtime.read_settings()):
        runtime.make_console().print(f"The database is at the newest schema ({migrations.newest_revision()}).")
