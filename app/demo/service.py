"""Makes the demo company: an account, a workspace, two keys, and its calls through everybody's door."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from app.auth import service as auth
from app.auth.rules import Person
from app.core.database import AsyncSession
from app.demo import furnishing
from app.demo.errors import OtherDemo
from app.demo.rules import company
from app.demo.rules.calls import DemoCall, Plan, calls
from app.ingest import service as ingest
from app.ingest.rules.decoding import Decoded
from app.ingest.rules.incoming import read_event
from app.ingest.rules.preparing import Sender
from app.ingest.writer import GroupWriter
from app.pricing.shelf import PriceShelf
from app.usage import service as ledger
from app.usage.service import Sessions
from app.workspaces import service as workspaces
from app.workspaces.dependencies import Visitor, enter
from app.workspaces.rules import Member, Scope

BATCH: Final = 1_000
# from the last call of a request to its arrival
DELIVERY: Final = timedelta(seconds=1.4)


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo workspace: whose it is, and the id of each of its keys by name."""

    member: Member
    keys: dict[str, UUID]


@dataclass(slots=True)
class Filled:
    """Where calls were sent, how many were added, and how many were there already."""

    workspace_id: UUID
    added: int = 0
    known: int = 0


async def prepare(session: AsyncSession, plan: Plan, password: str, *, reset: bool) -> Demo:
    """The account with this password, its workspace and keys; `reset` empties the workspace.

    Raises OtherDemo when the demo's slug belongs to a workspace that is not the demo's, or when the calls of
    another plan are in it: two companies in one would be neither.
    """
    person = await auth.find_person(session, company.EMAIL)
    if person is None:
        person = await auth.create_user(session, email=company.EMAIL, password=password, name=company.PERSON)
    else:
        await auth.set_password(session, person.id, password)
    member = await _member(session, person)
    if reset:
        await ingest.forget(session, member.workspace_id)
        await furnishing.clear(session, member)
    elif await ledger.has_calls(session, member.workspace_id) and not await ledger.was_taken(
        session, member.workspace_id, next(calls(plan)).event["event_id"]
    ):
        raise OtherDemo(
            "The demo holds calls of other days or of another seed. Make it anew with: tokenboard demo --reset"
        )
    return Demo(member, await _keys(session, member))


async def _member(session: AsyncSession, person: Person) -> Member:
    found = await workspaces.find_by_slug(session, company.SLUG)
    if found is None:
        made = await workspaces.create(session, person.id, name=company.NAME, slug=company.SLUG)
        member = await enter(session, Visitor(person, None), str(made.id))
        await furnishing.begin(session, member)
        return member
    if await workspaces.role_of(session, found, person.id) is None:
        raise OtherDemo(f"The slug {company.SLUG} belongs to somebody else's workspace. Rename that one first.")
    return await enter(session, Visitor(person, None), str(found))


async def _keys(session: AsyncSession, member: Member) -> dict[str, UUID]:
    """The ids of the demo's keys. The keys themselves are shown to nobody, so nobody can send with them."""
    known = {key.name: key.id for key in await workspaces.live_keys(session, member.workspace_id)}
    for name in company.KEYS:
        if name not in known:
            row, _ = await workspaces.create_key(session, member, name=name, scopes=[Scope.INGEST])
            known[name] = row.id
    return known


async def fill(
    sessions: Sessions, shelf: PriceShelf, demo: Demo, plan: Plan, now: datetime, report: Callable[[int], None]
) -> Filled:
    """Send the plan's calls up to `now`, and look at the workspace between them as a worker would have; `report` hears
    how many days are done. Doing it again adds nothing.

    Each request arrives a moment after its calls were made, as it would have from the company's own programs: when is
    as made up as the calls are. They are handed over together, and so are written in a few groups.
    """
    filled = Filled(demo.member.workspace_id)
    writer = GroupWriter(sessions)
    for batch, seen_at in _batches(plan, now):
        taking = []
        for (name, _), requests in _by_request(batch).items():
            sender = Sender(demo.member.workspace_id, demo.keys[name])
            arrived_at = min(now, requests[-1].occurred_at + DELIVERY)
            events: Decoded = [read_event(call.event) for call in requests]
            taking.append(ingest.take(writer, shelf, sender, events, arrived_at))
        # read once, or each of the requests would find the same prices too old and read them
        await shelf.of(sessions, demo.member.workspace_id)
        for receipt in await asyncio.gather(*taking):
            if receipt.rejected:
                raise RuntimeError(f"the demo made a call that is refused: {receipt.rejected[0].detail}")
            filled.added += receipt.accepted
            filled.known += receipt.duplicates
        if seen_at is not None:
            async with sessions() as session, session.begin():
                await furnishing.watch(session, demo.member, seen_at)
        if batch:
            report((batch[-1].occurred_at.date() - plan.first_day).days + 1)
    return filled


def _by_request(batch: Iterable[DemoCall]) -> dict[tuple[str, datetime], list[DemoCall]]:
    """The calls by key and minute: what one program sends at once."""
    requests = defaultdict(list)
    for call in batch:
        requests[call.key, call.occurred_at.replace(second=0, microsecond=0)].append(call)
    return requests


def _batches(plan: Plan, now: datetime) -> Iterator[tuple[list[DemoCall], datetime | None]]:
    """The calls, and after which of them somebody looked, and when."""
    past = (call for call in calls(plan) if call.occurred_at <= now)
    batch: list[DemoCall] = []
    looks = iter(furnishing.looks(plan))
    look = next(looks, None)
    for call in past:
        while look is not None and look < call.occurred_at:
            yield batch, look
            batch, look = [], next(looks, None)
        batch.append(call)
        if len(batch) == BATCH:
            yield batch, None
            batch = []
    yield batch, None
