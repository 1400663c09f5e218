"""The browser journey: Playwright in Chromium against a freshly started TokenBoard."""

import os
import subprocess
import sys

from scripts.machine import FRONTEND, find_browser, stop
from scripts.serving import fresh_service


class JourneyFailed(Exception):
    """Playwright has said why."""


def main(arguments: list[str]) -> None:
    browser = find_browser() or stop("No Chromium: run `make e2e`, which installs it.")
    try:
        with fresh_service() as address:
            environment = os.environ | {"BASE_URL": address, "CHROMIUM": browser}
            command = ["npm", "run", "--silent", "e2e", "--", *arguments]
            if subprocess.run(command, cwd=FRONTEND, env=environment, check=False).returncode:
                raise JourneyFailed
    except JourneyFailed:
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
