"""Which prices a workspace's calls get, and how soon a change is seen."""

import asyncio
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.ids import new_id
from app.core.periods import utc_now
from app.pricing import queries
from app.pricing.rules.kept import KeptRule
from app.pricing.rules.workspace import Rule, RuleKind
from app.pricing.shelf import FRESH_SECONDS, PriceShelf
from app.workspaces.rules import WorkspaceId
from tests.factories.workspaces import make_workspace
from tests.pricing.books import book_of, call, cost

BOOK = book_of({"prices": {"input.fresh.text": "2.5"}})


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf(clock: Clock) -> PriceShelf:
    return PriceShelf(BOOK, clock)


@pytest.fixture
async def workspace_id(session: AsyncSession) -> WorkspaceId:
    workspace = await make_workspace(session)
    await session.commit()
    return WorkspaceId(workspace.id)


async def add_discount(session: AsyncSession, workspace_id: WorkspaceId, percent: int) -> UUID:
    rule = Rule(new_id(), RuleKind.DISCOUNT, "openai", "*", percent=Decimal(percent))
    await queries.insert(session, workspace_id, KeptRule(rule, "", None, utc_now(), None, None))
    await session.commit()
    return rule.id


async def test_a_workspace_without_own_prices_has_the_books(
    shelf: PriceShelf, session: AsyncSession, workspace_id: WorkspaceId
) -> None:
    pricing = await shelf.of(session, workspace_id)
    assert (pricing.version, pricing.price) == (BOOK.version, BOOK.price)


async def test_own_prices_are_of_their_workspace_alone_and_in_the_version(
    shelf: PriceShelf, session: AsyncSession, workspace_id: WorkspaceId
) -> None:
    await add_discount(session, workspace_id, 20)
    other = await make_workspace(session)
    own, neighbours = await shelf.of(session, workspace_id), await shelf.of(session, other.id)
    assert (cost(own.price(call())), cost(neighbours.price(call()))) == ("2", "2.5")
    assert own.version.startswith(f"{BOOK.version}+own.")
    assert neighbours.version == BOOK.version


async def test_a_change_by_another_process_is_seen_after_a_moment_and_not_before(
    shelf: PriceShelf, clock: Clock, session: AsyncSession, workspace_id: WorkspaceId
) -> None:
    await shelf.of(session, workspace_id)
    await add_discount(session, workspace_id, 20)
    clock.now += FRESH_SECONDS - 0.001
    assert cost((await shelf.of(session, workspace_id)).price(call())) == "2.5"
    clock.now += 0.001
    assert cost((await shelf.of(session, workspace_id)).price(call())) == "2"


async def test_a_change_by_this_process_is_seen_at_once(
    shelf: PriceShelf, session: AsyncSession, workspace_id: WorkspaceId
) -> None:
    before = await shelf.of(session, workspace_id)
    rule_id = await add_discount(session, workspace_id, 20)
    shelf.forget(workspace_id)
    assert cost((await shelf.of(session, workspace_id)).price(call())) == "2"
    await queries.set_revoked(session, workspace_id, rule_id, at=utc_now(), by=None)
    shelf.forget(workspace_id)
    assert await shelf.of(session, workspace_id) == before


async def test_prices_that_were_being_read_while_they_changed_are_not_kept(
    shelf: PriceShelf,
    session: AsyncSession,
    sessionmaker: async_sessionmaker[AsyncSession],
    workspace_id: WorkspaceId,
) -> None:
    def changed_meanwhile() -> AsyncSession:
        shelf.forget(workspace_id)
        return sessionmaker()

    await shelf.of(changed_meanwhile, workspace_id)
    await add_discount(session, workspace_id, 20)
    assert cost((await shelf.of(session, workspace_id)).price(call())) == "2"


async def test_unchanged_prices_stay_ready_when_they_are_read_again(
    shelf: PriceShelf, clock: Clock, session: AsyncSession, workspace_id: WorkspaceId
) -> None:
    await add_discount(session, workspace_id, 20)
    first = await shelf.of(session, workspace_id)
    clock.now += FRESH_SECONDS
    assert (await shelf.of(session, workspace_id)).price == first.price


async def test_one_request_reads_anew_while_the_others_go_on_with_what_was_known(
    shelf: PriceShelf,
    clock: Clock,
    session: AsyncSession,
    sessionmaker: async_sessionmaker[AsyncSession],
    workspace_id: WorkspaceId,
) -> None:
    reads = 0

    def counted() -> AsyncSession:
        nonlocal reads
        reads += 1
        return sessionmaker()

    await shelf.of(counted, workspace_id)
    clock.now += FRESH_SECONDS
    await asyncio.gather(*(shelf.of(counted, workspace_id) for _ in range(9)))
    assert reads == 2
