"""Calls without a price, and calls that fail."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from app.alerts.rules import Kind, NewAlert
from app.core.database import AsyncSession
from app.detection import queries
from app.detection.detectors.scene import Scene
from app.detection.rules import telling
from app.detection.rules.failing import Calls, is_jump
from app.detection.rules.figures import Slice
from app.detection.rules.usual import DAY, HOUR

ERROR_DAYS: Final = 14
UNPRICED_EACH: Final = 5
WORST_MODELS: Final = 3


async def unpriced(_session: AsyncSession, scene: Scene) -> list[NewAlert]:
    """Models with calls of the last day whose price is not known; beyond a few, the rest in one."""
    found: dict[tuple[str, str], telling.Unpriced] = {}
    for each in scene.slices:
        if each.unpriced and each.start > scene.hour - DAY:
            before = found.get((each.provider, each.model))
            calls, last = (before.calls, before.last_seen) if before else (0, each.start)
            found[each.provider, each.model] = telling.Unpriced(
                each.provider, each.model, calls + each.unpriced, max(last, each.start)
            )
    least = int(scene.figure(Kind.UNPRICED_SPEND, "min_calls"))
    ranked = sorted(
        (each for each in found.values() if each.calls >= least),
        key=lambda each: (each.condition not in scene.going_on, -each.calls, each.provider, each.model),
    )
    told = [telling.unpriced(each) for each in ranked[:UNPRICED_EACH]]
    return told + ([telling.unpriced_rest(ranked[UNPRICED_EACH:])] if ranked[UNPRICED_EACH:] else [])


async def failing(session: AsyncSession, scene: Scene) -> list[NewAlert]:
    """Providers whose calls of this hour and the last fail more often than on the days before yesterday."""
    judged = [each for each in scene.slices if each.start >= scene.hour - HOUR]
    least = int(scene.figure(Kind.ERROR_RATE, "min_errors"))
    suspects = {name: own for name, own in _by_provider(judged).items() if _calls(own).errors >= least}
    if not suspects:
        return []
    since = scene.yesterday - ERROR_DAYS * DAY
    before = await queries.calls_before(session, scene.workspace_id, suspects, since, scene.yesterday)
    rise = Fraction(scene.figure(Kind.ERROR_RATE, "min_rise"))
    return [
        telling.failing(_failing(name, own, before[name]))
        for name, own in sorted(suspects.items())
        if name in before and is_jump(_calls(own), before[name], least, rise)
    ]


def _by_provider(slices: Sequence[Slice]) -> dict[str, list[Slice]]:
    found: dict[str, list[Slice]] = {}
    for each in slices:
        found.setdefault(each.provider, []).append(each)
    return found


def _calls(slices: Sequence[Slice]) -> Calls:
    return Calls(sum(each.calls for each in slices), sum(each.errors for each in slices))


def _failing(provider: str, own: Sequence[Slice], before: Calls) -> telling.Failing:
    errors: dict[str, int] = {}
    for each in own:
        errors[each.model] = errors.get(each.model, 0) + each.errors
    worst = sorted(((model, count) for model, count in errors.items() if count), key=lambda one: (-one[1], one[0]))
    last = max(each.start for each in own if each.errors)
    return telling.Failing(provider, _calls(own), before, last, worst[:WORST_MODELS])
