"""Run the checks, one named step after the other, and say how each went.

`check` is all that a change must pass; `test`, which CI runs, adds the tests on an external
PostgreSQL and the journey in a browser. All steps run, also after one failed.
"""

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from scripts.external_postgres import NOT_RUN
from scripts.machine import BIN, FRONTEND, ROOT, without_own_settings

PYTHON = str(BIN / "python")
PYTEST = [PYTHON, "-m", "pytest", "-q", "-n", "2"]


@dataclass(frozen=True)
class Step:
    name: str
    command: list[str]
    folder: Path = ROOT


def npm(script: str) -> list[str]:
    return ["npm", "run", "--silent", script]


FORMAT = [
    Step("Python is formatted", [str(BIN / "ruff"), "format", "--check", "--quiet", "."]),
    Step("frontend is formatted", npm("format:check"), FRONTEND),
]
LINT = [
    Step("Python lint", [str(BIN / "ruff"), "check", "."]),
    Step("import contracts", [str(BIN / "lint-imports")]),
    Step("frontend lint", npm("lint"), FRONTEND),
]
TYPES = [
    Step("Python types", [str(BIN / "mypy")]),
    Step("API types are up to date", [PYTHON, "-m", "scripts.openapi", "--check"]),
    Step("frontend types", npm("typecheck"), FRONTEND),
    Step("Python SDK types", [PYTHON, "-m", "scripts.sdk_python", "types"]),
    Step("TypeScript SDK types, lint and format", [PYTHON, "-m", "scripts.sdk_typescript", "types"]),
]
CHECK = [
    *FORMAT,
    *LINT,
    *TYPES,
    Step("migrations match the models", [PYTHON, "-m", "scripts.alembic_check"]),
    Step("frontend build", npm("build"), FRONTEND),
    Step("tests on the embedded PostgreSQL", PYTEST),
    Step("frontend tests", npm("test"), FRONTEND),
    Step("Python SDK tests", [PYTHON, "-m", "scripts.sdk_python", "test"]),
    Step("Python SDK package", [PYTHON, "-m", "scripts.sdk_python", "package"]),
    Step("TypeScript SDK tests", [PYTHON, "-m", "scripts.sdk_typescript", "test"]),
    Step("TypeScript SDK package", [PYTHON, "-m", "scripts.sdk_typescript", "package"]),
]
TEST = [
    *CHECK,
    Step("tests on an external PostgreSQL", [PYTHON, "-m", "scripts.external_postgres", "--", *PYTEST]),
    Step("journey in a browser", [PYTHON, "-m", "scripts.e2e"]),
]
SUITES = {"lint": LINT, "types": TYPES, "check": CHECK, "test": TEST}


def main(suite: str) -> int:
    failed, not_run = [], []
    steps = SUITES[suite]
    for number, step in enumerate(steps, 1):
        status = run(step, f"[{number}/{len(steps)}]")
        if status == NOT_RUN:
            not_run.append(step.name)
        elif status:
            failed.append(step.name)
    for name in not_run:
        print(f"NOT RUN: {name}")
    for name in failed:
        print(f"FAILED: {name}")
    passed = f"{len(steps) - len(failed) - len(not_run)} steps passed"
    print(f"{passed}, {len(failed)} failed" if failed else passed)
    return 1 if failed else 0


def run(step: Step, count: str) -> int:
    print(f"\n{count} {step.name}", flush=True)
    started = time.monotonic()
    status = subprocess.run(step.command, cwd=step.folder, env=without_own_settings(), check=False).returncode
    outcome = {0: "passed", NOT_RUN: "not run"}.get(status, "FAILED")
    print(f"{count} {step.name}: {outcome} in {time.monotonic() - started:.1f} s", flush=True)
    return status


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit(130)
