"""Azure: a sign-in, and Cost Management's query with its positional cells, silent cuts and three retry headers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.providers.fakes.faults import Fault, Faults, with_faults
from tests.providers.fakes.serving import answer
from tests.providers.fakes.world import DAY, today

SECRET = "azure~stand-in~client~secret"
TENANT = "11111111-1111-1111-1111-111111111111"
CLIENT = "22222222-2222-2222-2222-222222222222"
SUBSCRIPTION = "/subscriptions/33333333-3333-3333-3333-333333333333"
MANAGEMENT_GROUP = "/providers/Microsoft.Management/managementGroups/all"
TOKEN = "stand-in-entra-token"
OPENAI_TYPE = "microsoft.cognitiveservices/accounts"


@dataclass(frozen=True, slots=True)
class Charge:
    """What one resource costs on one day by one meter."""

    day: date
    meter: str
    amount: Decimal
    account: str = "chat"
    group: str = "Prod"
    currency: str = "USD"
    resource_type: str = OPENAI_TYPE

    @property
    def resource(self) -> str:
        path = f"{SUBSCRIPTION}/resourceGroups/{self.group}/providers/{self.resource_type}/{self.account}"
        # the case of a resource's id is not the same every day
        return path if self.day.day % 2 else path.lower()

    def cell(self, name: str) -> object:
        cells: dict[str, object] = {
            "Meter": self.meter,
            "ResourceId": self.resource,
            "ResourceGroupName": self.group,
            "UsageDate": int(f"{self.day:%Y%m%d}"),
            "Currency": self.currency,
        }
        return cells[name]


@dataclass(slots=True)
class Azure:
    """The stand-in's state. `columns_turned` puts the columns in another order on every second page."""

    charges: Sequence[Charge] = ()
    scopes: Sequence[str] = (SUBSCRIPTION, MANAGEMENT_GROUP)
    may_read: bool = True
    page_rows: int = 40
    columns_turned: bool = False
    never_ends: bool = False
    foreign_links: bool = False
    sign_in_error: str = ""
    now: date = field(default_factory=today)
    faults: Faults = field(default_factory=Faults)
    asked: list[Mapping[str, Any]] = field(default_factory=list)

    def total(self, currency: str = "USD") -> Decimal:
        kept = (charge for charge in self.charges if charge.resource_type == OPENAI_TYPE)
        return sum((charge.amount for charge in kept if charge.currency == currency), Decimal(0))


def too_many(qpu: int, entity: int, tenant: int) -> Fault:
    """429 with a header for each quota, and `Retry-After` for none of them."""
    prefix = "x-ms-ratelimit-microsoft.costmanagement"
    waits = {f"{prefix}-{name}-retry-after": str(n) for name, n in (("qpu", qpu), ("entity", entity))}
    body = {"error": {"code": "429", "message": "Too many requests. Please retry."}}
    return Fault(429, body, {**waits, f"{prefix}-tenant-retry-after": str(tenant)})


def serve(state: Azure) -> ASGIApp:
    """The app of one tenant."""

    async def token(request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        if state.sign_in_error:
            return answer({"error": "invalid_client", "error_description": state.sign_in_error}, 401)
        known = (TENANT, CLIENT, SECRET, "client_credentials", "https://management.azure.com/.default")
        given = (request.path_params["tenant"], *(form.get(name) for name in _SIGN_IN))
        if given != known:
            said = "AADSTS7000215: Invalid client secret provided. Trace ID: 0"
            return answer({"error": "invalid_client", "error_description": said}, 401)
        return answer({"token_type": "Bearer", "expires_in": 3599, "access_token": TOKEN})

    async def query(request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error(401, "AuthenticationFailed", "Authentication failed.")
        if request.query_params.get("api-version") != "2025-03-01":
            return _error(400, "InvalidApiVersionParameter", "The api-version is missing.")
        scope = "/" + request.path_params["scope"]
        if scope not in state.scopes:
            return _error(404, "SubscriptionNotFound", "The subscription could not be found.")
        if not state.may_read:
            return _error(403, "RBACAccessDenied", "The client does not have authorization to perform action.")
        return _report(state, scope, request, msgspec.json.decode(await request.body()))

    path = "/{scope:path}/providers/Microsoft.CostManagement/query"
    routes = [
        Route("/{tenant}/oauth2/v2.0/token", token, methods=["POST"]),
        Route(path, query, methods=["POST"]),
    ]
    return with_faults(Starlette(routes=routes), state.faults)


_SIGN_IN = ("client_id", "client_secret", "grant_type", "scope")


def _error(status: int, code: str, message: str) -> Response:
    return answer({"error": {"code": code, "message": message, "details": []}}, status)


def _report(state: Azure, scope: str, request: Request, body: Mapping[str, Any]) -> Response:
    place = int(request.query_params.get("$skiptoken", "0"))
    if place and body != state.asked[-1]:
        return _error(400, "BadRequest", "The body must be the one of the first page.")
    state.asked.append(body)
    names = [group["name"] for group in body["dataset"].get("grouping", [])]
    if len(names) > 2 or ("ResourceId" in names and not scope.startswith("/subscriptions/")):
        return _error(400, "BadRequest", "Invalid query definition: Invalid dataset grouping")
    columns, found = _table(state, body, names)
    if not found:
        return Response(status_code=204)
    page = found[place : place + state.page_rows]
    after = place + state.page_rows
    if state.columns_turned and (place // state.page_rows) % 2:
        columns, page = columns[::-1], [row[::-1] for row in page]
    link = None
    if after < len(found) or state.never_ends:
        host = "https://management.azure.com" if state.foreign_links else f"https://{request.url.netloc}"
        skip = place if state.never_ends else after
        link = f"{host}{request.url.path}?api-version=2025-03-01&$skiptoken={skip}"
    kinds = {"Cost": "Number", "UsageDate": "Number"}
    typed = [{"name": name, "type": kinds.get(name, "String")} for name in columns]
    return answer({"id": "query", "properties": {"columns": typed, "rows": page, "nextLink": link}})


def _table(state: Azure, body: Mapping[str, Any], names: list[str]) -> tuple[list[str], list[list[object]]]:
    """The whole answer. Grouped as asked, rows of one group added up."""
    is_daily = body["dataset"]["granularity"] == "Daily"
    first, last = _window(body["timePeriod"], is_daily=is_daily, now=state.now)
    types = body["dataset"]["filter"]["dimensions"]["values"]
    columns = ["Cost", *(["UsageDate"] if is_daily else []), *names, "Currency"]
    sums: dict[tuple[object, ...], Decimal] = {}
    for charge in state.charges:
        if first <= charge.day <= last and charge.resource_type.lower() in types:
            key = tuple(charge.cell(name) for name in columns[1:])
            sums[key] = sums.get(key, Decimal(0)) + charge.amount
    return columns, [[amount, *key] for key, amount in sorted(sums.items(), key=str)]


def _window(period: Mapping[str, str], *, is_daily: bool, now: date) -> tuple[date, date]:
    """First and last day. Too long a window is cut without a word, a future one is moved a year back."""
    first, last = (datetime.fromisoformat(period[name]).astimezone(UTC).date() for name in ("from", "to"))
    if last > now:
        first, last = first - timedelta(days=365), last - timedelta(days=365)
    return first, min(last, first + 30 * DAY) if is_daily else last
