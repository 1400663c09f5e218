"""Taking the identities of events where some may be taken already: by a repeat, or by another report of the call."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from app.core.database import AsyncSession
from app.usage import queries
from app.usage.queries import Identity, KeyRow
from app.usage.rules.events import NewEvent, event_key
from app.usage.rules.identity import RESPONSE, another_event_id, is_same_call


class _Doubt(NamedTuple):
    """An event whose identity, its own or the one of its response, another call goes by."""

    place: int
    contested: Identity


async def claim(session: AsyncSession, events: Sequence[NewEvent]) -> dict[int, NewEvent]:
    """The events that are new, by their places in `events`, with their identities taken.

    A repeat of an own id is never new. Another report of a response is new only where it cannot be the same call (see
    `rules.identity`), or where both senders chose ids of their own: who names calls himself names two calls apart. If
    its own id is the name of that response, it then gets another.
    """
    claimants = _claimants(events)
    won = await queries.claim_keys(session, [_row(events, key, place) for key, place in claimants.items()])
    new: dict[int, NewEvent] = {}
    doubts: list[_Doubt] = []
    for place, event in enumerate(events):
        own, second = _own(event), _second(event)
        if own not in won:
            # only names of responses can be second names of other calls
            if event.event_id.startswith(RESPONSE):
                doubts.append(_Doubt(place, own))
        elif second is None or (second in won and claimants[second] == place):
            new[place] = event
        else:
            doubts.append(_Doubt(place, second))
    return new | await _settle(session, events, doubts, claimants, won) if doubts else new


def _claimants(events: Sequence[NewEvent]) -> dict[Identity, int]:
    """Who of the events takes which identity: an own one goes before a second one, then the first that comes."""
    claimants = {_own(event): place for place, event in enumerate(events)}
    for place, event in enumerate(events):
        if second := _second(event):
            claimants.setdefault(second, place)
    return claimants


async def _settle(
    session: AsyncSession,
    events: Sequence[NewEvent],
    doubts: Sequence[_Doubt],
    claimants: dict[Identity, int],
    won: set[Identity],
) -> dict[int, NewEvent]:
    """Those in doubt that are calls of their own. The identities of the others are given back."""
    stored = await queries.holders(session, [doubt.contested for doubt in doubts if doubt.contested not in won])
    apart: dict[int, NewEvent] = {}
    repeats: list[Identity] = []
    for place, contested in doubts:
        event, own = events[place], _own(events[place])
        holder = events[claimants[contested]] if contested in won else stored.get(contested)
        is_second = (
            holder.is_second if isinstance(holder, queries.Holder) else holder is not None and _own(holder) != contested
        )
        if own == contested:
            if isinstance(holder, queries.Holder) and is_second and not is_same_call(event, holder):
                apart[place] = _renamed(event)
        elif holder is not None and (is_second or not is_same_call(event, holder)):
            apart[place] = event
        else:
            repeats.append(own)
    if repeats:
        await queries.release_keys(session, repeats)
    return await _claim_renamed(session, events, apart)


async def _claim_renamed(
    session: AsyncSession, events: Sequence[NewEvent], apart: dict[int, NewEvent]
) -> dict[int, NewEvent]:
    """Those of `apart` that were not taken under their other id before."""
    renamed = {_own(event): place for place, event in apart.items() if event is not events[place]}
    if not renamed:
        return apart
    rows = [KeyRow(*own, apart[place].occurred_at, None) for own, place in renamed.items()]
    won = await queries.claim_keys(session, rows)
    return {place: event for place, event in apart.items() if event is events[place] or _own(event) in won}


def _renamed(event: NewEvent) -> NewEvent:
    event_id = another_event_id(event.event_id, event.tokens)
    return replace(event, event_id=event_id, event_key=event_key(event_id))


def _row(events: Sequence[NewEvent], identity: Identity, place: int) -> KeyRow:
    event = events[place]
    owner = None if identity == _own(event) else event.event_key
    return KeyRow(*identity, event.occurred_at, owner)


def _own(event: NewEvent) -> Identity:
    return event.workspace_id, event.event_key


def _second(event: NewEvent) -> Identity | None:
    return None if event.response_key is None else (event.workspace_id, event.response_key)
