"""What people are told of what was found."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple
from urllib.parse import urlencode

from app.alerts.rules import Fact, Kind, NewAlert, Severity
from app.core.money import EXACT, dollars, to_wire
from app.detection.rules.choosing import Found
from app.detection.rules.drivers import Driver
from app.detection.rules.failing import Calls
from app.detection.rules.figures import Dimension, Part
from app.detection.rules.spikes import Spike, Threshold
from app.detection.rules.syncs import Source
from app.detection.rules.usual import HOUR
from app.usage.rules.credits import Account

# What rises by so many times the least that is told, and to so many times the usual, wakes people.
CRITICAL_RISES: Final = Decimal(25)
CRITICAL_TIMES: Final = Decimal(5)
LAST_DAYS: Final = timedelta(days=1)
LISTED: Final = 10
WORDS: Final = {
    Dimension.MODEL: "Model",
    Dimension.PROJECT: "Project",
    Dimension.API_KEY: "API key",
    Dimension.USER: "Customer",
}


class Keys(NamedTuple):
    """What people call API keys, by their ids."""

    names: Mapping[str, str]

    def name(self, part: Part) -> str:
        if part.dimension is Dimension.API_KEY:
            return self.names.get(part.value, "a key that is gone")
        return part.value


# --- spend ---


def spike(found: Found, drove: Sequence[Driver], keys: Keys, threshold: Threshold) -> NewAlert:
    """An hour or a day that costs far more than is usual."""
    newest = found.newest
    first = found.spikes[0]
    mark = f"{first.at:%Y-%m-%dT%H}" if newest.step == HOUR else f"{first.at:%Y-%m-%d}"
    return NewAlert(
        kind=Kind.SPEND_SPIKE,
        key=f"{found.condition}:{mark}",
        severity=_loudness(newest, threshold),
        title=f"{_whose(found.part, keys)} {_rose(newest)}",
        facts=_spike_facts(newest, drove, keys),
        link=_calls_link(newest.at, **_only(found.part)),
        occurred_at=newest.at,
        condition=found.condition,
    )


def _loudness(newest: Spike, threshold: Threshold) -> Severity:
    is_great = newest.rise >= EXACT.multiply(threshold.min_rise, CRITICAL_RISES)
    is_far = newest.cost >= EXACT.multiply(newest.usual.middle, CRITICAL_TIMES)
    return Severity.CRITICAL if is_great and is_far else Severity.WARNING


def _whose(part: Part | None, keys: Keys) -> str:
    return "Spend" if part is None else f"{WORDS[part.dimension]} {keys.name(part)}:"


def _rose(newest: Spike) -> str:
    bucket = "an hour" if newest.step == HOUR else "a day"
    return f"{dollars(newest.cost)} in {bucket}, usually {dollars(newest.usual.middle)}"


def _spike_facts(newest: Spike, drove: Sequence[Driver], keys: Keys) -> list[Fact]:
    is_hour = newest.step == HOUR
    facts = [
        Fact("Hour" if is_hour else "Day", f"{newest.at:%Y-%m-%d %H:%M} UTC" if is_hour else f"{newest.at:%Y-%m-%d}"),
        Fact("Spent", dollars(newest.cost)),
        Fact("Usual", dollars(newest.usual.middle)),
        Fact("Above the usual", dollars(newest.rise)),
    ]
    facts += [Fact(f"{WORDS[each.part.dimension]} {keys.name(each.part)}", _contribution(each)) for each in drove]
    return facts


def _contribution(driver: Driver) -> str:
    return f"{dollars(driver.rise)} more, {percent(driver.share)} of the rise"


def newcomer(part: Part, cost: Decimal, first_seen: datetime, keys: Keys) -> NewAlert:
    """A model, or an API key, that costs money for the first time."""
    is_model = part.dimension is Dimension.MODEL
    kind = Kind.NEW_MODEL if is_model else Kind.NEW_KEY
    named = f"{part.provider} {part.value}" if is_model else keys.name(part)
    return NewAlert(
        kind=kind,
        key=f"{kind}:{part.provider}:{part.value}" if is_model else f"{kind}:{part.value}",
        severity=Severity.INFO,
        title=f"{'Model' if is_model else 'API key'} {named} costs money for the first time",
        facts=[Fact("First call in the hour", f"{first_seen:%Y-%m-%d %H:%M} UTC"), Fact("Spent so far", dollars(cost))],
        link=_calls_link(first_seen, **_only(part)),
        occurred_at=first_seen,
    )


class Unpriced(NamedTuple):
    """Calls of a model whose cost nobody knows, in the last day."""

    provider: str
    model: str
    calls: int
    last_seen: datetime

    @property
    def condition(self) -> str:
        return f"{Kind.UNPRICED_SPEND}:{self.provider}:{self.model}"


def unpriced(found: Unpriced) -> NewAlert:
    return NewAlert(
        kind=Kind.UNPRICED_SPEND,
        key=f"{found.condition}:{_week(found.last_seen)}",
        severity=Severity.WARNING,
        title=f"The price of {found.provider} {found.model} is not known",
        facts=[Fact("Calls without a price in a day", f"{found.calls:,}"), Fact("In totals", "they count as unknown")],
        link="/unpriced",
        occurred_at=found.last_seen,
        condition=found.condition,
    )


def unpriced_rest(found: Sequence[Unpriced]) -> NewAlert:
    """Those beyond the first few, in one."""
    last = max(each.last_seen for each in found)
    facts = [Fact(f"{each.provider} {each.model}", f"{each.calls:,} calls") for each in found[:LISTED]]
    return NewAlert(
        kind=Kind.UNPRICED_SPEND,
        key=f"{Kind.UNPRICED_SPEND}:{_week(last)}",
        severity=Severity.WARNING,
        title=f"The prices of {len(found)} more models are not known",
        facts=facts,
        link="/unpriced",
        occurred_at=last,
        condition=Kind.UNPRICED_SPEND,
    )


# --- calls ---


class Failing(NamedTuple):
    """A provider whose calls fail more often than usual. `worst` are models with their failed calls."""

    provider: str
    now: Calls
    before: Calls
    last_seen: datetime
    worst: Sequence[tuple[str, int]]


def failing(found: Failing) -> NewAlert:
    condition = f"{Kind.ERROR_RATE}:{found.provider}"
    share = percent(found.now.share)
    return NewAlert(
        kind=Kind.ERROR_RATE,
        key=f"{condition}:{found.last_seen:%Y-%m-%dT%H}",
        severity=Severity.WARNING,
        title=f"{share} of the calls to {found.provider} fail, usually {percent(found.before.share)}",
        facts=[
            Fact("Failed in the last two hours", f"{found.now.errors:,} of {found.now.calls:,} calls"),
            *(Fact(f"Model {model}", f"{errors:,} failed") for model, errors in found.worst),
        ],
        link=_calls_link(found.last_seen, provider=found.provider, status="error"),
        occurred_at=found.last_seen,
        condition=condition,
    )


# --- syncs and credits ---


def sync_failing(source: Source, now: datetime) -> NewAlert:
    condition = f"{Kind.SYNC_FAILING}:{source.id}"
    facts = [Fact("Failures in a row", f"{source.failures}"), Fact("Read last", f"{source.read_at:%Y-%m-%d %H:%M} UTC")]
    if source.error:
        facts.append(Fact("Reason", source.error))
    return _of_sync(Kind.SYNC_FAILING, condition, f"{source.label} cannot be read", facts, source, now)


def sync_stale(source: Source, now: datetime) -> NewAlert:
    condition = f"{Kind.SYNC_STALE}:{source.id}"
    facts = [Fact("Read last", f"{source.read_at:%Y-%m-%d %H:%M} UTC"), Fact("Provider", source.provider)]
    hours = int((now - source.read_at) / HOUR)
    return _of_sync(Kind.SYNC_STALE, condition, f"{source.label} was not read for {hours} hours", facts, source, now)


def _of_sync(kind: Kind, condition: str, title: str, facts: Sequence[Fact], source: Source, now: datetime) -> NewAlert:
    return NewAlert(
        kind=kind,
        key=f"{condition}:{source.read_at:%Y-%m-%dT%H:%M:%S}",
        severity=Severity.WARNING,
        title=title,
        facts=facts,
        link="/connections",
        # once an hour it is counted again
        occurred_at=now.replace(minute=0, second=0, microsecond=0),
        condition=condition,
    )


def credits_low(account: Account, ends: datetime, now: datetime) -> NewAlert:
    """Credits that are gone at `ends`, at the present rate."""
    newest = account.newest
    condition = f"{Kind.CREDITS_LOW}:{newest.provider}:{newest.connection_id or ''}:{newest.account}:{newest.currency}"
    named = f"{newest.provider} {newest.account}".strip()
    is_last = ends - now <= LAST_DAYS
    left = max(ends - now, timedelta(0))
    return NewAlert(
        kind=Kind.CREDITS_LOW,
        key=f"{condition}:{_week(now)}",
        severity=Severity.CRITICAL if is_last else Severity.WARNING,
        title=f"The credits of {named} are gone in {_days(left)}" if left else f"The credits of {named} are gone",
        facts=[
            Fact("Left", _in_currency(account.available, newest.currency)),
            Fact("Gone at this rate on", f"{ends:%Y-%m-%d}"),
            Fact("Balance of", f"{newest.at:%Y-%m-%d %H:%M} UTC"),
        ],
        link="/connections",
        occurred_at=now.replace(hour=0, minute=0, second=0, microsecond=0),
        condition=condition,
    )


def _in_currency(amount: Decimal | None, currency: str) -> str:
    if amount is None:
        return "unknown"
    return dollars(amount) if currency == "USD" else f"{to_wire(amount)} {currency}"


def _days(left: timedelta) -> str:
    if left < timedelta(days=2):
        hours = max(1, int(left / HOUR))
        return f"{hours} hour{'s' * (hours > 1)}"
    return f"{left.days} days"


# --- words ---


def percent(share: Decimal | Fraction) -> str:
    """For people: whole percents, below ten of them with a tenth."""
    tenths = round(Fraction(share) * 1000)
    return f"{tenths // 10}.{tenths % 10} %" if 0 <= tenths < 100 else f"{round(Fraction(tenths, 10))} %"


def _week(at: datetime) -> str:
    """What a person resolves by hand is told again in another week at the earliest."""
    year, week, _ = at.isocalendar()
    return f"{year}-W{week:02d}"


def _calls_link(at: datetime, **only: str) -> str:
    """The calls of that day."""
    return f"/calls?{urlencode({'month': f'{at:%Y-%m}', 'day': f'{at:%Y-%m-%d}', **only})}"


def _only(part: Part | None) -> dict[str, str]:
    """The list of calls is filtered by the same words."""
    return {} if part is None else {part.dimension.value: part.value}
