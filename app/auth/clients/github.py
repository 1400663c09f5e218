"""GitHub: OAuth 2.0 without an id token, so its API is asked who it is, and which address it has confirmed.

docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps and .../rest/users/emails, 2026-11-21.
"""

from typing import Any, Final

from app.auth.clients.exchange import Exchange, failed
from app.auth.rules.identities import Claimed, IdentityProvider, Journey
from app.core.http import Http

SCOPE: Final = "read:user user:email"
PUBLIC: Final = "https://github.com"


async def address(http: Http, provider: IdentityProvider, journey: Journey, redirect_uri: str) -> str:
    exchange = Exchange(http, provider, journey, redirect_uri, SCOPE)
    return exchange.address(f"{provider.issuer}/login/oauth/authorize")


async def claims(http: Http, provider: IdentityProvider, journey: Journey, redirect_uri: str, code: str) -> Claimed:
    exchange = Exchange(http, provider, journey, redirect_uri, SCOPE)
    token = (await exchange.token(f"{provider.issuer}/login/oauth/access_token", code))["access_token"]
    # an Enterprise Server has its API below its own address
    api = "https://api.github.com" if provider.issuer == PUBLIC else f"{provider.issuer}/api/v3"
    user = await exchange.get(f"{api}/user", token)
    emails = await exchange.get(f"{api}/user/emails", token)
    if not isinstance(user, dict) or not isinstance(user.get("id"), int):
        raise failed(provider, "it does not say who it is")
    name = user.get("name") or user.get("login")
    return Claimed(
        issuer=provider.issuer,
        subject=str(user["id"]),  # its login can be given to somebody else, its number cannot
        email=_primary(emails),
        name=name if isinstance(name, str) else None,
    )


def _primary(emails: Any) -> str | None:
    """The address that is both primary and confirmed."""
    listed = [each for each in emails if isinstance(each, dict)] if isinstance(emails, list) else []
    found = (each.get("email") for each in listed if each.get("primary") is True and each.get("verified") is True)
    return next((email for email in found if isinstance(email, str)), None)
