"""Sign-in with accounts elsewhere, and those that are linked."""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Cookie, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.auth import cookies, identities, service
from app.auth.dependencies import CurrentSignIn, CurrentUser, EntranceDep, SessionCookie, SettingsDep
from app.auth.entering import Entrance, HalfWay
from app.auth.errors import SignInExpired
from app.auth.identities import Answer
from app.auth.rules import JOURNEY_COOKIE
from app.auth.rules.identities import SIGN_IN_PAGE, Claimed, Journey, with_query
from app.auth.schemas import AwayIn, AwayOut, IdentitiesOut, IdentityOut, ProviderOut, ProvidersOut
from app.core.database import AsyncSession, SessionDep, let_go
from app.core.errors import AppError
from app.core.http import HttpClient
from app.core.routing import SmallBodyRoute

router = APIRouter(prefix="/api/v1", tags=["auth"], route_class=SmallBodyRoute)
ProviderId = Annotated[str, Path(max_length=32)]
Said = Annotated[str | None, Query(max_length=4096)]
JourneyCookie = Annotated[str | None, Cookie(alias=JOURNEY_COOKIE, include_in_schema=False)]


@router.get("/auth/providers")
async def list_providers(settings: SettingsDep) -> ProvidersOut:
    """How one gets in here, for the sign-in page."""
    found = identities.providers(settings).values()
    return ProvidersOut(
        sign_up_open=settings.sign_up_open,
        providers=[ProviderOut(id=each.id, name=each.name, kind=each.kind) for each in found],
    )


@router.post("/auth/providers/{provider}/start")
async def start_sign_in(
    provider: ProviderId, body: AwayIn, request: Request, entrance: EntranceDep, response: Response
) -> AwayOut:
    """Answers the provider's page to go to; it sends the browser back to the callback, and that to `next`."""
    away = await identities.start(entrance, _http(request), provider, body.next)
    cookies.set_journey(response, away.token, is_https=entrance.is_https)
    return AwayOut(url=away.url)


@router.get("/auth/providers/{provider}/callback", response_class=RedirectResponse, status_code=HTTPStatus.SEE_OTHER)
async def finish_sign_in(
    provider: ProviderId,
    request: Request,
    session: SessionDep,
    entrance: EntranceDep,
    cookie: SessionCookie,
    token: JourneyCookie = None,
    code: Said = None,
    state: Said = None,
    error: Said = None,
    iss: Said = None,
) -> RedirectResponse:
    """Where the provider sends the browser back to. It goes on to a page, with `error` where it did not work."""
    journey = identities.unpack(entrance, token)
    try:
        claimed = await identities.who(entrance, _http(request), provider, journey, Answer(code, state, error, iss))
        assert journey is not None  # noqa: S101 - without one nobody is told who it is
        response = await _arrive(session, entrance, journey, claimed, cookie)
    except AppError as failure:
        await session.rollback()
        page = journey.next if journey and journey.link_to else SIGN_IN_PAGE
        response = _go_to(entrance, with_query(page, "error", failure.code))
    cookies.clear_journey(response, is_https=entrance.is_https)
    return response


async def _arrive(
    session: AsyncSession, entrance: Entrance, journey: Journey, claimed: Claimed, cookie: str | None
) -> RedirectResponse:
    if journey.link_to is not None:
        signed_in = await service.resume(session, entrance.settings, cookie)
        if signed_in.session_id != journey.link_to:
            raise SignInExpired("Somebody else signed in meanwhile.")
        await identities.link(session, entrance, signed_in, claimed)
        return _go_to(entrance, journey.next)
    arrival = await identities.arrive(session, entrance, journey, claimed)
    page = journey.next
    if isinstance(arrival, HalfWay):
        page = f"{SIGN_IN_PAGE}?second_factor=1&next={quote(journey.next, safe='')}"
    response = _go_to(entrance, page)
    cookies.set_arrival(response, arrival, is_https=entrance.is_https)
    return response


def _go_to(entrance: Entrance, page: str) -> RedirectResponse:
    return RedirectResponse(f"{entrance.settings.app_url}{page}", HTTPStatus.SEE_OTHER)


def _http(request: Request) -> HttpClient:
    http: HttpClient = request.app.state.identity_http
    return http


@router.get("/me/identities")
async def list_identities(user: CurrentUser, session: SessionDep, settings: SettingsDep) -> IdentitiesOut:
    """The accounts elsewhere that sign in to this one."""
    rows, has_password = await identities.linked(session, user.id)
    known = {each.issuer: each for each in identities.providers(settings).values()}
    items = [
        IdentityOut(
            id=row.id,
            provider=known[row.issuer].id if row.issuer in known else None,
            name=known[row.issuer].name if row.issuer in known else row.issuer,
            email=row.email,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
        )
        for row in rows
    ]
    return IdentitiesOut(items=items, next_cursor=None, has_password=has_password)


@router.post("/me/identities/{provider}/start")
async def start_linking(
    provider: ProviderId,
    body: AwayIn,
    request: Request,
    signed_in: CurrentSignIn,
    session: SessionDep,
    entrance: EntranceDep,
    response: Response,
) -> AwayOut:
    """Like signing in; back again, the account there is linked to the one that is signed in here."""
    await let_go(session)  # nobody's connection waits for the provider
    away = await identities.start_linking(entrance, _http(request), provider, signed_in, body.next)
    cookies.set_journey(response, away.token, is_https=entrance.is_https)
    return AwayOut(url=away.url)


@router.delete("/me/identities/{identity_id}", status_code=HTTPStatus.NO_CONTENT)
async def unlink_identity(
    identity_id: UUID, signed_in: CurrentSignIn, session: SessionDep, entrance: EntranceDep
) -> None:
    await identities.unlink(session, entrance, signed_in, identity_id)
