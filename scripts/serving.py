"""A service started for a test: fresh data folder, free port, stopped by its process id."""

import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from scripts.external_postgres import free_port
from scripts.machine import BIN, without_own_settings

START_SECONDS = 120
STOP_SECONDS = 60


class ServiceFailed(Exception):
    """The service did not come up or did not go down; the message carries its log."""


class Service(NamedTuple):
    """One that runs."""

    address: str
    pid: int


@contextmanager
def fresh_service(command: list[str] | None = None, **environment: str) -> Iterator[str]:
    """`tokenboard serve` with an embedded database in a temporary folder; yields its address."""
    with fresh_process(command, **environment) as service:
        yield service.address


@contextmanager
def fresh_process(command: list[str] | None = None, **environment: str) -> Iterator[Service]:
    """The same, and its process id."""
    with tempfile.TemporaryDirectory(prefix="tokenboard-service-") as name:
        folder, port = Path(name), free_port()
        address = f"http://localhost:{port}"
        settings = {"TOKENBOARD_PORT": str(port), "TOKENBOARD_DATA": str(folder / "data"), "APP_URL": address}
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                command or [str(BIN / "tokenboard"), "serve"],
                cwd=folder,  # no `.env` here
                env=without_own_settings() | settings | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the test; the service is stopped below
            )
        try:
            wait_until_healthy(process, address)
            yield Service(address, process.pid)
        except BaseException:
            print(f"\nThe service's log:\n{(folder / 'log').read_text()}", flush=True)
            raise
        finally:
            stop_gently(process)


def wait_until_healthy(process: subprocess.Popen[bytes], address: str) -> None:
    """Raises ServiceFailed when it ends, or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServiceFailed(f"the service ended with exit status {process.returncode}")
        if health(address) == "ok":
            return
        time.sleep(0.1)
    raise ServiceFailed(f"the service was not healthy after {START_SECONDS} seconds")


def health(address: str) -> str | None:
    """What the service says of itself; None while it does not answer."""
    try:
        with urllib.request.urlopen(f"{address}/api/v1/health", timeout=5) as answer:  # noqa: S310 - our own address
            return str(json.load(answer)["status"])
    except (urllib.error.URLError, OSError):
        return None


def stop_gently(process: subprocess.Popen[bytes]) -> None:
    """As Ctrl-C does; killed if it does not go, so that nothing is left behind."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise ServiceFailed(f"the service did not stop within {STOP_SECONDS} seconds") from None
