"""Servers that start workers, for real: each worker's events arrive, none twice, none of a parent's."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import Board, wait_until

SDK = Path(__file__).resolve().parents[2]
TRACK = """
import os, tokenboard
def track(name):
    tokenboard.track(provider="p", model=name, usage={"input_tokens": 1}, tags={"pid": os.getpid()})
track("at the start")
"""
WSGI = """
def app(environ, start_response):
    track("request")
    start_response("200 OK", [])
    return [str(os.getpid()).encode()]
"""
ASGI = """
import asyncio
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await asyncio.to_thread(tokenboard.flush, 5)
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "http":
        track("request")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(os.getpid()).encode()})
"""
CELERY = """
from celery import Celery
folders = {"data_folder_in": "queue", "data_folder_out": "queue", "control_folder": "control"}
app = Celery("program", broker="filesystem://", broker_transport_options=folders)
@app.task
def work(number):
    track(f"task {number}")
"""


@contextmanager
def running(folder: Path, board: Board, program: str, *command: str) -> Iterator[None]:
    """A program in a process of its own, asked to end as a service manager does."""
    (folder / "program.py").write_text(TRACK + program)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{SDK}:{folder}",
        "TOKENBOARD_API_KEY": "tb_test",
        "TOKENBOARD_BASE_URL": board.url,
        "NO_PROXY": "127.0.0.1",
    }
    log = (folder / "log").open("w")
    process = subprocess.Popen([sys.executable, "-m", *command], cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        yield
        process.send_signal(signal.SIGTERM)
        process.wait(200)
    finally:
        process.kill()
        process.wait()
        log.close()
    assert "Traceback" not in (folder / "log").read_text()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def answered(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=60) as answer:
            return bool(answer.read())
    except OSError:
        return False


def models(board: Board) -> list[str]:
    return [event["model"] for event in board.events]


@pytest.mark.parametrize("server", ["gunicorn", "uvicorn", "alone", "both"])
def test_a_server_loses_and_doubles_nothing(server: str, tmp_path: Path, board: Board) -> None:
    """Uvicorn ends by the signal that it was sent, without asking anybody: there the app flushes at its shutdown."""
    port = free_port()
    gunicorn = ("gunicorn", "--preload", "-w", "2", "-b", f"127.0.0.1:{port}", "program:app")
    commands = {
        "gunicorn": (WSGI, *gunicorn),
        "alone": (ASGI, "uvicorn", "--port", str(port), "program:app"),
        "both": (ASGI, *gunicorn, "-k", "uvicorn.workers.UvicornWorker"),
        "uvicorn": (ASGI, "uvicorn", "--workers", "2", "--port", str(port), "program:app"),
    }
    with running(tmp_path, board, *commands[server]):
        wait_until(lambda: answered(port))
        assert all(answered(port) for _ in range(19))
    assert models(board).count("request") == 20
    assert len({event["event_id"] for event in board.events}) == len(board.events)
    if "--preload" in commands[server]:  # loaded once, before the workers were made
        assert models(board).count("at the start") == 1


def test_celerys_workers_send_before_they_end(tmp_path: Path, board: Board) -> None:
    for name in ("queue", "control"):
        (tmp_path / name).mkdir()
    (tmp_path / "program.py").write_text(TRACK + CELERY)
    produce = "import program; [program.work.delay(number) for number in range(6)]"
    settings = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{SDK}:{tmp_path}", "TOKENBOARD_DISABLED": "1"}
    subprocess.run([sys.executable, "-c", produce], cwd=tmp_path, env=settings, check=True)
    worker = ("celery", "-A", "program", "worker", "-P", "prefork", "-c", "2", "--without-mingle", "--without-gossip")
    with running(tmp_path, board, CELERY, *worker):
        wait_until(lambda: not any((tmp_path / "queue").glob("*.msg")))
    tasks = [name for name in models(board) if name.startswith("task")]
    assert sorted(tasks) == [f"task {number}" for number in range(6)]
    workers = {event["tags"]["pid"] for event in board.events if event["model"].startswith("task")}
    started = {event["tags"]["pid"] for event in board.events if event["model"] == "at the start"}
    assert not workers & started
