"""The pictures of the documentation, taken anew from the demo in a freshly started TokenBoard."""

import subprocess
import tempfile

from scripts.machine import BIN, FRONTEND, ROOT, find_browser, stop, without_own_settings
from scripts.serving import fresh_service

PICTURES = ROOT / "docs" / "images"


def main() -> None:
    browser = find_browser() or stop("No Chromium: run `make pictures`, which installs it.")
    data = tempfile.TemporaryDirectory(prefix="tokenboard-pictures-")
    with data as folder, fresh_service(TOKENBOARD_DATA=folder) as address:
        settings = without_own_settings() | {"TOKENBOARD_DATA": folder, "APP_URL": address}
        subprocess.run([BIN / "tokenboard", "demo", "--with-connections"], cwd=ROOT, env=settings, check=True)
        subprocess.run(["node", "scripts/pictures.js", address, browser, PICTURES], cwd=FRONTEND, check=True)


if __name__ == "__main__":
    main()
