"""The instrumentations that the tests run for real, each group in a virtual environment of its own, made once."""

from pathlib import Path

from scripts.machine import ROOT
from scripts.sdk_python import virtual_environment

FOLDER = ROOT / "tests" / "instrumentations"


def environment(group: str) -> Path:
    """The Python of a group, made when it is missing or its requirements changed."""
    return virtual_environment(FOLDER / ".venvs" / group, FOLDER / f"requirements-{group}.txt", "--no-deps")
