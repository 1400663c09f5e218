"""How a workspace wants each kind, and its quiet hours."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.models import AlertSetting, QuietTime
from app.alerts.rules import Kind, QuietHours, Setting, Severity
from app.core.money import to_wire


async def settings(session: AsyncSession, workspace_id: UUID) -> dict[Kind, Setting]:
    """Of every kind, those without a row too."""
    found = await session.execute(select(AlertSetting).where(AlertSetting.workspace_id == workspace_id))
    own = {row.kind: _setting(row) for row in found.scalars()}
    return {kind: own.get(kind, Setting(kind)) for kind in Kind}


def _setting(row: AlertSetting) -> Setting:
    return Setting(
        kind=Kind(row.kind),
        is_on=row.is_on,
        severity=None if row.severity is None else Severity(row.severity),
        resolves_itself=row.resolves_itself,
        channel_ids=None if row.channel_ids is None else tuple(row.channel_ids),
        own_figures={name: Decimal(value) for name, value in row.figures.items()},
    )


async def keep_setting(session: AsyncSession, workspace_id: UUID, setting: Setting, now: datetime) -> None:
    values = {
        "is_on": setting.is_on,
        "severity": setting.severity,
        "resolves_itself": setting.resolves_itself,
        "channel_ids": None if setting.channel_ids is None else list(setting.channel_ids),
        "figures": figures_on_file(setting.own_figures),
        "updated_at": now,
    }
    await session.execute(
        insert(AlertSetting)
        .values(workspace_id=workspace_id, kind=setting.kind, **values)
        .on_conflict_do_update(index_elements=["workspace_id", "kind"], set_=values)
    )


def figures_on_file(figures: Mapping[str, Decimal]) -> dict[str, str]:
    """As text: JSON has no exact numbers."""
    return {name: to_wire(value) for name, value in sorted(figures.items())}


async def delete_setting(session: AsyncSession, workspace_id: UUID, kind: Kind) -> bool:
    gone = await session.execute(
        delete(AlertSetting)
        .where(AlertSetting.workspace_id == workspace_id, AlertSetting.kind == kind)
        .returning(AlertSetting.kind)
        .execution_options(synchronize_session=False)
    )
    return gone.scalar() is not None


async def quiet_hours(session: AsyncSession, workspace_id: UUID) -> QuietHours | None:
    found = await session.execute(
        select(QuietTime.starts, QuietTime.ends, QuietTime.time_zone, QuietTime.holds_critical).where(
            QuietTime.workspace_id == workspace_id
        )
    )
    row = found.one_or_none()
    return None if row is None else QuietHours(*row)


async def keep_quiet_hours(session: AsyncSession, workspace_id: UUID, hours: QuietHours, now: datetime) -> None:
    values = {
        "starts": hours.starts,
        "ends": hours.ends,
        "time_zone": hours.time_zone,
        "holds_critical": hours.holds_critical,
        "updated_at": now,
    }
    await session.execute(
        insert(QuietTime)
        .values(workspace_id=workspace_id, **values)
        .on_conflict_do_update(index_elements=["workspace_id"], set_=values)
    )


async def delete_quiet_hours(session: AsyncSession, workspace_id: UUID) -> bool:
    gone = await session.execute(
        delete(QuietTime)
        .where(QuietTime.workspace_id == workspace_id)
        .returning(QuietTime.workspace_id)
        .execution_options(synchronize_session=False)
    )
    return gone.scalar() is not None
