"""DeepSeek, Moonshot and SiliconFlow: a balance each, with codes and currencies of their own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from starlette.requests import Request
from starlette.types import ASGIApp

from tests.providers.fakes.desk import Body, desk, key_of
from tests.providers.fakes.faults import Faults
from tests.providers.fakes.serving import Refusal

KEY = "sk-balance-stand-in-0000"


@dataclass(slots=True)
class Account:
    """`hosts` are where the key is known; None is everywhere. Gifts and payments are in the site's currency."""

    given: Decimal = Decimal("8.40")
    paid: Decimal = Decimal("80.00")
    currencies: tuple[str, ...] = ("CNY",)
    hosts: tuple[str, ...] | None = None
    code: int | None = None
    is_available: bool = True
    faults: Faults = field(default_factory=Faults)

    def check(self, request: Request) -> None:
        host = request.headers["host"]
        if key_of(request) != KEY or (self.hosts is not None and host not in self.hosts):
            raise Refusal(401, "Authentication Fails")


def _error(refusal: Refusal) -> Body:
    return {"error": {"message": refusal.message, "type": "authentication_error", "param": None, "code": None}}


def _app(account: Account, path: str, body: Callable[[], Body]) -> ASGIApp:
    def handle(request: Request) -> Body:
        account.check(request)
        return body()

    return desk({f"GET {path}": handle}, _error, account.faults)


def deepseek(account: Account) -> ASGIApp:
    """Strings; an entry for each currency of the account."""

    def body() -> Body:
        infos = [
            {
                "currency": currency,
                "total_balance": f"{account.given + account.paid:.2f}",
                "granted_balance": f"{account.given:.2f}",
                "topped_up_balance": f"{account.paid:.2f}",
            }
            for currency in account.currencies
        ]
        return {"is_available": account.is_available, "balance_infos": infos}

    return _app(account, "/user/balance", body)


def moonshot(account: Account) -> ASGIApp:
    """Numbers; cash below zero is a debt, and then only the vouchers are available."""

    def body() -> Body:
        available = account.given + max(account.paid, Decimal(0))
        return {
            "code": account.code or 0,
            "data": {
                "available_balance": available,
                "voucher_balance": account.given,
                "cash_balance": account.paid,
            },
            "scode": "0x0",
            "status": not account.code,
        }

    return _app(account, "/v1/users/me/balance", body)


def siliconflow(account: Account) -> ASGIApp:
    """Strings, 20000 for success, and more about the person than anybody asked for."""

    def body() -> Body:
        data = {
            "id": "u1",
            "name": "Ada Private",
            "email": "ada@private.example",
            "isAdmin": False,
            "balance": f"{account.given:.2f}",
            "chargeBalance": f"{account.paid:.2f}",
            "totalBalance": f"{account.given + account.paid:.2f}",
        }
        return {"code": account.code or 20000, "message": "OK", "status": True, "data": data}

    return _app(account, "/v1/user/info", body)
