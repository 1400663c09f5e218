"""The tools behind the Makefile's verbs."""

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from app.core.embedded import wheel_binaries
from scripts import check, setup
from scripts.check import Step
from scripts.external_postgres import NOT_RUN, external_server
from scripts.machine import ROOT, find_postgres, without_own_settings

MAKE = shutil.which("make") or "make"
PASSES, FAILS = [sys.executable, "-c", ""], [sys.executable, "-c", "raise SystemExit(3)"]
CANNOT = [sys.executable, "-c", f"raise SystemExit({NOT_RUN})"]


def test_help_lists_every_verb() -> None:
    told = subprocess.run([MAKE, "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    phony = next(line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith(".PHONY:"))
    assert [line.split()[0] for line in told.splitlines()[1:]] == phony.split()[1:]


def test_a_changed_source_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    source, stamp = tmp_path / "source", tmp_path / "stamp"
    before = setup.fingerprint([source])
    stamp.write_text(before)
    assert setup.is_fresh(stamp, before)
    source.write_text("now it is there")
    assert not setup.is_fresh(stamp, setup.fingerprint([source]))


def test_steps_all_run_and_a_failure_is_named(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    steps = [Step("first", FAILS), Step("second", PASSES), Step("third", CANNOT)]
    monkeypatch.setitem(check.SUITES, "ours", steps)
    assert check.main("ours") == 1
    lines = capfd.readouterr().out.splitlines()
    assert lines[-3:] == ["NOT RUN: third", "FAILED: first", "1 steps passed, 1 failed"]


def test_steps_that_pass_are_counted(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(check.SUITES, "ours", [Step("first", PASSES), Step("second", PASSES)])
    assert check.main("ours") == 0
    assert capfd.readouterr().out.splitlines()[-1] == "2 steps passed"


def test_steps_of_two_lanes_run_beside_each_other_and_what_each_says_stands_together(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    meet = (
        "import pathlib, sys, time\n"
        "print('begins', sys.argv[1], flush=True)\n"
        "pathlib.Path(sys.argv[1]).touch()\n"
        "while not pathlib.Path(sys.argv[2]).exists(): time.sleep(0.01)\n"
        "print('ends', sys.argv[1])"
    )
    here = [Step(name, [sys.executable, "-c", meet, name, other], tmp_path, name) for name, other in ("ab", "ba")]
    last = [Step("a again", PASSES, lane="a"), Step("alone", PASSES)]
    monkeypatch.setitem(check.SUITES, "ours", [*here, *last])
    assert check.main("ours") == 0
    lines = [line for line in capfd.readouterr().out.splitlines() if line]
    said = [lines.index(f"begins {name}") for name in "ab"]
    assert [lines[at + 1] for at in said] == ["ends a", "ends b"]
    assert lines.index("[4/4] alone") == len(lines) - 3


def test_settings_of_the_shell_do_not_reach_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody@production/data")
    monkeypatch.setenv("TOKENBOARD_DATA", "/somewhere")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert not {"DATABASE_URL", "TOKENBOARD_DATA", "PYTHONDONTWRITEBYTECODE"} & set(without_own_settings())


async def test_the_external_server_asks_for_its_password_and_is_gone_afterwards() -> None:
    with external_server(find_postgres() or wheel_binaries()) as address:
        connection = await asyncpg.connect(address)
        assert await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        await connection.close()
        wrong = make_url(address).set(password="wrong").render_as_string(hide_password=False)
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(wrong)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.wait_for(asyncpg.connect(address), timeout=200)
