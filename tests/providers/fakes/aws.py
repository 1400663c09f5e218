"""AWS Cost Explorer: signatures are computed again, groups come with an empty total, each page is charged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from app.core.money import to_wire
from tests.providers.fakes.faults import Faults, with_faults
from tests.providers.fakes.serving import answer
from tests.providers.fakes.world import DAY, today

KEY_ID = "AKIASTANDIN000000000"
SECRET = "stand-in/secret+access+key/0000000000000"
TARGET = "AWSInsightsIndexService.GetCostAndUsage"
BEDROCK = "Amazon Bedrock"
SONNET = "Claude Sonnet 4.5 (Amazon Bedrock Edition)"


@dataclass(frozen=True, slots=True)
class Charge:
    """What one usage type of a service costs on one day."""

    day: date
    service: str
    usage_type: str
    amount: Decimal
    quantity: Decimal = Decimal(0)
    unit: str = "N/A"
    record_type: str = "Usage"

    def value(self, key: str) -> str:
        return {"SERVICE": self.service, "USAGE_TYPE": self.usage_type, "RECORD_TYPE": self.record_type}[key]


@dataclass(slots=True)
class Aws:
    """The stand-in's state. `requests` is what the reader is charged 0.01 USD for, each."""

    charges: Sequence[Charge] = ()
    may_read: bool = True
    session_token: str | None = None
    region: str = "us-east-1"
    page_groups: int = 25
    never_ends: bool = False
    forgets_place: bool = False
    is_new: bool = False
    estimated_from: date = field(default_factory=today)
    faults: Faults = field(default_factory=Faults)
    asked: list[Mapping[str, Any]] = field(default_factory=list)
    requests: int = 0

    def total(self) -> Decimal:
        """What Bedrock consumed."""
        kept = (c for c in self.charges if "Bedrock" in c.service and c.record_type == "Usage")
        return sum((charge.amount for charge in kept), Decimal(0))


def serve(state: Aws) -> ASGIApp:
    """The app of one account."""

    async def cost_and_usage(request: Request) -> Response:
        body = await request.body()
        refusal = _refusal(state, request, body)
        if refusal:
            return refusal
        state.requests += 1
        return _report(state, msgspec.json.decode(body))

    return with_faults(Starlette(routes=[Route("/", cost_and_usage, methods=["POST"])]), state.faults)


def _error(kind: str, message: str = "", status: int = 400) -> Response:
    return answer({"__type": f"com.amazonaws.ce#{kind}", "Message": message}, status)


def _refusal(state: Aws, request: Request, body: bytes) -> Response | None:
    given = request.headers.get("authorization", "")
    if request.headers.get("x-amz-target") != TARGET:
        return _error("UnknownOperationException")
    if f"Credential={KEY_ID}/" not in given or f"/{state.region}/ce/aws4_request" not in given:
        return _error("UnrecognizedClientException", "The security token included in the request is invalid.")
    if request.headers.get("x-amz-security-token") != state.session_token:
        return _error("ExpiredTokenException")
    if not _is_signed(state, request, body):
        return _error("InvalidSignatureException", "The request signature we calculated does not match.", 403)
    if not state.may_read:
        return _error("AccessDeniedException", "User: arn:aws:iam::1:user/x is not authorized: ce:GetCostAndUsage")
    return _error("DataUnavailableException") if state.is_new else None


def _is_signed(state: Aws, request: Request, body: bytes) -> bool:
    """Whether the same signature comes out of the same secret, instant, headers and body."""
    headers = request.headers
    named = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    again = AWSRequest("POST", str(request.url), data=body, headers={name: headers[name] for name in named})
    again.context["timestamp"] = headers["x-amz-date"]
    age = datetime.now(UTC) - datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    signer = SigV4Auth(Credentials(KEY_ID, SECRET, state.session_token), "ce", state.region)
    signature = signer.signature(signer.string_to_sign(again, signer.canonical_request(again)), again)
    return headers["authorization"].endswith(f"Signature={signature}") and abs(age.total_seconds()) < 300


def _report(state: Aws, body: Mapping[str, Any]) -> Response:
    question = {name: value for name, value in body.items() if name != "NextPageToken"}
    place = int(body.get("NextPageToken", "0"))
    if place and (question != state.asked[-1] or state.forgets_place):
        return _error("InvalidNextTokenException")
    state.asked.append(question)
    if date.fromisoformat(body["TimePeriod"]["Start"]) > today():
        return _error("ValidationException", "start date should not be in the future")
    groups = _groups(state, question)
    page = groups[place : place + state.page_groups]
    after = place + state.page_groups
    more: dict[str, object] = {"NextPageToken": str(after)} if after < len(groups) else {}
    if state.never_ends:
        more = {"NextPageToken": str(place or 1)}
    return answer({"GroupDefinitions": body["GroupBy"], "ResultsByTime": _results(state, body, page), **more})


Group = tuple[date, tuple[str, ...], Mapping[str, object]]


def _groups(state: Aws, body: Mapping[str, Any]) -> list[Group]:
    is_daily = body["Granularity"] == "DAILY"
    start, end = (date.fromisoformat(body["TimePeriod"][name]) for name in ("Start", "End"))
    found: dict[tuple[date, tuple[str, ...]], list[Charge]] = {}
    for charge in state.charges:
        if start <= charge.day < end and _passes(charge, body.get("Filter", {})):
            bucket = charge.day if is_daily else max(charge.day.replace(day=1), start)
            keys = tuple(charge.value(group["Key"]) for group in body["GroupBy"])
            found.setdefault((bucket, keys), []).append(charge)
    return [(day, keys, _metrics(charges)) for (day, keys), charges in sorted(found.items())]


def _passes(charge: Charge, wanted: Mapping[str, Any]) -> bool:
    """Names are compared exactly, as Cost Explorer does."""
    if "And" in wanted:
        return all(_passes(charge, part) for part in wanted["And"])
    if "Not" in wanted:
        return not _passes(charge, wanted["Not"])
    if "Dimensions" in wanted:
        return charge.value(wanted["Dimensions"]["Key"]) in wanted["Dimensions"]["Values"]
    return True


def _metrics(charges: Sequence[Charge]) -> Mapping[str, object]:
    cost = sum((charge.amount for charge in charges), Decimal(0))
    units = {charge.unit for charge in charges}
    quantity = {
        "Amount": to_wire(sum((charge.quantity for charge in charges), Decimal(0))),
        "Unit": units.pop() if len(units) == 1 else "N/A",
    }
    return {"UnblendedCost": {"Amount": to_wire(cost), "Unit": "USD"}, "UsageQuantity": quantity}


def _results(state: Aws, body: Mapping[str, Any], page: Sequence[Group]) -> list[object]:
    """A page by its buckets; `Total` stays empty wherever there are groups."""
    results: list[object] = []
    for bucket in sorted({day for day, _, _ in page}):
        end = bucket + DAY if body["Granularity"] == "DAILY" else (bucket.replace(day=1) + 32 * DAY).replace(day=1)
        groups = [{"Keys": list(keys), "Metrics": metrics} for day, keys, metrics in page if day == bucket]
        window = {"Start": bucket.isoformat(), "End": min(end.isoformat(), body["TimePeriod"]["End"])}
        results.append(
            {"TimePeriod": window, "Total": {}, "Groups": groups, "Estimated": bucket >= state.estimated_from}
        )
    return results
