"""Who serves a call, by the host it goes to: OpenAI's client says `openai` whoever answers it."""

from typing import Final
from urllib.parse import urlsplit

# The same as the SDKs have, which are packages of their own; a test holds the three together.
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
_PLAIN: Final = frozenset(("localhost", "127.0.0.1", "::1"))
_HTTP: Final = 80
_HTTPS: Final = 443


def provider_at(base_url: str | None) -> str | None:
    """None for a host that is nobody's we know: a proxy, or a server of one's own."""
    try:
        host = (urlsplit(base_url or "").hostname or "").lower()
    except ValueError:
        return None
    if host.startswith("dashscope") and host.endswith(".aliyuncs.com"):
        return "alibaba"
    if host.startswith("bedrock-") and host.endswith((".amazonaws.com", ".api.aws")):
        return "aws.bedrock"
    return _HOSTS.get(host) or next((provider for ending, provider in _ENDINGS if host.endswith(ending)), None)


def address_of(server: str | None, port: int | None) -> str | None:
    """`server.address` and `server.port` as an address. Some libraries write a whole one into the first."""
    if not server:
        return None
    if "://" in server:
        return server
    is_plain = port == _HTTP or server in _PLAIN
    host = f"[{server}]" if ":" in server else server
    ending = f":{port}" if port and port not in {_HTTP, _HTTPS} else ""
    return f"{'http' if is_plain else 'https'}://{host}{ending}"
