"""Models and API keys that cost money for the first time."""

from uuid import UUID

from app.alerts.rules import Kind, NewAlert
from app.core.database import AsyncSession
from app.detection import queries
from app.detection.detectors.scene import Scene
from app.detection.rules import telling
from app.detection.rules.figures import Dimension, Part, by_part, parts_of
from app.detection.rules.telling import Keys


async def newcomers(session: AsyncSession, scene: Scene) -> list[NewAlert]:
    """Models and API keys without calls before yesterday; not on the first day of all."""
    fresh = [each for each in scene.slices if each.cost > 0]
    if not fresh or scene.learning_until is None:
        return []
    models = {(each.provider, each.model) for each in fresh}
    models -= await queries.known_models(session, scene.workspace_id, models, scene.yesterday)
    keys = {UUID(part.value) for each in fresh for part in parts_of(each) if part.dimension is Dimension.API_KEY}
    keys -= await queries.known_keys(session, scene.workspace_id, keys, scene.yesterday)
    new = [Part(Dimension.MODEL, model, provider) for provider, model in sorted(models)]
    new += [Part(Dimension.API_KEY, str(key)) for key in sorted(keys)]
    if not new:
        return []
    names = Keys(await queries.key_names(session, scene.workspace_id))
    return [told for part in new if (told := _newcomer(scene, part, names))]


def _newcomer(scene: Scene, part: Part, names: Keys) -> NewAlert | None:
    kind = Kind.NEW_MODEL if part.dimension is Dimension.MODEL else Kind.NEW_KEY
    own = [each for each in scene.slices if part in parts_of(each)]
    first, cost = min(each.start for each in own), by_part(own)[part]
    if scene.learning_until is None or first < scene.learning_until:
        return None
    return telling.newcomer(part, cost, first, names) if cost >= scene.figure(kind, "min_spend_usd") else None
