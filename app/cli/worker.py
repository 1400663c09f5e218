"""One process of `tokenboard serve --workers N`; started by `crew`, never by hand."""

import faulthandler
import os
import shutil
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from app.cli import runtime, server
from app.cli.crew import WHERE
from app.core import log
from app.core.config import ConfigurationError
from app.core.metrics import Shared

# How long a worker whose parent is gone may take to finish.
ORPHAN_SECONDS: Final = 30.0


class Parent:
    """The process that started this one. When it goes, so do we: after kill -9 too, nobody is left behind."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self.is_gone = False
        threading.Thread(target=self._watch, daemon=True).start()

    def tell_well(self) -> None:
        """Never waits: a parent that is stopped and reads nothing is no reason to stop as well."""
        with suppress(OSError):
            self._link.send(b".", socket.MSG_DONTWAIT)

    def _watch(self) -> None:
        self._link.recv(1)  # nothing is ever said: it returns when the other end closes
        self.is_gone = True
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(ORPHAN_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)


def work(shared: Shared, listener: socket.socket, link: socket.socket) -> None:
    """Serve until told to stop. The embedded database is shared: where the parent is gone, the last one stops it."""
    stop = server.note_signals()
    parent = Parent(link)
    settings = runtime.read_settings()
    log.configure(json_lines=settings.is_production, level=settings.log_level)
    with server.database_beside_imports(settings) as ready:
        if not stop.is_requested:
            server.run(ready, listener, stop, announce=parent.tell_well, tell_well=parent.tell_well, shared=shared)
    if parent.is_gone:
        shutil.rmtree(shared.folder, ignore_errors=True)


def main() -> None:
    faulthandler.register(WHERE, all_threads=True)
    number, folder, listener, link = sys.argv[1:]
    try:
        work(Shared(Path(folder), int(number)), _inherited(listener), _inherited(link))
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


def _inherited(descriptor: str) -> socket.socket:
    """A socket of the parent's; programs that we start do not get it."""
    inherited = socket.socket(fileno=int(descriptor))
    inherited.set_inheritable(False)
    return inherited


if __name__ == "__main__":
    main()
