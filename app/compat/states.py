"""What the predecessors' workspaces told of their one connection."""

from uuid import UUID

from app.compat.schemas import NOT_CONNECTED, OpenAIState
from app.core.database import AsyncSession
from app.providers import queries


async def openai_state(session: AsyncSession, workspace_id: UUID) -> OpenAIState:
    """Of the newest OpenAI connection; theirs was the only one."""
    found = [row for row in await queries.connections(session, workspace_id) if row.provider == "openai"]
    if not found:
        return NOT_CONNECTED
    row = found[-1]
    return OpenAIState(
        is_configured=True,
        mode=row.mode,
        state=row.status,
        updated_at=row.verified_at,
        last_sync_at=row.last_synced_at,
    )
