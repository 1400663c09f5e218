"""The gate: who asks meanwhile is decided together, and nobody is let in by what two look at apart."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.budgets import gate as gates
from app.budgets import service
from app.budgets.errors import BudgetExhausted, TooMuchWaits
from app.budgets.gate import Gate
from app.budgets.rules import Limit
from app.budgets.rules.reserving import Ask, Coming, Grant
from app.core.ids import new_id
from app.core.money import to_wire
from app.core.periods import Period
from app.usage import spending
from app.usage.errors import LedgerUnavailable
from app.usage.service import record
from app.usage.spending import Filter, Ledger, Spent
from tests.budgets.setting import Firm, Sessionmaker, terms

CALL = Coming("openai", "gpt-4o", None, None, None, None, None)


def ask(firm: Firm, amount: str, **said: Any) -> Ask:
    return Ask(firm.id, new_id(), CALL._replace(**said), Decimal(amount), 600)


async def attempt(gate: Gate, asked: Ask) -> Grant | None:
    try:
        return await gate.reserve(asked)
    except BudgetExhausted:
        return None


async def test_those_who_ask_at_once_get_what_there_is_and_no_more(firm: Firm) -> None:
    budget_id = await firm.make(terms("1", limit=Limit.STRICT))
    gate = Gate(firm.sessions)
    granted = await asyncio.gather(*(attempt(gate, ask(firm, "0.03")) for _ in range(100)))
    assert len([grant for grant in granted if grant]) == 33
    assert to_wire((await firm.read(budget_id)).reserved) == "0.99"


async def test_several_gates_share_what_there_is(firm: Firm) -> None:
    budget_id = await firm.make(terms("1", limit=Limit.BOUNDED))
    gates_of_processes = [Gate(firm.sessions) for _ in range(4)]
    granted = await asyncio.gather(*(attempt(gate, ask(firm, "0.3")) for _ in range(5) for gate in gates_of_processes))
    assert len([grant for grant in granted if grant]) == 4
    assert to_wire((await firm.read(budget_id)).reserved) == "1.2"


async def test_a_call_that_is_settled_while_somebody_is_let_in_is_never_overlooked(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    await firm.make(terms("1", limit=Limit.STRICT))
    gate = Gate(firm.sessions)
    first = await gate.reserve(ask(firm, "0.6"))
    read = spending.spent

    async def settled_just_after(
        session: AsyncSession, workspace_id: UUID, ledger: Ledger, only: Filter, period: Period
    ) -> Spent:
        found = await read(session, workspace_id, ledger, only, period)
        await _settle(firm, first)
        return found

    with monkeypatch.context() as patched:
        patched.setattr("app.budgets.gate.spending.spent", settled_just_after)
        assert await attempt(gate, ask(firm, "0.5")) is None
    assert await attempt(gate, ask(firm, "0.4")) is not None


async def _settle(firm: Firm, grant: Grant) -> None:
    async def beside(session: AsyncSession, _: Sequence[object]) -> None:
        await service.end_reservations(session, [(firm.id, grant.reservation_id)])

    await record(firm.sessions, [firm.call(str(grant.amount))], beside)


async def test_a_lease_goes_on_only_while_nobody_can_have_given_it_away(firm: Firm) -> None:
    await firm.make(terms("1", limit=Limit.STRICT))
    gate = Gate(firm.sessions)
    grant = await gate.reserve(ask(firm, "1"))
    longer = await gate.extend(firm.id, grant.reservation_id, 3600)
    assert longer > grant.expires_at
    assert await gate.release(firm.id, grant.reservation_id)
    assert not await gate.release(firm.id, grant.reservation_id)


async def test_what_is_held_of_a_deleted_budget_counts_again_when_it_is_restored(firm: Firm) -> None:
    budget_id = await firm.make(terms("1", limit=Limit.STRICT))
    gate = Gate(firm.sessions)
    held = [await gate.reserve(ask(firm, "0.4")) for _ in range(2)]
    async with firm.sessions() as session, session.begin():
        await service.delete(session, firm.member, budget_id)
    assert (await gate.reserve(ask(firm, "5"))).budgets == ()
    longer = await gate.extend(firm.id, held[0].reservation_id, 3600)
    assert await gate.release(firm.id, held[1].reservation_id)
    async with firm.sessions() as session, session.begin():
        standing = await service.restore(session, firm.member, budget_id)
    assert (standing.reserved, longer > held[0].expires_at) == (Decimal("0.4"), True)
    assert await attempt(gate, ask(firm, "0.7")) is None
    assert await attempt(gate, ask(firm, "0.6")) is not None


async def test_wishes_of_all_kinds_in_one_group_are_each_answered(firm: Firm) -> None:
    await firm.make(terms("1", limit=Limit.STRICT))
    gate = Gate(firm.sessions)
    held = [await gate.reserve(ask(firm, "0.5")) for _ in range(2)]
    answers = await asyncio.gather(
        attempt(gate, ask(firm, "0.1")),
        gate.release(firm.id, held[0].reservation_id),
        gate.extend(firm.id, held[1].reservation_id, 700),
        attempt(gate, ask(firm, "0.5")),
        attempt(gate, ask(firm, "0.4")),
    )
    # what is released is there for all who ask in the same group, also for one who came before
    assert [answer is not None for answer in (answers[0], answers[3], answers[4])] == [True, False, True]
    assert answers[1] is True


async def test_a_database_that_is_away_is_told_to_all_who_wait_and_the_next_is_answered(
    firm: Firm, sessions: Sessionmaker
) -> None:
    await firm.make(terms("1", limit=Limit.STRICT))
    is_away = True

    def make() -> AsyncSession:
        if is_away:
            raise ConnectionRefusedError("nobody listens")
        return sessions()

    gate = Gate(make)
    failures = await asyncio.gather(*(gate.reserve(ask(firm, "0.1")) for _ in range(3)), return_exceptions=True)
    assert [type(failure) for failure in failures] == [LedgerUnavailable] * 3
    assert len(set(map(id, failures))) == 3
    is_away = False
    assert await gate.reserve(ask(firm, "0.1"))


async def test_more_than_can_wait_are_told_to_come_again(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "MOST_WAITING", 2)
    gate = Gate(firm.sessions)
    asked = [asyncio.create_task(gate.reserve(ask(firm, "0.1"))) for _ in range(5)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(answer) for answer in answers].count(TooMuchWaits) == 3


async def test_who_stops_waiting_leaves_the_others_answered(firm: Firm) -> None:
    await firm.make(terms("1", limit=Limit.STRICT))
    gate = Gate(firm.sessions)
    gone = asyncio.create_task(gate.reserve(ask(firm, "0.1")))
    stays = asyncio.create_task(gate.reserve(ask(firm, "0.1")))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays).amount == Decimal("0.1")
    assert gone.cancelled() or (await asyncio.gather(gone, return_exceptions=True))
