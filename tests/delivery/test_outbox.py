"""What goes into the outbox, and what people see of it."""

from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.delivery import queries, service
from app.delivery.errors import AlreadySent, DeliveryNotFound, NoMail
from app.delivery.models import Delivery
from app.delivery.outbox import LEASE, SHARES
from app.delivery.queries import Shares
from app.delivery.rules import Address, BadAddress, ChannelKind, Filter, Mail, State, check_address
from tests.delivery.parcels import SECRET, parcel

MAIL = Mail("ann@example.com", "Set a new password", "Open https://tokenboard.example.com/reset#TOKEN")


async def row(session: AsyncSession, delivery_id: UUID) -> Delivery:
    found = await session.execute(
        select(Delivery).where(Delivery.id == delivery_id).execution_options(populate_existing=True)
    )
    return found.scalar_one()


async def test_a_mail_lies_sealed(session: AsyncSession) -> None:
    kept = await row(session, await service.send_mail(session, MAIL))
    found = await session.execute(text("SELECT deliveries::text FROM deliveries WHERE id = :id"), {"id": kept.id})
    whole = found.scalar_one()
    assert kept.sealed is not None
    assert b"TOKEN" not in kept.sealed
    assert "ann@" not in whole
    assert b"TOKEN".hex() not in whole
    assert (kept.label, kept.subject, kept.state) == ("a***@example.com", "Set a new password", "waiting")


async def test_a_mail_without_a_key_is_refused(session: AsyncSession) -> None:
    session.info["sealer"] = None
    with pytest.raises(NoMail):
        await service.send_mail(session, MAIL)


async def test_an_address_of_a_channel_is_not_readable_in_the_outbox(session: AsyncSession) -> None:
    workspace_id = new_id()
    kept = await row(session, await service.send(session, workspace_id, parcel(workspace_id)))
    assert kept.sealed is not None
    assert b"hooks.example.com" not in kept.sealed
    assert SECRET.encode() not in kept.sealed


async def test_a_parcel_handed_in_twice_is_one(session: AsyncSession) -> None:
    workspace_id, neighbour = new_id(), new_id()
    first = await service.send(session, workspace_id, parcel(workspace_id, dedup_key="alert-1"))
    assert await service.send(session, workspace_id, parcel(workspace_id, dedup_key="alert-1")) == first
    assert await service.send(session, workspace_id, parcel(workspace_id, dedup_key="alert-2")) != first
    assert await service.send(session, neighbour, parcel(neighbour, dedup_key="alert-1")) != first
    assert len(await service.deliveries(session, workspace_id)) == 2


async def test_what_somebody_waits_for_goes_before_what_channels_are_told(session: AsyncSession) -> None:
    """Else one workspace's receiver that stalls would hold up everybody's new password."""
    workspace_id = new_id()
    for _ in range(3):
        await service.send(session, workspace_id, parcel(workspace_id))
    mail = await service.send_mail(session, MAIL)
    taken = await queries.claim(session, new_id(), LEASE, SHARES, 2)
    assert mail in {each.id for each in taken}


async def test_workspaces_and_their_channels_take_turns(session: AsyncSession) -> None:
    owner, first, second = new_id(), new_id(), new_id()
    busy, quiet = new_id(), new_id()
    for _ in range(10):
        await service.send(session, first, parcel(first, channel_id=busy))
    await service.send(session, first, parcel(first, channel_id=quiet))
    await service.send(session, second, parcel(second))
    shares = Shares(of_channel=3, of_workspace=4)

    async def turn(limit: int) -> list[tuple[bool, bool]]:
        """Whose they are: of the first workspace, of its busy channel."""
        taken = await queries.claim(session, owner, LEASE, shares, limit)
        return sorted((each.workspace_id == first, each.channel_id == busy) for each in taken)

    assert await turn(2) == [(False, False), (True, True)]
    assert await turn(1) == [(True, False)]
    assert await turn(9) == [(True, True), (True, True)]
    assert await turn(9) == []


async def test_lists_are_paged_filtered_and_the_workspaces_own(session: AsyncSession) -> None:
    workspace_id, channel_id = new_id(), new_id()
    ids = [await service.send(session, workspace_id, parcel(workspace_id, channel_id=channel_id)) for _ in range(3)]
    other = await service.send(session, workspace_id, parcel(workspace_id))
    await service.send(session, new_id(), parcel(new_id()))
    (await row(session, ids[0])).state = State.DEAD
    await session.flush()

    first = await service.deliveries(session, workspace_id, limit=2)
    rest = await service.deliveries(session, workspace_id, before=first[-1].id)
    assert [each.id for each in [*first, *rest]] == [other, *reversed(ids)]
    dead = await service.deliveries(session, workspace_id, Filter(state=State.DEAD))
    assert [each.id for each in dead] == [ids[0]]
    of_channel = await service.deliveries(session, workspace_id, Filter(channel_id=channel_id))
    assert {each.id for each in of_channel} == set(ids)


async def test_a_dead_letter_is_sent_again_from_the_start(session: AsyncSession) -> None:
    workspace_id = new_id()
    delivery_id = await service.send(session, workspace_id, parcel(workspace_id))
    kept = await row(session, delivery_id)
    kept.state, kept.attempts, kept.reason = State.DEAD, 14, "no connection"
    again = await service.resend(session, workspace_id, delivery_id)
    assert (again.state, again.attempts, again.reason) == (State.WAITING, 0, None)


async def test_what_was_sent_or_is_a_neighbours_is_not_sent_again(session: AsyncSession) -> None:
    workspace_id = new_id()
    delivery_id = await service.send(session, workspace_id, parcel(workspace_id))
    with pytest.raises(DeliveryNotFound):
        await service.resend(session, new_id(), delivery_id)
    (await row(session, delivery_id)).state = State.SENT
    await session.flush()
    with pytest.raises(AlreadySent):
        await service.resend(session, workspace_id, delivery_id)


async def test_what_is_not_sent_is_withdrawn_with_its_channel(session: AsyncSession) -> None:
    workspace_id, channel_id = new_id(), new_id()
    await service.send(session, workspace_id, parcel(workspace_id, channel_id=channel_id))
    sent = await service.send(session, workspace_id, parcel(workspace_id, channel_id=channel_id))
    other = await service.send(session, workspace_id, parcel(workspace_id))
    (await row(session, sent)).state = State.SENT
    await session.flush()
    assert await service.withdraw(session, workspace_id, channel_id) == 1
    assert {each.id for each in await service.deliveries(session, workspace_id)} == {sent, other}


@pytest.mark.parametrize(
    ("kind", "target", "secret"),
    [
        (ChannelKind.EMAIL, "ann@example.com", None),
        (ChannelKind.SLACK, "https://hooks.slack.com/services/T0/B0/xyz", None),
        (ChannelKind.TEAMS, "https://x.logic.azure.com:443/workflows/1?api-version=2016-06-01&sig=s", None),
        (ChannelKind.DISCORD, "https://discord.com/api/webhooks/1/x", None),
        (ChannelKind.WEBHOOK, "https://example.com/in?tenant=1", SECRET),
        (ChannelKind.PAGERDUTY, "0123456789abcdef0123456789ABCDEF", None),
        (ChannelKind.PAGERDUTY, "eu:0123456789abcdef0123456789ABCDEF", None),
    ],
)
def test_good_addresses_are_taken(kind: ChannelKind, target: str, secret: str | None) -> None:
    check_address(kind, Address(target, secret))


@pytest.mark.parametrize(
    ("kind", "target", "secret"),
    [
        (ChannelKind.EMAIL, "ann", None),
        (ChannelKind.EMAIL, "ann@example.com\nBcc: eve@example.com", None),
        (ChannelKind.SLACK, "http://hooks.slack.com/services/x", None),
        (ChannelKind.SLACK, "hooks.slack.com/services/x", None),
        (ChannelKind.SLACK, "https://hooks.slack.com/services/x", SECRET),
        (ChannelKind.DISCORD, "https://me:pass@discord.com/api/webhooks/1/x", None),
        (ChannelKind.TEAMS, "https://[::1", None),
        (ChannelKind.TEAMS, "https://example.com/" + "x" * 2048, None),
        (ChannelKind.WEBHOOK, "https://example.com/in", None),
        (ChannelKind.WEBHOOK, "https://example.com/in", "short"),
        (ChannelKind.WEBHOOK, "https://example.com/in\r\nX: y", SECRET),
        (ChannelKind.PAGERDUTY, "https://events.pagerduty.com", None),
    ],
)
def test_bad_addresses_are_refused_and_not_repeated(kind: ChannelKind, target: str, secret: str | None) -> None:
    with pytest.raises(BadAddress) as refused:
        check_address(kind, Address(target, secret))
    assert target not in str(refused.value)
    assert target not in repr(Address(target, secret))
