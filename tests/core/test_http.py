"""The one client: what it retries, what it waits for, where it does not connect."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpcore
import httpx
import pytest

from app.core import http
from app.core.addresses import AddressRefused, check_url
from app.core.http import BudgetSpent, HttpClient, HttpFailure, HttpRefused, retry_after_seconds

URL = "https://api.example.com/v1/costs"
Answer = httpx.Response | Exception


class Server(httpx.AsyncBaseTransport):
    """Answers in the order it was told to; the last one again and again."""

    def __init__(self, *answers: Answer | Callable[[], Answer]) -> None:
        self.answers, self.asked = list(answers), list[httpx.Request]()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        answer = answer() if callable(answer) else answer
        if isinstance(answer, Exception):
            raise answer
        return answer


class Pauses(list[float]):
    """Waits that were asked for, none of which takes any time."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


async def ask(server: Server, pauses: Pauses | None = None, seconds: float = 600) -> httpx.Response:
    client = HttpClient(transport=server, pause=Pauses() if pauses is None else pauses)
    return await client.within(seconds).request("GET", URL, params=[("key", "secret-in-query")])


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 529])
async def test_passing_faults_are_asked_again(status: int) -> None:
    server = Server(httpx.Response(status), httpx.Response(200, json={}))
    assert (await ask(server)).status_code == 200
    assert len(server.asked) == 2


async def test_a_cookie_of_one_account_is_not_sent_with_anothers_key() -> None:
    server = Server(httpx.Response(200, headers={"set-cookie": "session=first; Path=/"}))
    client = HttpClient(transport=server, pause=Pauses())
    for _ in range(2):
        await client.within(60).request("GET", URL)
    assert ["cookie" in request.headers for request in server.asked] == [False, False]


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 410, 422])
async def test_other_answers_are_answers(status: int) -> None:
    server = Server(httpx.Response(status, headers={"location": "https://elsewhere.example.com"}))
    assert (await ask(server)).status_code == status
    assert len(server.asked) == 1


@pytest.mark.parametrize("fault", [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x")])
async def test_network_faults_are_asked_again_to_the_end_of_patience(fault: Exception) -> None:
    server = Server(fault)
    with pytest.raises(HttpFailure, match=r"^api\.example\.com: ") as failure:
        await ask(server)
    assert len(server.asked) == http.ATTEMPTS
    assert "secret-in-query" not in str(failure.value)
    assert failure.value.__cause__ is None


async def test_pauses_grow_and_never_come_sooner_than_asked() -> None:
    pauses = Pauses()
    server = Server(httpx.Response(503), httpx.Response(429, headers={"retry-after": "17"}), httpx.Response(200))
    await ask(server, pauses)
    assert 0.25 <= pauses[0] <= 0.5
    assert pauses[1] == 17


@pytest.mark.parametrize(("asked", "budget"), [("61", 60), ("121", 600)])
async def test_a_wait_beyond_the_budget_or_our_patience_is_given_up_at_once(asked: str, budget: float) -> None:
    pauses, server = Pauses(), Server(httpx.Response(429, headers={"retry-after": asked}))
    assert (await ask(server, pauses, seconds=budget)).status_code == 429
    assert pauses == []


async def test_without_time_nobody_is_asked() -> None:
    server = Server(httpx.Response(200))
    with pytest.raises(BudgetSpent):
        await ask(server, seconds=0)
    assert server.asked == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("120", 120), ("1.5", 1.5), ("soon", None), ("-3", None), ("Mon, 01 Jan 2001 00:00:00 GMT", 0)],
)
def test_retry_after_is_read_in_both_of_its_forms(text: str, seconds: float | None) -> None:
    assert retry_after_seconds(httpx.Response(429, headers={"retry-after": text})) == seconds


def test_retry_after_may_be_a_date() -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 85 < (retry_after_seconds(httpx.Response(429, headers={"retry-after": at})) or 0) <= 90


async def test_an_answer_that_is_too_large_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_RESPONSE_BYTES", 1000)
    server = Server(httpx.Response(200, content=b"x" * 1001))
    with pytest.raises(HttpRefused, match="larger"):
        await ask(server)
    assert len(server.asked) == 1


async def test_a_body_that_breaks_off_is_asked_for_again() -> None:
    class Broken(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"{"
            raise httpx.ReadError("gone")

    server = Server(lambda: httpx.Response(200, stream=Broken()), lambda: httpx.Response(200, json={"a": 1}))
    assert (await ask(server)).json() == {"a": 1}


async def test_it_says_who_asks() -> None:
    server = Server(httpx.Response(200))
    await ask(server)
    assert server.asked[0].headers["user-agent"].startswith("TokenBoard/")


# --- addresses ---


def resolver(*addresses: str) -> Callable[[str, int], "asyncio.Future[Sequence[str]]"]:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return resolve  # type: ignore[return-value]


REFUSED = [
    "127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "0.0.0.0",  # noqa: S104 - refused, not listened on
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fec0::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
]


@pytest.mark.parametrize("address", REFUSED)
async def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    with pytest.raises(AddressRefused):
        await HttpClient(resolver=resolver(address)).check("https://gateway.example.com")


async def test_one_bad_address_among_good_ones_condemns_the_name() -> None:
    with pytest.raises(AddressRefused):
        await HttpClient(resolver=resolver("93.184.216.34", "10.0.0.1")).check("https://gateway.example.com")


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
async def test_public_addresses_are_not(address: str) -> None:
    client = HttpClient(resolver=resolver(address))
    assert await client.check("https://gateway.example.com/v1/") == "https://gateway.example.com/v1"


async def test_this_machine_is_reached_where_that_is_allowed_and_nothing_else_private() -> None:
    client = HttpClient(allow_local=True, resolver=resolver("127.0.0.1"))
    assert await client.check("http://localhost:8080") == "http://localhost:8080"
    with pytest.raises(AddressRefused):
        await HttpClient(allow_local=True, resolver=resolver("10.0.0.1")).check("http://gateway.example.com")


@pytest.mark.parametrize(
    "url",
    ["http://a.example.com", "ftp://a", "https://", "https://me:pw@a.example.com", "https://a.example.com/?x=1", "x"],
)
def test_what_is_no_base_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url, allow_local=False)


async def test_a_name_that_leads_elsewhere_when_it_is_connected_to_is_not_followed() -> None:
    """DNS rebinding: public when it was checked, this machine a moment later."""
    found = iter([["93.184.216.34"], ["127.0.0.1"]])

    async def rebind(_host: str, _port: int) -> Sequence[str]:
        return next(found)

    client = HttpClient(resolver=rebind, pause=Pauses())
    await client.check("https://gateway.example.com")
    with pytest.raises(HttpRefused, match="private, local or reserved"):
        await client.within(60).request("GET", "https://gateway.example.com/v1")
    await client.aclose()


async def test_it_connects_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[tuple[str, int]] = []

    async def connect(_self: object, host: str, port: int, *_rest: object) -> httpcore.AsyncNetworkStream:
        connected.append((host, port))
        raise httpcore.ConnectError("far enough")

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    client = HttpClient(resolver=resolver("93.184.216.34"), pause=Pauses())
    with pytest.raises(HttpFailure, match="no connection"):
        await client.within(60).request("GET", "https://gateway.example.com/v1")
    await client.aclose()
    assert set(connected) == {("93.184.216.34", 443)}


async def test_a_literal_address_is_checked_without_a_resolver() -> None:
    client = HttpClient(resolver=resolver("93.184.216.34"), pause=Pauses())
    with pytest.raises(HttpRefused):
        await client.within(60).request("GET", "https://127.0.0.1:1/")
    await client.aclose()
