"""Who is believed for what, and why: docs/prices.md says it in words."""

from typing import Final

GENAI: Final = "genai-prices"
LITELLM: Final = "litellm"
HAND: Final = "tokenboard"

# The book's provider, how genai-prices calls it, which `litellm_provider` values feed it.
PROVIDERS: Final[dict[str, tuple[str | None, tuple[str, ...]]]] = {
    "openai": ("openai", ("openai", "text-completion-openai")),
    "anthropic": ("anthropic", ("anthropic",)),
    "google": ("google", ("gemini",)),
    "vertex": ("google", ("vertex_ai*",)),
    "azure": ("azure", ("azure", "azure_ai")),
    "aws.bedrock": ("aws", ("bedrock", "bedrock_converse")),
    "mistral": ("mistral", ("mistral",)),
    "cohere": ("cohere", ("cohere", "cohere_chat")),
    "deepseek": ("deepseek", ("deepseek",)),
    "xai": ("x-ai", ("xai",)),
    "groq": ("groq", ("groq",)),
    "together": ("together", ("together_ai",)),
    "fireworks": ("fireworks", ("fireworks_ai",)),
    "perplexity": ("perplexity", ("perplexity",)),
    "openrouter": ("openrouter", ("openrouter",)),
    "moonshot": ("moonshotai", ("moonshot",)),
    "z.ai": ("zai", ("zai",)),
    "zhipu": (None, ("bigmodel",)),
    "cerebras": ("cerebras", ("cerebras",)),
    "alibaba": (None, ("dashscope",)),
}

# Resellers and hosts whose price lists litellm reads by region and zone; elsewhere genai-prices reads the vendor's own
# page and keeps history.
LITELLM_FIRST: Final = frozenset(("azure", "aws.bedrock", "vertex", "fireworks", "perplexity", "alibaba"))

# Tiers: litellm has more of them and keeps them current, except where promotions moved and it did not follow.
GENAI_TIERS_FIRST: Final = frozenset(("mistral",))

# A geography without rows of its own has another, unknown price here; elsewhere it makes no difference to the price.
# What Alibaba, Moonshot and Z.ai charge at home is in yuan.
STRICT_GEO: Final = frozenset(("azure", "alibaba", "moonshot", "z.ai"))

# Sites priced in yuan, which litellm writes in dollars at a rate of its own.
YUAN_PER_DOLLAR: Final = {"zhipu": 7}

# Thresholds that include the figure itself ("at or above 200k").
INCLUSIVE_THRESHOLDS: Final = frozenset(("xai",))


def first_source(provider: str, name: str) -> str:
    """Which source's list price is taken when the two disagree."""
    if provider == "aws.bedrock" and name.startswith(("anthropic.", "openai.")):
        # Bare ids are In-Region and carry the 10 % surcharge on recent families; litellm gives the global price.
        return GENAI
    return LITELLM if provider in LITELLM_FIRST else GENAI


def first_source_for_units(provider: str) -> str:
    """Which source's other units are taken when both agree on the list price of text."""
    return LITELLM if provider in LITELLM_FIRST else GENAI


def first_source_for_tiers(provider: str) -> str:
    """Which source's tier price is taken when the two disagree."""
    return GENAI if provider in GENAI_TIERS_FIRST else LITELLM


# The Region whose price list is the one without a Region.
HOME_GEOS: Final = {
    "aws.bedrock": ("us-east-1",),
    "alibaba": ("ap-southeast-1", "international", "intl", "sg", "singapore"),
    "moonshot": ("international", "intl"),
    "z.ai": ("international", "intl"),
}
