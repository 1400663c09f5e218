"""Drivers, choosing, failing calls, syncs, and the words for them."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import dollars
from app.detection.rules.choosing import Found, choose
from app.detection.rules.drivers import drivers
from app.detection.rules.failing import Calls, is_jump
from app.detection.rules.figures import Dimension, Part, Slice
from app.detection.rules.spikes import Spike, Threshold
from app.detection.rules.syncs import Source, is_failing, is_stale
from app.detection.rules.telling import Keys, percent, spike
from app.detection.rules.usual import DAY, HOUR, WEEK, Usual
from tests.detection.series import START

KEY = UUID(int=7)
MODEL = Part(Dimension.MODEL, "gpt-5", "openai")
PROJECT = Part(Dimension.PROJECT, "search")
THRESHOLD = Threshold(Decimal(2), Decimal(2), Decimal(6))


def part_of(at: datetime, cost: str, model: str = "gpt-5", project: str = "search", key: UUID = KEY) -> Slice:
    return Slice(at, "openai", model, project, key, Decimal(cost), 10, 0, 0)


def rise(part: Part | None, cost: str, step: timedelta = HOUR) -> Found:
    return Found(part, [Spike(START, step, Decimal(cost), Usual(Decimal(1), Decimal(0), True))])


def test_drivers_are_told_with_their_share_of_the_rise() -> None:
    now = [
        part_of(START, "70"),
        part_of(START, "20", model="mini"),
        part_of(START, "10", project="chat", key=UUID(int=8)),
    ]
    past = [part_of(START - week * WEEK, "10") for week in (1, 2)]
    found = {(each.part.dimension, each.part.value): (each.rise, each.share) for each in drivers(now, past, 2)}
    # the whole rise is 100 - 10
    assert found == {
        ("model", "gpt-5"): (Decimal(70), Decimal("0.7778")),
        ("model", "mini"): (Decimal(20), Decimal("0.2222")),
        ("project", "search"): (Decimal(80), Decimal("0.8889")),
        ("project", "chat"): (Decimal(10), Decimal("0.1111")),
        ("api_key", str(KEY)): (Decimal(80), Decimal("0.8889")),
        ("api_key", str(UUID(int=8))): (Decimal(10), Decimal("0.1111")),
    }


def test_what_did_not_rise_drove_nothing() -> None:
    now = [part_of(START, "70"), part_of(START, "20", model="steady")]
    past = [part_of(START - WEEK, "20", model="steady")]
    models = [each.part.value for each in drivers(now, past, 1) if each.part.dimension is Dimension.MODEL]
    assert models == ["gpt-5"]
    assert drivers([part_of(START, "5")], [part_of(START - WEEK, "5")], 1) == []


def test_one_happening_is_told_once() -> None:
    whole, model, project = rise(None, "90"), rise(MODEL, "85"), rise(PROJECT, "80")
    assert choose([model, project, whole], ()) == [whole]
    assert choose([project, model], ()) == [model]
    customer = rise(Part(Dimension.USER, "acme"), "300", DAY)
    assert choose([customer, model], ()) in ([customer], [model])


def test_two_happenings_are_told_both() -> None:
    model, project = rise(MODEL, "85"), rise(PROJECT, "20")
    other = rise(Part(Dimension.MODEL, "claude", "anthropic"), "84")
    assert choose([model, project, other], ()) == [model, other, project]


def test_what_is_told_already_keeps_its_name() -> None:
    model, project = rise(MODEL, "85"), rise(PROJECT, "80")
    assert choose([model, project], {project.condition}) == [project]
    whole = rise(None, "90")
    assert choose([model, whole], {model.condition}) == [model]


def test_a_spike_reads_like_a_sentence_and_leads_to_its_calls() -> None:
    now = [part_of(START, "70")]
    told = spike(rise(MODEL, "70.5"), drivers(now, [], 0, MODEL), Keys({str(KEY): "batch"}), THRESHOLD)
    assert told.title == "Model gpt-5: $70.50 in an hour, usually $1.00"
    assert told.condition == "spend_spike:model:openai/gpt-5"
    assert told.link == "/calls?month=2026-06&day=2026-06-01&model=gpt-5"
    assert (told.severity, told.occurred_at) == ("critical", START)
    assert ("API key batch", "$70.00 more, 100 % of the rise") in told.facts


@pytest.mark.parametrize(
    ("now", "before", "is_one"),
    [
        (Calls(100, 30), Calls(10_000, 100), True),
        (Calls(100, 19), Calls(10_000, 100), False),  # too few failed
        (Calls(1_000, 30), Calls(10_000, 100), False),  # two points more are not five
        (Calls(100, 30), Calls(99, 0), False),  # nobody knows what is usual
        (Calls(40, 20), Calls(100, 40), False),  # may be chance
        (Calls(4_000, 2_000), Calls(10_000, 4_000), True),  # ten points more of so many are not
        (Calls(100, 100), Calls(100, 100), False),
    ],
)
def test_both_sides_of_a_jump(now: Calls, before: Calls, is_one: bool) -> None:
    assert is_jump(now, before, 20, Fraction(1, 20)) is is_one


@given(calls=st.integers(1, 10_000), share=st.integers(0, 100), before=st.integers(100, 10_000))
def test_the_usual_share_is_never_a_jump(calls: int, share: int, before: int) -> None:
    now, earlier = Calls(calls * 100, calls * share), Calls(before * 100, before * share)
    assert not is_jump(now, earlier, 1, Fraction(1, 1000))


def test_a_source_is_stale_after_so_many_pauses_unless_somebody_is_at_it() -> None:
    source = Source(KEY, "openai", "OpenAI", 0, "", START, False)
    four = Decimal(4)
    assert not is_stale(source, HOUR, four, START + 4 * HOUR)
    assert is_stale(source, HOUR, four, START + 4 * HOUR + timedelta(seconds=1))
    assert not is_stale(source._replace(is_at_work=True), HOUR, four, START + DAY)
    assert [is_failing(source._replace(failures=failures), 3) for failures in (2, 3)] == [False, True]


@pytest.mark.parametrize(
    ("share", "words"),
    [(Fraction(1, 3), "33 %"), (Fraction(99, 1000), "9.9 %"), (Fraction(0), "0.0 %"), (Fraction(1), "100 %")],
)
def test_shares_in_words(share: Fraction, words: str) -> None:
    assert percent(share) == words


@pytest.mark.parametrize(
    ("amount", "words"), [("1234.5", "$1,234.50"), ("0.1", "$0.10"), ("0.01234", "$0.0123"), ("0", "$0.00")]
)
def test_dollars_in_words(amount: str, words: str) -> None:
    assert dollars(Decimal(amount)) == words
