"""Quiet hours: what is not critical waits for their end."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.delivery.rules import Severity


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `starts` up to `ends` by the clocks of `time_zone`, over midnight where it ends earlier than it starts."""

    starts: time
    ends: time
    time_zone: str
    holds_critical: bool = False

    def leaves_at(self, severity: Severity, now: datetime) -> datetime:
        """When a message leaves that is ready now."""
        if severity is Severity.CRITICAL and not self.holds_critical:
            return now
        local = now.astimezone(ZoneInfo(self.time_zone))
        if not self._is_quiet(local.time()):
            return now
        days = 1 if local.time() >= self.ends else 0
        return self._end(local.date() + timedelta(days=days), now)

    def _is_quiet(self, clock: time) -> bool:
        if self.starts < self.ends:
            return self.starts <= clock < self.ends
        return clock >= self.starts or clock < self.ends

    def _end(self, day: date, now: datetime) -> datetime:
        """In UTC. An hour that the clocks show twice ends the quiet when it is first shown after now."""
        zone = ZoneInfo(self.time_zone)
        ends = [datetime.combine(day, self.ends.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1)]
        return next((end for end in ends if end > now), now)


def is_time_zone(name: str) -> bool:
    """Whether clocks go by it: a name of the IANA database, like `Europe/Berlin`."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
