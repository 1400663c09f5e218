"""Check the Python SDK: `python -m scripts.sdk_python types|test|package`.

Its tests drive the vendors' real clients and the frameworks that bring their own, newest and one older major. Each set
lives in a virtual environment under sdk/python/.venvs, made once and again when what it is made from changes.
"""

import os
import re
import subprocess
import sys
import tempfile
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scripts.machine import BIN, ROOT, say, stop, without_own_settings
from scripts.setup import fingerprint, is_fresh

SDK = ROOT / "sdk" / "python"
# What each set of clients is tested with; tests of what it lacks leave themselves out.
SETS = {"new": "tests", "old": "tests", "frameworks": "tests/frameworks", "frameworks-old": "tests/frameworks"}
# Runs where nothing but the wheel is installed: imports, tracks, and says that nobody answered.
SMOKE = """
import pathlib, tokenboard
assert "site-packages" in tokenboard.__file__, tokenboard.__file__
assert (pathlib.Path(tokenboard.__file__).parent / "py.typed").exists()
tokenboard.init(api_key="tb_smoke", base_url="http://127.0.0.1:9", flush_interval=0.01)
assert tokenboard.track(provider="openai", model="gpt-5.4", usage={"input_tokens": 1})
assert tokenboard.wrap(object()) is not None
tokenboard.shutdown(0.2)
assert tokenboard.dropped() == {"exit": 1}, tokenboard.dropped()
print("tokenboard", tokenboard.__version__, "works from its wheel")
"""


def environment(name: str) -> Path:
    """The Python of a set of clients, made when it is missing or out of date."""
    return virtual_environment(SDK / ".venvs" / name, SDK / "tests" / f"requirements-{name}.txt")


def virtual_environment(folder: Path, requirements: Path, *options: str) -> Path:
    """The Python of a folder in which these requirements are installed, made when it is missing or out of date."""
    python = folder / "bin" / "python"
    stamp, key = folder / ".stamp", fingerprint([requirements], sys.version)
    if not is_fresh(stamp, key):
        say(f"installing {requirements.relative_to(ROOT)} for the tests")
        venv.create(folder, clear=True)
        _pip(python, *options, "-r", str(requirements))
        stamp.write_text(key)
    return python


def types() -> None:
    """mypy over the package, and over its tests with the newest clients' types."""
    _do([str(BIN / "mypy")])
    _do([str(BIN / "mypy"), "--python-executable", str(environment("new")), "-p", "tests"])


def test() -> None:
    """The SDK's tests with each set of clients, two sets at a time."""
    commands = [[str(environment(name)), "-m", "pytest", "-q", "-p", "no:cacheprovider", SETS[name]] for name in SETS]
    say(f"the SDK's tests with the clients of {', '.join(SETS)}")
    with ThreadPoolExecutor(2) as side_by_side:
        for done in [side_by_side.submit(_do, command) for command in commands]:
            done.result()


def package() -> None:
    """Build the wheel and the source package, install the wheel into a clean environment and try it there."""
    with tempfile.TemporaryDirectory() as folder:
        dist, clean = Path(folder) / "dist", Path(folder) / "clean"
        _do([str(environment("new")), "-m", "build", "--no-isolation", "--outdir", str(dist)], quiet=True)
        (wheel,) = dist.glob("*.whl")
        if not list(dist.glob("*.tar.gz")) or not re.match(r"tokenboard-[\d.]+-py3-none-any\.whl$", wheel.name):
            stop(f"The package is not what was expected: {sorted(path.name for path in dist.iterdir())}")
        venv.create(clean)
        python = clean / "bin" / "python"
        _pip(python, "--no-index", "--no-deps", str(wheel))
        _do([str(python), "-c", SMOKE], folder=Path(folder))


def _pip(python: Path, *arguments: str) -> None:
    """Install into an environment that has no pip: putting one into each takes longer than most installations."""
    pip = [str(BIN / "python"), "-m", "pip", "--python", str(python)]
    _do([*pip, "install", "--quiet", "--disable-pip-version-check", *arguments], quiet=True)


def _do(command: list[str], folder: Path = SDK, *, quiet: bool = False) -> None:
    """Run; what a quiet one said is shown only when it failed."""
    settings = {name: value for name, value in without_own_settings().items() if name != "PYTHONPATH"}
    kept = subprocess.PIPE if quiet else None
    done = subprocess.run(
        command, cwd=folder, env=settings | {"PWD": os.fspath(folder)}, stdout=kept, stderr=kept, text=True, check=False
    )
    if done.returncode:
        stop(f"{done.stdout or ''}{done.stderr or ''}This did not work: {' '.join(command)}")


VERBS = {"types": types, "test": test, "package": package}

if __name__ == "__main__":
    try:
        VERBS[sys.argv[1]]()
    except KeyboardInterrupt:
        sys.exit(130)
