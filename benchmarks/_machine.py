"""What the machine is, and what processes have used of it (Linux: /proc)."""

import os
import platform
from collections import defaultdict
from pathlib import Path
from typing import Final, NamedTuple

PROC: Final = Path("/proc")
TICKS: Final = os.sysconf("SC_CLK_TCK")
KIB: Final = 1024
# Written to `clear_refs`, makes the peak of resident memory start again from now (man 5 proc).
FORGET_PEAK: Final = "5"


def describe() -> list[str]:
    """The machine in a few words each."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / KIB**3
    return [
        f"{_cpu_model()}, {os.cpu_count()} cores, {memory:.0f} GiB of memory",
        f"{platform.system()} {platform.release().partition('-')[0]}, Python {platform.python_version()}",
    ]


def _cpu_model() -> str:
    for line in (PROC / "cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


class _Stat(NamedTuple):
    parent: int
    seconds: float
    """Of its own and of its children that ended."""


def _stat(pid: int) -> _Stat | None:
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except OSError:  # ended meanwhile
        return None
    fields = text.rpartition(")")[2].split()
    return _Stat(int(fields[1]), sum(map(int, fields[11:15])) / TICKS)


def family(root: int) -> list[int]:
    """The process and all that descend from it."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (found := _stat(int(entry.name))):
            children[found.parent].append(int(entry.name))
    members = [root]
    for pid in members:
        members.extend(children[pid])
    return members


def cpu_seconds(root: int) -> float:
    """Processor time that the process and its descendants have used, those that ended included."""
    return sum(found.seconds for pid in family(root) if (found := _stat(pid)))


def forget_peak(root: int) -> None:
    """Let the peak of memory start again from now, where the system lets us."""
    for pid in family(root):
        try:
            (PROC / str(pid) / "clear_refs").write_text(FORGET_PEAK)
        except OSError:
            return


def peak_bytes(root: int) -> int:
    """The peaks of resident memory of the process and its descendants, added up."""
    peaks = 0
    for pid in family(root):
        try:
            status = (PROC / str(pid) / "status").read_text()
        except OSError:
            continue
        peaks += next((int(line.split()[1]) * KIB for line in status.splitlines() if line.startswith("VmHWM:")), 0)
    return peaks
