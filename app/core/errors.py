"""Failures with a name. Each becomes one RFC 9457 problem document (see `handlers`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of the request, and how to mend it."""

    field: str
    detail: str


class AppError(Exception):
    """A failure that its reader can do something about.

    `status` and `code` belong to the class, `detail` says what happened and what to do;
    it must never hold a secret. `extensions` are further members of the problem document, for programs.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Something went wrong"

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        retry_after_seconds: int | None = None,
        extensions: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = tuple(errors)
        self.retry_after_seconds = retry_after_seconds
        self.extensions = extensions or {}


class NotAuthenticated(AppError):
    status, code, title = 401, "not_authenticated", "Sign in first"


class Forbidden(AppError):
    status, code, title = 403, "forbidden", "You may not do this"


class NotFound(AppError):
    status, code, title = 404, "not_found", "Not found"


class InvalidRequest(AppError):
    status, code, title = 422, "invalid_request", "The request is not valid"


class TooManyRequests(AppError):
    status, code, title = 429, "rate_limited", "Too many requests"


class Unavailable(AppError):
    status, code, title = 503, "unavailable", "Not available right now"
