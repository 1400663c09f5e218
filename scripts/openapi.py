"""Write the API's description, from which the dashboard's types are made; `--check` only compares.

The description and the types are checked in, so that a change of the API shows in review and the
dashboard builds without Python.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from pydantic import SecretStr

from app.core.config import Settings
from app.main import create_app
from scripts.machine import FRONTEND, stop

DESCRIPTION = FRONTEND / "openapi.json"
TYPES = FRONTEND / "src" / "api" / "schema.gen.ts"


def main(*, check: bool) -> None:
    if not check:
        DESCRIPTION.write_text(description())
        generate(DESCRIPTION, TYPES)
        return
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "openapi.json"
        fresh.write_text(description())
        types = Path(folder) / "schema.gen.ts"
        generate(fresh, types)
        for new, kept in ((fresh, DESCRIPTION), (types, TYPES)):
            if not kept.exists() or new.read_text() != kept.read_text():
                stop(f"{kept.relative_to(FRONTEND.parent)} is not what the API says now: run `make generate`.")
    print("The API's description and the dashboard's types are up to date.")


def description() -> str:
    """The OpenAPI document, one key a line; made-up secrets, because none is used."""
    settings = Settings(_env_file=None, jwt_secret=SecretStr("x" * 64))
    return json.dumps(create_app(settings).openapi(), indent=2, ensure_ascii=False) + "\n"


def generate(source: Path, target: Path) -> None:
    tool = FRONTEND / "node_modules" / ".bin" / "openapi-typescript"
    done = subprocess.run([tool, source, "--output", target], cwd=FRONTEND, capture_output=True, text=True, check=False)
    if done.returncode:
        stop(done.stdout + done.stderr)


if __name__ == "__main__":
    main(check="--check" in sys.argv)
