"""Run a command against a PostgreSQL server of this machine's own, made for it and stopped after it.

`python -m scripts.external_postgres -- pytest` starts a server from the machine's binaries in a
temporary folder, on a free TCP port with password authentication, as production has it, and hands
its address over in TOKENBOARD_TEST_DATABASE_URL.
"""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.machine import apt_install, find_postgres, say

# what check.py takes for "not run", apart from passed and failed
NOT_RUN = 77
VARIABLE = "TOKENBOARD_TEST_DATABASE_URL"
LEAST_VERSION = 15


def main(command: list[str]) -> int:
    binaries = _binaries()
    if binaries is None:
        print(
            f"\nNOT RUN: {' '.join(command)}\n"
            f"No PostgreSQL server of version {LEAST_VERSION} or newer is here, and none could be installed.\n"
            "Install one (on Debian: apt-get install postgresql) to test on an external server too."
        )
        return NOT_RUN
    with external_server(binaries) as address:
        return subprocess.run(command, env=os.environ | {VARIABLE: address}, check=False).returncode


def _binaries() -> Path | None:
    found = find_postgres()
    if found is None:
        say("installing PostgreSQL for the tests on an external server (apt-get)")
        _no_cluster_of_its_own()
        found = find_postgres() if apt_install("postgresql") else None
    return found if found and _version(found) >= LEAST_VERSION else None


def _no_cluster_of_its_own() -> None:
    """Keep Debian's package from starting a server of its own on port 5432: only the binaries are wanted."""
    settings = Path("/etc/postgresql-common/createcluster.conf")
    if os.geteuid() == 0 and apt_install("postgresql-common") and settings.exists():
        settings.write_text(settings.read_text().replace("#create_main_cluster = true", "create_main_cluster = false"))


def _version(binaries: Path) -> int:
    told = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True)
    return int(told.stdout.split()[2].split(".")[0])


@contextmanager
def external_server(binaries: Path) -> Iterator[str]:
    """A fresh server; yields the address of its `postgres` database, as superuser."""
    folder = Path(tempfile.mkdtemp(prefix="tokenboard-postgres-"))
    user = _unprivileged_user()
    password, port = secrets.token_hex(16), free_port()
    try:
        _create(binaries, folder, user, password)
        _run(
            user,
            binaries / "pg_ctl",
            "start",
            "-D",
            folder / "data",
            "-l",
            folder / "log",
            "-w",
            "-o",
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off "
            "-c max_connections=200 -c full_page_writes=off",
        )
        say(f"PostgreSQL {_version(binaries)} from {binaries} on port {port}")
        yield f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            _run(user, binaries / "pg_ctl", "stop", "-D", folder / "data", "-m", "immediate", "-w")
        shutil.rmtree(folder, ignore_errors=True)


def _create(binaries: Path, folder: Path, user: pwd.struct_passwd | None, password: str) -> None:
    (folder / "password").write_text(password)
    if user:
        for path in (folder, folder / "password"):
            os.chown(path, user.pw_uid, user.pw_gid)
    _run(
        user,
        binaries / "initdb",
        "-D",
        folder / "data",
        "-U",
        "postgres",
        "--pwfile",
        folder / "password",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
    )


def _unprivileged_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root, so root lends it an account: `postgres` where there is one."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return pwd.getpwnam("postgres" if "postgres" in names else "nobody")


def _run(user: pwd.struct_passwd | None, *command: str | Path) -> None:
    # A session of its own: Ctrl-C is for the tests, and the server must outlive them by one step.
    # No pipes: the server would inherit them, and whoever reads them would wait for it.
    subprocess.run(
        command,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
        start_new_session=True,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[sys.argv.index("--") + 1 :]))
    except KeyboardInterrupt:
        sys.exit(130)
