"""What the stand-ins share: answers in JSON with exact numbers, and pages bound to their question."""

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Refusal(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, message: str, *, kind: str = "invalid_request_error", param: str | None = None):
        super().__init__(message)
        self.status, self.message, self.kind, self.param = status, message, kind, param


def answer(body: Mapping[str, object], status: int = 200) -> Response:
    """JSON in which a Decimal is a number with all its digits."""
    return Response(_ENCODER.encode(body), status, media_type="application/json")


@dataclass(slots=True)
class Pages:
    """Where a walk is. Tokens are tied to the exact question; they can be made to misbehave."""

    never_ends: bool = False
    repeats: bool = False
    forgets_next: bool = False
    expired: int = 0  # so many of the next tokens are no longer known
    expired_status: int = 400
    served: int = 0

    def offset(self, request: Request) -> int:
        """How many rows are behind this page. Raises Refusal on a token of another question."""
        token = request.query_params.get("page")
        if token is None:
            return 0
        if self.expired:
            self.expired -= 1
            raise Refusal(self.expired_status, "The page token has expired", param="page")
        try:
            digest, offset = base64.urlsafe_b64decode(token.removeprefix("page_")).decode().split(":")[:2]
        except (ValueError, binascii.Error):
            raise Refusal(400, "Invalid page token", param="page") from None
        if digest != _digest(request):
            raise Refusal(400, "The page token belongs to other parameters", param="page")
        return int(offset)

    def more(self, request: Request, offset: int, size: int, total: int) -> Mapping[str, object]:
        """`has_more` and `next_page` after this page."""
        self.served += 1
        after = offset + size
        if self.never_ends:
            return {"has_more": True, "next_page": _token(request, f"{offset}:{self.served}")}
        if self.repeats:
            return {"has_more": True, "next_page": _token(request, "0")}
        has_more = after < total
        token = _token(request, str(after)) if has_more and not self.forgets_next else None
        return {"has_more": has_more, "next_page": token}


def _digest(request: Request) -> str:
    rest = sorted((name, value) for name, value in request.query_params.multi_items() if name != "page")
    return hashlib.sha256(f"{request.url.path}?{urlencode(rest)}".encode()).hexdigest()[:16]


def _token(request: Request, place: str) -> str:
    return "page_" + base64.urlsafe_b64encode(f"{_digest(request)}:{place}".encode()).decode()


def several(request: Request, name: str) -> list[str]:
    """An array parameter, with or without brackets."""
    return [*request.query_params.getlist(f"{name}[]"), *request.query_params.getlist(name)]


def whole(request: Request, name: str, usual: int, most: int) -> int:
    """A whole parameter from 1 to `most`. Raises Refusal."""
    given = request.query_params.get(name)
    if given is None:
        return usual
    if not given.isdigit() or not 1 <= int(given) <= most:
        raise Refusal(400, f"'{name}' must be less than or equal to {most}", param=name)
    return int(given)


def after(things: Sequence[Mapping[str, object]], request: Request, cursor: str, limit: int) -> Mapping[str, object]:
    """A page of a list with `first_id`, `last_id` and `has_more`."""
    last = request.query_params.get(cursor)
    start = next((at + 1 for at, thing in enumerate(things) if thing["id"] == last), 0)
    page = list(things[start : start + limit])
    return {
        "object": "list",
        "data": page,
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
        "has_more": start + limit < len(things),
    }
