"""How long until the service answers: `python -m benchmarks.start`.

`serve` on an empty data folder, which makes the database and all tables first; then on the same folder again.
"""

import os
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks import _goals, _place
from benchmarks._report import Report, options
from scripts.external_postgres import free_port
from scripts.machine import ROOT, without_own_settings
from scripts.serving import STOP_SECONDS, health

AGAIN = 5
LOOK_SECONDS = 0.01
PATIENCE_SECONDS = 120.0


def start(folder: Path) -> float:
    """Seconds from the command to the first healthy answer."""
    port = free_port()
    settings = {"TOKENBOARD_PORT": str(port), "TOKENBOARD_DATA": str(folder / "data"), "PYTHONPATH": str(ROOT)}
    with (folder / "log").open("w") as log:
        started = time.perf_counter()
        process = subprocess.Popen(
            _place.SERVE,
            cwd=folder,
            env=without_own_settings() | settings,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        while health(f"http://localhost:{port}") != "ok":
            if process.poll() is not None or time.perf_counter() - started > PATIENCE_SECONDS:
                raise SystemExit(f"the service did not start:\n{(folder / 'log').read_text()}")
            time.sleep(LOOK_SECONDS)
        return time.perf_counter() - started
    finally:
        os.kill(process.pid, signal.SIGINT)
        process.wait(STOP_SECONDS)


def main() -> None:
    report = Report("start", options(__doc__).parse_args().markdown)
    with tempfile.TemporaryDirectory(prefix="tokenboard-benchmark-") as name:
        first, again = start(Path(name)), sorted(start(Path(name)) for _ in range(AGAIN))
    report.head("From the command to the first healthy answer, its own database included", ("", "seconds"), first=40)
    report.row("first start: database and tables are made", f"{first:.2f}")
    report.row(f"later starts, median of {AGAIN}", f"{statistics.median(again):.2f}")
    report.row("the slowest of these", f"{again[-1]:.2f}")
    report.reached(_goals.START, statistics.median(again))
    report.finish()


if __name__ == "__main__":
    main()
