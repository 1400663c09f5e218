"""`tokenboard connections`, `sync` and `keys`: what they say where there is nothing to do."""

import pytest
from typer.testing import CliRunner

from app.cli import connections
from app.cli.commands import commands
from app.cli.errors import CannotDo
from app.core.ids import new_id


@pytest.fixture(autouse=True)
def database(fresh_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setattr("app.core.log.configure", lambda **_: None)  # it would outlive the test
    monkeypatch.setenv("DATABASE_URL", fresh_database)
    monkeypatch.setenv("TOKENBOARD_DATA", str(tmp_path_factory.mktemp("data")))


def test_a_sync_must_say_of_what() -> None:
    assert isinstance(CliRunner().invoke(commands, ["sync"]).exception, CannotDo)


def test_without_connections_there_is_nothing_to_sync_and_nothing_to_list(capsys: pytest.CaptureFixture[str]) -> None:
    connections.list_connections(None)
    assert "There are no connections." in capsys.readouterr().out
    assert connections.sync(None, None)
    assert "There is nothing to read" in capsys.readouterr().out
    with pytest.raises(CannotDo, match="No such connection"):
        connections.sync(None, new_id())
    with pytest.raises(CannotDo, match="no workspace with the slug"):
        connections.sync("nobody", None)


def test_keys_are_rotated_where_there_are_none() -> None:
    assert connections.rotate_keys()
