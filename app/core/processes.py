"""Accounts and processes of the operating system, as a server of our own needs them."""

import os
import pwd
import subprocess
from pathlib import Path


def runs_program(pid: int, name: str) -> bool:
    """Whether a process of this id lives and its command names the program; a zombie lives no more."""
    proc = Path("/proc") / str(pid)
    if not Path("/proc/self").exists():  # not Linux
        command = ["ps", "-p", str(pid), "-o", "comm="]
        return name in subprocess.run(command, capture_output=True, text=True, check=False).stdout
    try:
        return name in (proc / "cmdline").read_text(errors="replace")  # a zombie's is empty
    except OSError:
        return False


def server_user(cluster: Path) -> pwd.struct_passwd | None:
    """Who runs the server: PostgreSQL refuses to run as root, so root lends it another account."""
    if os.geteuid() != 0:
        return None
    if cluster.exists() and cluster.stat().st_uid != 0:
        return pwd.getpwuid(cluster.stat().st_uid)
    try:
        return pwd.getpwnam("tokenboard")
    except KeyError:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "tokenboard"],  # noqa: S607
            check=True,
            capture_output=True,
        )
        return pwd.getpwnam("tokenboard")


def open_the_way(folder: Path) -> None:
    """Let the server's account pass through the folders above its own (pass, not list)."""
    for parent in (folder, *folder.parents):
        mode = parent.stat().st_mode
        if not mode & 0o001:
            parent.chmod(mode | 0o001)
