"""What a check found, and how grave it is."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

LEAST_POSTGRES: Final = 15
# Ingest refuses calls from more than a day ahead, and sign-ins end by the clock: seconds matter to neither.
SKEW_WARNS: Final = timedelta(seconds=2)
SKEW_FAILS: Final = timedelta(minutes=2)
GIB: Final = 2**30
FREE_WARNS: Final = 2 * GIB
FREE_FAILS: Final = GIB // 4
# Vendors change prices every few weeks; a new release of TokenBoard brings a new book.
PRICES_WARN: Final = timedelta(days=60)
# So long a job may wait for its turn, behind others.
JOBS_WARN: Final = 600.0


class State(StrEnum):
    """How a check came out. `WARN` leaves the service usable, `FAIL` does not."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; `mend` says what to do about it, and is empty when all is well."""

    check: str
    state: State
    found: str
    mend: str = ""


def server_version(number: int) -> Finding:
    """Judge `server_version_num`, 150004 being 15.4."""
    found = f"PostgreSQL {number // 10000}.{number % 10000}"
    if number // 10000 < LEAST_POSTGRES:
        mend = f"Use PostgreSQL {LEAST_POSTGRES} or newer, or unset DATABASE_URL to use the embedded one."
        return Finding("database", State.FAIL, found, mend)
    return Finding("database", State.OK, found)


def migrations(current: str | None, newest: str) -> Finding:
    """Judge the database's revision; None when it was never migrated."""
    if current == newest:
        return Finding("migrations", State.OK, f"at the newest ({newest})")
    mend = "Run `tokenboard migrate`; `tokenboard serve` does it too."
    return Finding("migrations", State.FAIL, f"at {current or 'none'}, the newest is {newest}", mend)


def clock(skew: timedelta) -> Finding:
    """Judge how far the database's clock is ahead of this machine's; behind is negative."""
    seconds = skew.total_seconds()
    found = f"{abs(seconds):.1f} s apart from the database's"
    if abs(skew) < SKEW_WARNS:
        return Finding("clock", State.OK, found)
    state = State.WARN if abs(skew) < SKEW_FAILS else State.FAIL
    slow = "this machine" if seconds > 0 else "the database's machine"
    return Finding("clock", state, found, f"Set the clocks by NTP; {slow} is behind the other.")


def disk(free_bytes: int, folder: str) -> Finding:
    """Judge the room left where the data lie."""
    found = f"{free_bytes / GIB:.1f} GiB free in {folder}"
    if free_bytes >= FREE_WARNS:
        return Finding("disk", State.OK, found)
    state = State.WARN if free_bytes >= FREE_FAILS else State.FAIL
    return Finding("disk", state, found, "Free some space, or set TOKENBOARD_DATA to a folder on a larger disk.")


def jobs(waiting: int, oldest_seconds: float, looked_seconds: float | None) -> Finding:
    """Judge the queue of jobs by how long its oldest could have been done, and when somebody last looked for work."""
    if looked_seconds is None:
        return Finding("jobs", State.OK, "none yet: nobody has looked for work")
    found = f"{waiting} due, the oldest for {oldest_seconds:.0f} s; last looked for {looked_seconds:.0f} s ago"
    if oldest_seconds < JOBS_WARN:
        return Finding("jobs", State.OK, found)
    mend = "Start `tokenboard serve` with TOKENBOARD_WORKER=true, or let a scheduler ask /api/v1/cron/sync."
    return Finding("jobs", State.WARN, found, mend)


def outbox(waiting: int, oldest_seconds: float, dead: int, dead_mails: int) -> Finding:
    """Judge the outbox by its dead letters, and by how long the oldest of the others could have been sent."""
    found = f"{waiting} waiting, the oldest due for {oldest_seconds:.0f} s; {dead} could not be delivered"
    if dead:
        where = "`tokenboard mail list`" if dead_mails else "its channel"
        return Finding("outbox", State.WARN, found, f"Each says why in {where}; mend that, then send it again.")
    if oldest_seconds >= JOBS_WARN:
        return Finding("outbox", State.WARN, found, "Nobody sends: see jobs.")
    return Finding("outbox", State.OK, found)


def mail(is_sent: bool, is_production: bool) -> Finding:
    """Judge whether mails go anywhere."""
    if is_sent:
        return Finding("mail", State.OK, "handed to the server of TOKENBOARD_SMTP_URL")
    if is_production:
        mend = "Set TOKENBOARD_SMTP_URL and TOKENBOARD_MAIL_FROM: nobody is sent alerts, invitations or new passwords."
        return Finding("mail", State.WARN, "no server is set", mend)
    return Finding("mail", State.OK, "written into the data folder, as in development")


def prices(version: str, today: date) -> Finding:
    """Judge a price book by its version, which starts with the day its sources were read."""
    checked = datetime.strptime(version[:10], "%Y-%m-%d").replace(tzinfo=UTC).date()
    age = today - checked
    found = f"version {version}, {max(age.days, 0)} days old"
    if age <= PRICES_WARN:
        return Finding("price book", State.OK, found)
    return Finding("price book", State.WARN, found, "Install a newer TokenBoard: prices may have changed since.")


def is_healthy(findings: list[Finding]) -> bool:
    return all(finding.state is not State.FAIL for finding in findings)
