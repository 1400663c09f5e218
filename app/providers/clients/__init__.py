"""One small file a provider, each behind `base.UsageSource`; a vendor's shapes stay inside."""

from collections.abc import Mapping
from typing import Final

from app.providers.clients import anthropic, openai, openai_personal, openrouter
from app.providers.clients.base import Maker

SOURCES: Final[Mapping[tuple[str, str], Maker]] = {
    ("anthropic", "organization"): anthropic.make,
    ("openai", "organization"): openai.make,
    ("openai", "personal"): openai_personal.make,
    ("openrouter", "organization"): openrouter.account,
    ("openrouter", "personal"): openrouter.key,
}
