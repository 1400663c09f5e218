"""The embedded server: shared, stopped by its last user, and back after any kind of death."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.core import embedded
from app.core.config import ConfigurationError
from app.core.embedded import EmbeddedServerError, embedded_server, wheel_binaries

USER = """
import sys
from pathlib import Path
from app.core.embedded import embedded_server
with embedded_server(Path(sys.argv[1])) as address:
    print(address, flush=True)
    sys.stdin.readline()
"""


class User:
    """Another process that uses the server until it is told to leave, or is killed."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(USER), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).resolve().parents[2],
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()

    def leave(self) -> None:
        self.process.communicate("\n", timeout=200)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate(timeout=200)


def server_pid(folder: Path) -> int:
    return int((folder / "postgres" / "postmaster.pid").read_text().split()[0])


def other_program(owner: int) -> subprocess.Popen[bytes]:
    program = shutil.which("sleep")
    assert program
    return subprocess.Popen([program, "600"], user=owner)


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def ends(pid: int) -> bool:
    """A server removes its lock files a moment before it is gone."""
    give_up = time.monotonic() + 200
    while is_alive(pid) and time.monotonic() < give_up:
        time.sleep(0.01)
    return not is_alive(pid)


async def ask(address: str, statement: str) -> Any:
    connection = await asyncpg.connect(address)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def keep(address: str, value: int) -> None:
    await ask(address, "CREATE TABLE IF NOT EXISTS kept (value integer)")
    await ask(address, f"INSERT INTO kept VALUES ({value})")  # noqa: S608 - our own number


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One folder with a cluster for this file: making one takes seconds. Each test finds its server stopped."""
    folder = tmp_path_factory.mktemp("embedded")
    with embedded_server(folder):
        pass
    yield folder
    assert not (folder / "postgres" / "postmaster.pid").exists()


async def test_the_data_is_there_at_the_second_start(folder: Path) -> None:
    with embedded_server(folder) as address:
        await keep(address, 1)
    assert not (folder / "postgres" / "postmaster.pid").exists()
    with embedded_server(folder) as address:
        assert await ask(address, "SELECT count(*) FROM kept WHERE value = 1") == 1
        assert await ask(address, "SHOW listen_addresses") == ""
        assert (await ask(address, "SHOW server_version")).startswith("18.")


async def test_the_last_of_two_users_stops_the_server(folder: Path) -> None:
    first, second = User(folder), User(folder)
    assert first.address == second.address
    pid = server_pid(folder)
    first.leave()
    assert await ask(second.address, "SELECT 1") == 1
    second.leave()
    assert ends(pid)


async def test_users_who_come_at_once_share_one_server(folder: Path) -> None:
    users = await asyncio.gather(*(asyncio.to_thread(User, folder) for _ in range(3)))
    assert len({user.address for user in users}) == 1
    await asyncio.gather(*(asyncio.to_thread(user.leave) for user in users))
    assert not (folder / "postgres" / "postmaster.pid").exists()


async def test_a_start_that_is_interrupted_half_way_leaves_no_server(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []

    def interrupted(server: Any) -> None:
        started.append(server_pid(server.folder))
        raise KeyboardInterrupt

    monkeypatch.setattr("app.core.embedded._Server._create_database", interrupted)
    with pytest.raises(KeyboardInterrupt), embedded_server(folder):
        pass
    assert len(started) == 1
    assert ends(started[0])


async def test_a_killed_user_leaves_the_server_to_the_next(folder: Path) -> None:
    killed = User(folder)
    pid = server_pid(folder)
    killed.kill()
    with embedded_server(folder) as address:
        assert server_pid(folder) == pid
        assert await ask(address, "SELECT 1") == 1
    assert ends(pid)


async def test_a_server_that_dies_under_its_users_is_started_again_by_one_of_them(folder: Path) -> None:
    first, second = User(folder), User(folder)
    await keep(first.address, 3)
    killed = server_pid(folder)
    os.kill(killed, signal.SIGKILL)
    assert await until_it_answers(second.address, "SELECT count(*) FROM kept WHERE value = 3") == 1
    assert server_pid(folder) != killed
    first.leave()
    assert await ask(second.address, "SELECT 1") == 1
    second.leave()
    assert not (folder / "postgres" / "postmaster.pid").exists()


async def test_a_server_that_cannot_start_again_is_tried_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start, attempts = embedded._Server._try_to_start, iter((False, False))
    monkeypatch.setattr(embedded, "START_ATTEMPTS", 1)
    with embedded_server(folder) as address:
        monkeypatch.setattr(embedded._Server, "_try_to_start", lambda server: next(attempts, True) and start(server))
        os.kill(server_pid(folder), signal.SIGKILL)
        assert await until_it_answers(address, "SELECT 1") == 1
    assert next(attempts, True)


async def until_it_answers(address: str, statement: str) -> Any:
    while True:
        try:
            return await ask(address, statement)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await asyncio.sleep(0.05)


async def test_what_was_committed_survives_kill_9_of_everything(folder: Path) -> None:
    user = User(folder)
    await keep(user.address, 2)
    pid = server_pid(folder)
    user.kill()
    os.kill(pid, signal.SIGKILL)
    with embedded_server(folder) as address:
        assert await ask(address, "SELECT count(*) FROM kept WHERE value = 2") == 1
    assert not (folder / "postgres" / "postmaster.pid").exists()


async def test_a_pid_that_now_belongs_to_another_program_stands_in_nobodys_way(folder: Path) -> None:
    """After a reboot small numbers come back; the other program even runs under the server's own account."""
    user = User(folder)
    pid = server_pid(folder)
    user.kill()
    os.kill(pid, signal.SIGKILL)
    owner = (folder / "postgres").stat().st_uid
    other = other_program(owner)
    for lock in (folder / "postgres" / "postmaster.pid", folder / "postgres" / ".s.PGSQL.5432.lock"):
        lock.write_text(lock.read_text().replace(str(pid), str(other.pid), 1))
    try:
        with embedded_server(folder) as address:
            assert await ask(address, "SELECT 1") == 1
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


async def test_a_path_too_long_for_a_socket_gets_one_elsewhere(folder: Path, tmp_path: Path) -> None:
    long = tmp_path / ("long" * 20)
    server = embedded._Server(long, wheel_binaries())
    assert len(str(server.socket_folder)) <= embedded.MAX_SOCKET_FOLDER
    assert server.socket_folder.stat().st_mode & 0o777 == 0o700
    server.socket_folder.rmdir()
    server.socket_folder.symlink_to(folder)  # laid there by somebody who would like to be our server
    with pytest.raises(EmbeddedServerError, match="belongs to somebody else"):
        embedded._Server(long, wheel_binaries())
    server.socket_folder.unlink()


def test_a_cluster_of_another_version_is_left_alone(tmp_path: Path) -> None:
    cluster = tmp_path / "postgres"
    cluster.mkdir()
    (cluster / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedServerError, match=r"made by PostgreSQL 15.*pg_dump"), embedded_server(tmp_path):
        pass


def test_a_server_that_does_not_start_shows_the_end_of_its_log(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_memory_settings", lambda: {"shared_buffers": "nonsense"})
    monkeypatch.setattr(embedded, "RETRY_SECONDS", 0)
    with pytest.raises(EmbeddedServerError, match="shared_buffers"), embedded_server(folder):
        pass


def test_without_the_wheel_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"tokenboard-server\[embedded\]"):
        wheel_binaries()
