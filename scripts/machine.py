"""What the tools need to know of, and change on, the machine they run on. Standard library only."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv" / "bin"
FRONTEND = ROOT / "frontend"
# What a person's shell may carry and a test must not see.
OWN_SETTINGS = ("DATABASE_URL", "JWT_SECRET", "ENCRYPTION_KEY", "CRON_SECRET", "APP_URL", "APP_ENV")
APT = threading.Lock()
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def say(text: str) -> None:
    """One line about what is going on, before the thing it speaks of."""
    print(f"==> {text}", flush=True)


def stop(text: str) -> NoReturn:
    """End with a plain message that names the mend."""
    print(f"\n{text}", file=sys.stderr, flush=True)
    raise SystemExit(1)


def without_own_settings() -> dict[str, str]:
    """The environment less every setting of TokenBoard, and with leave to keep what Python compiled.

    The tests start hundreds of processes: each would compile all of TokenBoard anew.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TOKENBOARD_")}
    for name in (*OWN_SETTINGS, "PYTHONDONTWRITEBYTECODE"):
        kept.pop(name, None)
    return kept


def find_browser() -> str | None:
    """Chromium, or a browser built from it; `CHROMIUM` names another one."""
    named = os.environ.get("CHROMIUM")
    return named or next((found for name in BROWSERS if (found := shutil.which(name))), None)


def find_postgres() -> Path | None:
    """The folder of the newest PostgreSQL server binaries of this machine (not the embedded ones)."""
    folders = [Path(found).resolve().parent] if (found := shutil.which("initdb")) else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    if pg_config := shutil.which("pg_config"):
        told = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(told.stdout.strip() or "/nowhere"))
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def _version(folder: Path) -> int:
    name = folder.parent.name
    return int(name) if name.isdigit() else 0


def apt_install(*packages: str) -> bool:
    """Install Debian packages, by one thread at a time; False where there is no apt-get or no right to use it."""
    with APT:
        return _apt_install(*packages)


def _apt_install(*packages: str) -> bool:
    prefix = _rights()
    if prefix is None:
        return False
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    update = [*prefix, "apt-get", "update", "-qq"]
    install = [*prefix, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    return all(subprocess.run(step, env=environment, check=False).returncode == 0 for step in (update, install))


def _rights() -> list[str] | None:
    """What to put before apt-get: nothing as root, `sudo -n` where that needs no password."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    sudo = ["sudo", "-n"]
    if shutil.which("sudo") and subprocess.run([*sudo, "true"], capture_output=True, check=False).returncode == 0:
        return sudo
    return None
