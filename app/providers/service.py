"""What people do with connections: connect, verify, pause, give another key, delete, sync. Every change is audited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from pydantic import SecretStr

from app.core.addresses import AddressRefused
from app.core.crypto import Sealer
from app.core.database import AsyncSession, let_go
from app.core.errors import FieldError, InvalidRequest, NotFound
from app.core.http import HttpClient, HttpFailure
from app.core.ids import new_id
from app.core.log import get_logger
from app.core.periods import utc_now
from app.pricing.rules.matching import canonical_provider
from app.providers import queries
from app.providers.clients.base import KeyRefused, SourceFailure
from app.providers.errors import AlreadyConnected, ConnectionPaused, ProviderUnreachable
from app.providers.models import Connection, SyncRun
from app.providers.rules.connections import Data, Mode, Status, Trigger, scrub
from app.providers.rules.guide import guide_of
from app.providers.rules.reports import KeyReport
from app.providers.rules.windows import Cursor
from app.providers.sync import Sources, make_source, new_run
from app.providers.vault import lock_away, mark_of, take_out
from app.usage import billing
from app.usage.rules.reports import Holdings
from app.workspaces import service as workspaces
from app.workspaces.rules import Member

log = get_logger(__name__)
VERIFY_SECONDS: Final = 25.0
Described = tuple[Connection, Mapping[str, Cursor], SyncRun | None]


@dataclass(frozen=True, slots=True)
class NewConnection:
    """What was typed into the form."""

    provider: str
    mode: Mode
    api_key: SecretStr
    base_url: str | None = None
    label: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Desk:
    """What connecting takes: the way out, the clients, and where keys are kept."""

    http: HttpClient
    sources: Sources
    sealer: Sealer


# --- reading ---


async def find(session: AsyncSession, member: Member, connection_id: UUID) -> Described:
    """Raises NotFound."""
    return (await describe(session, [await _connection(session, member, connection_id)]))[0]


async def describe(session: AsyncSession, rows: Sequence[Connection]) -> list[Described]:
    """Connections of one workspace, each with how much was read, and its last run."""
    if not rows:
        return []
    workspace_id, ids = rows[0].workspace_id, [row.id for row in rows]
    cursors = await queries.cursors(session, workspace_id, ids)
    last = await queries.last_runs(session, workspace_id, ids)
    return [(row, cursors[row.id], last.get(row.id)) for row in rows]


async def find_run(session: AsyncSession, member: Member, run_id: UUID) -> SyncRun:
    """Raises NotFound."""
    found = await queries.run(session, member.workspace_id, run_id)
    if found is None:
        raise NotFound("There is no such sync run in this workspace.")
    return found


async def _connection(session: AsyncSession, member: Member, connection_id: UUID) -> Connection:
    found = await queries.connection(session, member.workspace_id, connection_id)
    if found is None:
        raise _no_such_connection()
    return found


async def _locked(session: AsyncSession, member: Member, connection_id: UUID) -> Connection:
    found = await queries.lock(session, member.workspace_id, connection_id)
    if found is None:
        raise _no_such_connection()
    return found


def _no_such_connection() -> NotFound:
    return NotFound("There is no such connection in this workspace.")


# --- connecting ---


async def connect(
    session: AsyncSession, member: Member, desk: Desk, new: NewConnection, trigger: Trigger = Trigger.CONNECT
) -> Described:
    """Try the key, and keep it when the provider lets it read. The first sync waits for a worker.

    Raises InvalidRequest, AlreadyConnected, ProviderUnreachable, and SourceFailure for what the provider said; then
    nothing is stored. The same account's connection that was deleted and left its data comes back with it.
    """
    new = replace(new, provider=canonical_provider(new.provider))
    _check_source(desk, new)
    await _check_is_new(session, _fresh(member, new), new.api_key)
    await let_go(session)
    new = replace(new, base_url=await _checked_url(desk, new.base_url))
    report = await _verify(desk, _fresh(member, new), new.api_key)
    row = await _draft(session, member, new)
    _note(row, report)
    lock_away(desk.sealer, row, new.api_key)
    if not await _store(session, row):
        raise _already_connected()
    await queries.open_run(session, new_run(row.workspace_id, row.id, trigger, member.user_id))
    await _audit(session, member, "connection.created", row, key_class=row.key_class, base_url=row.base_url)
    return await find(session, member, row.id)


def _check_source(desk: Desk, new: NewConnection) -> None:
    modes = sorted(mode for provider, mode in desk.sources if provider == new.provider)
    if not modes:
        known = ", ".join(sorted({provider for provider, _ in desk.sources}))
        raise InvalidRequest("Look at: provider.", errors=[FieldError("provider", f"is none of: {known}")])
    if new.mode not in modes:
        raise InvalidRequest("Look at: mode.", errors=[FieldError("mode", f"must be {' or '.join(modes)} here")])
    missing = [
        FieldError(f"fields.{needed.name}", f"is needed: {needed.hint}")
        for needed in guide_of(new.provider, new.mode).fields
        if needed.is_required and not new.fields.get(needed.name, "").strip()
    ]
    if missing:
        raise InvalidRequest(f"Look at: {', '.join(fault.field for fault in missing)}.", errors=missing)


async def _checked_url(desk: Desk, base_url: str | None) -> str | None:
    if base_url is None:
        return None
    try:
        return await desk.http.check(base_url)
    except AddressRefused as error:
        raise InvalidRequest("Look at: base_url.", errors=[FieldError("base_url", str(error))]) from None


async def _draft(session: AsyncSession, member: Member, new: NewConnection) -> Connection:
    """A new row, or the one that was deleted and whose data was kept: a second would count its days twice."""
    mark = mark_of(new.provider, new.mode, new.fields, new.api_key)
    row = await queries.deleted_twin(session, member.workspace_id, new.provider, new.mode, mark)
    if row is None:
        return _fresh(member, new)
    row.base_url, row.fields, row.created_by = new.base_url, dict(new.fields), member.user_id
    row.label = new.label or row.label
    return row


def _fresh(member: Member, new: NewConnection) -> Connection:
    return Connection(
        workspace_id=member.workspace_id,
        id=new_id(),
        provider=new.provider,
        mode=new.mode,
        label=new.label or guide_of(new.provider, new.mode).label,
        base_url=new.base_url,
        fields=dict(new.fields),
        facts={},
        created_by=member.user_id,
        created_at=utc_now(),
    )


async def _check_is_new(session: AsyncSession, row: Connection, api_key: SecretStr) -> None:
    if await queries.is_connected(session, row, mark_of(row.provider, row.mode, row.fields, api_key)):
        raise _already_connected()


def _already_connected() -> AlreadyConnected:
    return AlreadyConnected(
        "Another connection of this workspace uses this key; its figures would count twice.",
        errors=[FieldError("api_key", "is connected already")],
    )


async def _store(session: AsyncSession, row: Connection) -> bool:
    row.status, row.failures = Status.ACTIVE, 0
    row.error_code = row.error_detail = None
    row.deleted_at, row.next_try_at = None, utc_now()
    return await queries.insert(session, row)


async def _verify(desk: Desk, row: Connection, api_key: SecretStr) -> KeyReport:
    """What the key can do. Raises KeyRefused with the mend, SourceFailure, ProviderUnreachable."""
    source = make_source(desk.sources, desk.http.within(VERIFY_SECONDS), row, api_key)
    secret = api_key.get_secret_value()
    try:
        report = await source.verify()
    except SourceFailure as failure:
        told = scrub(failure.detail, secret)
        fields = [FieldError("api_key", told)] if isinstance(failure, KeyRefused) else []
        raise type(failure)(told, errors=fields, retry_after_seconds=failure.retry_after_seconds) from None
    except HttpFailure as failure:
        raise ProviderUnreachable(f"{failure} Nothing was stored; try again.") from None
    if not report.is_usable:
        told = scrub(report.message, secret)
        raise KeyRefused(told, errors=[FieldError("api_key", told)])
    return report


def _note(row: Connection, report: KeyReport) -> None:
    row.key_class, row.can = report.key_class, sorted(feed.value for feed in report.can)
    row.message, row.facts = report.message, dict(report.facts)
    row.verified_at = utc_now()


# --- changing ---


async def verify(session: AsyncSession, member: Member, desk: Desk, connection_id: UUID) -> Described:
    """Try the stored key again. What the provider says now is kept; a refusal is raised and changes nothing."""
    row = await _connection(session, member, connection_id)
    key = take_out(desk.sealer, row)
    await let_go(session)
    report = await _verify(desk, row, key)
    row = await _locked(session, member, connection_id)
    _note(row, report)
    await _audit(session, member, "connection.verified", row, key_class=row.key_class)
    return await find(session, member, row.id)


async def rotate_key(
    session: AsyncSession, member: Member, desk: Desk, connection_id: UUID, api_key: SecretStr
) -> Described:
    """Put another key of the same account in place of the stored one, if the provider lets it read."""
    row = await _connection(session, member, connection_id)
    await _check_is_new(session, row, api_key)
    await let_go(session)
    report = await _verify(desk, row, api_key)
    row = await _locked(session, member, connection_id)
    await _check_is_new(session, row, api_key)  # again: the provider took its time
    _note(row, report)
    lock_away(desk.sealer, row, api_key)
    if row.status == Status.FAILING:
        _wake_up(row)
    await _audit(session, member, "connection.key_rotated", row, key_class=row.key_class)
    return await find(session, member, row.id)


async def update(
    session: AsyncSession, member: Member, connection_id: UUID, *, label: str | None, paused: bool | None
) -> Described:
    """Rename it, pause it (a sync under way stops), let it go on."""
    row = await (_stopped if paused else _locked)(session, member, connection_id)
    if label is not None and label != row.label:
        await _audit(session, member, "connection.renamed", row, label=[row.label, label])
        row.label = label
    if paused is True and row.status != Status.PAUSED:
        row.status, row.next_try_at = Status.PAUSED, None
        await queries.close_open(session, row.workspace_id, row.id, utc_now(), "The connection was paused.")
        await _audit(session, member, "connection.paused", row)
    if paused is False and row.status == Status.PAUSED:
        _wake_up(row)
        await _audit(session, member, "connection.resumed", row)
    return await find(session, member, row.id)


def _wake_up(row: Connection) -> None:
    row.status, row.failures, row.next_try_at = Status.ACTIVE, 0, utc_now()
    row.error_code = row.error_detail = None


async def _stopped(session: AsyncSession, member: Member, connection_id: UUID) -> Connection:
    """The connection, locked, and taken from whoever reads it: the lease first, as he does, or both would wait."""
    await _connection(session, member, connection_id)
    await queries.revoke(session, member.workspace_id, connection_id)
    return await _locked(session, member, connection_id)


async def holdings(session: AsyncSession, member: Member, connection_id: UUID) -> Holdings:
    """What was stored through the connection. Raises NotFound."""
    row = await _connection(session, member, connection_id)
    return await billing.what_of(session, row.workspace_id, row.id)


async def delete(session: AsyncSession, member: Member, connection_id: UUID, data: Data) -> None:
    """Forget the key, and with `Data.DELETE` all that came through it. Raises NotFound."""
    row = await _stopped(session, member, connection_id)
    await queries.close_open(session, row.workspace_id, row.id, utc_now(), "The connection was deleted.")
    row.deleted_at, row.sealed_key, row.key_id = utc_now(), None, None
    row.next_try_at = None
    if data is Data.DELETE:
        await billing.delete_of(session, row.workspace_id, row.id)
        # no way back to data that is gone: the same key makes a new connection
        row.key_fingerprint = b""
    await _audit(session, member, "connection.deleted", row, data=data.value)


async def ask_for_sync(
    session: AsyncSession, member: Member, connection_id: UUID, trigger: Trigger = Trigger.MANUAL
) -> SyncRun:
    """A run that waits for a worker, or the one that is under way. Raises NotFound, ConnectionPaused."""
    row = await _connection(session, member, connection_id)
    if row.status == Status.PAUSED:
        raise ConnectionPaused("Let the connection go on first.")
    return await queries.open_run(session, new_run(row.workspace_id, row.id, trigger, member.user_id))


async def _audit(session: AsyncSession, member: Member, action: str, row: Connection, **detail: object) -> None:
    named = {"provider": row.provider, "mode": row.mode, "connection_id": str(row.id)}
    await workspaces.audit(session, member.workspace_id, member.user_id, action, row.label, **named, **detail)
