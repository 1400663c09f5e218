"""ElevenLabs: credits of the running cycle, which are not money and come back when the cycle ends."""

from collections.abc import Sequence

from app.core.http import Http
from app.core.periods import utc_now
from app.providers.clients.answers import Fields, from_unix
from app.providers.clients.asking import CREDITS, REFUSED, Api, Silent, root_of, unusable
from app.providers.clients.base import Credentials
from app.providers.rules.reports import CreditSnapshot, Feed, FeedPlan, KeyClass, KeyReport

_NEEDED = (
    "A key is made at elevenlabs.io > Developers > API keys; a restricted one needs the permission to read the user."
)
_REFUSED = f"ElevenLabs refused the key. {_NEEDED}"


class ElevenLabs(Silent):
    """`UsageSource` of a subscription: `credits` out of the cycle's limit, with the instant they are reset."""

    plans: Sequence[FeedPlan] = (CREDITS,)

    def __init__(self, http: Http, credentials: Credentials) -> None:
        root = root_of(credentials.base_url, "https://api.elevenlabs.io", "/v1")
        headers = {"xi-api-key": credentials.api_key.get_secret_value(), "accept": "application/json"}
        self._api = Api(http, "ElevenLabs", root, headers, _REFUSED)

    async def verify(self) -> KeyReport:
        answer = await self._api.ask("/user/subscription")
        if answer.status in REFUSED:
            return unusable(KeyClass.UNKNOWN, _REFUSED)
        if not answer.is_ok:
            raise self._api.failure(answer)
        self._snapshot(answer.body)
        return KeyReport(
            KeyClass.PERSONAL,
            is_usable=True,
            message="ElevenLabs key: credits used in the running cycle. They are not money, and reset with the cycle.",
            can=frozenset((Feed.CREDITS,)),
        )

    async def credits(self) -> Sequence[CreditSnapshot]:
        return [self._snapshot(await self._api.read("/user/subscription"))]

    def _snapshot(self, body: Fields) -> CreditSnapshot:
        """Below zero where the plan lets it run on beyond its limit."""
        used, limit = self._api.amount(body, "character_count"), self._api.amount(body, "character_limit")
        reset = body.get("next_character_count_reset_unix")
        return CreditSnapshot(
            at=utc_now(),
            available=limit - used,
            currency="credits",
            granted=limit,
            used=used,
            account="cycle",
            expires_at=None if reset is None else from_unix(reset, self._api.who),
        )


def make(http: Http, credentials: Credentials) -> ElevenLabs:
    return ElevenLabs(http, credentials)
