"""Balances: currencies that are told, implied or unknown, codes of failure inside a 200, debts, credits that reset."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp

from app.core.periods import Period
from app.providers.clients import deepseek, elevenlabs, moonshot, siliconflow
from app.providers.clients.base import BadAnswer, Credentials, KeyRefused, Maker, RateLimited, UsageSource
from app.providers.rules.reports import CreditSnapshot, Feed, KeyClass
from tests.providers.asking import credentials, over, saying, walked
from tests.providers.fakes import balances, faults
from tests.providers.fakes import elevenlabs as voices
from tests.providers.fakes.balances import KEY, Account

D = Decimal
PERIOD = Period(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
BALANCES: list[tuple[Maker, Callable[[Account], ASGIApp]]] = [
    (deepseek.make, balances.deepseek),
    (moonshot.make, balances.moonshot),
    (siliconflow.make, balances.siliconflow),
]


def at_home(key: str = KEY, **fields: str) -> Credentials:
    """Without an address: the provider's own."""
    return Credentials(SecretStr(key), fields=fields)


async def only(source: UsageSource) -> CreditSnapshot:
    [balance] = await source.credits()
    return balance


async def test_deepseek_tells_the_currency_with_each_balance() -> None:
    account = Account(currencies=("CNY", "USD"))
    found = await deepseek.make(over(balances.deepseek(account)), credentials(KEY)).credits()
    assert [(balance.currency, balance.available) for balance in found] == [("CNY", D("88.40")), ("USD", D("88.40"))]
    assert {(balance.granted, balance.used) for balance in found} == {(None, None)}


async def test_deepseek_in_dollars_only_is_read_as_well() -> None:
    balance = await only(deepseek.make(over(balances.deepseek(Account(currencies=("USD",)))), credentials(KEY)))
    assert balance.currency == "USD"


@pytest.mark.parametrize(
    "given", ["https://gateway.example", "https://gateway.example/v1", "https://gateway.example/v1/"]
)
async def test_deepseek_may_be_given_with_the_address_for_calls(given: str) -> None:
    at = replace(credentials(KEY), base_url=given)
    assert (await only(deepseek.make(over(balances.deepseek(Account(currencies=("USD",)))), at))).currency == "USD"


async def test_deepseek_says_when_the_balance_does_not_suffice() -> None:
    account = Account(is_available=False)
    report = await deepseek.make(over(balances.deepseek(account)), credentials(KEY)).verify()
    assert report.is_usable
    assert "does not suffice" in report.message


@pytest.mark.parametrize(("site", "currency"), [("api.moonshot.ai", "USD"), ("api.moonshot.cn", "CNY")])
async def test_moonshots_site_tells_the_currency_and_a_key_works_at_one(site: str, currency: str) -> None:
    account = Account(hosts=(site,))
    source = moonshot.make(over(balances.moonshot(account)), at_home())
    report = await source.verify()
    assert (report.is_usable, report.facts) == (True, {"site": site.rsplit(".", 1)[1]})
    assert currency in report.message
    balance = await only(source)
    assert (balance.currency, balance.available) == (currency, D("88.40"))


async def test_moonshot_once_connected_asks_its_own_site_first() -> None:
    account = Account(hosts=("api.moonshot.cn",))
    balance = await only(moonshot.make(over(balances.moonshot(account)), at_home(site="cn")))
    assert balance.currency == "CNY"
    assert account.faults.count("balance") == 1


async def test_moonshot_behind_a_gateway_is_read_in_the_currency_of_the_chosen_site() -> None:
    app = over(balances.moonshot(Account()))
    assert (await only(moonshot.make(app, credentials(KEY)))).currency == "USD"
    assert (await only(moonshot.make(app, credentials(KEY, site="cn")))).currency == "CNY"


async def test_debts_leave_the_vouchers() -> None:
    account = Account(given=D("5.0"), paid=D("-3.25"))
    balance = await only(moonshot.make(over(balances.moonshot(account)), credentials(KEY)))
    assert balance.available == D("5.0")


async def test_siliconflow_counts_gifts_and_payments() -> None:
    account = Account(given=D("0.50"), paid=D("20.00"))
    balance = await only(siliconflow.make(over(balances.siliconflow(account)), credentials(KEY)))
    assert (balance.available, balance.currency) == (D("20.50"), "CNY")


async def test_siliconflow_abroad_has_an_unknown_currency_until_somebody_enters_it() -> None:
    account = Account(hosts=("api.siliconflow.com",))
    app = over(balances.siliconflow(account))
    report = await siliconflow.make(app, at_home()).verify()
    assert "does not say in which currency" in report.message
    assert (await only(siliconflow.make(app, at_home()))).currency == "XXX"
    assert (await only(siliconflow.make(app, at_home(currency="usd")))).currency == "USD"


async def test_siliconflows_personal_data_goes_nowhere() -> None:
    source = siliconflow.make(over(balances.siliconflow(Account())), credentials(KEY))
    told = f"{await source.verify()} {await source.credits()}"
    assert "Ada" not in told
    assert "private" not in told


@pytest.mark.parametrize(
    ("make", "app", "code"), [(moonshot.make, balances.moonshot, 5), (siliconflow.make, balances.siliconflow, 20001)]
)
async def test_a_code_of_failure_in_a_good_answer_is_a_failure(
    make: Maker, app: Callable[[Account], ASGIApp], code: int
) -> None:
    source = make(over(app(Account(code=code))), credentials(KEY))
    with pytest.raises(BadAnswer):
        await source.credits()
    with pytest.raises(BadAnswer):
        await source.verify()


async def test_siliconflows_zero_is_no_success() -> None:
    with pytest.raises(BadAnswer):
        await siliconflow.make(saying('{"code": 0, "data": {"totalBalance": "1"}}'), credentials(KEY)).credits()


@pytest.mark.parametrize(("make", "app"), BALANCES)
async def test_a_key_reads_the_balance_and_nothing_else(make: Maker, app: Callable[[Account], ASGIApp]) -> None:
    source = make(over(app(Account())), credentials(KEY))
    report = await source.verify()
    assert (report.key_class, report.is_usable) == (KeyClass.PERSONAL, True)
    assert report.can == {Feed.CREDITS}
    assert [plan.feed for plan in source.plans] == [Feed.CREDITS]
    assert await walked(source.costs(PERIOD)) == []
    assert await walked(source.usage(PERIOD)) == []
    assert await walked(source.names()) == []


@pytest.mark.parametrize(("make", "app"), BALANCES)
async def test_a_wrong_key_is_refused_in_words(make: Maker, app: Callable[[Account], ASGIApp]) -> None:
    source = make(over(app(Account())), credentials("sk-wrong-0000"))
    report = await source.verify()
    assert not report.is_usable
    assert "API keys" in report.message
    assert "sk-wrong" not in report.message
    with pytest.raises(KeyRefused):
        await source.credits()


@pytest.mark.parametrize(("make", "app"), BALANCES)
async def test_being_asked_to_wait_is_no_refusal(make: Maker, app: Callable[[Account], ASGIApp]) -> None:
    account = Account()
    account.faults.next("/", faults.too_many(9))
    with pytest.raises(RateLimited) as raised:
        await make(over(app(account)), credentials(KEY)).verify()
    assert raised.value.retry_after_seconds == 9


@pytest.mark.parametrize("make", [make for make, _ in BALANCES])
@pytest.mark.parametrize("text", ["{}", '{"code": 0, "data": {}}', '{"balance_infos": [{"currency": "CNY"}]}', "?"])
async def test_a_missing_balance_is_not_zero(make: Maker, text: str) -> None:
    with pytest.raises(BadAnswer):
        await make(saying(text), credentials(KEY)).credits()


def voice(state: voices.ElevenLabs, key: str = voices.KEY) -> elevenlabs.ElevenLabs:
    return elevenlabs.make(over(voices.make_app(state)), credentials(key))


async def test_elevenlabs_counts_credits_of_a_cycle_and_no_money() -> None:
    balance = await only(voice(voices.ElevenLabs()))
    assert (balance.used, balance.granted, balance.available) == (D(12_000), D(100_000), D(88_000))
    assert (balance.currency, balance.expires_at) == ("credits", datetime(2026, 12, 1, tzinfo=UTC))
    assert "not money" in (await voice(voices.ElevenLabs()).verify()).message


async def test_elevenlabs_may_run_on_beyond_its_limit() -> None:
    assert (await only(voice(voices.ElevenLabs(used=120_000)))).available == D(-20_000)


async def test_elevenlabs_without_a_next_reset_has_no_end() -> None:
    assert (await only(voice(voices.ElevenLabs(resets_at=None)))).expires_at is None


async def test_elevenlabs_refuses_a_wrong_key_in_words() -> None:
    report = await voice(voices.ElevenLabs(), "wrong").verify()
    assert not report.is_usable
    assert "permission" in report.message
    with pytest.raises(KeyRefused):
        await voice(voices.ElevenLabs(), "wrong").credits()


async def test_a_key_is_sent_in_the_header_that_its_provider_reads() -> None:
    seen: list[httpx.Headers] = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(401, json={})

    transport = over(balances.deepseek(Account()))
    transport._client = httpx.AsyncClient(transport=httpx.MockTransport(note))
    await elevenlabs.make(transport, at_home("secret")).verify()
    assert seen[0]["xi-api-key"] == "secret"
    assert "authorization" not in seen[0]
