"""Sign-in with accounts elsewhere: a real OpenID Connect provider, GitHub in its wire form, and one that lies."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import time_machine
from fastapi import FastAPI
from joserfc.jwk import OctKey, RSAKey
from pydantic import SecretStr, ValidationError
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.models import Identity, User
from app.auth.rules.identities import local_path, with_query
from app.core.addresses import EVERYWHERE
from app.core.config import OidcProvider, Settings
from app.core.crypto import fingerprint, new_token
from app.core.http import HttpClient
from app.core.ids import new_id
from app.core.periods import utc_now
from app.main import create_app
from app.workspaces.models import Invitation
from scripts.setup import oidc_provider
from tests.auth.conftest import Ada
from tests.auth.stand_ins import CLIENT_ID, CLIENT_SECRET, ISSUER, GitHub, LyingProvider
from tests.factories.auth import make_user, signed_in
from tests.factories.mail import last_token, mails
from tests.factories.workspaces import make_workspace

HERE = Path(__file__).parent
PROVIDERS = "/api/v1/auth/providers"
WITH_NODE = [
    pytest.mark.timeout(600),  # where the packages are not there yet, they are installed
    pytest.mark.skipif(not shutil.which("npm"), reason="the provider is installed by npm, and there is none here"),
]


async def start(client: httpx.AsyncClient, provider: str, **body: str) -> str:
    """The provider's page; the client carries the journey."""
    answer = await client.post(f"{PROVIDERS}/{provider}/start", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["url"])


async def come_back(client: httpx.AsyncClient, url: str) -> str:
    """Where the callback sends the browser on to."""
    answer = await client.get(url)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removeprefix("http://localhost:8000")


async def me(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/api/v1/me")
    user: dict[str, Any] = answer.json()["user"]
    return user


async def verify(session: AsyncSession, **values: Any) -> None:
    await session.execute(update(User).values(email_verified_at=utc_now(), **values))


def asked(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def use(app: FastAPI, http: HttpClient, **settings: Any) -> None:
    app.state.identity_http = http
    app.state.settings = app.state.settings.model_copy(update=settings)


# --- a real OpenID Connect provider ---


@pytest.fixture(scope="module")
def real_issuer() -> Iterator[str]:
    oidc_provider()
    with running(
        ["node", "provider.mjs", CLIENT_ID, CLIENT_SECRET, f"http://localhost:8000{PROVIDERS}/panva/callback"]
    ) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def running(command: list[str]) -> Iterator[str]:
    with subprocess.Popen(
        command, cwd=HERE / "oidc", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.fullmatch(r"port (\d+)\n", said)
        assert found, f"the provider said {said!r}"
        yield found[1]
        process.terminate()


@pytest.fixture
async def panva(app: FastAPI, real_issuer: str) -> AsyncIterator[None]:
    """Set up by the settings alone."""
    one = {"id": "panva", "name": "Panva", "issuer": real_issuer}
    secrets = {"client_id": CLIENT_ID, "client_secret": SecretStr(CLIENT_SECRET)}
    http = HttpClient(allow_local=True, networks=EVERYWHERE)
    use(app, http, oidc_providers=(OidcProvider.model_validate({**one, **secrets}),))
    yield
    await http.aclose()


async def visit(url: str, login: str | None) -> str:
    """Somebody at the provider: types an address and agrees, or turns back; where it sends the browser."""
    async with httpx.AsyncClient() as browser:
        page = await browser.get(url)
        for _ in range(12):
            if "location" in page.headers:
                target = str(page.request.url.join(page.headers["location"]))
                if target.startswith("http://localhost:8000"):
                    return target
                page = await browser.get(target)
                continue
            form = re.search(r'action="([^"]+)"', page.text)
            assert form, page.text
            if login is None:
                page = await browser.get(form[1] + "/abort")
            elif 'value="login"' in page.text:
                page = await browser.post(form[1], data={"prompt": "login", "login": login, "password": "any"})
            else:
                page = await browser.post(form[1], data={"prompt": "consent"})
    raise AssertionError("the provider leads nowhere")


class TestRealProvider:
    """oidc-provider by Filip Skokan, certified by the OpenID Foundation, as a process of its own."""

    pytestmark = WITH_NODE

    async def test_a_newcomer_gets_an_account_and_is_signed_in(
        self, client: httpx.AsyncClient, panva: None, session: AsyncSession, settings: Settings
    ) -> None:
        shown = (await client.get(PROVIDERS)).json()
        assert shown == {"sign_up_open": True, "providers": [{"id": "panva", "name": "Panva", "kind": "oidc"}]}
        url = await start(client, "panva", next="/settings")
        assert {"code_challenge", "nonce", "state"} <= asked(url).keys()
        assert asked(url)["code_challenge_method"] == "S256"
        assert await come_back(client, await visit(url, "new@example.com")) == "/settings"
        user = await me(client)
        assert (user["email"], user["name"], user["email_verified"]) == (
            "new@example.com",
            "Name of new@example.com",
            True,
        )
        assert await mails(session, settings) == [], "there is nothing to confirm"
        assert "tb_journey" not in client.cookies

    async def test_who_comes_again_is_the_same_account(
        self, client: httpx.AsyncClient, panva: None, session: AsyncSession
    ) -> None:
        ids = []
        for _ in range(2):
            client.cookies.clear()
            await come_back(client, await visit(await start(client, "panva"), "new@example.com"))
            ids.append((await me(client))["id"])
        assert ids[0] == ids[1]
        assert len((await session.execute(select(Identity.id))).all()) == 1

    async def test_an_account_with_the_same_confirmed_address_is_linked_and_told(
        self, ada: Ada, panva: None, session: AsyncSession, settings: Settings
    ) -> None:
        await verify(session)
        await come_back(ada.client, await visit(await start(ada.client, "panva"), "ada@example.com"))
        assert (await me(ada.client))["id"] == str(ada.user.id)
        assert (await mails(session, settings))[-1].to == "ada@example.com"
        [item] = (await ada.client.get("/api/v1/me/identities")).json()["items"]
        assert (item["provider"], item["name"], item["email"]) == ("panva", "Panva", "ada@example.com")

    async def test_an_account_that_nobody_confirmed_is_not_handed_over(
        self, ada: Ada, panva: None, session: AsyncSession
    ) -> None:
        """Somebody else may have made it, and waits for its true owner to come in by another door."""
        back = await come_back(ada.client, await visit(await start(ada.client, "panva"), "ada@example.com"))
        assert back == "/sign-in?error=account_not_verified"
        assert (await ada.client.get("/api/v1/me")).status_code == 401
        assert (await session.execute(select(Identity.id))).all() == []

    async def test_an_address_that_the_provider_has_not_confirmed_is_none(
        self, client: httpx.AsyncClient, panva: None, session: AsyncSession
    ) -> None:
        back = await come_back(client, await visit(await start(client, "panva"), "unconfirmed+x@example.com"))
        assert back == "/sign-in?error=no_verified_email"
        assert (await session.execute(select(User.id))).all() == []

    async def test_who_turns_back_is_back_at_the_sign_in_page(self, client: httpx.AsyncClient, panva: None) -> None:
        back = await come_back(client, await visit(await start(client, "panva"), None))
        assert back == "/sign-in?error=sign_in_cancelled"

    async def test_a_code_works_once(self, client: httpx.AsyncClient, panva: None) -> None:
        url = await start(client, "panva")
        journey = client.cookies["tb_journey"]
        back = await visit(url, "new@example.com")
        await come_back(client, back)
        client.cookies.clear()
        answer = await client.get(back, headers={"cookie": f"tb_journey={journey}"})
        assert answer.headers["location"].endswith("/sign-in?error=sign_in_failed")

    async def test_the_second_factor_is_asked_for_here_too(
        self, ada: Ada, panva: None, session: AsyncSession, settings: Settings
    ) -> None:
        from tests.auth.test_second_factor import _turn_on

        await verify(session)
        await _turn_on(session, settings, ada.user, b"12345678901234567890")
        await session.flush()
        back = await come_back(
            ada.client, await visit(await start(ada.client, "panva", next="/settings"), "ada@example.com")
        )
        assert back == "/sign-in?second_factor=1&next=%2Fsettings"
        assert (await ada.client.get("/api/v1/me")).status_code == 401
        assert "tb_pending" in ada.client.cookies

    async def test_an_account_without_a_password_gets_one_by_a_reset(
        self, client: httpx.AsyncClient, panva: None, session: AsyncSession, settings: Settings
    ) -> None:
        await come_back(client, await visit(await start(client, "panva"), "new@example.com"))
        listed = (await client.get("/api/v1/me/identities")).json()
        assert listed["has_password"] is False
        path = f"/api/v1/me/identities/{listed['items'][0]['id']}"
        refused = await client.delete(path)
        assert (refused.status_code, refused.json()["code"]) == (409, "last_way_in")
        wrong = await client.post("/api/v1/auth/login", json={"email": "new@example.com", "password": "!"})
        assert wrong.json()["code"] == "invalid_credentials"
        await client.post("/api/v1/auth/password-reset", json={"email": "new@example.com"})
        token = await last_token(session, settings, "reset-password")
        new = {"token": token, "new_password": "correct horse battery"}
        assert (await client.post("/api/v1/auth/password-reset/confirm", json=new)).status_code == 204
        login = {"email": "new@example.com", "password": "correct horse battery"}
        assert (await client.post("/api/v1/auth/login", json=login)).status_code == 200
        assert (await client.delete(path)).status_code == 204
        assert (await client.delete(path)).status_code == 404

    async def test_somebody_who_is_signed_in_links_another_address(
        self, ada: Ada, panva: None, session: AsyncSession, settings: Settings
    ) -> None:
        await verify(session)
        await ada.login()
        link = "/api/v1/me/identities/panva/start"
        url = (await ada.client.post(link, json={"next": "/settings#accounts"})).json()["url"]
        assert await come_back(ada.client, await visit(url, "ada@work.example.com")) == "/settings#accounts"
        assert (await me(ada.client))["email"] == "ada@example.com"
        ada.client.cookies.clear()
        await come_back(ada.client, await visit(await start(ada.client, "panva"), "ada@work.example.com"))
        assert (await me(ada.client))["id"] == str(ada.user.id)
        # and nobody else can have it
        bob = await signed_in(session, settings, await make_user(session, "bob@example.com"))
        await verify(session)
        ada.client.cookies.clear()
        ada.client.cookies.set("tb_session", bob["cookie"].partition("=")[2])
        url = (await ada.client.post(link, json={"next": "/settings"})).json()["url"]
        assert await come_back(ada.client, await visit(url, "ada@work.example.com")) == "/settings?error=identity_taken"

    async def test_linking_ends_when_somebody_else_signed_in_meanwhile(
        self, ada: Ada, panva: None, session: AsyncSession
    ) -> None:
        await verify(session)
        await ada.login()
        url = (await ada.client.post("/api/v1/me/identities/panva/start", json={})).json()["url"]
        back = await visit(url, "ada@work.example.com")
        await ada.login()  # another session, even of the same person
        assert await come_back(ada.client, back) == "/?error=sign_in_expired"

    async def test_where_sign_up_is_closed_only_who_is_invited_gets_an_account(
        self, app: FastAPI, client: httpx.AsyncClient, panva: None
    ) -> None:
        use(app, app.state.identity_http, sign_up_open=False)
        back = await come_back(client, await visit(await start(client, "panva"), "new@example.com"))
        assert back == "/sign-in?error=sign_up_closed"


# --- GitHub ---


@pytest.fixture
def github(app: FastAPI) -> GitHub:
    github = GitHub()
    http = HttpClient(transport=httpx.MockTransport(github))
    use(app, http, oidc_github_client_id=CLIENT_ID, oidc_github_client_secret=SecretStr(CLIENT_SECRET))
    return github


async def back_from_github(client: httpx.AsyncClient, code: str = "a-good-code") -> str:
    state = asked(await start(client, "github"))["state"]
    return await come_back(client, f"{PROVIDERS}/github/callback?code={code}&state={state}")


async def test_github_says_who_it_is_by_its_api(
    client: httpx.AsyncClient, github: GitHub, session: AsyncSession
) -> None:
    url = await start(client, "github")
    assert url.startswith("https://github.com/login/oauth/authorize?")
    assert asked(url)["scope"] == "read:user user:email"
    assert asked(url)["redirect_uri"] == f"http://localhost:8000{PROVIDERS}/github/callback"
    assert await back_from_github(client) == "/"
    user = await me(client)
    assert (user["email"], user["name"], user["email_verified"]) == ("ada@example.com", "Ada Lovelace", True)
    row = (await session.execute(select(Identity))).scalar_one()
    assert (row.issuer, row.subject, row.email) == ("https://github.com", "4711", "ada@example.com")


async def test_a_renamed_github_account_is_the_same_person(client: httpx.AsyncClient, github: GitHub) -> None:
    await back_from_github(client)
    first = (await me(client))["id"]
    client.cookies.clear()
    github.user["login"] = "countess"
    github.emails[1]["email"] = "countess@example.com"
    await back_from_github(client)
    assert (await me(client))["id"] == first


@pytest.mark.parametrize(
    "emails",
    [
        [],
        [{"email": "ada@example.com", "primary": True, "verified": False, "visibility": None}],
        [{"email": "ada@example.com", "primary": False, "verified": True, "visibility": None}],
    ],
)
async def test_without_a_primary_confirmed_address_nobody_comes_in(
    client: httpx.AsyncClient, github: GitHub, emails: list[dict[str, Any]]
) -> None:
    github.emails = emails
    assert await back_from_github(client) == "/sign-in?error=no_verified_email"


async def test_an_error_that_github_tells_with_status_200_is_one(client: httpx.AsyncClient, github: GitHub) -> None:
    assert await back_from_github(client, code="a-bad-code") == "/sign-in?error=sign_in_failed"


# --- one that lies ---


@pytest.fixture
def liar(app: FastAPI) -> LyingProvider:
    liar = LyingProvider()
    one = {"id": "liar", "name": "Liar", "issuer": ISSUER, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    http = HttpClient(transport=httpx.MockTransport(liar), pause=asyncio.sleep)
    use(app, http, oidc_providers=(OidcProvider.model_validate(one),))
    return liar


async def back_from(client: httpx.AsyncClient, liar: LyingProvider, more: str = "") -> str:
    said = asked(await start(client, "liar"))
    liar.nonce = said["nonce"]
    return await come_back(client, f"{PROVIDERS}/liar/callback?code=c&state={said['state']}{more}")


async def test_when_it_tells_the_truth_one_comes_in(client: httpx.AsyncClient, liar: LyingProvider) -> None:
    assert await back_from(client, liar, f"&iss={ISSUER}") == "/"
    assert (await me(client))["email"] == "ada@example.com"


LIES: dict[str, Callable[[dict[str, Any]], None]] = {
    "another issuer": lambda claims: claims.update(iss="https://evil.example.com"),
    "for another client": lambda claims: claims.update(aud="another-client"),
    "for another client, though it was asked by us": lambda claims: claims.update(aud="another", azp=CLIENT_ID),
    "another nonce": lambda claims: claims.update(nonce="of-another-journey"),
    "no nonce": lambda claims: claims.pop("nonce"),
    "long over": lambda claims: claims.update(exp=claims["exp"] - 3600),
    "without an end": lambda claims: claims.pop("exp"),
    "about nobody": lambda claims: claims.pop("sub"),
}


@pytest.mark.parametrize("lie", LIES)
async def test_an_id_token_that_does_not_hold_opens_nothing(
    client: httpx.AsyncClient, liar: LyingProvider, session: AsyncSession, lie: str
) -> None:
    def spoil(claims: dict[str, Any]) -> None:
        LIES[lie](claims)

    liar.spoil = spoil
    assert await back_from(client, liar) == "/sign-in?error=sign_in_failed"
    assert (await session.execute(select(User.id))).all() == []


async def test_an_id_token_that_another_signed_opens_nothing(client: httpx.AsyncClient, liar: LyingProvider) -> None:
    liar.signs_with = RSAKey.generate_key(2048, {"kid": "1"})
    assert await back_from(client, liar) == "/sign-in?error=sign_in_failed"
    liar.algorithm, liar.signs_with = "HS256", OctKey.import_key(CLIENT_SECRET * 3)
    liar.about = {"id_token_signing_alg_values_supported": ["HS256", "none"]}
    assert await back_from(client, liar) == "/sign-in?error=sign_in_failed"


async def test_what_it_says_beside_the_token_must_be_about_the_same_person(
    client: httpx.AsyncClient, liar: LyingProvider
) -> None:
    def forget(claims: dict[str, Any]) -> None:
        claims.pop("email")

    liar.spoil = forget
    liar.userinfo = {"sub": "8", "email": "victim@example.com", "email_verified": True}
    assert await back_from(client, liar) == "/sign-in?error=no_verified_email"


async def test_the_answer_of_another_provider_is_not_taken_to_this_one(
    client: httpx.AsyncClient, liar: LyingProvider
) -> None:
    assert await back_from(client, liar, "&iss=https://evil.example.com") == "/sign-in?error=sign_in_failed"


async def test_a_provider_that_calls_itself_by_another_name_is_not_asked(
    client: httpx.AsyncClient, liar: LyingProvider
) -> None:
    liar.about = {"issuer": "https://evil.example.com"}
    answer = await client.post(f"{PROVIDERS}/liar/start", json={})
    assert (answer.status_code, answer.json()["code"]) == (502, "sign_in_failed")


# --- with an invitation ---


@pytest.mark.parametrize(
    ("bound", "back"), [(None, "/invitation"), ("other@example.com", "/sign-in?error=sign_up_closed")]
)
async def test_who_is_invited_signs_up_elsewhere_though_sign_up_is_closed(
    app: FastAPI, client: httpx.AsyncClient, github: GitHub, session: AsyncSession, bound: str | None, back: str
) -> None:
    use(app, app.state.identity_http, sign_up_open=False)
    assert await back_from_github(client) == "/sign-in?error=sign_up_closed"
    token = await make_invitation(session, bound)
    answer = await client.post("/api/v1/invitations/providers/github/start", json={"token": token})
    state = asked(answer.json()["url"])["state"]
    assert await come_back(client, f"{PROVIDERS}/github/callback?code=a-good-code&state={state}") == back
    accepted = await client.post("/api/v1/invitations/accept", json={"token": token})
    assert accepted.status_code == (401 if bound else 200)
    refused = await client.post("/api/v1/invitations/providers/github/start", json={"token": "made-up"})
    assert (refused.status_code, refused.json()["code"]) == (410, "invitation_not_valid")


async def make_invitation(session: AsyncSession, email: str | None) -> str:
    """What its link carries."""
    owner, token, now = await make_user(session), new_token(), utc_now()
    session.add(
        Invitation(
            workspace_id=(await make_workspace(session, owner)).id,
            id=new_id(),
            email=email,
            role="member",
            secret_hash=fingerprint(token),
            invited_by=owner.id,
            created_at=now,
            expires_at=now + timedelta(days=7),
            ended_at=None,
        )
    )
    await session.flush()
    return token


# --- the journey ---


@pytest.mark.parametrize("state", ["", "made-up"])
async def test_a_journey_that_this_browser_did_not_begin_ends(
    client: httpx.AsyncClient, liar: LyingProvider, state: str
) -> None:
    await start(client, "liar")
    back = await come_back(client, f"{PROVIDERS}/liar/callback?code=c&state={state}")
    assert back == "/sign-in?error=sign_in_expired"
    client.cookies.clear()
    said = asked(await start(client, "liar"))
    client.cookies.clear()
    back = await come_back(client, f"{PROVIDERS}/liar/callback?code=c&state={said['state']}")
    assert back == "/sign-in?error=sign_in_expired"


async def test_a_journey_is_over_after_ten_minutes(client: httpx.AsyncClient, liar: LyingProvider) -> None:
    said = asked(await start(client, "liar"))
    journey = client.cookies["tb_journey"]
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=10, seconds=1), tick=True):
        answer = await client.get(
            f"{PROVIDERS}/liar/callback?code=c&state={said['state']}", headers={"cookie": f"tb_journey={journey}"}
        )
    assert answer.headers["location"].endswith("/sign-in?error=sign_in_expired")


async def test_a_provider_that_is_not_set_up_is_none(client: httpx.AsyncClient) -> None:
    assert (await client.post(f"{PROVIDERS}/github/start", json={})).status_code == 404
    assert (await client.get(PROVIDERS)).json()["providers"] == []


async def test_nobody_sends_us_to_a_provider_all_the_time(
    app: FastAPI, client: httpx.AsyncClient, liar: LyingProvider
) -> None:
    use(app, app.state.identity_http, sign_in_failures_per_address="2/15minutes")
    statuses = [(await client.post(f"{PROVIDERS}/liar/start", json={})).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


async def test_linking_needs_a_confirmed_address(
    ada: Ada, liar: LyingProvider, session: AsyncSession, settings: Settings
) -> None:
    cookie = await signed_in(session, settings, ada.user)
    refused = await ada.client.post("/api/v1/me/identities/liar/start", json={}, headers=cookie)
    assert (refused.status_code, refused.json()["code"]) == (403, "email_not_verified")


@pytest.mark.parametrize(
    ("wanted", "page"),
    [
        ("/settings?tab=1#x", "/settings?tab=1#x"),
        (None, "/"),
        ("", "/"),
        ("https://evil.example.com", "/"),
        ("//evil.example.com", "/"),
        ("/\\evil.example.com", "/"),
        ("/a\nb", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_the_way_goes_on_to_pages_of_ours_only(wanted: str | None, page: str) -> None:
    assert local_path(wanted) == page


def test_an_error_is_added_before_what_stands_behind_the_hash() -> None:
    assert with_query("/settings#accounts", "error", "x") == "/settings?error=x#accounts"
    assert with_query("/settings?a=1", "error", "x") == "/settings?a=1&error=x"


@pytest.mark.parametrize(
    "wrong", [{"issuer": "http://login.example.com"}, {"issuer": "login"}, {"id": "Not An Id"}, {"secret": "x"}]
)
def test_a_setting_that_cannot_be_is_refused(wrong: dict[str, str]) -> None:
    one = {"id": "acme", "name": "Acme", "issuer": ISSUER, "client_id": "c", "client_secret": "s"}
    assert OidcProvider.model_validate(one).issuer == ISSUER
    with pytest.raises(ValidationError):
        OidcProvider.model_validate({**one, **wrong})
    with pytest.raises(ValidationError, match="id of its own"):
        Settings.model_validate({"oidc_providers": [one, one]})


async def test_any_process_answers_the_callback(
    app: FastAPI, client: httpx.AsyncClient, liar: LyingProvider, settings: Settings
) -> None:
    """A function on a serverless host lives for one request: the one that began is not there any more."""
    said = asked(await start(client, "liar"))
    liar.nonce = said["nonce"]
    other = create_app(app.state.settings)
    other.state.sessionmaker, other.state.identity_http = app.state.sessionmaker, app.state.identity_http
    transport = httpx.ASGITransport(app=other)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as elsewhere:
        elsewhere.cookies = client.cookies
        assert await come_back(elsewhere, f"{PROVIDERS}/liar/callback?code=c&state={said['state']}") == "/"
        assert (await me(elsewhere))["email"] == "ada@example.com"
