"""What Mistral adds to the chat object: audio it heard, by the second, and what its connectors fetched."""

from decimal import Decimal

from app.usage.rules import fields
from app.usage.rules.fields import Holder
from app.usage.rules.splitting import Leaves


def heard_seconds(usage: Holder) -> dict[str, Decimal]:
    """Audio billed by its length. Its tokens are in the object's total only, and not billed again.

    Where nothing was heard, clients write an empty object instead of a number.
    """
    value = usage.get("prompt_audio_seconds")
    if not isinstance(value, int | float | Decimal) or not value:
        return {}
    seconds = fields.amount(usage, "prompt_audio_seconds")
    return {} if seconds is None else {"audio_in_seconds": seconds}


def connector_tokens(usage: Holder, beside: int | None) -> Leaves:
    """What connectors put before the model: input on top of the prompt, unless the total has no room for it.

    `beside` is what the total has on top of prompt and completion, None when not known.
    """
    count = fields.count(usage, "connector_tokens")
    if not count or (beside is not None and beside < count):
        return {}
    return {"input.tool.text": count}
