"""`alembic check` on a fresh embedded database: do the migrations build exactly what the models say?"""

import os
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from app.core import migrations
from app.core.embedded import embedded_server
from scripts.machine import ROOT


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tokenboard-check-") as folder, embedded_server(Path(folder)) as address:
        migrations.upgrade(address)
        os.environ["DATABASE_URL"] = address
        command.check(Config(ROOT / "alembic.ini"))


if __name__ == "__main__":
    main()
