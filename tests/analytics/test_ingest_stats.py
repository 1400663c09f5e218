"""What became of the events that arrived, as it is told."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.ingest import queries as ingest
from app.ingest.errors import EventRefused
from app.ingest.rules.accounting import Account, Origin, SenderReport
from app.workspaces.models import Workspace
from app.workspaces.rules import Scope
from tests.analytics.conftest import NOW, Ask
from tests.factories.analytics import selects_on
from tests.factories.workspaces import make_api_key, make_workspace

HOUR = NOW.replace(minute=0)
Arrive = Callable[..., Awaitable[None]]


class Call(NamedTuple):
    """What the account looks at."""

    occurred_at: datetime


@pytest.fixture
def arrive(session: AsyncSession, workspace: Workspace) -> Arrive:
    """Account for one request: how many were stored, how late each, how many repeats, and which were rejected."""

    async def account(
        at: datetime,
        stored: int = 0,
        *,
        late: float = 1,
        duplicates: int = 0,
        rejected: tuple[EventRefused, ...] = (),
        refused: str = "",
        sender: SenderReport | None = None,
        key: Any = None,
        where: Workspace = workspace,
    ) -> None:
        origin, made = Origin(where.id, key, at), Account()
        made.add(origin, [Call(at - timedelta(seconds=late))] * stored, duplicates, rejected)
        if refused:
            made.add_refused(origin, refused)
        if sender:
            made.add_report(origin, sender)
        await ingest.add_account(session, made)
        await session.commit()

    return account


def missing(event_id: str, field: str = "model") -> EventRefused:
    return EventRefused("missing_field", f"{field}: is required", event_id)


async def test_received_is_what_was_stored_repeated_or_rejected(ask: Ask, arrive: Arrive) -> None:
    await arrive(NOW, 5, duplicates=2, rejected=(missing("a"),))
    await arrive(NOW - timedelta(hours=3), 1, refused="not_json")
    stats = await ask("ingest-stats")
    assert stats["totals"] == {"received": 9, "stored": 6, "duplicates": 2, "rejected": 1, "refused_requests": 1}
    assert stats["duplicate_share"] == "0.222222"
    assert [(code["code"], code["requests"]) for code in stats["refused_by_code"]] == [("not_json", 1)]


async def test_the_last_seven_days_are_shown_by_hour_without_gaps(ask: Ask, arrive: Arrive) -> None:
    await arrive(HOUR, 2)
    await arrive(HOUR - timedelta(days=7), 1)
    await arrive(HOUR - timedelta(days=7, microseconds=1), 10)
    stats = await ask("ingest-stats")
    assert (stats["granularity"], len(stats["points"])) == ("hour", 7 * 24 + 1)
    assert [point["stored"] for point in (stats["points"][0], stats["points"][-1])] == [1, 2]
    assert stats["totals"]["stored"] == 3 == sum(point["stored"] for point in stats["points"])


async def test_days_are_those_of_utc(ask: Ask, arrive: Arrive) -> None:
    midnight = datetime(2026, 11, 20, tzinfo=UTC)
    await arrive(midnight - timedelta(microseconds=1), 1)
    await arrive(midnight, 2)
    await arrive(midnight + timedelta(hours=23), 4)
    stats = await ask("ingest-stats", granularity="day", **{"from": "2026-11-19", "to": "2026-11-21"})
    assert [(point["start"][:10], point["received"]) for point in stats["points"]] == [
        ("2026-11-19", 1),
        ("2026-11-20", 6),
    ]


async def test_rejections_are_told_by_code_with_the_newest_of_each_kind(ask: Ask, arrive: Arrive) -> None:
    for hour in range(7):
        await arrive(HOUR - timedelta(hours=hour), rejected=(missing(f"at {hour}"),))
        await arrive(HOUR - timedelta(hours=hour), rejected=(EventRefused("invalid_value", f"user: {hour}", None),))
    await arrive(HOUR, rejected=(missing("another"), missing("the last", "provider")))
    codes = {code["code"]: code for code in (await ask("ingest-stats"))["rejected_by_code"]}
    assert list(codes) == ["missing_field", "invalid_value"]  # most events first
    assert codes["missing_field"]["events"] == 9
    assert [(shown["event_id"], shown["detail"]) for shown in codes["missing_field"]["examples"]] == [
        ("the last", "provider: is required"),
        ("at 1", "model: is required"),
    ]
    assert [shown["detail"] for shown in codes["invalid_value"]["examples"]] == [f"user: {n}" for n in range(5)]


async def test_the_lag_is_within_two_percent(ask: Ask, arrive: Arrive) -> None:
    await arrive(NOW, 90, late=2)
    await arrive(NOW - timedelta(hours=1), 10, late=3600)
    lag = (await ask("ingest-stats"))["lag_ms"]
    assert lag["p50"] == pytest.approx(2_000, rel=0.02)
    assert lag["p99"] == pytest.approx(3_600_000, rel=0.02)


async def test_each_key_says_when_its_last_event_came(
    ask: Ask, arrive: Arrive, session: AsyncSession, workspace: Workspace
) -> None:
    sending, _ = await make_api_key(session, workspace, Scope.INGEST)
    silent, _ = await make_api_key(session, workspace, Scope.INGEST)
    await session.commit()
    long_ago = NOW - timedelta(days=60)
    await arrive(long_ago, 3, key=silent.id)
    await arrive(NOW, duplicates=2, key=sending.id)
    await arrive(NOW + timedelta(minutes=5), rejected=(missing("a"),), key=sending.id)
    await arrive(NOW - timedelta(hours=1), 1)
    stats = await ask("ingest-stats")
    keys = {key["id"]: (key["received"], key["last_event_at"], key["name"]) for key in stats["api_keys"]}
    assert keys == {
        str(sending.id): (3, "2026-11-21T14:30:00Z", "test key"),
        str(silent.id): (0, long_ago.isoformat().replace("+00:00", "Z"), "test key"),
        None: (1, "2026-11-21T13:30:00Z", None),
    }
    assert stats["last_event_at"] == "2026-11-21T14:30:00Z"


async def test_a_key_that_cannot_send_is_shown_only_when_it_did(
    ask: Ask, arrive: Arrive, session: AsyncSession, workspace: Workspace
) -> None:
    revoked, _ = await make_api_key(session, workspace, Scope.INGEST)
    revoked.revoked_at = NOW
    await session.commit()
    assert (await ask("ingest-stats"))["api_keys"] == []  # the key that asks may not send
    await arrive(NOW, 1, key=revoked.id)
    (key,) = (await ask("ingest-stats"))["api_keys"]
    assert (key["id"], key["may_send"], key["received"]) == (str(revoked.id), False, 1)


async def test_senders_say_what_they_gave_up(ask: Ask, arrive: Arrive) -> None:
    before = NOW - timedelta(days=30)
    await arrive(before, sender=SenderReport("gone", "sdk/0.1", {"queue_full": 99}))
    await arrive(before, sender=SenderReport("lives", "sdk/0.1", {"queue_full": 3}))
    await arrive(NOW, sender=SenderReport("lives", "sdk/0.2", {"queue_full": 7, "closed": 1}))
    await arrive(NOW, sender=SenderReport("idle", "sdk/0.2", {}))
    senders = (await ask("ingest-stats"))["senders"]
    assert (senders["count"], senders["dropped"]) == (2, 8)
    assert [(sender["id"], sender["name"], sender["dropped"]) for sender in senders["items"]] == [
        ("lives", "sdk/0.2", {"queue_full": 7, "closed": 1}),
        ("idle", "sdk/0.2", {}),
    ]
    assert senders["items"][0]["first_seen_at"] == before.isoformat().replace("+00:00", "Z")


async def test_a_workspace_without_events_is_empty_and_not_wrong(ask: Ask) -> None:
    stats = await ask("ingest-stats")
    assert stats["totals"] == {"received": 0, "stored": 0, "duplicates": 0, "rejected": 0, "refused_requests": 0}
    assert (stats["duplicate_share"], stats["last_event_at"], stats["lag_ms"]["p50"]) == (None, None, None)
    assert stats["senders"] == {"count": 0, "dropped": 0, "items": []}


async def test_the_neighbours_events_are_not_counted(ask: Ask, arrive: Arrive, session: AsyncSession) -> None:
    neighbour = await make_workspace(session)
    report = SenderReport("theirs", "", {"closed": 1})
    await arrive(NOW, 5, rejected=(missing("theirs"),), sender=report, where=neighbour)
    stats = await ask("ingest-stats")
    assert (stats["totals"]["received"], stats["rejected_by_code"], stats["senders"]["count"]) == (0, [], 0)


async def test_a_month_is_no_granularity_of_arrivals(ask: Ask) -> None:
    await ask("ingest-stats", 422, granularity="month")


async def test_it_takes_five_statements_however_much_there_is(
    ask: Ask, arrive: Arrive, connection: AsyncConnection
) -> None:
    await arrive(NOW, 5, duplicates=2, rejected=(missing("a"),), sender=SenderReport("p", "", {"closed": 1}))
    await ask("ingest-stats")  # the key is remembered from here on
    with selects_on(connection) as statements:
        await ask("ingest-stats")
    assert len(statements) == 5
