"""The audit log: pages to read, and files."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.core.database import SessionDep
from app.core.pagination import decode_cursor, encode_cursor
from app.core.schemas import Page
from app.core.table import CsvResponse, JsonLinesResponse
from app.workspaces import auditing, queries
from app.workspaces.dependencies import CurrentAdmin
from app.workspaces.schemas import AuditOut, AuditPageQuery, AuditQuery

router = APIRouter(prefix="/workspaces/{workspace_id}")
_CSV: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
_JSON_LINES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"application/jsonl": {"schema": {"type": "string"}}}}
}


@router.get("/audit-log")
async def list_audit_log(
    member: CurrentAdmin, session: SessionDep, query: Annotated[AuditPageQuery, Query()]
) -> Page[AuditOut]:
    """Who did what, newest first."""
    before = decode_cursor(query.cursor)[1] if query.cursor else None
    rows = await queries.audit_log(session, member.workspace_id, query.filter(), before=before, limit=query.limit + 1)
    page = rows[: query.limit]
    following = encode_cursor(page[-1].created_at, page[-1].id) if len(rows) > query.limit else None
    return Page(items=[AuditOut.model_validate(row) for row in page], next_cursor=following)


@router.get("/audit-log.csv", response_class=Response, responses=_CSV)
async def export_audit_log(
    request: Request, member: CurrentAdmin, query: Annotated[AuditQuery, Query()]
) -> CsvResponse:
    """All entries that the filters let through, as a table."""
    pages = auditing.pages(request.app.state.sessionmaker, member.workspace_id, query.filter())
    return CsvResponse.named(auditing.as_csv(pages), "audit-log", query.period_name())


@router.get("/audit-log.jsonl", response_class=Response, responses=_JSON_LINES)
async def export_audit_log_lines(
    request: Request, member: CurrentAdmin, query: Annotated[AuditQuery, Query()]
) -> JsonLinesResponse:
    """The same, one JSON object a line."""
    pages = auditing.pages(request.app.state.sessionmaker, member.workspace_id, query.filter())
    return JsonLinesResponse.named(auditing.as_json_lines(pages), "audit-log", query.period_name())
