"""`tokenboard serve --workers N`: several processes of the application on one port and one database.

This process holds the port and the database and answers nothing itself. It starts the workers, replaces one that
dies or hangs, passes signals on, and ends last. Each worker is tied to it by a pair of sockets: the worker says there
every second, from the loop that answers requests, that it is well, and either learns by the end of it that the other is
gone, also after kill -9.
"""

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import app
from app.cli import queries, runtime
from app.cli.server import GRACE_SECONDS, Stop
from app.core.config import ConfigurationError, Settings
from app.core.database import make_engine
from app.core.log import get_logger
from app.core.metrics import Shared

log = get_logger(__name__)

# A worker that lived so long died of something new; sooner, and its next start waits longer each time.
LONG_LIFE_SECONDS: Final = 30.0
FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 30.0
# Requests at hand, the last batch of background work, and some time to put things away.
END_SECONDS: Final = GRACE_SECONDS + 20
HURRIED_SECONDS: Final = 10
# Nothing may keep the loop of a worker so long: one that says no word for so many looks hangs. What is counted are this
# process's own looks, so that a machine that stood still, or had no time for anybody, makes nobody seem to hang.
LOOK_SECONDS: Final = 1.0
SILENT_LOOKS: Final = 30
# Before it says its first word it imports the application, and may wait for the database.
SILENT_LOOKS_AT_FIRST: Final = 180
# What makes a worker write to the log where each of its threads is.
WHERE: Final = signal.SIGUSR1
# What a worker ends with that could not start as it was set up, and said so.
SET_UP_WRONG: Final = 2


def check_connections(settings: Settings, workers: int) -> None:
    """Raises ConfigurationError when the database has not even the connections that are always open."""
    each = settings.database_connections
    if each is None:
        return
    allowed = runtime.run(_connections_allowed(runtime.address_of(settings)))
    kept, most = workers * settings.database_pool_size, workers * each
    mend = "Set TOKENBOARD_DATABASE_POOL_SIZE lower, take fewer workers, or raise the server's max_connections."
    if kept > allowed:
        raise ConfigurationError(
            f"{workers} workers keep {settings.database_pool_size} connections each, {kept} together, and the database "
            f"allows {allowed}. {mend}"
        )
    if most > allowed:
        log.warning("under load the database may run out of connections", wanted=most, allowed=allowed, mend=mend)


async def _connections_allowed(address: str) -> int:
    engine = make_engine(address)
    try:
        async with engine.connect() as connection:
            return await queries.connections_allowed(connection)
    finally:
        await engine.dispose()


def run(settings: Settings, listener: socket.socket, stop: Stop, workers: int, *, announce: Callable[[], None]) -> None:
    """Keep so many workers on the listener until told to stop. Raises SystemExit when they cannot start as set up."""
    with _metrics_folder() as folder, _wakened() as signals:
        crew = [_Worker(Shared(folder, number), settings, listener) for number in range(1, workers + 1)]
        try:
            _keep(crew, signals, stop, announce)
        finally:
            listener.close()  # who comes now is refused, and does not wait for nothing
            _end(crew, signals, stop)


@contextmanager
def _metrics_folder() -> Iterator[Path]:
    """Where the workers count together."""
    with tempfile.TemporaryDirectory(prefix="tokenboard-metrics-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextmanager
def _wakened() -> Iterator[socket.socket]:
    """What can be read as soon as a signal came, so that waiting for workers ends."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.setblocking(False)
        signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        try:
            yield ours
        finally:
            signal.set_wakeup_fd(-1)


def _keep(crew: "Sequence[_Worker]", signals: socket.socket, stop: Stop, announce: Callable[[], None]) -> None:
    is_announced = False
    while not stop.is_requested:
        for worker in crew:
            worker.start_when_due()
        _wait(crew, signals, min(worker.rest() for worker in crew))
        for worker in crew:
            worker.look()
        if not is_announced and all(worker.is_ready for worker in crew):
            announce()
            is_announced = True
        if not is_announced and any(worker.ended_with == SET_UP_WRONG for worker in crew):
            raise SystemExit(SET_UP_WRONG)


def _wait(crew: "Sequence[_Worker]", signals: socket.socket, seconds: float) -> None:
    """Until a signal came, a worker is ready or has ended, or the time is over."""
    links = {worker.link: worker for worker in crew if worker.link is not None}
    readable, _, _ = select.select([signals, *links], [], [], seconds)
    for found in readable:
        if found is signals:
            signals.recv(4096)
        else:
            links[found].listen()


def _end(crew: "Sequence[_Worker]", signals: socket.socket, stop: Stop) -> None:
    """Ask all to finish, then insist."""
    deadline, is_urgent = time.monotonic() + END_SECONDS, False
    for worker in crew:
        worker.dismiss(signal.SIGTERM)
    while any(worker.process is not None for worker in crew):
        if stop.is_urgent and not is_urgent:
            deadline, is_urgent = time.monotonic() + HURRIED_SECONDS, True
            for worker in crew:
                worker.dismiss(signal.SIGINT)  # a second signal, and this one, is what makes a server hurry
        if time.monotonic() > deadline:
            for worker in crew:
                worker.dismiss(signal.SIGKILL)
        _wait(crew, signals, max(0.1, deadline - time.monotonic()))


@dataclass
class _Worker:
    """A place in the crew, and the process that fills it."""

    shared: Shared
    settings: Settings
    listener: socket.socket
    process: subprocess.Popen[bytes] | None = None
    link: socket.socket | None = None
    is_ready: bool = False
    ended_with: int | None = None
    is_dismissed: bool = False
    _started_at: float = 0.0
    _start_at: float = field(default_factory=time.monotonic)
    _failures: int = 0
    _looked_at: float = 0.0
    _silent_looks: int = 0

    def start_when_due(self) -> None:
        if self.process is not None or time.monotonic() < self._start_at:
            return
        self.link, theirs = socket.socketpair()
        with theirs:
            descriptors = (self.listener.fileno(), theirs.fileno())
            # a session of its own: a terminal's Ctrl-C is ours to pass on
            self.process = subprocess.Popen(
                _command(self.shared, *descriptors),
                env=_environment(self.settings),
                pass_fds=descriptors,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._started_at = self._looked_at = time.monotonic()
        self._silent_looks = 0

    def rest(self) -> float:
        """Seconds until this one must be looked at, if nothing happens before."""
        at = self._start_at if self.process is None else self._looked_at + LOOK_SECONDS
        return max(0.0, at - time.monotonic())

    def look(self) -> None:
        """Once a second: whether it said something since the last time, and if it has not for long, end it.

        First it is asked to write where it hangs, which one that is stopped cannot; a look later it is killed.
        """
        if self.process is None or time.monotonic() < self._looked_at + LOOK_SECONDS:
            return
        self._looked_at = time.monotonic()
        self._silent_looks += 1
        patience = SILENT_LOOKS if self.is_ready else SILENT_LOOKS_AT_FIRST
        if self._silent_looks == patience:
            log.error("a worker hangs", worker=self.shared.number, pid=self.process.pid, silent_looks=patience)
            self.process.send_signal(WHERE)
        elif self._silent_looks > patience:
            self.process.kill()

    def listen(self) -> None:
        """Hear that it is well, or by the end of its words that it is gone."""
        if self.link is None:
            return
        try:
            said = self.link.recv(4096)
        except ConnectionResetError:
            said = b""
        if said:
            self.is_ready, self._silent_looks = True, 0
        else:
            self._bury()

    def dismiss(self, number: signal.Signals) -> None:
        """Ask it to end; nobody takes its place."""
        self.is_dismissed = True
        if self.process is not None:
            self.process.send_signal(number)

    def _bury(self) -> None:
        if self.process is None or self.link is None:
            return
        self.link.close()
        self.ended_with = self.process.wait()
        lived, self._failures = time.monotonic() - self._started_at, self._failures + 1
        if lived >= LONG_LIFE_SECONDS:
            self._failures = 1
        pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (self._failures - 1))
        if not self.is_dismissed:
            log.error(
                "a worker died; another takes its place",
                worker=self.shared.number,
                pid=self.process.pid,
                ended=_told(self.ended_with),
                lived_seconds=round(lived, 1),
                next_in_seconds=pause,
            )
        self.process = self.link = None
        self.is_ready = False
        self._start_at = time.monotonic() + pause
        self.shared.bury()


def _command(shared: Shared, listener: int, link: int) -> list[str]:
    # -P: the folder we were started in is nobody's package
    return [
        sys.executable,
        "-P",
        "-m",
        "app.cli.worker",
        str(shared.number),
        str(shared.folder),
        str(listener),
        str(link),
    ]


def _environment(settings: Settings) -> dict[str, str]:
    """What this process was started with, the code it runs, and the address it took."""
    code = str(Path(app.__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, (code, os.environ.get("PYTHONPATH"))))
    return os.environ | {"PYTHONPATH": path, "APP_URL": settings.app_url, "TOKENBOARD_PORT": str(settings.port)}


def _told(status: int) -> str:
    return f"exit status {status}" if status >= 0 else f"killed by {signal.Signals(-status).name}"
