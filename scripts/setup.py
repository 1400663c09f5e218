"""Set up what a verb of the Makefile needs: `python3 -m scripts.setup run|dev [frontend] [dist] [browser] [pooler]`.

Quick the second time: what is already there is known by the hashes of the files it was made from.
Runs on the machine's own Python, before there is a virtual environment: standard library only.
"""

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scripts.machine import BIN, FRONTEND, ROOT, apt_install, find_browser, say, stop

LEAST_NODE = (20, 19)
NODE_MEND = "Install Node.js from https://nodejs.org or your system's packages, then run this again."
RUN = ["requirements-embedded.txt"]
# installed one after the other: the second without what it depends on
DEV = ["requirements-dev.txt", "requirements-prices.txt"]
OURSELVES = ["--no-deps", "--no-build-isolation", "--editable", "."]
SDK_TYPESCRIPT = ROOT / "sdk" / "typescript"
SDK_RUNTIMES = SDK_TYPESCRIPT / "runtimes"
OIDC_PROVIDER = ROOT / "tests" / "auth" / "oidc"
NPM_INSTALL = ["npm", "ci", "--no-audit", "--no-fund"]
FRONTEND_SOURCES = ("src", "public", "scripts", "index.html", "package-lock.json", "tsconfig.json", "vite.config.ts")


def main(wanted: list[str]) -> None:
    """All at once: one waits for the network while another unpacks."""
    with ThreadPoolExecutor() as side_by_side:
        for done in [side_by_side.submit(SETUPS[name]) for name in wanted]:
            done.result()


def python_packages(files: list[str]) -> None:
    """`.venv` with exactly the pinned packages, each checked against its hash, and TokenBoard itself."""
    stamp = ROOT / ".venv" / f".{files[0]}.stamp"
    key = fingerprint([ROOT / "pyproject.toml", *(ROOT / name for name in files)], sys.version)
    if is_fresh(stamp, key) and (BIN / "tokenboard").exists():
        return
    _make_venv()
    for name in files:
        say(f"installing {name} into .venv")
        _pip("--require-hashes", "-r", name, *(["--no-deps"] if name == "requirements-prices.txt" else []))
    _pip(*OURSELVES)
    stamp.write_text(key)


def _make_venv() -> None:
    if (BIN / "python").exists() and _runs(str(BIN / "python"), "-c", "import pip"):
        return
    if importlib.util.find_spec("ensurepip") is None:
        stop("This Python cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv")
    say(f"making .venv with Python {sys.version.split()[0]}")
    venv.create(ROOT / ".venv", with_pip=True, clear=True, symlinks=True)


def _runs(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _pip(*arguments: str) -> None:
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    _do([str(BIN / "python"), "-m", "pip", "install", *quiet, *arguments], ROOT)


def frontend_packages() -> None:
    """What the dashboard is built and tested with; by one at a time."""
    with (FRONTEND / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _node_packages(FRONTEND, "the dashboard's packages")


def sdk_packages() -> None:
    """What the TypeScript SDK is built and tested with, the vendors' clients among them; by one process at a time."""
    with (SDK_TYPESCRIPT / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _node_packages(SDK_TYPESCRIPT, "the packages of the TypeScript SDK's tests")


def sdk_runtimes() -> None:
    """Bun, Deno, workerd, and the oldest and the newest Node.js: what the TypeScript SDK is tried on."""
    with (SDK_RUNTIMES / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _node_packages(SDK_RUNTIMES, "the runtimes of the TypeScript SDK's tests")


def oidc_provider() -> None:
    """The OpenID Connect provider that tests sign in with; by one process at a time."""
    with (OIDC_PROVIDER / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _node_packages(OIDC_PROVIDER, "the OpenID Connect provider of the tests")


def _node_packages(folder: Path, what: str) -> None:
    _check_node()
    stamp = folder / "node_modules" / ".stamp"
    key = fingerprint([folder / "package-lock.json", folder / "package.json"], _node_version())
    if is_fresh(stamp, key):
        return
    say(f"installing {what} (npm ci)")
    _do(NPM_INSTALL, folder)
    stamp.write_text(key)


def frontend_build() -> None:
    """`frontend/dist`, built again only when a source of it changed."""
    stamp = FRONTEND / "node_modules" / ".build.stamp"  # not in `dist`, which is served
    key = fingerprint(_frontend_sources())
    if is_fresh(stamp, key) and (FRONTEND / "dist" / "index.html").exists():
        return
    frontend_packages()
    say("building the dashboard")
    _do(["npm", "run", "--silent", "build"], FRONTEND)
    stamp.write_text(key)


def _frontend_sources() -> Iterable[Path]:
    for name in FRONTEND_SOURCES:
        path = FRONTEND / name
        yield from (sorted(path.rglob("*")) if path.is_dir() else [path])


def browser() -> None:
    """Chromium for the browser journey, from Debian where it is missing and may be installed."""
    if find_browser():
        return
    say("installing Chromium for the browser test (apt-get)")
    # without a font a page has no text to see
    if not apt_install("chromium", "fonts-liberation") or find_browser() is None:
        stop(
            "The browser test needs Chromium, and it could not be installed here.\n"
            "Install it (on Debian: apt-get install chromium), or set CHROMIUM to a browser's path."
        )


def pooler() -> None:
    """PgBouncer, for the test that goes through it; without it that test is skipped, and says so."""
    if shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin"):
        return
    say("installing PgBouncer for the test behind a pooler (apt-get)")
    if not apt_install("pgbouncer"):
        print("PgBouncer could not be installed: the test behind a pooler will be skipped.")


def _check_node() -> None:
    wanted = ".".join(map(str, LEAST_NODE))
    if shutil.which("node") is None or shutil.which("npm") is None:
        stop(f"The dashboard is built with Node.js {wanted} or newer, and it was not found.\n{NODE_MEND}")
    found = tuple(int(part) for part in re.findall(r"\d+", _node_version())[:2])
    if found < LEAST_NODE:
        stop(f"The dashboard is built with Node.js {wanted} or newer; `node` is {_node_version()}.\n{NODE_MEND}")


def _node_version() -> str:
    return subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()


def fingerprint(files: Iterable[Path], *more: str) -> str:
    """A hash of what the files hold, their names, and `more`; a file that is not there counts as such."""
    total = hashlib.sha256()
    for part in more:
        total.update(part.encode() + b"\0")
    for path in files:
        total.update(str(path.relative_to(ROOT)).encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b"-")
    return total.hexdigest()


def is_fresh(stamp: Path, key: str) -> bool:
    return stamp.is_file() and stamp.read_text() == key


def _do(command: list[str], folder: Path) -> None:
    """Run quietly; what it said is shown only when it failed."""
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode:
        print(done.stdout.decode(errors="replace"))
        stop(f"This did not work (exit status {done.returncode}): {' '.join(command)}")


SETUPS = {
    "run": lambda: python_packages(DEV if _has_dev() else RUN),
    "dev": lambda: python_packages(DEV),
    "frontend": frontend_packages,
    "dist": frontend_build,
    "browser": browser,
    "pooler": pooler,
}


def _has_dev() -> bool:
    """Whether `.venv` is a developer's: it holds all that running needs, in the same versions."""
    return (ROOT / ".venv" / f".{DEV[0]}.stamp").exists()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        stop("Stopped; run the same command again to go on.")
