"""From the names people and providers use to the names the book lists.

Nothing here guesses: a name is tried as it is, then in spellings that mean the same model, most specific
first, and only names that the book lists count. There is no prefix search, so a new sibling never gets its
brother's price.
"""

import re
from collections.abc import Iterator
from typing import Final

PROVIDER_ALIASES: Final = {
    "azure_openai": "azure",
    "azure-openai": "azure",
    "azure.ai.openai": "azure",
    "azure.ai.inference": "azure",
    "azure_ai": "azure",
    "azure_foundry": "azure",
    "az.ai.openai": "azure",
    "az.ai.inference": "azure",
    "bedrock": "aws.bedrock",
    "aws_bedrock": "aws.bedrock",
    "aws-bedrock": "aws.bedrock",
    "amazon-bedrock": "aws.bedrock",
    "amazon_bedrock": "aws.bedrock",
    "bedrock_converse": "aws.bedrock",
    "aws": "aws.bedrock",
    "gemini": "google",
    "google_genai": "google",
    "google-genai": "google",
    "gcp.gemini": "google",
    "gcp.gen_ai": "google",
    "google_ai": "google",
    "google-gla": "google",
    "google_ai_studio": "google",
    "vertex_ai": "vertex",
    "vertexai": "vertex",
    "vertex-ai": "vertex",
    "gcp.vertex_ai": "vertex",
    "google_vertex": "vertex",
    "google-vertex": "vertex",
    "x-ai": "xai",
    "x_ai": "xai",
    "grok": "xai",
    "mistral_ai": "mistral",
    "mistralai": "mistral",
    "codestral": "mistral",
    "together_ai": "together",
    "togetherai": "together",
    "together.ai": "together",
    "fireworks_ai": "fireworks",
    "fireworks.ai": "fireworks",
    "open_router": "openrouter",
    "moonshotai": "moonshot",
    "moonshot_ai": "moonshot",
    "zai": "z.ai",
    "z-ai": "z.ai",
    "z_ai": "z.ai",
    "zhipuai": "zhipu",
    "bigmodel": "zhipu",
    "dashscope": "alibaba",
    "qwen": "alibaba",
    "alibaba_cloud": "alibaba",
    "alibabacloud": "alibaba",
    "cohere_chat": "cohere",
    "perplexity_ai": "perplexity",
    "openai-responses": "openai",
    "openai-chat": "openai",
}

# What stands before the model's own name in ids that mean the same model at this provider.
_VENDOR_PREFIXES: Final = {
    "openai": ("openai",),
    "azure": ("azure", "azure_ai", "openai"),
    "anthropic": ("anthropic",),
    "google": ("gemini", "google"),
    "vertex": ("vertex_ai", "google", "anthropic"),
    "aws.bedrock": ("bedrock", "converse"),
    "mistral": ("mistral", "mistralai", "codestral"),
    "cohere": ("cohere", "cohere_chat"),
    "deepseek": ("deepseek",),
    "xai": ("xai", "x-ai"),
    "groq": ("groq",),
    "together": ("together_ai", "together"),
    "fireworks": ("fireworks_ai", "fireworks"),
    "perplexity": ("perplexity",),
    "openrouter": ("openrouter",),
    "moonshot": ("moonshot", "moonshotai"),
    "z.ai": ("zai", "z-ai"),
    "zhipu": ("zhipu", "bigmodel"),
    "cerebras": ("cerebras",),
    "alibaba": ("dashscope", "qwen", "alibaba"),
}

_DAY = r"20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_DASHED_DAY = r"20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_COMPACT_DATE: Final = re.compile(rf"[-@]({_DAY})$")
_SNAPSHOT: Final = re.compile(rf"[-@](?:{_DAY}|{_DASHED_DAY})$")
# Google numbers its stable versions: `gemini-2.0-flash-001`.
_NUMBERED: Final = re.compile(r"-00\d$")
_BEDROCK_VERSION: Final = re.compile(r"(?:-v\d+)?(?::\d+)?$")
_BEDROCK_ARN: Final = re.compile(r"^arn:aws[\w-]*:bedrock:[^:]*:[^:]*:(?:foundation-model|inference-profile)/(.+)$")
_BEDROCK_REGION: Final = re.compile(r"^(?:us|eu|apac|jp|au|in|ca|sa|global)\.(?=[a-z0-9]+\.)")
_RESOURCE: Final = re.compile(r"^(?:.*/)?publishers/[^/]+/models/")


def canonical_provider(name: str) -> str:
    """The book's spelling of a provider; unknown names are only trimmed and lower-cased."""
    lowered = name.strip().lower()
    return PROVIDER_ALIASES.get(lowered, lowered)


def spellings(provider: str, model: str) -> Iterator[str]:
    """Names the book may list this model under, most specific first. `provider` in canonical spelling.

    The undated family comes last, so a dated snapshot with rows of its own never gets the family's.
    """
    seen: set[str] = set()
    for name in _all_spellings(provider, model):
        if name and name not in seen:
            seen.add(name)
            yield name


def _all_spellings(provider: str, model: str) -> Iterator[str]:
    name = _bare(provider, model)
    yield model.strip().lower()
    yield name
    if name.startswith("ft:"):
        yield from _fine_tuned(name)
    elif provider == "aws.bedrock":
        yield from _bedrock(name)
    else:
        yield from _hosted(provider, name)


def _hosted(provider: str, name: str) -> Iterator[str]:
    if provider == "fireworks" and "/" not in name:
        yield f"accounts/fireworks/models/{name}"
    yield from _versions(provider, name)


def _bare(provider: str, model: str) -> str:
    """Lower case, without the path or vendor prefix that means nothing to this provider."""
    name = model.strip().lower()
    name = _RESOURCE.sub("", name).removeprefix("models/")
    head, slash, rest = name.partition("/")
    if slash and rest and head in _VENDOR_PREFIXES.get(provider, ()):
        return rest.removeprefix("models/")
    return name


def _versions(provider: str, name: str) -> Iterator[str]:
    """The same version written otherwise, then the family a snapshot or `-latest` belongs to."""
    compact = _COMPACT_DATE.search(name)
    if compact:
        day = compact.group(1)
        stem = name[: compact.start()]
        yield f"{stem}-{day}"
        yield f"{stem}@{day}"
        yield f"{stem}-{day[:4]}-{day[4:6]}-{day[6:]}"
    family = _SNAPSHOT.sub("", name.removesuffix("@default"))
    if provider in {"google", "vertex"}:
        family = _NUMBERED.sub("", family)
    yield family
    yield family.removesuffix("-latest")


def _fine_tuned(name: str) -> Iterator[str]:
    """`ft:base:organisation:name:id` can only be priced by a row of `ft:base`."""
    base = ":".join(name.split(":")[:2])
    yield base
    yield _SNAPSHOT.sub("", base)


def _bedrock(name: str) -> Iterator[str]:
    """Profile ids keep their geography, which has prices of its own.

    The build lists the bare name a second time, as `*.name`, where the price is the same everywhere. An opaque
    application profile or a provisioned model stays unmatched.
    """
    arn = _BEDROCK_ARN.match(name)
    if arn:
        name = arn.group(1)
        yield name
    plain = _BEDROCK_VERSION.sub("", name)
    yield plain
    anywhere = _BEDROCK_REGION.sub("", name)
    for bare in (anywhere, _BEDROCK_VERSION.sub("", anywhere)):
        yield f"*.{bare}"


_BEDROCK_PROFILES: Final = frozenset(("us", "eu", "apac", "jp", "au", "in", "ca", "sa", "us-gov", "global"))


def in_profile(provider: str, model: str, geo: str | None) -> tuple[str, str | None]:
    """The model and geography, where a sender took a Bedrock profile's prefix off its model and sent it as such."""
    place = (geo or "").strip().lower()
    if provider != "aws.bedrock" or place not in _BEDROCK_PROFILES or "/" in model or model.startswith("arn:"):
        return model, geo
    head = model.partition(".")[0]
    return (model if head in _BEDROCK_PROFILES else f"{place}.{model}"), None


# Tiers that are the list price under another name.
_STANDARD_TIERS: Final = frozenset(("", "default", "standard", "auto", "on_demand", "on-demand"))
_TIER_ALIASES: Final = {
    ("openai", "fast"): "priority",  # what a request may say for what the response calls priority
    ("azure", "fast"): "priority",
}
_STANDARD_SPEEDS: Final = frozenset(("", "standard", "default", "normal"))
_REALTIME: Final = frozenset(("", "realtime", "real_time", "online", "sync"))
_GLOBAL_GEOS: Final = frozenset(("", "global", "not_available", "default"))


def canonical_tier(provider: str, tier: str | None) -> str:
    """`""` for the list price; any other tier keeps its name, known or not, and must have rows."""
    lowered = (tier or "").strip().lower()
    if lowered in _STANDARD_TIERS or lowered == "batch":  # batch is a processing, see below
        return ""
    return _TIER_ALIASES.get((provider, lowered), lowered)


def canonical_processing(processing: str | None, tier: str | None) -> str:
    """`""` for a call that was answered at once, `batch` for a batch (Anthropic says so in the tier)."""
    lowered = (processing or "").strip().lower()
    if lowered in _REALTIME:
        return "batch" if (tier or "").strip().lower() == "batch" else ""
    return lowered


def canonical_speed(speed: str | None) -> str:
    """`""` for the usual speed."""
    lowered = (speed or "").strip().lower()
    return "" if lowered in _STANDARD_SPEEDS else lowered


def canonical_geo(geo: str | None) -> str:
    """`""` for global processing; `region:eu-west-1` is a region by name."""
    lowered = (geo or "").strip().lower().removeprefix("region:")
    return "" if lowered in _GLOBAL_GEOS else lowered
