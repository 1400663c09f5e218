"""The instrumentations that the tests run for real, each group in a virtual environment of its own, made once."""

import fcntl
from pathlib import Path

from scripts.machine import ROOT
from scripts.sdk_python import virtual_environment

FOLDER = ROOT / "tests" / "instrumentations"


def environment(group: str) -> Path:
    """The Python of a group, made when it is missing or its requirements changed; by one process at a time."""
    folder = FOLDER / ".venvs"
    folder.mkdir(exist_ok=True)
    with (folder / f"{group}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return virtual_environment(folder / group, FOLDER / f"requirements-{group}.txt", "--no-deps")
