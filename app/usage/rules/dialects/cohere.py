"""Cohere's usage: `billed_units` are what is charged for, `tokens` also count the scaffold around the prompt.

What came from the cache is inside `tokens`, and Cohere bills it like the rest, so it is not taken out of the billed
input: how much of that was cached is not known. Its JSON writes whole numbers as `12.0`.
"""

from decimal import Decimal
from typing import Final

from app.usage.rules import fields
from app.usage.rules.dialects.envelope import Envelope
from app.usage.rules.fields import Holder
from app.usage.rules.record import UsageRecord, missing
from app.usage.rules.splitting import Leaves

_METERS: Final = {"search_units": "search_units", "pages": "pages"}


def reads(usage: Holder) -> bool:
    """Whether the object has this shape."""
    return "billed_units" in usage


def read(usage: Holder, envelope: Envelope) -> UsageRecord:
    """The record of chat's usage, or of the `meta` that everything else answers with."""
    name = "billed_units" if usage.get("billed_units") is not None else "tokens"
    counted = fields.part(usage, name)
    leaves = _leaves(counted, f"{name}.")
    meters = _meters(counted, f"{name}.", has_image_tokens="input.fresh.image" in leaves)
    if not leaves and not meters:
        return missing("cohere", ("Cohere billed no units that are known",))
    return UsageRecord(
        leaves=leaves,
        meters=meters,
        model_served=envelope.model_served,
        provider_response_id=envelope.response_id,
        usage_status="final" if name == "billed_units" else "estimated",
        convention="cohere" if name == "billed_units" else "cohere_tokens",
        warnings=() if name == "billed_units" else ("no billed units; tokens count the scaffold, too",),
    )


def _leaves(counted: Holder, where: str) -> Leaves:
    """Text is stated apart where images were counted, else it is all of the input."""
    text = fields.whole(counted, "text_tokens", where)
    input_ = fields.whole(counted, "input_tokens", where)
    named = {
        "input.fresh.text": input_ if text is None else text,
        "input.fresh.image": fields.whole(counted, "image_tokens", where) or None,
        "output.visible.text": fields.whole(counted, "output_tokens", where),
    }
    return {leaf: count for leaf, count in named.items() if count is not None}


def _meters(counted: Holder, where: str, *, has_image_tokens: bool) -> dict[str, Decimal]:
    """Searches and pages; images only where they are not already counted in tokens."""
    wanted = _METERS if has_image_tokens else {**_METERS, "images": "images_in"}
    amounts = ((unit, fields.amount(counted, name, where)) for name, unit in wanted.items())
    return {unit: amount for unit, amount in amounts if amount}
