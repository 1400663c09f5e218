"""Each import contract can fail: the house with one forbidden import added is refused."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.machine import ROOT

FAULTS = {
    "floors": ("app/core/ids.py", "import app.auth.service"),
    "rooms": ("app/auth/rules/__init__.py", "import app.auth.queries"),
    "rules are pure": ("app/workspaces/rules.py", "import sqlalchemy"),
    "SQL stands in queries": ("app/workspaces/routes/__init__.py", "import sqlalchemy"),
    "public faces": ("app/workspaces/service.py", "import app.auth.queries"),
}


@pytest.mark.parametrize("contract", FAULTS)
def test_a_forbidden_import_is_refused(contract: str, tmp_path: Path) -> None:
    for name in ("app", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "data"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    file, statement = FAULTS[contract]
    (tmp_path / file).write_text(f"{(tmp_path / file).read_text()}\n{statement}\n")
    tool = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([tool, "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False)
    broken = [line for line in done.stdout.splitlines() if "BROKEN" in line]
    assert done.returncode == 1
    assert any(line.startswith(contract) for line in broken), done.stdout


def test_every_contract_has_its_fault() -> None:
    names = [line.split('"')[1] for line in (ROOT / "pyproject.toml").read_text().splitlines() if 'name = "' in line]
    contracts = [name for name in names if ":" in name]
    assert len(contracts) == len(FAULTS)
    assert all(any(name.startswith(start) for name in contracts) for start in FAULTS)
