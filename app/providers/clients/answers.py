"""What clients share: asking, reading answers without floats, and naming what went wrong."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final, NoReturn

import httpx

from app.core.http import Http, HttpFailure, retry_after_seconds
from app.providers.clients.base import BadAnswer, KeyRefused, RateLimited, SourceFailure

Fields = Mapping[str, object]
Params = Sequence[tuple[str, str]]

# what a header may hold (RFC 9110, section 5.5), without what is neither ASCII nor printable
_SENDABLE: Final = re.compile(r"[ -~]*", re.ASCII)
_OVERLOADED: Final = 529  # Anthropic's own; the real one means the same as 429 to us


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a body; `body` is empty where it was not a JSON object."""

    status: int
    body: Fields
    retry_after_seconds: int | None

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_passing(self) -> bool:
        """Whether it says nothing of the key: the provider is busy, or failed by itself."""
        return self.status == 429 or self.status >= 500

    @property
    def said(self) -> str:
        """The provider's words for a failure, for our own eyes: compared with, never passed on."""
        error = self.body.get("error")
        words = [text(error, key) for key in ("message", "type", "code")] if isinstance(error, Mapping) else []
        return " ".join(word for word in (*words, text(self.body, "message")) if word)


async def ask(
    http: Http,
    url: str,
    headers: Mapping[str, str],
    params: Params,
    *,
    who: str,
    method: str = "GET",
    json: object | None = None,
    content: bytes | None = None,
) -> Answer:
    """Whatever comes back. Raises SourceFailure without an answer, BadAnswer when a success is not JSON.

    And KeyRefused, without asking, for a key that no header can carry.
    """
    if not all(_SENDABLE.fullmatch(value) for value in headers.values()):
        raise KeyRefused(
            "The key holds a line break or a character that no key holds. Copy it again, and nothing else."
        )
    try:
        response = await http.request(method, url, headers=headers, params=params, json=json, content=content)
    except HttpFailure as failure:
        raise SourceFailure(f"{who} could not be reached: {failure}") from None
    except httpx.HTTPError as failure:
        # without the address, which may carry what the caller would not want to read in a log
        raise SourceFailure(f"{who} could not be reached: {type(failure).__name__}.") from None
    return _answer(response, who)


def _answer(response: httpx.Response, who: str) -> Answer:
    try:
        # a report without a row may have no body at all
        body = {} if response.status_code == httpx.codes.NO_CONTENT else parse(response.content)
    except ValueError:
        if response.is_success:
            raise BadAnswer(f"{who} answered something that is not JSON.") from None
        body = None
    if response.is_success and not isinstance(body, Mapping):
        raise BadAnswer(f"{who} answered something that is not a JSON object.")
    wait = retry_after_seconds(response)
    return Answer(
        response.status_code, body if isinstance(body, Mapping) else {}, None if wait is None else math.ceil(wait)
    )


def parse(content: bytes) -> object:
    """JSON with every fraction as Decimal. Raises ValueError on what is not JSON, NaN and infinities included."""
    parsed: object = json.loads(content, parse_float=Decimal, parse_constant=_refuse)
    return parsed


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def failure(answer: Answer, who: str, *, refused: str) -> SourceFailure:
    """The failure that an answer means; `refused` is what people read on 401 and 403."""
    if answer.status in (401, 403):
        return KeyRefused(refused)
    if answer.status in (429, _OVERLOADED):
        wait = answer.retry_after_seconds
        return RateLimited(f"{who} asks to wait before the next request.", retry_after_seconds=wait)
    if answer.status >= 500:
        return SourceFailure(f"{who} failed on its side (status {answer.status}). It is tried again later.")
    return BadAnswer(f"{who} refused the question (status {answer.status}).")


def decimal(value: object, who: str) -> Decimal | None:
    """A number or a decimal string, exactly; None for null. Raises BadAnswer on anything else, floats included."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise BadAnswer(f"{who} gave an amount that is not a number.")
    try:
        number = Decimal(value.strip() if isinstance(value, str) else value)
    except InvalidOperation:
        raise BadAnswer(f"{who} gave an amount that is not a number.") from None
    if not number.is_finite():
        raise BadAnswer(f"{who} gave an amount that is not a number.")
    return number


def count(fields: Fields, name: str) -> int | None:
    """A whole number of 0 or more; None when it is missing or cannot be believed."""
    value = fields.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def text(fields: object, name: str) -> str | None:
    """A string; numbers and booleans as they are written in JSON; None for null, missing and empty."""
    value = fields.get(name) if isinstance(fields, Mapping) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | Decimal):
        return str(value) or None
    return None


def mapping(fields: Fields, name: str) -> Fields:
    """An object; empty when it is null, missing or something else."""
    value = fields.get(name)
    return value if isinstance(value, Mapping) else {}


def rows(fields: Fields, *names: str) -> Iterator[Fields]:
    """The objects of the first list that stands under one of these names."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, list):
            yield from (row for row in value if isinstance(row, Mapping))
            return


def from_unix(value: object, who: str) -> datetime:
    """Whole unix seconds, in UTC. Raises BadAnswer."""
    seconds = decimal(value, who)
    if seconds is None or not 0 <= seconds < 2**36:
        raise BadAnswer(f"{who} gave a bucket without a readable time.")
    return datetime.fromtimestamp(int(seconds), UTC)


def from_iso(value: object, who: str) -> datetime:
    """An RFC 3339 instant, in UTC; a bare date is its midnight. Raises BadAnswer."""
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        raise BadAnswer(f"{who} gave a bucket without a readable time.") from None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
