"""Identity providers, asked in their own way; what comes out is a `Claimed`."""

from app.auth.clients import github, oidc
from app.auth.clients.exchange import failed
from app.auth.errors import ProviderFailed
from app.auth.rules.identities import Claimed, IdentityProvider, Journey, Kind
from app.core.http import Http


async def address(http: Http, provider: IdentityProvider, journey: Journey, redirect_uri: str) -> str:
    """Where to send somebody. Raises ProviderFailed."""
    if provider.kind is Kind.GITHUB:
        return await github.address(http, provider, journey, redirect_uri)
    return await oidc.address(http, provider, journey, redirect_uri)


async def claims(http: Http, provider: IdentityProvider, journey: Journey, redirect_uri: str, code: str) -> Claimed:
    """Who came back, for the code they brought. Raises ProviderFailed."""
    if provider.kind is Kind.GITHUB:
        return await github.claims(http, provider, journey, redirect_uri, code)
    return await oidc.claims(http, provider, journey, redirect_uri, code)


def refused(provider: IdentityProvider, error: str | None) -> ProviderFailed:
    """Somebody came back with a refusal, or with nothing. The word is of anybody's making, so it is cut short."""
    return failed(provider, f"it sent back {(error or 'no code')[:40]!r}")
