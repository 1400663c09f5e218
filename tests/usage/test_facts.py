"""What pricing looked at is found again in the stored call, all of it."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.ids import new_id
from app.ingest.rules import preparing, usage
from app.ingest.rules.incoming import read_event
from app.ingest.rules.preparing import Sender
from app.pricing.rules import units
from app.pricing.rules.call import CallToPrice, PricedCall, Pricing
from app.pricing.service import load_default
from app.usage.rules.events import NewEvent
from app.usage.rules.facts import StoredCall, call_of, facts_of, total_reported
from app.usage.rules.record import UsagePart, UsageRecord

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TEXTS = st.none() | st.sampled_from(["gpt-4o", "gpt-4o-2024-08-06", "flex", "eu", "fast", "x"])
LEAVES = st.dictionaries(st.sampled_from(sorted(units.LEAVES)), st.integers(0, 400_000), max_size=5)
METERS = st.dictionaries(
    st.sampled_from(sorted(units.METERS)), st.decimals(0, 10**6, places=6, allow_nan=False), max_size=3
)
MONEY = st.none() | st.decimals(0, 100, places=9, allow_nan=False)
PARTS = st.builds(
    UsagePart,
    role=st.sampled_from(["advisor", "compaction"]),
    model=TEXTS,
    leaves=LEAVES,
    meters=METERS,
    provider=st.none() | st.just("openai"),
    service_tier=TEXTS,
    speed=TEXTS,
)
RECORDS = st.builds(
    UsageRecord,
    leaves=LEAVES,
    meters=METERS,
    parts=st.lists(PARTS, max_size=2).map(tuple),
    facts=st.dictionaries(st.sampled_from(["search_context_size", "image_size"]), st.just("high")),
    model_served=TEXTS,
    service_tier=TEXTS,
    processing=st.sampled_from([None, "batch"]),
    speed=TEXTS,
    geo=TEXTS,
    capacity=st.sampled_from([None, "on_demand", "provisioned"]),
    reported_cost=MONEY,
    reported_currency=st.sampled_from([None, "USD", "CNY"]),
    reported_scope=st.sampled_from(["total", "fee_only", "tokens_only"]),
    upstream_cost=MONEY,
)


def stored(event: NewEvent) -> StoredCall:
    """The columns as the database gives them back: JSON is decoded."""
    columns = {name: getattr(event, name) for name in StoredCall._fields}
    for name in ("meters", "parts", "facts"):
        columns[name] = None if columns[name] is None else json.loads(columns[name])
    return StoredCall(**columns)


def plain(priced: PricedCall) -> Any:
    """Everything in it; the order of the lines is not told by the ledger."""
    lines = sorted(priced.lines, key=repr)
    return priced._replace(lines=tuple(lines), unpriced_units=tuple(sorted(priced.unpriced_units)))


@given(
    record=RECORDS,
    model=st.sampled_from(["gpt-4o", "nobody-knows"]),
    requested=TEXTS,
    role=st.sampled_from([None, "main", "parent"]),
)
def test_pricing_a_stored_call_again_gives_the_identical_result(
    record: UsageRecord, model: str, requested: str | None, role: str | None
) -> None:
    seen: list[tuple[CallToPrice, PricedCall]] = []

    def price(call: CallToPrice) -> PricedCall:
        seen.append((call, load_default().price(call)))
        return seen[-1][1]

    given_event = read_event(
        {"provider": "openai", "model": model, "requested_model": requested, "role": role, "deployment": "d"}
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(usage, "read", lambda *_: (record, None))
        event = preparing.prepare(given_event, Sender(new_id(), None), Pricing(price, "1"), NOW)
    call = call_of(stored(event))
    assert call == seen[0][0]
    assert plain(load_default().price(call)) == plain(seen[0][1])


def test_the_served_model_is_kept_only_where_the_sender_named_another() -> None:
    record = UsageRecord(leaves={}, model_served="gpt-4o-2024-08-06")
    assert facts_of(record, "gpt-4o") == {"model_served": "gpt-4o-2024-08-06"}
    assert facts_of(record, "gpt-4o-2024-08-06") == {}


@pytest.mark.parametrize(
    ("said", "total", "kept"),
    [
        ({"reported_cost": Decimal("0.5")}, "0.5", {}),
        ({"reported_cost": Decimal("0.5"), "reported_source": "usage.cost"}, "0.5", {"reported_source": "usage.cost"}),
        (
            {"reported_cost": Decimal("0.50"), "reported_currency": "CNY"},
            None,
            {"reported_amount": "0.5", "reported_currency": "CNY", "reported_scope": "total"},
        ),
        (
            {"reported_cost": Decimal("0.1"), "reported_scope": "fee_only"},
            None,
            {"reported_amount": "0.1", "reported_scope": "fee_only"},
        ),
        (
            {"reported_cost": Decimal("0.1"), "reported_scope": "fee_only", "upstream_cost": Decimal(2)},
            "2.1",
            {"reported_amount": "0.1", "reported_scope": "fee_only", "upstream_cost": "2"},
        ),
    ],
)
def test_only_dollars_for_the_whole_call_are_what_it_cost(
    said: dict[str, Any], total: str | None, kept: dict[str, str]
) -> None:
    record = UsageRecord(leaves={}, **said)
    found = total_reported(record)
    assert (None if found is None else str(found), facts_of(record, "m")) == (total, kept)
