"""Answers that take more than one step."""

from collections.abc import AsyncIterator, Callable, Sequence
from functools import lru_cache
from typing import Final

from app.analytics import queries, rules
from app.analytics.rules import Call, CallFilter, EarlierPrice, Explanation, Prospect, UnpricedModel
from app.core.database import AsyncSession
from app.pricing.rules.call import Pricing, UnpricedReason
from app.pricing.service import PriceBook
from app.usage.rules.columns import to_columns
from app.usage.rules.facts import StoredCall, call_of
from app.workspaces.rules import WorkspaceId

CALLS_AT_A_TIME: Final = 1_000


async def call_pages(
    sessions: Callable[[], AsyncSession], workspace_id: WorkspaceId, wanted: CallFilter
) -> AsyncIterator[Sequence[Call]]:
    """All calls that are wanted, newest first, a thousand in memory at a time.

    Each page is a transaction of its own: a slow reader holds no connection and no snapshot.
    """
    after = None
    while True:
        async with sessions() as session, session.begin():
            page = await queries.calls(session, workspace_id, wanted, after, CALLS_AT_A_TIME)
        yield page
        if len(page) < CALLS_AT_A_TIME:
            return
        after = page[-1].occurred_at, page[-1].event_key


def prospect(model: UnpricedModel, book: PriceBook, pricing: Pricing) -> Prospect:
    """What would become of a model without a price."""
    now = pricing.price(model.as_call())
    return Prospect(
        estimate=book.estimate(model.provider, model.model, model.leaves, model.last_event_at),
        near=book.resembling(model.provider, model.model) if model.is_unknown else (),
        is_priced_now=model.is_unknown and now.unpriced_reason is not UnpricedReason.UNKNOWN_MODEL,
    )


def explain(call: Call, pricing: Pricing, book: PriceBook, history: Sequence[EarlierPrice]) -> Explanation:
    """The arithmetic of a stored call by the prices known today, and what it was counted with before."""
    kept = {**call.fields, **to_columns(call.counts)._asdict()}
    asked = call_of(StoredCall(**{name: kept[name] for name in StoredCall._fields}))
    rows = lru_cache(book.rows_of_model)
    priced = pricing.price(asked)
    evidence = [rules.evidence(rows(line.priced_as), asked, line) for line in priced.lines]
    return rules.explain(call, asked, priced, pricing.version, evidence, history)
