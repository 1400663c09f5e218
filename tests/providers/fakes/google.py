"""Google: a service account's sign-in, and BigQuery with a billing export that only grows."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import jwt
import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from app.core.money import to_wire
from tests.providers.fakes.faults import Faults, with_faults
from tests.providers.fakes.serving import answer
from tests.providers.fakes.world import DAY, midnight

EMAIL = "reader@billing-project.iam.gserviceaccount.com"
PROJECT = "billing-project"
TABLE = f"{PROJECT}.billing.gcp_billing_export_v1_01ABCD_234567_89ABCD"
SIGN_IN = "https://stand-in.test/token"
TOKEN = "stand-in-google-token"
COLUMNS = (
    "day",
    "service",
    "sku",
    "project",
    "invoice_month",
    "cost_type",
    "currency",
    "sku_name",
    "amount",
    "quantity",
    "unit",
)


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_file(**changes: str) -> str:
    """The JSON file of the stand-in's service account."""
    pem = _key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    parts = {"type": "service_account", "project_id": PROJECT, "private_key_id": "k1", "private_key": pem.decode()}
    return json.dumps({**parts, "client_email": EMAIL, "token_uri": SIGN_IN, **changes})


@dataclass(frozen=True, slots=True)
class Charge:
    """One row of the export. `exported` is when it came into the table, which may be days later."""

    day: date
    sku: str
    cost: Decimal
    credit: Decimal = Decimal(0)
    project: str | None = "shop"
    service: str = "Vertex AI"
    cost_type: str = "regular"
    currency: str = "USD"
    invoice_month: str = "202610"
    quantity: Decimal = Decimal(1000)
    exported: date | None = None

    @property
    def exported_at(self) -> datetime:
        return midnight(self.exported or self.day + DAY)

    @property
    def group(self) -> tuple[str | None, ...]:
        service, sku = f"service-{self.service}", f"sku-{self.sku}"
        return (
            self.day.isoformat(),
            service,
            sku,
            self.project,
            self.invoice_month,
            self.cost_type,
            self.currency,
            self.sku,
        )


@dataclass(slots=True)
class Google:
    """The stand-in's state. `polls` answers come first that say the job is not done."""

    charges: Sequence[Charge] = ()
    polls: int = 1
    page_rows: int = 30
    never_ends: bool = False
    lacks: str = ""
    is_enabled: bool = True
    faults: Faults = field(default_factory=Faults)
    queries: list[Mapping[str, Any]] = field(default_factory=list)
    jobs: dict[str, list[list[str | None]]] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)

    def total(self, wanted: Callable[[Charge], bool] = lambda _: True) -> Decimal:
        """Net of credits."""
        return sum((c.cost + c.credit for c in self.charges if wanted(c)), Decimal(0))


def serve(state: Google) -> ASGIApp:
    """The app of one billing account."""

    async def token(request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        public = _key().public_key()
        try:
            claims = jwt.decode(form.get("assertion", ""), public, algorithms=["RS256"], audience=SIGN_IN)
        except jwt.PyJWTError:
            return answer({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400)
        if not state.is_enabled or claims["iss"] != EMAIL or not claims["scope"].endswith("/auth/bigquery"):
            return answer({"error": "invalid_grant", "error_description": "Invalid grant: account not found"}, 400)
        return answer({"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"})

    async def query(request: Request) -> Response:
        body = msgspec.json.decode(await request.body())
        refusal = _refusal(state, request, body)
        if refusal:
            return refusal
        if body.get("dryRun"):
            return answer({"jobComplete": True, "totalBytesProcessed": "1024", "schema": _SCHEMA})
        job = body["requestId"]
        if job not in state.jobs:  # the same request again is the same job
            state.queries.append(body)
            state.jobs[job], state.waiting[job] = _rows(state, body), state.polls
        return _results(state, job, 0)

    async def results(request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error(401, "authError", "Invalid Credentials")
        if request.query_params.get("location") != "EU":
            return _error(404, "notFound", "Not found: Job")
        place = int(request.query_params.get("pageToken", "0"))
        return _results(state, request.path_params["job"], place)

    root = "/bigquery/v2/projects/{project}/queries"
    routes = [
        Route("/token", token, methods=["POST"]),
        Route(root, query, methods=["POST"]),
        Route(f"{root}/{{job}}", results),
    ]
    return with_faults(Starlette(routes=routes), state.faults)


_SCHEMA = {"fields": [{"name": name, "type": "STRING", "mode": "NULLABLE"} for name in COLUMNS]}


def _error(status: int, reason: str, message: str) -> Response:
    return answer({"error": {"code": status, "message": message, "errors": [{"reason": reason}]}}, status)


def _refusal(state: Google, request: Request, body: Mapping[str, Any]) -> Response | None:
    if request.headers.get("authorization") != f"Bearer {TOKEN}":
        return _error(401, "authError", "Invalid Credentials")
    if request.path_params["project"] != PROJECT or state.lacks == "jobs":
        said = f"Access Denied: Project {PROJECT}: User does not have bigquery.jobs.create permission."
        return _error(403, "accessDenied", said)
    if state.lacks == "data":
        return _error(403, "accessDenied", "Access Denied: Table: User does not have permission to query table.")
    if body["useLegacySql"] or f"`{TABLE}`" not in body["query"]:
        return _error(404, "notFound", "Not found: Table")
    return None


def _rows(state: Google, body: Mapping[str, Any]) -> list[list[str | None]]:
    """What the query means: whole days of the window, and of those that were exported in it."""
    values = {each["name"]: each["parameterValue"] for each in body["queryParameters"]}
    start, end = (datetime.fromisoformat(values[name]["value"]).astimezone(UTC) for name in ("start", "end"))
    services = {value["value"] for value in values["services"]["arrayValues"]}
    late = {charge.day for charge in state.charges if start <= charge.exported_at < end}
    groups: dict[tuple[str | None, ...], list[Charge]] = {}
    for charge in state.charges:
        if charge.service in services and (start <= midnight(charge.day) < end or charge.day in late):
            groups.setdefault(charge.group, []).append(charge)
    return [[*group, *_sums(charges)] for group, charges in sorted(groups.items(), key=str)]


def _sums(charges: Sequence[Charge]) -> list[str]:
    net = sum((charge.cost + charge.credit for charge in charges), Decimal(0))
    return [to_wire(net), to_wire(sum((charge.quantity for charge in charges), Decimal(0))), "count"]


def _results(state: Google, job: str, place: int) -> Response:
    reference = {"projectId": PROJECT, "jobId": job, "location": "EU"}
    if state.waiting[job]:
        state.waiting[job] -= 1
        return answer({"jobComplete": False, "jobReference": reference})
    rows = state.jobs[job]
    after = place + state.page_rows
    page = [{"f": [{"v": value} for value in row]} for row in rows[place:after]]
    body: dict[str, object] = {"jobComplete": True, "totalRows": str(len(rows)), "schema": _SCHEMA}
    if page:
        body["rows"] = page  # an empty result has no rows at all
    if place == 0:
        body["jobReference"] = reference
    if after < len(rows) or state.never_ends:
        body["pageToken"] = "1" if state.never_ends else str(after)
    return answer(body)
