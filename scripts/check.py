"""Run the checks, each a named step, and say how each went.

`check` is all that a change must pass; `test`, which CI runs, adds the tests on an external
PostgreSQL and the journey in a browser. All steps run, also after one failed.
"""

import subprocess
import sys
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from scripts.external_postgres import NOT_RUN
from scripts.machine import BIN, FRONTEND, ROOT, without_own_settings

PYTHON = str(BIN / "python")
PYTEST = [PYTHON, "-m", "pytest", "-q", "-n", "2"]
EXTERNAL = [PYTHON, "-m", "scripts.external_postgres", "--", *PYTEST, "--only-database"]
# most steps of a lane keep one core busy, and the tests of a database keep two
LANES_AT_ONCE = 2


@dataclass(frozen=True)
class Step:
    """One check. Those of a lane run one after the other, beside those of another; those of none run alone at last."""

    name: str
    command: list[str]
    folder: Path = ROOT
    lane: str = ""


def python(name: str, *command: str) -> Step:
    return Step(name, [str(BIN / command[0]), *command[1:]], lane="Python")


def dashboard(name: str, script: str) -> Step:
    return Step(name, ["npm", "run", "--silent", script], FRONTEND, lane="dashboard")


def sdk(name: str, module: str, verb: str) -> Step:
    return Step(name, [PYTHON, "-m", f"scripts.{module}", verb], lane=module)


FORMAT = [
    python("Python is formatted", "ruff", "format", "--check", "--quiet", "."),
    dashboard("frontend is formatted", "format:check"),
]
LINT = [
    python("Python lint", "ruff", "check", "."),
    python("import contracts", "lint-imports"),
    dashboard("frontend lint", "lint"),
]
TYPES = [
    python("Python types", "mypy"),
    python("API types are up to date", "python", "-m", "scripts.openapi", "--check"),
    dashboard("frontend types", "typecheck"),
    sdk("Python SDK types", "sdk_python", "types"),
    sdk("TypeScript SDK types, lint and format", "sdk_typescript", "types"),
]
CHECK = [
    *FORMAT,
    *LINT,
    *TYPES,
    python("migrations match the models", "python", "-m", "scripts.alembic_check"),
    dashboard("frontend build", "build"),
    dashboard("frontend tests", "test"),
    sdk("Python SDK tests", "sdk_python", "test"),
    sdk("Python SDK package", "sdk_python", "package"),
    sdk("TypeScript SDK tests", "sdk_typescript", "test"),
    sdk("TypeScript SDK package", "sdk_typescript", "package"),
    Step("tests on the embedded PostgreSQL", PYTEST),
]
TEST = [
    *CHECK,
    Step("tests on an external PostgreSQL", EXTERNAL),
    Step("journey in a browser", [PYTHON, "-m", "scripts.e2e"]),
]
SUITES = {"lint": LINT, "types": TYPES, "check": CHECK, "test": TEST}


def main(suite: str) -> int:
    steps = SUITES[suite]
    statuses = Run(len(steps)).through(steps)
    not_run = [name for name, status in statuses.items() if status == NOT_RUN]
    failed = [name for name, status in statuses.items() if status not in {0, NOT_RUN}]
    for name in not_run:
        print(f"NOT RUN: {name}")
    for name in failed:
        print(f"FAILED: {name}")
    passed = f"{len(steps) - len(failed) - len(not_run)} steps passed"
    print(f"{passed}, {len(failed)} failed" if failed else passed)
    return 1 if failed else 0


class Run:
    """One way through some steps. What those of lanes say is shown when they end, so that it stands together."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.begun = 0
        self.statuses: dict[str, int] = {}
        self.is_stopped = False
        self.screen = threading.Lock()

    def through(self, steps: list[Step]) -> dict[str, int]:
        """The exit status of each, by its name."""
        lanes: defaultdict[str, list[Step]] = defaultdict(list)
        for step in steps:
            lanes[step.lane].append(step)
        alone = lanes.pop("", [])
        with ThreadPoolExecutor(LANES_AT_ONCE) as side_by_side:
            running = [side_by_side.submit(self.go_along, lane) for lane in lanes.values()]
            try:
                for lane in running:
                    lane.result()
            except KeyboardInterrupt:
                self.is_stopped = True
                raise
        for step in alone:
            self.do(step)
        return {step.name: self.statuses[step.name] for step in steps}

    def go_along(self, lane: list[Step]) -> None:
        for step in lane:
            if not self.is_stopped:
                self.do_beside(step)

    def do(self, step: Step) -> None:
        self.announce(step)
        started = time.monotonic()
        done = subprocess.run(step.command, cwd=step.folder, env=without_own_settings(), check=False)
        self.conclude(step, done.returncode, started)

    def do_beside(self, step: Step) -> None:
        started = time.monotonic()
        done = subprocess.run(
            step.command,
            cwd=step.folder,
            env=without_own_settings(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        with self.screen:
            self.announce(step)
            print(done.stdout.decode(errors="replace"), end="")
            self.conclude(step, done.returncode, started)

    def announce(self, step: Step) -> None:
        self.begun += 1
        print(f"\n[{self.begun}/{self.count}] {step.name}", flush=True)

    def conclude(self, step: Step, status: int, started: float) -> None:
        self.statuses[step.name] = status
        outcome = {0: "passed", NOT_RUN: "not run"}.get(status, "FAILED")
        seconds = time.monotonic() - started
        print(f"[{self.begun}/{self.count}] {step.name}: {outcome} in {seconds:.1f} s", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit(130)
