"""One small file a provider, each behind `base.UsageSource`; a vendor's shapes stay inside."""

from collections.abc import Mapping
from typing import Final

from app.providers.clients import (
    anthropic,
    aws,
    azure,
    deepseek,
    elevenlabs,
    fireworks,
    google,
    mistral,
    moonshot,
    openai,
    openai_personal,
    openrouter,
    siliconflow,
    xai,
)
from app.providers.clients.base import Maker

SOURCES: Final[Mapping[tuple[str, str], Maker]] = {
    ("anthropic", "organization"): anthropic.make,
    ("aws.bedrock", "organization"): aws.make,
    ("azure", "organization"): azure.make,
    ("deepseek", "personal"): deepseek.make,
    ("elevenlabs", "personal"): elevenlabs.make,
    ("fireworks", "organization"): fireworks.account,
    ("fireworks", "personal"): fireworks.user,
    ("google", "organization"): google.make,
    ("mistral", "organization"): mistral.make,
    ("moonshot", "personal"): moonshot.make,
    ("openai", "organization"): openai.make,
    ("openai", "personal"): openai_personal.make,
    ("openrouter", "organization"): openrouter.account,
    ("openrouter", "personal"): openrouter.key,
    ("siliconflow", "personal"): siliconflow.make,
    ("xai", "organization"): xai.make,
}
