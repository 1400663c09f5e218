"""What a re-pricing makes of one call."""

from typing import Final

from app.pricing.rules.call import Pricing
from app.usage.rules import facts
from app.usage.rules.changing import Change, Figures, LedgerCall, Reading
from app.usage.rules.columns import to_columns
from app.usage.rules.dialects import read_usage
from app.usage.rules.errors import UsageError
from app.usage.rules.record import UsageRecord

# More than any call uses: such a count would spoil the sums of the others.
MAX_TOKENS: Final = 10**12


def change_of(call: LedgerCall, pricing: Pricing) -> Change | None:
    """What the prices make of a call at the instant it was made; None when that is what it says already.

    The usage is read again where `raw_usage` came with the call.
    """
    reading = None if call.raw_usage is None else read_again(call)
    as_read = call if reading is None else call._replace(**reading._asdict())
    figures = _figures(as_read, pricing)
    if reading is None and figures.is_like(call.figures):
        return None
    return Change(call, figures, reading)


def _figures(call: LedgerCall, pricing: Pricing) -> Figures:
    priced = pricing.price(facts.call_of(call.stored))
    return Figures(
        price_state=priced.state.value,
        unpriced_reason=priced.unpriced_reason and priced.unpriced_reason.value,
        cost=priced.cost,
        list_cost=priced.list_cost,
        contracted_cost=priced.contracted_cost,
        priced_as=priced.priced_as,
        price_version=pricing.version,
        capacity=priced.capacity or None,
    )


def read_again(call: LedgerCall) -> Reading | None:
    """What today's dialects read in the usage object; None when that is what was read before, or nothing at all.

    A cost that came with the call stays the cost: nobody can tell any more whether the sender or the object said it.
    """
    try:
        record = read_usage(call.raw_usage or {}, provider=call.provider, api=call.api, model=call.model)
    except UsageError:
        return None
    if any(count > MAX_TOKENS for count in record.leaves.values()):
        return None
    reading = _reading(record, call)
    return None if reading == call.reading else reading


def _reading(record: UsageRecord, call: LedgerCall) -> Reading:
    return Reading(
        *to_columns(record.counts()),
        parts=facts.to_stored(facts.to_price(record.parts)) or None,
        facts=facts.facts_of(record, call.model) or None,
        usage_status=record.usage_status,
        convention=record.convention,
        warnings=list(record.warnings) or None,
        service_tier=record.service_tier or call.service_tier,
        processing=record.processing or call.processing,
        speed=record.speed or call.speed,
        geo=record.geo or call.geo,
    )
