"""OAuth 2.0 by Authlib, over our own connections: the address to go to, and the token for the code that came back."""

from typing import Any, Final

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.client import OAuth2Client

from app import __version__
from app.auth.errors import ProviderFailed
from app.auth.rules.identities import IdentityProvider, Journey
from app.core.http import Http, HttpFailure
from app.core.log import get_logger, told_by

log = get_logger(__name__)
USER_AGENT: Final = f"TokenBoard/{__version__} (signs people in)"
TRY_AGAIN: Final = "Try again, or sign in another way. The server's log tells what was wrong."


class _Client(OAuth2Client):  # type: ignore[misc]  # it has no types
    """Authlib's client, which leaves the sending to whoever derives from it."""

    async def _fetch_token(
        self, url: str, body: str = "", headers: Any = None, auth: Any = None, method: str = "POST", **_: Any
    ) -> dict[str, Any]:
        url, signed, body = auth.prepare(method, url, {**headers, "User-Agent": USER_AGENT}, body)
        answer = await self.session.request(method, url, headers=signed, content=body.encode())
        token: dict[str, Any] = self.parse_response_token(answer)
        return token


class Exchange:
    """One provider, one journey."""

    def __init__(
        self,
        http: Http,
        provider: IdentityProvider,
        journey: Journey,
        redirect_uri: str,
        scope: str,
        auth_method: str = "client_secret_post",
    ) -> None:
        self.http, self.provider, self.journey = http, provider, journey
        self._client = _Client(
            session=http,
            client_id=provider.client_id,
            client_secret=provider.client_secret.get_secret_value(),
            scope=scope,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method=auth_method,
        )

    def address(self, endpoint: str, **more: str) -> str:
        """Where to send somebody, with the state and PKCE's challenge."""
        url, _ = self._client.create_authorization_url(
            endpoint, state=self.journey.state, code_verifier=self.journey.verifier, **more
        )
        return str(url)

    async def token(self, endpoint: str, code: str) -> dict[str, Any]:
        """Raises ProviderFailed."""
        try:
            token: dict[str, Any] = await self._client.fetch_token(
                endpoint, grant_type="authorization_code", code=code, code_verifier=self.journey.verifier
            )
        except (AuthlibBaseError, HttpFailure, httpx.HTTPError, ValueError) as error:
            raise failed(self.provider, "no token for the code", error) from None
        if "access_token" not in token:
            raise failed(self.provider, "no access token")
        return token

    async def get(self, url: str, token: str | None = None) -> Any:
        return await get_json(self.http, self.provider, url, token)


async def get_json(http: Http, provider: IdentityProvider, url: str, token: str | None = None) -> Any:
    """Raises ProviderFailed when there is no answer, or no JSON."""
    headers = {"Accept": "application/json", "User-Agent": USER_AGENT}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        answer = await http.request("GET", url, headers=headers)
        answer.raise_for_status()
        return answer.json()
    except (HttpFailure, httpx.HTTPError, ValueError) as error:
        raise failed(provider, "no answer", error) from None


def failed(provider: IdentityProvider, why: str, error: Exception | None = None) -> ProviderFailed:
    """With what is safe to tell in the log: an error's own words may hold a token."""
    about = told_by(error) if error else {}
    if isinstance(error, AuthlibBaseError):
        about["said"] = str(error.error)[:80]
    log.warning("identity provider failed", provider=provider.id, why=why, **about)
    return ProviderFailed(TRY_AGAIN)
