"""Forks, ends and whatever else happens to a process. Each test is a program of its own."""

import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Board, Server, answer, events
from tests.test_openai_chat import ASKED

SDK = Path(__file__).resolve().parents[1]


def run(board: Board, program: str, **settings: str) -> subprocess.CompletedProcess[str]:
    start = f"""
        import os, sys, tokenboard
        tokenboard.init(api_key="tb_test", base_url={board.url!r}, flush_interval=600, exit_timeout=200)
        def track(name): tokenboard.track(provider="p", model=name, usage={{"input_tokens": 1}})
    """
    whole = textwrap.dedent(start) + textwrap.dedent(program)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", "ignore:This process:DeprecationWarning", "-c", whole],
        env={"PYTHONPATH": str(SDK), "PATH": "/usr/bin:/bin", "NO_PROXY": "127.0.0.1", **settings},
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done


def models(board: Board) -> list[str]:
    return sorted(event["model"] for event in board.events)


def test_the_end_of_the_interpreter_sends_what_is_pending(board: Board) -> None:
    run(board, "track('pending')")
    assert models(board) == ["pending"]


def test_an_exit_in_the_middle_sends_too(board: Board) -> None:
    run(board, "track('pending')\nsys.exit(0)")
    assert models(board) == ["pending"]


def test_a_stream_that_is_open_at_the_end_says_what_had_come(board: Board, vendor: Server) -> None:
    vendor.default = events(*ASKED)
    program = f"""
        import openai
        client = tokenboard.wrap(openai.OpenAI(api_key="k", base_url="{vendor.url}/v1"), provider="openai")
        stream = client.chat.completions.create(model="gpt-5.4", messages=[], stream=True)
        for chunk in stream:
            break
    """
    run(board, textwrap.dedent(program))
    (event,) = board.events
    assert event["model"] == "gpt-5.4-2026-03-05"
    assert "chunks" in event["raw_usage"]


def test_a_server_that_hangs_holds_up_the_end_for_the_time_allowed_only(board: Board) -> None:
    import time

    board.default = lambda handler, body: time.sleep(200)
    started = time.monotonic()
    run(board, "tokenboard.init(api_key='k', exit_timeout=0.3)\ntrack('lost')", TOKENBOARD_BASE_URL=board.url)
    assert time.monotonic() - started < 100


def test_a_sudden_end_is_no_error(board: Board) -> None:
    run(board, "track('flushed')\ntokenboard.flush(60)\ntrack('lost')\nsys.stdout.flush()\nos._exit(0)")
    assert models(board) == ["flushed"]


def test_a_forked_child_sends_its_own_events_and_not_its_parents(board: Board) -> None:
    run(
        board,
        """
        track('parent')
        child = os.fork()
        if not child:
            track('child')
            sys.exit(0)
        os.waitpid(child, 0)
        """,
    )
    assert models(board) == ["child", "parent"]
    assert len({envelope["sender"]["id"] for envelope in board.envelopes}) == 2


def test_a_fork_while_the_thread_is_sending_leaves_both_working(board: Board) -> None:
    run(
        board,
        """
        import threading
        for number in range(3000): track('parent')
        children = []
        for _ in range(5):
            child = os.fork()
            if not child:
                track('child')
                assert tokenboard.flush(60)
                os._exit(0)
            children.append(child)
        for child in children: assert os.waitpid(child, 0)[1] == 0
        """,
    )
    assert models(board) == ["child"] * 5 + ["parent"] * 3000


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_of_multiprocessing_send_before_they_end(method: str, board: Board, tmp_path: Path) -> None:
    program = f"""
        import multiprocessing, tokenboard
        def work(name):
            tokenboard.track(provider="p", model=name)
        if __name__ == "__main__":
            tokenboard.init(flush_interval=600, exit_timeout=200)
            tokenboard.track(provider="p", model="before")
            context = multiprocessing.get_context({method!r})
            worker = context.Process(target=work, args=("worker",))
            worker.start()
            worker.join()
            tokenboard.track(provider="p", model="after")
    """
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(program))
    environment = {"PYTHONPATH": str(SDK), "PATH": "/usr/bin:/bin", "NO_PROXY": "127.0.0.1"}
    environment |= {"TOKENBOARD_API_KEY": "k", "TOKENBOARD_BASE_URL": board.url}
    done = subprocess.run(
        [sys.executable, str(path)], env=environment, capture_output=True, text=True, timeout=250, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert models(board) == ["after", "before", "worker"]


def test_an_event_of_the_very_end_is_sent_though_no_thread_can_start_any_more(board: Board) -> None:
    run(board, "import atexit\natexit.register(track, 'last')")
    assert models(board) == ["last"]


def test_settings_come_from_the_environment(board: Board) -> None:
    run(
        board,
        """
        tokenboard.init(exit_timeout=200)
        track('set')
        """,
        TOKENBOARD_API_KEY="tb_environment",
        TOKENBOARD_BASE_URL=board.url,
        TOKENBOARD_PROJECT="shop",
        TOKENBOARD_ENVIRONMENT="test",
    )
    assert [(event["project"], event["environment"]) for event in board.events] == [("shop", "test")]
    assert board.requests[0][2]["Authorization"] == "Bearer tb_environment"


def test_disabled_is_silent(board: Board) -> None:
    run(board, "tokenboard.init()\ntrack('no')", TOKENBOARD_API_KEY="k", TOKENBOARD_DISABLED="1")
    assert board.requests == []


def test_debug_says_what_happens_and_not_what_was_said_or_the_key(board: Board) -> None:
    board.answers = [answer(500, {}, Retry_After="0")]
    program = "import tokenboard\ntokenboard.track(provider='p', model='m')\ntokenboard.flush(60)"
    environment: dict[str, Any] = {"PYTHONPATH": str(SDK), "PATH": "/usr/bin:/bin", "NO_PROXY": "127.0.0.1"}
    environment |= {"TOKENBOARD_API_KEY": "tb_secret", "TOKENBOARD_BASE_URL": board.url, "TOKENBOARD_DEBUG": "1"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert "HTTP 500" in done.stderr
    assert "HTTP 200" in done.stderr
    assert "tb_secret" not in done.stderr
