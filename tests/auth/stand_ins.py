"""Identity providers without a network: GitHub in its wire form, and an OpenID Connect provider that can lie."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

ISSUER = "https://login.example.com"
CLIENT_ID, CLIENT_SECRET = "the-client", "the-clients-secret"


@dataclass
class GitHub:
    """What github.com and api.github.com answer (docs.github.com, checked 2026-11-21)."""

    user: dict[str, Any] = field(default_factory=lambda: {"login": "ada", "id": 4711, "name": "Ada Lovelace"})
    emails: list[dict[str, Any]] = field(
        default_factory=lambda: [
            {"email": "old@example.com", "primary": False, "verified": True, "visibility": None},
            {"email": "Ada@example.com", "primary": True, "verified": True, "visibility": "private"},
        ]
    )
    asked: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        match str(request.url):
            case "https://github.com/login/oauth/access_token":
                return self._token(request)
            case "https://api.github.com/user" | "https://api.github.com/user/emails":
                return self._api(request)
        raise AssertionError(f"GitHub is not asked for {request.url}")

    def _token(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["accept"] == "application/json", "else GitHub answers a form"
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        assert (form["client_id"], form["client_secret"]) == (CLIENT_ID, CLIENT_SECRET)
        assert form["code_verifier"]
        if form["code"] != "a-good-code":  # GitHub tells errors with status 200
            said = {"error": "bad_verification_code", "error_description": "The code passed is incorrect or expired."}
            return httpx.Response(200, json={**said, "error_uri": "https://docs.github.com/"})
        token = {"access_token": "gho_of-a-test", "scope": "read:user,user:email", "token_type": "bearer"}
        return httpx.Response(200, json=token)

    def _api(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") != "Bearer gho_of-a-test":
            return httpx.Response(401, json={"message": "Bad credentials", "status": "401"})
        return httpx.Response(200, json=self.emails if request.url.path.endswith("/emails") else self.user)


@dataclass
class LyingProvider:
    """An OpenID Connect provider whose answers a test spoils. `nonce` is what it was asked with."""

    nonce: str = ""
    spoil: Callable[[dict[str, Any]], None] = lambda _: None
    algorithm: str = "RS256"
    about: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    signs_with: RSAKey | OctKey | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        match request.url.path:
            case "/.well-known/openid-configuration":
                return httpx.Response(200, json={**self._about(), **self.about})
            case "/token":
                return httpx.Response(200, json=self._token())
            case "/jwks":
                return httpx.Response(200, json={"keys": [self.key.as_dict(private=False)]})
            case "/userinfo":
                return httpx.Response(200, json=self.userinfo)
        raise AssertionError(f"nobody asks for {request.url}")

    def _about(self) -> dict[str, Any]:
        places = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/jwks"}
        places["userinfo_endpoint"] = "/userinfo"
        return {"issuer": ISSUER, **{name: ISSUER + path for name, path in places.items()}}

    def _token(self) -> dict[str, Any]:
        now = int(datetime.now(UTC).timestamp())
        claims = {"iss": ISSUER, "aud": CLIENT_ID, "sub": "7", "iat": now, "exp": now + 300, "nonce": self.nonce}
        claims |= {"email": "ada@example.com", "email_verified": True, "name": "Ada"}
        self.spoil(claims)
        header = {"alg": self.algorithm, "kid": "1"}
        signed = jwt.encode(header, claims, self.signs_with or self.key, algorithms=[self.algorithm])
        return {"access_token": "at", "token_type": "Bearer", "id_token": signed}
