"""OpenID Connect: discovery, the code flow with PKCE and nonce, and an id token that is looked at closely."""

from typing import Any, Final

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from app.auth.clients.exchange import Exchange, failed, get_json
from app.auth.rules.identities import Claimed, IdentityProvider, Journey
from app.core.http import Http

SCOPE: Final = "openid email profile"
# Signed with a key that only the provider has. HS256 is signed with the client's secret, "none" with nothing.
ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
# How far apart the clocks may be.
LEEWAY_SECONDS: Final = 60


async def address(http: Http, provider: IdentityProvider, journey: Journey, redirect_uri: str) -> str:
    about = await _discover(http, provider)
    exchange = Exchange(http, provider, journey, redirect_uri, SCOPE)
    return exchange.address(about["authorization_endpoint"], nonce=journey.nonce)


async def claims(http: Http, provider: IdentityProvider, journey: Journey, redirect_uri: str, code: str) -> Claimed:
    about = await _discover(http, provider)
    exchange = Exchange(http, provider, journey, redirect_uri, SCOPE, _auth_method(about))
    token = await exchange.token(about["token_endpoint"], code)
    keys = await exchange.get(about["jwks_uri"])
    said = _checked(provider, journey, about, token, keys)
    if "email" not in said and "userinfo_endpoint" in about:
        more = await exchange.get(about["userinfo_endpoint"], token["access_token"])
        # OpenID Connect Core, section 5.3.2: what is about somebody else must not be used
        if isinstance(more, dict) and more.get("sub") == said["sub"]:
            said = {**more, **said}
    return _claimed(provider, said)


async def _discover(http: Http, provider: IdentityProvider) -> dict[str, Any]:
    url = provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
    about = await get_json(http, provider, url)
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if not isinstance(about, dict) or not all(isinstance(about.get(name), str) for name in needed):
        raise failed(provider, "its configuration is not complete")
    if about.get("issuer") != provider.issuer:
        raise failed(provider, "it calls itself by another issuer than the setting")
    return about


def _auth_method(about: dict[str, Any]) -> str:
    # the default where nothing is said: OpenID Connect Discovery 1.0, section 3
    offered = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"


def _checked(
    provider: IdentityProvider, journey: Journey, about: dict[str, Any], token: dict[str, Any], keys: Any
) -> dict[str, Any]:
    """What the id token says, once signature, issuer, audience, nonce and time were checked."""
    allowed = sorted(ALGORITHMS & set(about.get("id_token_signing_alg_values_supported") or ["RS256"]))
    try:
        read = jwt.decode(
            token["id_token"],
            KeySet.import_key_set(keys),
            registry=JWSRegistry(algorithms=allowed, strict_check_header=False),
        )
        said = CodeIDToken(
            read.claims,
            read.header,
            {
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
            },
            {"nonce": journey.nonce, "client_id": provider.client_id, "access_token": token["access_token"]},
        )
        said.validate(leeway=LEEWAY_SECONDS)
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise failed(provider, "its id token does not hold", error) from None
    return dict(said)


def _claimed(provider: IdentityProvider, said: dict[str, Any]) -> Claimed:
    # some send the word
    is_vouched_for = said.get("email_verified") in {True, "true"}
    email, name = said.get("email"), said.get("name")
    return Claimed(
        issuer=provider.issuer,
        subject=str(said["sub"]),
        email=email if is_vouched_for and isinstance(email, str) else None,
        name=name if isinstance(name, str) else None,
    )
