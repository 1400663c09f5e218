"""The serverless deployment: its paths exist, its entry starts, its rewrites send each address the right way."""

import json
import re
from typing import Any

import pytest
from fastapi import FastAPI

from app.core.middleware import SECURITY_HEADERS
from app.static import FOR_EVER
from scripts import setup
from scripts.machine import FRONTEND, ROOT

CONFIG: dict[str, Any] = json.loads((ROOT / "vercel.json").read_text())
SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"


def test_the_files_it_names_exist() -> None:
    assert [ROOT / name for name in CONFIG["functions"] if not (ROOT / name).is_file()] == []
    assert ROOT / CONFIG["outputDirectory"] == FRONTEND / "dist"


def test_the_dashboard_is_installed_and_built_as_everywhere() -> None:
    assert CONFIG["installCommand"] == " ".join([*setup.NPM_INSTALL, "--prefix", "frontend"])
    assert CONFIG["buildCommand"] == "npm run build --prefix frontend"


def test_what_the_function_needs_is_not_left_out() -> None:
    excluded = re.findall(r"\w+", CONFIG["functions"]["api/index.py"]["excludeFiles"])
    assert not {"app", "api", "migrations"} & set(excluded)
    assert all((ROOT / name).is_dir() for name in excluded)


@pytest.mark.parametrize(
    ("path", "goes_to"),
    [
        ("/api/v1/health", "/api/index"),
        ("/api/openapi.json", "/api/index"),
        ("/", "/index.html"),
        ("/settings/keys", "/index.html"),
        ("/assets/gone.js", None),
    ],
)
def test_each_address_goes_the_right_way(path: str, goes_to: str | None) -> None:
    matching = [rule["destination"] for rule in CONFIG["rewrites"] if re.fullmatch(rule["source"], path)]
    assert next(iter(matching), None) == goes_to


def test_the_dashboard_has_the_headers_that_the_service_sends() -> None:
    sent = {entry["key"]: entry["value"] for entry in CONFIG["headers"][0]["headers"]}
    assert sent == {**SECURITY_HEADERS, "Strict-Transport-Security": "max-age=31536000"}
    assert not re.fullmatch(CONFIG["headers"][0]["source"], "/api/v1/health")
    assert CONFIG["headers"][1]["headers"] == [{"key": "Cache-Control", "value": FOR_EVER}]


def test_the_nightly_sync_is_asked_for_at_two_in_the_morning() -> None:
    assert CONFIG["crons"] == [{"path": "/api/v1/cron/sync", "schedule": "0 2 * * *"}]


def test_the_entry_is_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_ENV", "production")
    monkeypatch.setenv("JWT_SECRET", SECRET)
    monkeypatch.setenv("ENCRYPTION_KEY", "4vbLZ8xh1M0Q2o7yqTtS3c9aFkW5uR6pJdNnXeGiBzE=")
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@localhost:1/nowhere")
    from api.index import app

    assert isinstance(app, FastAPI)
    assert "/api/v1/health" in app.openapi()["paths"]
