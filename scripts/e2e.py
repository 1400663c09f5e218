"""The browser journey: Playwright in Chromium against a freshly started TokenBoard and a stand-in of OpenAI."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from scripts.external_postgres import free_port
from scripts.machine import BIN, FRONTEND, ROOT, find_browser, stop
from scripts.serving import fresh_service


class JourneyFailed(Exception):
    """Playwright has said why."""


@contextmanager
def stand_in() -> Iterator[dict[str, str]]:
    """OpenAI's reports, served on this machine: the address and the key, as the journey wants to be told."""
    port = free_port()
    command = [str(BIN / "python"), "-m", "tests.providers.fakes", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            # it names itself before it listens, and is up long before the service is
            told = process.stdout.readline().split() if process.stdout else []
            if len(told) != 3:
                raise JourneyFailed
            yield {"STAND_IN": told[1], "STAND_IN_KEY": told[2]}
        finally:
            process.terminate()


def main(arguments: list[str]) -> None:
    browser = find_browser() or stop("No Chromium: run `make e2e`, which installs it.")
    try:
        with stand_in() as provider, fresh_service(TOKENBOARD_ALLOW_LOCAL_PROVIDERS="true") as address:
            environment = os.environ | {"BASE_URL": address, "CHROMIUM": browser} | provider
            command = ["npm", "run", "--silent", "e2e", "--", *arguments]
            if subprocess.run(command, cwd=FRONTEND, env=environment, check=False).returncode:
                raise JourneyFailed
    except JourneyFailed:
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
