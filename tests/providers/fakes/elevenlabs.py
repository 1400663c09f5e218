"""ElevenLabs: credits of a cycle under a header of its own."""

from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.types import ASGIApp

from tests.providers.fakes.desk import Body, desk, key_of
from tests.providers.fakes.faults import Faults
from tests.providers.fakes.serving import Refusal

KEY = "sk_elevenlabs_stand_in_0000"


@dataclass(slots=True)
class ElevenLabs:
    used: int = 12_000
    limit: int = 100_000
    resets_at: int | None = 1_796_083_200  # 2026-12-01
    faults: Faults = field(default_factory=Faults)

    def reset(self) -> None:
        """The next cycle begins."""
        self.used = 0


def make_app(state: ElevenLabs) -> ASGIApp:
    def subscription(request: Request) -> Body:
        if key_of(request, "xi-api-key") != KEY:
            raise Refusal(401, "Invalid API key")
        return {
            "tier": "creator",
            "character_count": state.used,
            "character_limit": state.limit,
            "max_credit_limit_extension": "unlimited",
            "can_extend_character_limit": True,
            "next_character_count_reset_unix": state.resets_at,
            "currency": "usd",
            "status": "active",
        }

    def error(refusal: Refusal) -> Body:
        return {"detail": {"status": "invalid_api_key", "message": refusal.message}}

    return desk({"GET /v1/user/subscription": subscription}, error, state.faults)
