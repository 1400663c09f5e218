"""Who serves a call, by the host that it goes to. Names are those of TokenBoard's price book."""

from typing import Final
from urllib.parse import urlsplit

_HOSTS: Final = {
    "api.openai.com": "openai",
    "oai.helicone.ai": "openai",
    "api.anthropic.com": "anthropic",
    "generativelanguage.googleapis.com": "google",
    "aiplatform.googleapis.com": "vertex",
    "api.groq.com": "groq",
    "api.together.xyz": "together",
    "api.together.ai": "together",
    "api.deepseek.com": "deepseek",
    "openrouter.ai": "openrouter",
    "api.fireworks.ai": "fireworks",
    "api.mistral.ai": "mistral",
    "codestral.mistral.ai": "mistral",
    "api.x.ai": "xai",
    "api.perplexity.ai": "perplexity",
    "api.cerebras.ai": "cerebras",
    "api.moonshot.ai": "moonshot",
    "api.moonshot.cn": "moonshot",
    "api.z.ai": "z.ai",
    "open.bigmodel.cn": "zhipu",
    "api.cohere.com": "cohere",
    "api.cohere.ai": "cohere",
    "ai-gateway.vercel.sh": "vercel",
    "api.siliconflow.cn": "siliconflow",
    "api.siliconflow.com": "siliconflow",
    "api.deepinfra.com": "deepinfra",
    "integrate.api.nvidia.com": "nvidia",
    "router.huggingface.co": "huggingface",
    "api.sambanova.ai": "sambanova",
}
# Hosts that have a resource, region or account of the customer's own before these.
_ENDINGS: Final = (
    (".openai.azure.com", "azure"),
    (".openai.azure.us", "azure"),
    (".services.ai.azure.com", "azure"),
    (".cognitiveservices.azure.com", "azure"),
    (".models.ai.azure.com", "azure"),
    (".api.openai.com", "openai"),
    (".api.x.ai", "xai"),
    ("-aiplatform.googleapis.com", "vertex"),
    (".rep.googleapis.com", "vertex"),
)


def provider_of(base_url: str) -> str | None:
    """The provider at this address; None for a host that is nobody's we know: a proxy, or a server of one's own."""
    host = (urlsplit(base_url).hostname or "").lower()
    if host in _HOSTS:
        return _HOSTS[host]
    if host.startswith("dashscope") and host.endswith(".aliyuncs.com"):
        return "alibaba"
    if host.startswith("bedrock-") and host.endswith((".amazonaws.com", ".api.aws")):
        return "aws.bedrock"
    return next((provider for ending, provider in _ENDINGS if host.endswith(ending)), None)


def shown(base_url: str) -> str:
    """The address without user, password, query and fragment, where keys are found now and then."""
    parts = urlsplit(base_url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}".rstrip("/")
