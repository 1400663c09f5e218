"""The generator of the benchmarks and of the fault runs: what it promises is what the service makes of its calls."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import msgspec

from app.ingest.rules.incoming import read_event
from app.ingest.rules.preparing import Sender, prepare
from app.pricing import service as pricing
from app.pricing.rules.call import Pricing
from app.usage.rules.columns import TokenSums
from scripts import load

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
COUNT = 2_000


def made(seed: int) -> list[load.Call]:
    return list(load.Maker(seed).calls(load.spread(NOW, 3600, COUNT)))


def test_the_same_seed_makes_the_same_calls() -> None:
    assert made(1) == made(1)
    assert made(1) != made(2)


def test_ids_are_of_version_7_and_never_the_same() -> None:
    ids = [UUID(call.sent["event_id"]) for seed in (1, 2) for call in made(seed)]
    assert len(set(ids)) == 2 * COUNT
    assert {(found.version, found.variant) for found in ids} == {(7, "specified in RFC 4122")}


def test_the_service_makes_of_each_call_what_was_promised() -> None:
    book, calls = pricing.load_default(), made(3)
    how, sender = Pricing(book.price, book.version), Sender(uuid4(), None)
    costs: dict[str, Decimal | None] = {}
    for call in calls:
        event = prepare(read_event(msgspec.json.decode(msgspec.json.encode(call.sent))), sender, how, NOW)
        assert event.tokens == TokenSums(*call.leaves)
        before = costs.get(event.model)
        costs[event.model] = event.cost if before is None or event.cost is None else before + event.cost
    assert load.totals(calls).costs() == costs


def test_totals_of_parts_add_up_to_those_of_the_whole() -> None:
    calls = made(4)
    assert load.totals(calls[:700]).plus(load.totals(calls[700:])) == load.totals(calls)
