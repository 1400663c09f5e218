"""What a sending process says of itself beside its events: who it is, and how many events it gave up."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from app.ingest.errors import EventRefused
from app.ingest.rules import checks, limits
from app.ingest.rules.accounting import SenderReport

_IGNORED: Final = "the report was ignored, the events were not"

SenderId = Annotated[str, Meta(min_length=1, max_length=limits.MAX_SENDER_ID)]
SenderName = Annotated[str, Meta(max_length=limits.MAX_SENDER_NAME)]
Reason = Annotated[str, Meta(min_length=1, max_length=limits.MAX_REASON)]
Dropped = Annotated[int, Meta(ge=0, le=limits.MAX_DROPPED)]


class SenderMember(msgspec.Struct, gc=False):
    """The process that sends. Members that are not known here are left alone: a newer sender may have more to say."""

    id: Annotated[SenderId, Meta(description="One per process, made when it starts.")]
    name: Annotated[SenderName, Meta(description="What it is, like tokenboard-python/0.1.0.")] = ""
    dropped: Annotated[
        dict[Reason, Dropped],
        Meta(
            max_length=limits.MAX_REASONS,
            description="Events that it gave up since it started, by reason, like queue_full. Never less than before.",
        ),
    ] = {}


def read_sender(given: object) -> SenderMember | None:
    """From decoded JSON; None when there is none. Raises EventRefused, saying what is wrong with it."""
    try:
        return msgspec.convert(given, SenderMember | None)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        path = "sender" + where.strip("`").removeprefix("$").removeprefix("key` in `$")
        raise EventRefused("invalid_value", f"{path}: {what[:1].lower()}{what[1:]}; {_IGNORED}") from None
    except UnicodeEncodeError:  # it would have quoted the value, and could not
        raise EventRefused("invalid_value", f"sender: holds half of a character; {_IGNORED}") from None


def report_of(given: SenderMember) -> SenderReport:
    """Checked for what PostgreSQL cannot hold. Raises EventRefused."""
    try:
        for name, value in (("sender.id", given.id), ("sender.name", given.name)):
            checks.text(name, value)
        for reason in given.dropped:
            checks.text("sender.dropped", reason)
    except EventRefused as refusal:
        raise EventRefused(refusal.code, f"{refusal.detail}; {_IGNORED}") from None
    return SenderReport(given.id, given.name, given.dropped)
