"""`.env.example` and the manual name every setting, with its true default."""

import re
from pathlib import Path

import pytest
from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

from app.core.config import Settings
from scripts.machine import ROOT

EXAMPLE = dict(re.findall(r"^#([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))


def name_in_environment(field: str, info: FieldInfo) -> str:
    alias = info.validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"TOKENBOARD_{field.upper()}"


NAMES = {name_in_environment(field, info): field for field, info in Settings.model_fields.items()}


def test_the_example_explains_every_setting_and_no_other() -> None:
    assert set(EXAMPLE) == set(NAMES)


def test_the_manual_lists_every_setting() -> None:
    manual = (ROOT / "docs" / "operating.md").read_text()
    assert [name for name in NAMES if f"`{name}`" not in manual] == []


@pytest.mark.parametrize("name", sorted(set(EXAMPLE) - {"DATABASE_URL"}))
def test_the_value_in_the_example_is_the_default(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for known in NAMES:
        monkeypatch.delenv(known, raising=False)
    monkeypatch.chdir(ROOT)
    default = Settings(_env_file=None)
    monkeypatch.setenv(name, EXAMPLE[name])
    field = NAMES[name]
    assert resolved(getattr(Settings(_env_file=None), field)) == resolved(getattr(default, field))


def resolved(value: object) -> object:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return value.resolve() if isinstance(value, Path) else value
