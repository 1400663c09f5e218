"""Why a whole body is not taken, and why one event in it is not."""

from typing import Final

from app.core.errors import AppError, Unavailable

MAX_DETAIL: Final = 300
RETRY_SECONDS: Final = 2


class BodyRefused(AppError):
    """A body that is not taken as a whole, for a reason of its own: sent again, it is refused again."""


class BodyNotJson(BodyRefused):
    status, code, title = 400, "not_json", "The body is not JSON"


class BodyInvalid(BodyNotJson):
    """JSON, but neither an event, nor a list of events, nor `{"events": [...]}`."""

    title = "The body holds no events"


class BodyDamaged(BodyRefused):
    status, code, title = 400, "not_decodable", "The body cannot be decompressed"


class BodyCutShort(BodyRefused):
    status, code, title = 400, "body_cut_short", "The body ended early"


class BodyTooLarge(BodyRefused):
    status, code, title = 413, "body_too_large", "The body is too large"


class TooManyEvents(BodyRefused):
    status, code, title = 413, "too_many_events", "Too many events in one body"


class BodyNotSupported(BodyRefused):
    status, code, title = 415, "unsupported_media_type", "This kind of body is not supported"


class BacklogFull(Unavailable):
    """More waits to be written than fits: what is not taken now is safe to send again."""

    code, title = "backlog_full", "Too much waits to be written"

    def __init__(
        self, detail: str = "More calls wait to be written than fit. Nothing of this was stored; send it again."
    ) -> None:
        super().__init__(detail, retry_after_seconds=RETRY_SECONDS)


class EventRefused(Exception):
    """One event that is not taken. `detail` names the field and says how to mend it."""

    def __init__(self, code: str, detail: str, event_id: str | None = None) -> None:
        # it may quote the sender: half a character could not be sent back, and a megabyte should not
        detail = detail[:MAX_DETAIL].encode(errors="replace").decode()
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.event_id = event_id
