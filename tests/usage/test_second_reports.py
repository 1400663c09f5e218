"""Two reports of one call: under an id of their own, under the id of the response, first one, then the other."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.database import make_engine, make_sessionmaker
from app.core.ids import new_id
from app.usage import queries
from app.usage.models import Event, EventKey, HourlyUsage
from app.usage.rules.changing import Place
from app.usage.rules.events import NewEvent, event_key
from app.usage.service import record
from tests.factories.ingest import make_event
from tests.usage.ledger import rows

Sessionmaker = async_sessionmaker[AsyncSession]
RESPONSE = "chatcmpl-9XkT2b7QpLm4RwYv8ZsJcNd1"
NAMED = f"response:{RESPONSE}"
HOPEFUL = pytest.mark.parametrize("is_hopeful", [True, False])


@pytest.fixture
async def processes(fresh_database: str) -> AsyncIterator[list[Sessionmaker]]:
    engines = [make_engine(fresh_database, pool_size=4) for _ in range(2)]
    yield [make_sessionmaker(engine) for engine in engines]
    for engine in engines:
        await engine.dispose()


def by_response(workspace_id: UUID, **fields: Any) -> NewEvent:
    """As an SDK or OpenTelemetry tells it."""
    return make_event(workspace_id, **{"event_id": NAMED, "provider_response_id": RESPONSE, **fields})


def by_own_id(workspace_id: UUID, event_id: str = "mine", **fields: Any) -> NewEvent:
    """As somebody tells it who has an id of his own."""
    return make_event(workspace_id, **{"event_id": event_id, "provider_response_id": RESPONSE, **fields})


async def calls_of(sessions: Sessionmaker, workspace_id: UUID) -> list[str]:
    async with sessions() as session:
        events = sorted(row["event_id"] for row in await rows(session, Event, workspace_id))
        assert sum(row["calls"] for row in await rows(session, HourlyUsage, workspace_id)) == len(events)
        own = [row for row in await rows(session, EventKey, workspace_id) if row["owner_key"] is None]
        assert len(own) == len(events)
    return events


@HOPEFUL
@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("at_once", [False, True])
async def test_a_call_told_of_twice_counts_once(
    processes: list[Sessionmaker], is_hopeful: bool, swapped: bool, at_once: bool
) -> None:
    workspace_id = new_id()
    told = [by_response(workspace_id), by_own_id(workspace_id)]
    if swapped:
        told.reverse()
    if at_once:
        answers = await record(processes[0], told, is_hopeful=is_hopeful)
    else:
        answers = [(await record(processes[0], [event], is_hopeful=is_hopeful))[0] for event in told]
    assert Counter(answers) == {True: 1, False: 1}
    assert len(await calls_of(processes[0], workspace_id)) == 1
    again = await record(processes[0], told, is_hopeful=is_hopeful)
    assert again == [False, False]
    assert len(await calls_of(processes[0], workspace_id)) == 1


@HOPEFUL
@pytest.mark.parametrize("at_once", [False, True])
async def test_senders_who_name_their_calls_themselves_tell_them_apart(
    processes: list[Sessionmaker], is_hopeful: bool, at_once: bool
) -> None:
    workspace_id = new_id()
    told = [by_own_id(workspace_id, "one"), by_own_id(workspace_id, "two")]
    groups = [told] if at_once else [[event] for event in told]
    answers = [answer for group in groups for answer in await record(processes[0], group, is_hopeful=is_hopeful)]
    assert answers == [True, True]
    assert await record(processes[0], [*told, by_response(workspace_id)], is_hopeful=is_hopeful) == [False] * 3
    assert await calls_of(processes[0], workspace_id) == ["one", "two"]


@HOPEFUL
async def test_rare_counts_are_compared_too(processes: list[Sessionmaker], is_hopeful: bool) -> None:
    """What was written to a cache for an hour has no column of its own."""
    workspace_id = new_id()
    claude = {"provider": "anthropic", "model": "claude-sonnet-5-5", "cache_write_1h_tokens": 400}
    for event in (by_response(workspace_id, **claude), by_own_id(workspace_id)):
        await record(processes[0], [event], is_hopeful=is_hopeful)
    assert await calls_of(processes[0], workspace_id) == [NAMED]


@HOPEFUL
@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("at_once", [False, True])
async def test_reports_that_cannot_be_of_one_call_are_two(
    processes: list[Sessionmaker], is_hopeful: bool, swapped: bool, at_once: bool
) -> None:
    workspace_id = new_id()
    told = [by_response(workspace_id), by_own_id(workspace_id, input_tokens=7, output_tokens=3)]
    if swapped:
        told.reverse()
    if at_once:
        assert await record(processes[0], told, is_hopeful=is_hopeful) == [True, True]
    else:
        for event in told:
            assert await record(processes[0], [event], is_hopeful=is_hopeful) == [True]
    stored = await calls_of(processes[0], workspace_id)
    assert len(stored) == 2
    # each again, in either order: nothing changes
    for event in (*told, *reversed(told)):
        assert await record(processes[0], [event], is_hopeful=is_hopeful) == [False]
    assert await calls_of(processes[0], workspace_id) == stored


@HOPEFUL
@pytest.mark.parametrize("swapped", [False, True])
async def test_a_report_without_usage_is_of_the_call_that_has_it(
    processes: list[Sessionmaker], is_hopeful: bool, swapped: bool
) -> None:
    workspace_id = new_id()
    told = [by_response(workspace_id), by_own_id(workspace_id, input_tokens=None, output_tokens=None)]
    if swapped:
        told.reverse()
    answers = [(await record(processes[0], [event], is_hopeful=is_hopeful))[0] for event in told]
    assert answers == [True, False]


async def test_parts_of_a_cached_prompt_do_not_make_another_call(processes: list[Sessionmaker]) -> None:
    workspace_id = new_id()
    await record(processes[0], [by_response(workspace_id, cache_read_tokens=600, reasoning_tokens=100)])
    assert await record(processes[0], [by_own_id(workspace_id, model="gpt-4")]) == [False]


async def test_an_id_that_anybody_could_have_given_names_no_call(processes: list[Sessionmaker]) -> None:
    workspace_id = new_id()
    told = [make_event(workspace_id, event_id=event_id, provider_response_id="chatcmpl-123") for event_id in ("a", "b")]
    assert await record(processes[0], told) == [True, True]


async def test_neighbours_may_have_the_same_response(processes: list[Sessionmaker]) -> None:
    assert await record(processes[0], [by_response(new_id()), by_own_id(new_id())]) == [True, True]


async def test_many_reports_at_once_count_once_each(processes: list[Sessionmaker]) -> None:
    workspace_id = new_id()
    names = [f"chatcmpl-{new_id().hex}" for _ in range(60)]
    by_name = [make_event(workspace_id, event_id=f"response:{n}", provider_response_id=n) for n in names]
    by_own = [make_event(workspace_id, event_id=f"own-{n}", provider_response_id=n) for n in names]
    mixed = [event for pair in zip(by_own, by_name, strict=True) for event in pair]
    groups = [by_name, by_own, by_own[::-1], mixed, mixed[::-1], by_name[::-1]]
    answers = await asyncio.gather(*(record(processes[n % 2], group) for n, group in enumerate(groups)))
    assert sum(answer.count(True) for answer in answers) == 60
    assert len(await calls_of(processes[0], workspace_id)) == 60


@HOPEFUL
async def test_a_name_longer_than_an_id_may_be_stays_one(processes: list[Sessionmaker], is_hopeful: bool) -> None:
    workspace_id = new_id()
    long = "resp_" + "a1B2c3D4" * 14
    told = [
        make_event(workspace_id, event_id="mine", provider_response_id=long, input_tokens=1, output_tokens=1),
        make_event(workspace_id, event_id=f"response:{long}", provider_response_id=long),
    ]
    for event in told:
        assert await record(processes[0], [event], is_hopeful=is_hopeful) == [True]
    assert all(len(event_id) <= 128 for event_id in await calls_of(processes[0], workspace_id))


async def test_a_call_that_is_dropped_takes_its_second_name_along(processes: list[Sessionmaker]) -> None:
    workspace_id = new_id()
    gone, stays = by_own_id(workspace_id), by_own_id(workspace_id, "other", input_tokens=7, output_tokens=3)
    another = make_event(workspace_id, provider_response_id=f"chatcmpl-{new_id().hex}")
    for event in (gone, another, stays):
        assert await record(processes[0], [event]) == [True]
    async with processes[0]() as session, session.begin():
        later = gone.recorded_at + timedelta(seconds=1)
        place = Place(gone.occurred_at, gone.event_key)
        await queries.drop_calls(session, workspace_id, later, [place])
    async with processes[0]() as session:
        keys = {row["event_key"] for row in await rows(session, EventKey, workspace_id)}
    assert len(keys) == 3
    assert keys.isdisjoint({gone.event_key, event_key(NAMED)})
