"""Google's, Bedrock's and Cohere's responses that say what was used outside a usage object.

Only the counts are taken out of them: around those stands what somebody asked and was answered.
"""

from collections.abc import Mapping
from typing import Final

from app.usage.rules.fields import Holder

_METRICS: Final = "amazon-bedrock-invocationMetrics"
_LLAMA: Final = ("prompt_token_count", "generation_token_count")
_HEADERS: Final = {
    "x-amzn-bedrock-input-token-count": "inputTokenCount",
    "x-amzn-bedrock-output-token-count": "outputTokenCount",
    "x-amzn-bedrock-cache-read-input-token-count": "cacheReadInputTokenCount",
    "x-amzn-bedrock-cache-write-input-token-count": "cacheWriteInputTokenCount",
}
_STATISTICS: Final = ("token_count", "tokenCount")


def counts_in_the_body(raw: Holder) -> Holder | None:
    """What the response says of its use, as a usage object; None when it is not one of these."""
    if "generation_token_count" in raw:
        return {name: raw[name] for name in _LLAMA if name in raw}
    if "inputTextTokenCount" in raw:
        return _titan(raw)
    if isinstance(metrics := raw.get(_METRICS), Mapping):
        return metrics
    if isinstance(meta := raw.get("meta"), Mapping) and "billed_units" in meta:
        return meta
    return _embeddings(raw) or _headers(raw)


def _titan(raw: Holder) -> Holder:
    """Text models count each result; embedding models have none."""
    counts = {"inputTextTokenCount": raw["inputTextTokenCount"]}
    results = raw.get("results")
    if not isinstance(results, list | tuple):
        return counts
    return {**counts, "results": [{"tokenCount": r.get("tokenCount")} for r in results if isinstance(r, Mapping)]}


def _embeddings(raw: Holder) -> Holder | None:
    """Vertex counts the tokens of each text: `predictions[].embeddings.statistics`, in its client `embeddings[]`."""
    predictions = raw.get("predictions", raw.get("embeddings"))
    if not isinstance(predictions, list | tuple):
        return None
    counts = [{"token_count": count} for item in predictions if (count := _tokens_of(item)) is not None]
    return {"statistics": counts} if counts and len(counts) == len(predictions) else None


def _tokens_of(item: object) -> object:
    for key in ("embeddings", "statistics"):
        if isinstance(item, Mapping):
            item = item.get(key, item)
    if not isinstance(item, Mapping):
        return None
    return next((item[name] for name in _STATISTICS if name in item), None)


def _headers(raw: Holder) -> Holder | None:
    """Bedrock's headers, alone or beside the body of the response; header values are text."""
    metadata = raw.get("ResponseMetadata")
    holders = (raw, raw.get("headers"), metadata.get("HTTPHeaders") if isinstance(metadata, Mapping) else None)
    for headers in holders:
        if not isinstance(headers, Mapping):
            continue
        sent = {str(name).lower(): value for name, value in headers.items()}
        counts = {ours: _number(sent[name]) for name, ours in _HEADERS.items() if name in sent}
        if counts:
            return counts
    return None


def _number(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
