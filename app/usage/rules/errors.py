"""Why a usage object could not be read. Ingest turns each into the answer for that one event."""

from collections.abc import Iterable


class UsageError(ValueError):
    """Something about a usage object that its sender can mend."""

    code = "usage_invalid"


class UsageFieldInvalid(UsageError):
    """One field of the usage object holds what no count can be."""

    code = "usage_field_invalid"

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field = field
        self.detail = detail


class UsageNotUnderstood(UsageError):
    """No dialect reads an object of this shape; `seen` are its keys."""

    code = "usage_not_understood"

    def __init__(self, seen: Iterable[str]) -> None:
        self.seen = tuple(sorted(seen))
        listed = ", ".join(self.seen[:12]) or "nothing"
        super().__init__(f"no known usage object has these fields: {listed}")
