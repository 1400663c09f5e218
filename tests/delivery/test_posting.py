"""Notices on their way to HTTP receivers that fail, stall, repeat and lead astray."""

import asyncio
import hashlib
import hmac
import itertools
import json
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.http import HttpClient
from app.core.ids import new_id
from app.core.periods import utc_now
from app.delivery import outbox, service
from app.delivery.clients import posting
from app.delivery.models import Delivery
from app.delivery.outbox import SHARES, Sent, deliver_due
from app.delivery.rules import ChannelKind, State
from app.delivery.transports import Transports
from scripts.machine import ROOT
from tests.delivery.parcels import SEALER, SECRET, parcel
from tests.delivery.receiver import BREAK_OFF, STALL, Answer, Receiver
from tests.delivery.sending import make_due, put, row, transports

Sessions = async_sessionmaker[AsyncSession]
WORKSPACE = new_id()
# What a workspace has on its way at once.
BATCH = SHARES.of_workspace


async def send(sessions: Sessions, url: str, *answers: Answer | str, receiver: Receiver | None = None) -> UUID:
    """Put one in and try once."""
    if receiver is not None:
        receiver.answers = list(answers)
    (delivery_id,) = await put(sessions, WORKSPACE, parcel(WORKSPACE, target=url))
    ways = transports()
    await deliver_due(sessions, ways, 60)
    await ways.aclose()
    return delivery_id


async def test_what_was_taken_is_wiped(sessions: Sessions, receiver: Receiver) -> None:
    sent = await row(sessions, await send(sessions, receiver.url))
    assert (sent.state, sent.attempts, sent.reason) == (State.SENT, 1, None)
    assert (sent.sealed, sent.key_id, sent.notice, sent.lease_owner) == (None, None, None, None)
    assert (sent.subject, sent.label) == ("Budget “Research” is at 80 %", "#alerts")
    assert await deliver_due(sessions, transports(), 60) == Sent()
    assert len(receiver.received) == 1


async def test_the_documented_verifier_accepts_what_is_sent_and_nothing_else(
    sessions: Sessions, receiver: Receiver
) -> None:
    delivery_id = await send(sessions, receiver.url)
    manual = (ROOT / "docs" / "channels.md").read_text()
    code = re.search(r"```python\n(import hashlib.*?)```", manual, re.DOTALL)
    assert code is not None
    names: dict[str, object] = {}
    exec(code[1], names)  # noqa: S102 - our own manual
    verify = names["is_from_tokenboard"]
    assert callable(verify)
    came = receiver.received[0]
    assert verify(SECRET, came.headers, came.body)
    assert not verify("another secret", came.headers, came.body)
    assert not verify(SECRET, came.headers, came.body + b" ")
    old = came.headers | {"tokenboard-timestamp": str(int(came.headers["tokenboard-timestamp"]) - 301)}
    assert not verify(SECRET, old, came.body)
    assert came.headers["tokenboard-delivery"] == str(delivery_id) == json.loads(came.body)["delivery_id"]


async def test_the_signature_is_over_the_time_and_the_body(sessions: Sessions, receiver: Receiver) -> None:
    await send(sessions, receiver.url)
    came = receiver.received[0]
    signed = came.headers["tokenboard-timestamp"].encode() + b"." + came.body
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert came.headers["tokenboard-signature"] == f"v1={expected}"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_passing_faults_are_tried_again_later_with_the_same_id(
    sessions: Sessions, receiver: Receiver, status: int
) -> None:
    delivery_id = await send(sessions, receiver.url, Answer(status), Answer(204, body=b""), receiver=receiver)
    waits = await row(sessions, delivery_id)
    assert (waits.state, waits.reason) == (State.WAITING, f"127.0.0.1 answered {status}")
    assert timedelta(seconds=8) < waits.due_at - utc_now() <= timedelta(seconds=10)
    assert await deliver_due(sessions, transports(), 60) == Sent()  # it is not due

    await make_due(sessions)
    assert await deliver_due(sessions, transports(), 60) == Sent(sent=1)
    assert receiver.ids() == [str(delivery_id)] * 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 422])
async def test_other_refusals_are_dead_at_once_and_keep_what_they_held(
    sessions: Sessions, receiver: Receiver, status: int
) -> None:
    delivery_id = await send(sessions, receiver.url, Answer(status, body=b"no_service"), receiver=receiver)
    dead = await row(sessions, delivery_id)
    assert (dead.state, dead.reason) == (State.DEAD, f"127.0.0.1 answered {status} (no_service)")
    assert dead.ended_at is not None
    assert dead.sealed is not None


async def test_a_dead_letter_that_is_sent_again_arrives(sessions: Sessions, receiver: Receiver) -> None:
    delivery_id = await send(sessions, receiver.url, Answer(404), Answer(200), receiver=receiver)
    async with sessions() as session, session.begin():
        await service.resend(session, WORKSPACE, delivery_id)
    assert await deliver_due(sessions, transports(), 60) == Sent(sent=1)
    assert (await row(sessions, delivery_id)).state == State.SENT


async def test_what_an_unknown_server_says_is_not_repeated(sessions: Sessions, receiver: Receiver) -> None:
    delivery_id = await send(sessions, receiver.url, Answer(404, body=b"<h1>Secret</h1>"), receiver=receiver)
    assert (await row(sessions, delivery_id)).reason == "127.0.0.1 answered 404"


@pytest.mark.parametrize("is_date", [False, True], ids=["seconds", "date"])
async def test_retry_after_is_waited_for(sessions: Sessions, receiver: Receiver, is_date: bool) -> None:
    asked = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True) if is_date else "3600"
    answer = Answer(429, {"retry-after": asked})
    waits = await row(sessions, await send(sessions, receiver.url, answer, receiver=receiver))
    assert waits.due_at - utc_now() > timedelta(minutes=50)


async def test_nobody_is_waited_for_longer_than_a_day(sessions: Sessions, receiver: Receiver) -> None:
    answer = Answer(503, {"retry-after": "99999999"})
    waits = await row(sessions, await send(sessions, receiver.url, answer, receiver=receiver))
    assert waits.due_at - utc_now() <= timedelta(hours=24)


async def test_a_receiver_that_stalls_is_left(
    sessions: Sessions, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "ATTEMPT_SECONDS", 0.5)
    waits = await row(sessions, await send(sessions, receiver.url, STALL, receiver=receiver))
    assert (waits.state, waits.reason) == (State.WAITING, "127.0.0.1: no answer in time")


async def test_an_answer_whose_body_breaks_off_counts_by_its_status(sessions: Sessions, receiver: Receiver) -> None:
    sent = await row(sessions, await send(sessions, receiver.url, BREAK_OFF, receiver=receiver))
    assert (sent.state, sent.attempts) == (State.SENT, 1)


async def test_an_endless_answer_is_not_read_to_its_end(sessions: Sessions, receiver: Receiver) -> None:
    endless = Answer(200, body=b"x" * 10_000_000)
    sent = await row(sessions, await send(sessions, receiver.url, endless, receiver=receiver))
    assert sent.state == State.SENT


async def test_a_receiver_that_is_not_there_is_tried_again_and_given_up_in_the_end(sessions: Sessions) -> None:
    async with Receiver() as gone:
        url = gone.url
    delivery_id = await send(sessions, url)
    assert (await row(sessions, delivery_id)).reason == "127.0.0.1: no connection"
    pauses: list[timedelta] = []
    while (waits := await row(sessions, delivery_id)).state == State.WAITING:
        pauses.append(waits.due_at - utc_now())
        await make_due(sessions)
        await deliver_due(sessions, transports(), 60)
    assert len(pauses) == 15
    assert all(later > sooner for sooner, later in itertools.pairwise(pauses[:12]))
    assert pauses[-1] > timedelta(hours=3, minutes=59)
    assert (waits.state, waits.attempts) == (State.DEAD, 16)


async def test_a_redirect_is_not_followed(sessions: Sessions, receiver: Receiver) -> None:
    private = Answer(307, {"location": "http://169.254.169.254/latest/meta-data"})
    delivery_id = await send(sessions, receiver.url, private, receiver=receiver)
    dead = await row(sessions, delivery_id)
    assert (dead.state, dead.reason) == (
        State.DEAD,
        "127.0.0.1 answered 307: it sends elsewhere, and we follow nobody",
    )
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("127.0.0.1", ()),
        ("10.0.0.7", ()),
        ("192.168.1.1", ()),
        ("169.254.169.254", ()),
        ("[::1]", ()),
        ("[fd00::1]", ()),
        ("[::ffff:10.0.0.7]", ()),
        ("inner.example.com", ("10.0.0.7",)),
        ("half.example.com", ("93.184.216.34", "127.0.0.1")),
    ],
)
async def test_private_addresses_are_refused_also_by_name(sessions: Sessions, host: str, found: Sequence[str]) -> None:
    async def resolver(_host: str, _port: int) -> Sequence[str]:
        return found

    (delivery_id,) = await put(sessions, WORKSPACE, parcel(WORKSPACE, target=f"https://{host}/x"))
    ways = Transports(transports().mailer, HttpClient(resolver=resolver), SEALER)
    assert await deliver_due(sessions, ways, 60) == Sent(dead=1)
    reason = (await row(sessions, delivery_id)).reason or ""
    assert reason.endswith("leads to a private, local or reserved address, where we do not connect")


async def test_what_cannot_be_opened_is_dead_and_says_why(sessions: Sessions) -> None:
    (delivery_id,) = await put(sessions, WORKSPACE, parcel(WORKSPACE))
    ways = transports()
    await deliver_due(sessions, Transports(ways.mailer, ways.http, None), 60)
    dead = await row(sessions, delivery_id)
    assert dead.state == State.DEAD
    assert "ENCRYPTION_KEY" in (dead.reason or "")


async def test_what_is_put_off_is_not_sent_before(sessions: Sessions, receiver: Receiver) -> None:
    later = parcel(WORKSPACE, target=receiver.url, not_before=utc_now() + timedelta(hours=1))
    await put(sessions, WORKSPACE, later)
    assert await deliver_due(sessions, transports(), 60) == Sent()


async def test_one_that_stalls_holds_up_no_other(
    sessions: Sessions, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "ATTEMPT_SECONDS", 2.0)
    receiver.answers = [STALL, *[Answer(200)] * 21]
    await put(sessions, WORKSPACE, *(parcel(WORKSPACE, target=receiver.url) for _ in range(20)))
    assert await deliver_due(sessions, transports(), 60) == Sent(sent=19, again=1)


@pytest.mark.parametrize("channels", [1, 50])
async def test_a_workspace_whose_receivers_stall_holds_up_no_other(
    sessions: Sessions, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, channels: int
) -> None:
    """However many its channels are; and one of its own that answers gets its turn."""
    monkeypatch.setattr(posting, "ATTEMPT_SECONDS", 600.0)
    is_over = asyncio.Event()
    ids = [new_id() for _ in range(channels)]
    async with Receiver() as stalling:
        stalling.answers = [STALL]
        url = stalling.url
        slow = [parcel(WORKSPACE, target=url, channel_id=ids[place % channels]) for place in range(50)]
        await put(sessions, WORKSPACE, *slow)
        at_work = asyncio.create_task(deliver_due(sessions, transports(), 600, is_over.is_set))
        in_flight = min(SHARES.of_channel * channels, SHARES.of_workspace)
        await stalling.saw(in_flight)
        neighbour = new_id()
        expected = await put(sessions, neighbour, parcel(neighbour, target=receiver.url))
        if channels == 1:
            expected += await put(sessions, WORKSPACE, parcel(WORKSPACE, target=receiver.url))
        await receiver.saw(len(expected))
        assert sorted(receiver.ids()) == sorted(map(str, expected))
        assert len(stalling.received) == in_flight
        is_over.set()
    done = await at_work
    assert (done.sent, done.again) == (len(expected), in_flight)


async def test_the_fault_of_one_is_nobody_elses(sessions: Sessions, receiver: Receiver) -> None:
    class Broken:
        async def deliver(self, *_: object) -> None:
            raise RuntimeError("a secret")

    channel_id = new_id()
    mail = parcel(WORKSPACE, ChannelKind.EMAIL, "ann@example.com", channel_id=channel_id)
    (bad, good) = await put(sessions, WORKSPACE, mail, parcel(WORKSPACE, target=receiver.url))
    ways = transports()
    assert await deliver_due(sessions, Transports(Broken(), ways.http, SEALER), 60) == Sent(sent=1, again=1)
    reason = (await row(sessions, bad)).reason or ""
    assert "RuntimeError" in reason
    assert "secret" not in reason
    assert (await row(sessions, good)).state == State.SENT


async def test_several_at_once_send_each_one_time(sessions: Sessions, receiver: Receiver) -> None:
    ids = await put(sessions, WORKSPACE, *(parcel(WORKSPACE, target=receiver.url) for _ in range(60)))
    rounds = await asyncio.gather(*(deliver_due(sessions, transports(), 60) for _ in range(4)))
    assert sum(each.sent for each in rounds) == 60
    assert sorted(receiver.ids()) == sorted(map(str, ids))


async def test_told_to_stop_it_ends_what_it_sends_and_begins_nothing(sessions: Sessions, receiver: Receiver) -> None:
    await put(sessions, WORKSPACE, *(parcel(WORKSPACE, target=receiver.url) for _ in range(30)))
    done = await deliver_due(sessions, transports(), 60, lambda: len(receiver.received) > 0)
    assert done == Sent(sent=BATCH)


async def test_only_the_one_that_is_asked_for_is_sent(sessions: Sessions, receiver: Receiver) -> None:
    ids = await put(sessions, WORKSPACE, *(parcel(WORKSPACE, target=receiver.url) for _ in range(3)))
    assert await deliver_due(sessions, transports(), 60, delivery_id=ids[1]) == Sent(sent=1)
    assert receiver.ids() == [str(ids[1])]


async def test_what_ended_long_ago_is_forgotten(sessions: Sessions, receiver: Receiver) -> None:
    old, new = await put(sessions, WORKSPACE, *(parcel(WORKSPACE, target=receiver.url) for _ in range(2)))
    (waits,) = await put(sessions, WORKSPACE, parcel(WORKSPACE, not_before=utc_now() + timedelta(hours=1)))
    await deliver_due(sessions, transports(), 60)
    async with sessions() as session, session.begin():
        ended = (await session.execute(select(Delivery).where(Delivery.id == old))).scalar_one()
        ended.ended_at = utc_now() - timedelta(days=31)
    assert await outbox.tidy(sessions) == 1
    async with sessions() as session:
        assert {each.id for each in await service.deliveries(session, WORKSPACE)} == {new, waits}


async def test_a_killed_process_loses_nothing_and_repeats_only_what_it_was_sending(
    sessions: Sessions, receiver: Receiver, fresh_database: str
) -> None:
    ids = await put(sessions, WORKSPACE, *(parcel(WORKSPACE, target=receiver.url) for _ in range(90)))
    # the first answers never come: when it is killed, the first process is sending all of these
    receiver.answers = [*[STALL] * BATCH, Answer(200)]
    program = [sys.executable, "-m", "tests.delivery.sending", fresh_database]
    first = await asyncio.create_subprocess_exec(*program, cwd=ROOT)
    await receiver.saw(BATCH)
    others = [await asyncio.create_subprocess_exec(*program, cwd=ROOT) for _ in range(2)]
    await receiver.saw(BATCH + 10)
    first.kill()
    others[0].kill()
    try:
        async with asyncio.timeout(200):
            while await left(sessions):  # noqa: ASYNC110 - it is other processes that work
                await asyncio.sleep(0.1)
    finally:
        others[1].kill()
        for process in (first, *others):
            await process.wait()
    came = receiver.ids()
    assert set(came) == set(map(str, ids))
    repeated = {each for each in came if came.count(each) > 1}
    assert set(came[:BATCH]) <= repeated
    assert len(repeated) <= 2 * BATCH  # what the two that were killed were sending


async def left(sessions: Sessions) -> int:
    async with sessions() as session:
        found = await session.execute(select(func.count()).select_from(Delivery).where(Delivery.state != State.SENT))
        return found.scalar_one()
