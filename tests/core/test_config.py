"""Settings: nothing to set on a laptop, nothing weak in production."""

import base64
import json
import multiprocessing
import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.core import config
from app.core.config import AppEnv, ConfigurationError, Settings, encryption_keys, load_settings

KEY = base64.b64encode(bytes(range(32))).decode()
STRONG = "4f1d8a7c96e24b03b5c17de8f20a6b9d"
PRODUCTION = {"APP_ENV": "production", "JWT_SECRET": STRONG, "ENCRYPTION_KEY": KEY, "CRON_SECRET": STRONG[::-1]}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty environment, in a folder without `.env`."""
    for name in list(os.environ):
        if name.startswith("TOKENBOARD_") or name in {*PRODUCTION, "DATABASE_URL", "APP_URL"}:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def set_all(monkeypatch: pytest.MonkeyPatch, **values: str | None) -> None:
    for name, value in values.items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)


def test_on_a_laptop_secrets_are_made_and_kept_for_their_owner_only(tmp_path: Path) -> None:
    first, second = load_settings(), load_settings()
    assert first.jwt_secret
    assert first.jwt_secret == second.jwt_secret
    assert encryption_keys(first) == encryption_keys(second)
    assert len(encryption_keys(first)[0]) == 32
    kept = tmp_path / "data" / "secrets.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in kept.parent.iterdir()] == ["secrets.json"]


def test_no_two_laptops_share_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    first = load_settings()
    monkeypatch.setenv("TOKENBOARD_DATA", "elsewhere")
    assert load_settings().jwt_secret != first.jwt_secret


def _load(folder: str) -> str:
    return config._own_secrets(Settings(data=Path(folder)))["jwt_secret"].get_secret_value()


def test_processes_that_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert len(set(pool.map(_load, [str(tmp_path / "shared")] * 8))) == 1


def test_a_secret_that_is_set_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET", "mine")
    settings = load_settings()
    assert settings.jwt_secret
    assert settings.jwt_secret.get_secret_value() == "mine"
    assert settings.encryption_key is not None


def test_a_damaged_file_of_secrets_is_told_and_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secrets.json").write_text("{")
    with pytest.raises(ConfigurationError, match=r"secrets\.json"):
        load_settings()
    assert (tmp_path / "data" / "secrets.json").read_text() == "{"


def test_production_starts_with_strong_secrets_and_makes_no_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_all(monkeypatch, **PRODUCTION)
    assert load_settings().is_production
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "mend"),
    [
        ({"JWT_SECRET": None}, "set JWT_SECRET to the output of: openssl rand -hex 32"),
        ({"JWT_SECRET": ""}, "JWT_SECRET is not set"),
        ({"JWT_SECRET": "short"}, "JWT_SECRET is weak"),
        ({"JWT_SECRET": "ab" * 32}, "JWT_SECRET is weak"),
        ({"JWT_SECRET": "change-me-to-something-long-and-random"}, "JWT_SECRET looks like a placeholder"),
        ({"CRON_SECRET": "short"}, "CRON_SECRET is weak"),
        ({"ENCRYPTION_KEY": None}, "set it to the output of: openssl rand -base64 32"),
        ({"ENCRYPTION_KEY": "not base64!"}, "ENCRYPTION_KEY is not base64"),
        ({"ENCRYPTION_KEY": base64.b64encode(bytes(16)).decode()}, "must hold 32 bytes"),
        ({"ENCRYPTION_KEY": base64.b64encode(bytes(32)).decode()}, "ENCRYPTION_KEY is weak"),
        ({"ENCRYPTION_KEY": f"{KEY},{base64.b64encode(bytes(32)).decode()}"}, "ENCRYPTION_KEY is weak"),
    ],
)
def test_production_refuses_what_is_weak_and_says_how_to_mend_it(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, str | None], mend: str
) -> None:
    set_all(monkeypatch, **{**PRODUCTION, **change})
    with pytest.raises(ConfigurationError) as refusal:
        load_settings()
    assert mend in str(refusal.value)
    assert not any(value and len(value) > 4 and value in str(refusal.value) for value in change.values())


def test_production_names_all_faults_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_ENV", "production")
    with pytest.raises(ConfigurationError, match=r"(?s)JWT_SECRET.*ENCRYPTION_KEY"):
        load_settings()


def test_a_cron_secret_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, **{**PRODUCTION, "CRON_SECRET": None})
    assert load_settings().cron_secret is None


def test_several_keys_are_read_newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    older = base64.b64encode(bytes(range(100, 132))).decode()
    monkeypatch.setenv("ENCRYPTION_KEY", f" {KEY} , {older},")
    assert encryption_keys(load_settings()) == (bytes(range(32)), bytes(range(100, 132)))


def test_settings_come_from_the_environment_and_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("APP_URL=https://tokens.example.com/\nTOKENBOARD_PORT=9000\nOTHER=1\n")
    monkeypatch.setenv("TOKENBOARD_PORT", "9001")
    monkeypatch.setenv("TOKENBOARD_TRUSTED_PROXIES", "10.0.0.1, 10.0.0.2")
    settings = Settings()
    assert (settings.app_url, settings.uses_https, settings.port) == ("https://tokens.example.com", True, 9001)
    assert settings.trusted_proxies == ("10.0.0.1", "10.0.0.2")
    assert (settings.host, settings.app_env) == ("127.0.0.1", AppEnv.DEVELOPMENT)


@pytest.mark.parametrize("address", ["http://[", "tokens.example.com", "ftp://example.com", "https://"])
def test_an_address_nobody_can_open_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("APP_URL", address)
    with pytest.raises(ValidationError, match="write the whole address"):
        Settings()


def test_settings_do_not_show_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, **PRODUCTION, DATABASE_URL="postgresql://ada:hunter2@db/tokens")
    settings = load_settings()
    shown = f"{settings!r} {settings} {settings.model_dump_json()}"
    assert not [secret for secret in (STRONG, STRONG[::-1], KEY, "hunter2") if secret in shown]


def test_the_kept_secrets_are_what_production_would_accept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    load_settings()
    kept = json.loads((tmp_path / "data" / "secrets.json").read_text())
    set_all(monkeypatch, APP_ENV="production", **{name.upper(): value for name, value in kept.items()})
    assert load_settings().is_production
