"""Ollama's own API, which counts in fields of the response itself.

The prompt's count is left out when the prompt was still in the cache: it is then not known, and not zero.
"""

from app.usage.rules import fields
from app.usage.rules.dialects.envelope import Envelope
from app.usage.rules.fields import Holder
from app.usage.rules.record import UsageRecord


def reads(usage: Holder) -> bool:
    """Whether the object has this shape."""
    return "prompt_eval_count" in usage or "eval_count" in usage


def read(usage: Holder, envelope: Envelope) -> UsageRecord:
    """The record of a final object; an embedding has no output and does not say `done`."""
    prompt = fields.count(usage, "prompt_eval_count")
    answer = fields.count(usage, "eval_count")
    named = {"input.fresh.text": prompt, "output.visible.text": answer}
    is_embedding = answer is None and "done" not in usage
    is_whole = prompt is not None and (answer is not None or is_embedding)
    return UsageRecord(
        leaves={leaf: count for leaf, count in named.items() if count is not None},
        model_served=envelope.model_served,
        provider_response_id=envelope.response_id,
        usage_status="final" if is_whole else "partial",
        convention="ollama",
    )
