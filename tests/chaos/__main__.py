"""`make chaos`: faults by the hundred, a judge after each, and a table at the end."""

import argparse
import asyncio
import os
import platform
import random
import shutil
import signal
import sys

from tests.chaos.plan import KINDS, make_plan
from tests.chaos.report import show
from tests.chaos.run import Wishes, carry_out

APART = "TOKENBOARD_CHAOS_APART"


def main() -> int:
    asked = _arguments()
    _go_apart()
    seed = random.randrange(10**6) if asked.seed is None else asked.seed
    repeat = f"make chaos SEED={seed} FAULTS={asked.faults}"
    if asked.only:
        repeat += f" CHAOS='--only \"{asked.only}\"'"
    print(f"seed {seed}, {asked.faults} faults; again with: {repeat}", flush=True)
    wishes = Wishes(seed, asked.engine, asked.services, asked.workers, lambda line: print(line, flush=True))
    plan = make_plan(seed, asked.faults, short=asked.short, only=asked.only)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is put away
    outcome = asyncio.run(carry_out(plan, wishes))
    print(show(outcome, repeat, f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"))
    return 0 if outcome.is_well else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=int, help="the same seed makes the same plan; printed when not given")
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--short", action="store_true", help="shorter faults")
    parser.add_argument("--only", choices=tuple(KINDS), metavar="KIND", help="one kind of fault, by its name")
    parser.add_argument("--engine", choices=("embedded", "external"), default="embedded", help="whose PostgreSQL")
    parser.add_argument("--services", type=int, default=2, help="how many services on one database")
    parser.add_argument("--workers", type=int, default=1, help="how many workers each service has")
    return parser.parse_args()


def _go_apart() -> None:
    """Run in a mount namespace where that is allowed: a volume then vanishes with us, however we end."""
    if os.geteuid() == 0 and APART not in os.environ and (unshare := shutil.which("unshare")):
        os.environ[APART] = "1"
        if os.system(f"{unshare} --mount true 2>/dev/null") == 0:  # noqa: S605
            os.execv(unshare, [unshare, "--mount", "--", sys.executable, "-m", "tests.chaos", *sys.argv[1:]])  # noqa: S606


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
