"""Sign-in with accounts elsewhere. What must be remembered of the journey there and back, the browser carries."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

from app.auth import clients, links, passwords, queries, service, tokens
from app.auth import rules as people
from app.auth.entering import Admitted, Entrance, HalfWay, begin, person
from app.auth.errors import (
    AccountNotVerified,
    EmailNotVerified,
    IdentityTaken,
    LastWayIn,
    NoSuchProvider,
    NoVerifiedEmail,
    SignInCancelled,
    SignInExpired,
    SignUpClosed,
)
from app.auth.models import Identity, User
from app.auth.queries import identities
from app.auth.rules import JOURNEY_COOKIE, JOURNEY_LIFETIME, SignIn
from app.auth.rules.identities import Claimed, IdentityProvider, Journey, Kind, local_path
from app.core.config import Settings
from app.core.crypto import new_token
from app.core.database import AsyncSession
from app.core.errors import NotFound
from app.core.http import HttpClient
from app.core.ids import new_id
from app.core.periods import utc_now

GOOGLE: Final = "https://accounts.google.com"
# The questions to a provider for one step of the journey, altogether.
PATIENCE_SECONDS: Final = 15.0
MAX_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class Away:
    """Where to send the browser, and what it carries until it is back."""

    url: str
    token: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider sent the browser back with."""

    code: str | None
    state: str | None
    error: str | None
    issuer: str | None


def providers(settings: Settings) -> Mapping[str, IdentityProvider]:
    """Those that are set up, by id."""
    made = []
    if settings.oidc_github_client_id and settings.oidc_github_client_secret:
        github = partial(IdentityProvider, "github", "GitHub", Kind.GITHUB, settings.oidc_github_url)
        made.append(github(settings.oidc_github_client_id, settings.oidc_github_client_secret))
    if settings.oidc_google_client_id and settings.oidc_google_client_secret:
        google = partial(IdentityProvider, "google", "Google", Kind.OIDC, GOOGLE)
        made.append(google(settings.oidc_google_client_id, settings.oidc_google_client_secret))
    made += [
        IdentityProvider(each.id, each.name, Kind.OIDC, each.issuer, each.client_id, each.client_secret)
        for each in settings.oidc_providers
    ]
    return {provider.id: provider for provider in made}


def _provider(settings: Settings, provider_id: str) -> IdentityProvider:
    found = providers(settings).get(provider_id)
    if found is None:
        raise NoSuchProvider("Choose one of those that the sign-in page shows.")
    return found


def _redirect_uri(settings: Settings, provider_id: str) -> str:
    return f"{settings.app_url}/api/v1/auth/providers/{provider_id}/callback"


# --- away ---


async def start(entrance: Entrance, http: HttpClient, provider_id: str, next_page: str | None, **more: Any) -> Away:
    """Begin a journey. Raises NoSuchProvider, ProviderFailed, TooManyRequests."""
    provider = _provider(entrance.settings, provider_id)
    # each asks the provider something, in our name
    await entrance.limiter.hit(entrance.settings.sign_in_failures_per_address, "sign-in-away", entrance.address)
    journey = Journey(provider_id, new_token(), new_token(), new_token(), local_path(next_page), **more)
    redirect_uri = _redirect_uri(entrance.settings, provider_id)
    url = await clients.address(http.within(PATIENCE_SECONDS), provider, journey, redirect_uri)
    return Away(url, _pack(entrance, journey))


async def start_linking(
    entrance: Entrance, http: HttpClient, provider_id: str, signed_in: SignIn, next_page: str | None
) -> Away:
    """The same, to link an identity to the account that is signed in. Raises EmailNotVerified too."""
    if not signed_in.user.email_verified:
        raise EmailNotVerified("Confirm your email address first; then accounts elsewhere can be linked.")
    return await start(entrance, http, provider_id, next_page, link_to=signed_in.session_id)


def _pack(entrance: Entrance, journey: Journey) -> str:
    said = {**asdict(journey), "link_to": str(journey.link_to) if journey.link_to else None}
    return tokens.note(entrance.key, JOURNEY_COOKIE, said, utc_now() + JOURNEY_LIFETIME)


def unpack(entrance: Entrance, token: str | None) -> Journey | None:
    """The journey that a browser carries; None when it has run out, or is none of ours."""
    said = tokens.read_note(entrance.key, JOURNEY_COOKIE, token) if token else None
    if said is None:
        return None
    return Journey(**{**said, "link_to": UUID(said["link_to"]) if said["link_to"] else None})


# --- and back ---


async def who(
    entrance: Entrance, http: HttpClient, provider_id: str, journey: Journey | None, answer: Answer
) -> Claimed:
    """Who came back. Raises NoSuchProvider, SignInExpired, SignInCancelled, ProviderFailed."""
    provider = _provider(entrance.settings, provider_id)
    if (
        journey is None
        or journey.provider != provider_id
        or not hmac.compare_digest(journey.state.encode(), (answer.state or "").encode())
    ):
        raise SignInExpired("Begin again.")
    if answer.error == "access_denied":
        raise SignInCancelled
    # RFC 9207: the answer of another provider is not taken to this one
    is_anothers = provider.kind is Kind.OIDC and answer.issuer not in {None, provider.issuer}
    if answer.error or not answer.code or is_anothers:
        raise clients.refused(provider, answer.error)
    redirect_uri = _redirect_uri(entrance.settings, provider_id)
    return await clients.claims(http.within(PATIENCE_SECONDS), provider, journey, redirect_uri, answer.code)


async def arrive(session: AsyncSession, entrance: Entrance, journey: Journey, claimed: Claimed) -> Admitted | HalfWay:
    """Sign in whose identity it is; else link it to the account with the same address; else make an account.

    Raises NoVerifiedEmail, AccountNotVerified, SignUpClosed, TooManyRequests.
    """
    found = await identities.user_of(session, claimed.issuer, claimed.subject)
    if found is not None:
        await identities.seen(found[0], claimed.email, utc_now())
        return await begin(session, entrance, found[1])
    if claimed.email is None:
        raise NoVerifiedEmail("Confirm the address there first, or sign in another way.")
    email = people.canonical_email(claimed.email)
    user = await queries.user_by_email(session, email)
    if user is None:
        user = await _sign_up(session, entrance, journey, claimed, email)
    elif user.email_verified_at is None:
        # somebody may have made it who does not read this mail; who does can prove it by choosing a new password
        raise AccountNotVerified("Sign in with its password and confirm the address, or choose a new password.")
    else:
        await links.tell(session, entrance.settings, person(user), "an account elsewhere now signs in to it")
    await _put(session, user.id, claimed, email)
    return await begin(session, entrance, user)


async def _sign_up(session: AsyncSession, entrance: Entrance, journey: Journey, claimed: Claimed, email: str) -> User:
    is_invited = journey.is_invited and journey.invited_email in {None, email}
    if not entrance.settings.sign_up_open and not is_invited:
        raise SignUpClosed("Ask the person who runs this TokenBoard to open it (TOKENBOARD_SIGN_UP_OPEN).")
    await entrance.limiter.hit(entrance.settings.sign_ups_per_address, "sign-up", entrance.address)
    name = " ".join((claimed.name or "").split())[:MAX_NAME] or None
    made = await service.insert_user(session, email, passwords.NONE, name, is_verified=True)
    user = await queries.user_by_id(session, made.id)
    assert user is not None  # noqa: S101 - it was just made
    return user


async def link(session: AsyncSession, entrance: Entrance, signed_in: SignIn, claimed: Claimed) -> None:
    """Let an identity sign in to the account that asked. Raises NoVerifiedEmail, IdentityTaken."""
    found = await identities.user_of(session, claimed.issuer, claimed.subject)
    if found is not None and found[1].id == signed_in.user.id:
        return
    if claimed.email is None:
        raise NoVerifiedEmail("Confirm the address there first.")
    await _put(session, signed_in.user.id, claimed, people.canonical_email(claimed.email))
    await links.tell(session, entrance.settings, signed_in.user, "an account elsewhere now signs in to it")


async def _put(session: AsyncSession, user_id: UUID, claimed: Claimed, email: str) -> None:
    now = utc_now()
    row = Identity(
        id=new_id(),
        user_id=user_id,
        issuer=claimed.issuer,
        subject=claimed.subject,
        email=email,
        created_at=now,
        last_used_at=now,
    )
    if not await identities.put(session, row):
        raise IdentityTaken("Unlink it there first.")


# --- what is linked ---


async def linked(session: AsyncSession, user_id: UUID) -> tuple[Sequence[Identity], bool]:
    """The identities of an account, and whether it has a password too."""
    user = await queries.user_by_id(session, user_id)
    return await identities.of_user(session, user_id), user is not None and user.password_hash != passwords.NONE


async def unlink(session: AsyncSession, entrance: Entrance, signed_in: SignIn, identity_id: UUID) -> None:
    """Raises NotFound, and LastWayIn where nothing else would sign in to the account."""
    found, has_password = await linked(session, signed_in.user.id)
    if len(found) == 1 and not has_password:
        raise LastWayIn("Choose a password first, with the link for a forgotten password.")
    if await identities.remove(session, signed_in.user.id, identity_id) is None:
        raise NotFound("You have no such account linked.")
    await links.tell(session, entrance.settings, signed_in.user, "an account elsewhere does not sign in to it any more")
