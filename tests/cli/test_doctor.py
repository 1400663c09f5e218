"""`doctor` and `migrate`: what is well, what is not, how to mend it; never a secret."""

from pathlib import Path

from tests.cli.conftest import Command


def test_a_healthy_installation_passes(tokenboard: Command, tmp_path: Path) -> None:
    dashboard = tmp_path / "dist"
    dashboard.mkdir()
    (dashboard / "index.html").write_text("<!doctype html>")
    done = tokenboard("doctor", TOKENBOARD_FRONTEND=str(dashboard))
    assert done.returncode == 0, done.stdout + done.stderr
    for subject in ("database", "migrations", "clock", "disk", "mail", "price book", "dashboard"):
        assert subject in done.stdout.lower()


def test_a_database_that_is_away_is_found_and_its_password_is_not_shown(tokenboard: Command) -> None:
    done = tokenboard("doctor", DATABASE_URL="postgresql://ann:hunter2@127.0.0.1:9/tokenboard")
    assert done.returncode == 1
    assert "DATABASE_URL" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr


def test_migrate_says_when_there_is_nothing_to_do(tokenboard: Command) -> None:
    first = tokenboard("migrate")
    assert first.returncode == 0, first.stderr
    assert tokenboard("migrate").returncode == 0


def test_the_version_is_told(tokenboard: Command) -> None:
    assert tokenboard("--version").stdout.startswith("TokenBoard 0.")
