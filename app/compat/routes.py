"""The routes themselves."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query, Request, Response

from app.analytics import queries as questions
from app.analytics import routes as analytics
from app.analytics.dependencies import PriceShelfDep
from app.analytics.rules import AskedLedger, Grouping, Ledger
from app.analytics.schemas import (
    BreakdownOut,
    BreakdownTableQuery,
    CallOut,
    CallsQuery,
    SummaryOut,
    SummaryQuery,
    TrendOut,
    TrendQuery,
)
from app.analytics.schemas.asked import MAX_TEXT
from app.auth import cookies
from app.auth import routes as auth
from app.auth import service as accounts
from app.auth.dependencies import CurrentSignIn, CurrentUser, EntranceDep, SessionCookie, SettingsDep
from app.auth.errors import SecondFactorRequired
from app.auth.rules import Person
from app.auth.schemas import RegisterIn, UserOut
from app.compat.failures import RefusingRoute
from app.compat.schemas import (
    By,
    DoneOut,
    KeyIn,
    KeyRef,
    LineItemsOut,
    MeOut,
    OnboardIn,
    OnboardOut,
    SignedUpOut,
    SignInIn,
    SignUpIn,
    UtcBound,
    View,
    WorkspaceOut,
    WorkspacesOut,
)
from app.compat.states import openai_state
from app.core.database import AsyncSession, SessionDep
from app.core.errors import FieldError, InvalidRequest
from app.core.periods import month_of, month_period, utc_now
from app.core.schemas import Month, Page
from app.workspaces import queries, routes, service
from app.workspaces.dependencies import CurrentVisitor, Visitor, enter
from app.workspaces.rules import Member, Role, Scope, check_role
from app.workspaces.schemas import ApiKeyIn, ApiKeyOut, NewApiKeyOut

router = APIRouter(route_class=RefusingRoute, include_in_schema=False)

# --- accounts and workspaces ---


@router.post("/api/auth/register", status_code=HTTPStatus.CREATED)
@router.post("/api/auth/signup", status_code=HTTPStatus.CREATED)
async def sign_up(body: SignUpIn, session: SessionDep, entrance: EntranceDep, response: Response) -> SignedUpOut:
    """With a first workspace: the predecessors had no route that makes one, and everything else asks for its id."""
    new = RegisterIn(email=body.email, password=body.password, name=body.name)
    user = (await auth.register(new, session, entrance, response)).user
    return SignedUpOut(user=user, workspace=await _create_workspace(session, user, body.workspace_name))


@router.post("/api/auth/login")
async def log_in(body: SignInIn, session: SessionDep, entrance: EntranceDep, response: Response) -> UserOut:
    """Their clients cannot ask for a code, so who has a second factor signs in with ours."""
    arrival = await accounts.sign_in(session, entrance, email=body.email, password=body.password.get_secret_value())
    if isinstance(arrival, accounts.HalfWay):
        raise SecondFactorRequired("Sign in on TokenBoard's own page, which asks for the code.")
    cookies.set_arrival(response, arrival, is_https=entrance.is_https)
    return UserOut(user=arrival.user)


@router.post("/api/auth/logout")
@router.post("/api/auth/signout")
async def log_out(signed_in: CurrentSignIn, session: SessionDep, settings: SettingsDep, response: Response) -> DoneOut:
    await auth.logout(signed_in, session, settings, response)
    return DoneOut(ok=True)


@router.get("/api/me")
async def read_me(user: CurrentUser, session: SessionDep) -> MeOut:
    return MeOut(user=user, workspaces=await _workspaces(session, user))


@router.get("/api/workspaces")
async def list_workspaces(user: CurrentUser, session: SessionDep) -> WorkspacesOut:
    found = await _workspaces(session, user)
    return WorkspacesOut(items=found, workspaces=found, next_cursor=None)


async def _workspaces(session: AsyncSession, user: Person) -> list[WorkspaceOut]:
    views = await queries.workspaces_of(session, user.id)
    return [WorkspaceOut.of(view, await openai_state(session, view.id)) for view in views]


async def _create_workspace(session: AsyncSession, owner: Person, name: str | None) -> WorkspaceOut:
    return WorkspaceOut.of(await service.create(session, owner.id, name=name or f"{owner.name[:60]}'s workspace"))


# --- which workspace ---


async def _member(
    visitor: CurrentVisitor,
    session: SessionDep,
    workspace_id: Annotated[str | None, Query(alias="workspaceId")] = None,
) -> Member:
    return await enter_one(session, visitor, workspace_id)


QueriedMember = Annotated[Member, Depends(_member)]


async def enter_one(session: AsyncSession, visitor: Visitor, workspace_id: str | None) -> Member:
    """The workspace that is named, else the only one. Raises NotFound, InvalidRequest."""
    return await enter(session, visitor, workspace_id or await _only_workspace(session, visitor))


async def _only_workspace(session: AsyncSession, visitor: Visitor) -> str:
    """The workspace of a key, or of somebody who has just one. Raises InvalidRequest when that does not tell."""
    if visitor.machine:
        return str(visitor.machine.workspace_id)
    found = await queries.workspaces_of(session, visitor.person.id) if visitor.person else []
    if len(found) != 1:
        fault = FieldError("workspaceId", f"is needed: you belong to {len(found)} workspaces")
        raise InvalidRequest("Say which workspace: ?workspaceId=", errors=[fault])
    return str(found[0].id)


# --- questions ---


@router.get("/api/summary")
async def read_summary(member: QueriedMember, session: SessionDep, month: Month | None = None) -> SummaryOut:
    ledger = await _their_ledger(member, session, month)
    return await analytics.read_summary(member, session, SummaryQuery(month=month, ledger=ledger))


async def _their_ledger(member: Member, session: AsyncSession, month: str | None) -> AskedLedger | None:
    """Billed where there is any bill of the month: a predecessor's figures were the provider's."""
    sources = await questions.sources(session, member.workspace_id)
    has_bill = sources.covers_some(Ledger.BILLED, month_period(month or month_of(utc_now())))
    return AskedLedger.BILLED if has_bill else None


@router.get("/api/trend")
async def read_trend(
    member: QueriedMember,
    session: SessionDep,
    shelf: PriceShelfDep,
    start: Annotated[UtcBound | None, Query(alias="from")] = None,
    end: Annotated[UtcBound | None, Query(alias="to")] = None,
) -> TrendOut:
    """Instants without a zone are UTC here, as the predecessors read them."""
    return await analytics.tell_trend(member, session, shelf, TrendQuery(start=start, end=end), TrendOut.of)


@router.get("/api/breakdown")
async def read_breakdown(
    member: QueriedMember,
    session: SessionDep,
    shelf: PriceShelfDep,
    month: Month | None = None,
    by: By = By.PROJECT,
) -> BreakdownOut | LineItemsOut:
    ledger = await _their_ledger(member, session, month)
    if by is not By.LINE_ITEM or ledger:
        query = BreakdownTableQuery(month=month, by=Grouping(by.value), ledger=ledger)
        return await analytics.tell_breakdown(member, session, shelf, query, BreakdownOut.of)
    return LineItemsOut(
        month=month or month_of(utc_now()),
        ledger="billed",
        by="line_item",
        has_data=False,
        rows=[],
        detail="Line items are parts of a provider's bill; no provider account is connected.",
    )


@router.get("/api/v1/usage")
async def read_usage(
    member: QueriedMember,
    session: SessionDep,
    shelf: PriceShelfDep,
    view: View = View.OVERVIEW,
    month: Month | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=MAX_TEXT)] = None,
) -> SummaryOut | BreakdownOut | Page[CallOut]:
    match view:
        case View.OVERVIEW:
            return await analytics.read_summary(member, session, SummaryQuery(month=month))
        case View.PROVIDERS:
            return await analytics.tell_breakdown(
                member, session, shelf, _by(Grouping.PROVIDER, month), BreakdownOut.of
            )
        case View.MODELS:
            return await analytics.tell_breakdown(member, session, shelf, _by(Grouping.MODEL, month), BreakdownOut.of)
        case View.QUERIES:
            return await analytics.list_calls(member, session, _calls_of(month, limit, cursor))


def _by(grouping: Grouping, month: str | None) -> BreakdownTableQuery:
    return BreakdownTableQuery(month=month, by=grouping)


def _calls_of(month: str | None, limit: int, cursor: str | None) -> CallsQuery:
    if month is None:
        return CallsQuery(limit=limit, cursor=cursor)
    period = month_period(month)
    return CallsQuery(limit=limit, cursor=cursor, start=period.start, end=period.end)


# --- API keys ---


@router.get("/api/v1/keys")
async def list_keys(member: QueriedMember, session: SessionDep) -> Page[ApiKeyOut]:
    return await routes.list_api_keys(member, session)


@router.post("/api/v1/keys", status_code=HTTPStatus.CREATED)
async def create_key(
    visitor: CurrentVisitor,
    session: SessionDep,
    body: KeyIn,
    workspace_id: Annotated[str | None, Query(alias="workspaceId")] = None,
) -> NewApiKeyOut:
    member = await enter_one(session, visitor, body.workspace_id or workspace_id)
    check_role(member.role, Role.ADMIN)
    return await routes.create_api_key(ApiKeyIn(name=body.name, scopes=body.scopes), member, session)


@router.delete("/api/v1/keys")
async def delete_key(
    request: Request,
    visitor: CurrentVisitor,
    session: SessionDep,
    body: Annotated[KeyRef | None, Body()] = None,
    key_id: Annotated[UUID | None, Query(alias="id")] = None,
    workspace_id: Annotated[str | None, Query(alias="workspaceId")] = None,
) -> DoneOut:
    """The id stands in the query or in the body."""
    body = body or KeyRef()
    member = await enter_one(session, visitor, workspace_id or body.workspace_id)
    check_role(member.role, Role.ADMIN)
    wanted = key_id or body.id or body.key_id
    if wanted is None:
        raise InvalidRequest("Say which key: ?id=", errors=[FieldError("id", "is needed: the id of the key")])
    await routes.delete_api_key(wanted, member, session, request)
    return DoneOut(ok=True)


@router.post("/api/v1/onboard", status_code=HTTPStatus.CREATED)
async def onboard(
    body: OnboardIn, session: SessionDep, entrance: EntranceDep, cookie: SessionCookie, response: Response
) -> OnboardOut:
    """Account (if nobody is signed in), workspace and first API key in one call."""
    user = await _arrive(body, session, entrance, cookie, response)
    workspace = await _create_workspace(session, user, body.workspace_name)
    member = await enter(session, Visitor(user, None), str(workspace.id))
    made = await routes.create_api_key(ApiKeyIn(name=body.key_name, scopes=list(Scope)), member, session)
    return OnboardOut(user=user, workspace=workspace, key=made.key, api_key=ApiKeyOut.model_validate(made))


async def _arrive(
    body: OnboardIn, session: AsyncSession, entrance: EntranceDep, cookie: str | None, response: Response
) -> Person:
    if body.email is None:
        return (await accounts.resume(session, entrance.settings, cookie)).user
    if body.password is None:
        raise InvalidRequest("Look at: password.", errors=[FieldError("password", "is needed with an email")])
    new = RegisterIn(email=body.email, password=body.password, name=body.name)
    return (await auth.register(new, session, entrance, response)).user
