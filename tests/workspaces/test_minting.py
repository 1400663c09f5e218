"""A `WorkspaceId` says that somebody checked: only the checker may make one."""

import re
from pathlib import Path

APP = Path(__file__).resolve().parents[2] / "app"
# the door itself, the birth of a workspace, and where the type is defined
MINTS = {"workspaces/dependencies.py", "workspaces/service.py", "workspaces/rules.py"}


def test_workspace_ids_are_minted_at_the_door_only() -> None:
    found = {
        str(path.relative_to(APP))
        for path in APP.rglob("*.py")
        if re.search(r"\bWorkspaceId\(", path.read_text()) and str(path.relative_to(APP)) not in MINTS
    }
    assert found == set()
