"""The audit log as a file."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

from app.core.database import AsyncSession
from app.core.table import rows
from app.workspaces.queries.audit import AuditRow, audit_log
from app.workspaces.rules import AuditFilter, WorkspaceId
from app.workspaces.schemas import AuditOut

AT_A_TIME: Final = 1_000
_COLUMNS: Final = tuple(AuditOut.model_fields)


async def pages(
    sessions: Callable[[], AsyncSession], workspace_id: WorkspaceId, wanted: AuditFilter
) -> AsyncIterator[Sequence[AuditRow]]:
    """All entries that are wanted, newest first. Each page is a transaction of its own: a slow reader holds none."""
    before = None
    while True:
        async with sessions() as session, session.begin():
            page = await audit_log(session, workspace_id, wanted, before=before, limit=AT_A_TIME)
        yield page
        if len(page) < AT_A_TIME:
            return
        before = page[-1].id


async def as_csv(found: AsyncIterator[Sequence[AuditRow]]) -> AsyncIterator[str]:
    yield rows([_COLUMNS])
    async for page in found:
        yield rows([getattr(row, name) for name in _COLUMNS] for row in page)


async def as_json_lines(found: AsyncIterator[Sequence[AuditRow]]) -> AsyncIterator[str]:
    async for page in found:
        entries = (AuditOut.model_validate(row).model_dump(mode="json") for row in page)
        yield "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
