"""Bases of what travels on the wire, and the pieces every list shares."""

import unicodedata
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

from app.core.periods import month_period

Item = TypeVar("Item")


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can hold it: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _on_one_line(text: str) -> str:
    if not is_storable(text) or any(unicodedata.category(character) == "Cc" for character in text):
        raise ValueError("must not hold control characters")
    return text


def _checked_storable(text: str) -> str:
    if not is_storable(text):
        raise ValueError("must not hold NUL or half of a character")
    return text


def _checked_month(text: str) -> str:
    month_period(text)
    return text


# Text that programs chose, like an event id.
Storable = Annotated[str, AfterValidator(_checked_storable)]
# Text that people typed into one line; lists and logs break on control characters.
Line = Annotated[str, StringConstraints(max_length=320), AfterValidator(_on_one_line)]
Label = Annotated[
    str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True), AfterValidator(_on_one_line)
]
Month = Annotated[str, AfterValidator(_checked_month), Field(description="`YYYY-MM`, in UTC", examples=["2026-11"])]


def _check_characters(password: SecretStr) -> SecretStr:
    if not is_storable(password.get_secret_value()):
        raise ValueError("must not hold a NUL or half a character")
    return password


# of any length that can be read at all: what is wrong with a new password is told by the rules, once and in words
Password = Annotated[SecretStr, Field(max_length=1024), AfterValidator(_check_characters)]


class Request(BaseModel):
    """A request body: snake_case, or camelCase as an equal spelling; unknown fields are refused by name."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _accept_camel_case(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        snake = {to_camel(name): name for name in cls.model_fields}
        renamed = {snake.get(key, key): value for key, value in data.items()}
        if len(renamed) < len(data):
            raise ValueError("a field is given twice, in two spellings: keep one")
        return renamed


class Response(BaseModel):
    """A response body. Fields carry no defaults, so that clients get them as required."""

    model_config = ConfigDict(from_attributes=True)


class Page(Response, Generic[Item]):
    """One page of a list; `next_cursor` is null on the last."""

    items: Sequence[Item]
    next_cursor: str | None


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[dict[str, str]]
    request_id: str | None
