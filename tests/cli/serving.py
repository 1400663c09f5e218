"""`tokenboard serve` as a process of its own, for tests."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
OWN = ("DATABASE_URL", "JWT_SECRET", "ENCRYPTION_KEY", "CRON_SECRET", "APP_URL", "APP_ENV")
START_SECONDS = 200


def clean_environment(folder: Path, **settings: str) -> dict[str, str]:
    """This process's environment with these settings and no others."""
    kept = {name: value for name, value in os.environ.items() if name not in OWN and not name.startswith("TOKENBOARD_")}
    return {**kept, "TOKENBOARD_DATA": str(folder), **settings}


class Service:
    """`tokenboard serve` on a data folder of its own, with the embedded database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self, *arguments: str, program: str = "app.cli", **settings: str) -> None:
        self.launch(*arguments, program=program, **settings)
        self._wait_until_healthy()

    def launch(self, *arguments: str, program: str = "app.cli", **settings: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", program, "serve", "--port", str(port), *arguments],
                env=clean_environment(self.folder, **settings),
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _wait_until_healthy(self) -> None:
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up:
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()
            try:
                if httpx.get(f"{self.url}/api/v1/health", timeout=START_SECONDS).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        pytest.fail(f"not healthy in {START_SECONDS} s:\n{self.log.read_text()}")

    def stop(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=START_SECONDS)

    @property
    def workers(self) -> set[int]:
        """The processes that serve it, where there are several."""
        assert self.process is not None
        return children(self.process.pid, "app.cli.worker")

    def log_says(self, words: str) -> bool:
        return words in self.log.read_text()

    def register(self, email: str) -> httpx.Response:
        return self._enter("register", email)

    def sign_in(self, email: str) -> httpx.Response:
        return self._enter("login", email)

    def _enter(self, door: str, email: str) -> httpx.Response:
        body = {"email": email, "password": "a long sentence"}
        return httpx.post(f"{self.url}/api/v1/auth/{door}", json=body, timeout=START_SECONDS)

    @property
    def database_pid(self) -> int:
        return int((self.folder / "postgres" / "postmaster.pid").read_text().split()[0])

    @property
    def database_runs(self) -> bool:
        lock = self.folder / "postgres" / "postmaster.pid"
        return lock.exists() and Path(f"/proc/{lock.read_text().split()[0]}").exists()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def children(parent: int, program: str) -> set[int]:
    """The living processes that this one started and whose command names the program."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            _, _, stat = (folder / "stat").read_text().rpartition(")")
            if int(stat.split()[1]) == parent and program in (folder / "cmdline").read_text():
                found.add(int(folder.name))
    return found


def is_alive(pid: int) -> bool:
    """False for a zombie too: its command is empty."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_text())
    except OSError:
        return False


def eventually(claim: Callable[[], bool], what: str) -> None:
    """Wait for what must come true, however busy the machine is."""
    give_up = time.monotonic() + START_SECONDS
    while not claim():
        if time.monotonic() > give_up:
            pytest.fail(f"not in {START_SECONDS} s: {what}")
        time.sleep(0.05)


async def eventually_async(ask: Callable[[], Awaitable[object]], wanted: object) -> None:
    """The same, where asking takes an await."""
    give_up = time.monotonic() + START_SECONDS
    while (found := await ask()) != wanted:
        if time.monotonic() > give_up:
            pytest.fail(f"not in {START_SECONDS} s: {wanted}, but {found}")
        await asyncio.sleep(0.05)
