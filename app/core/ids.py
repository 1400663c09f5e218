"""UUIDv7 ids: they sort by the time they were made, so new index entries land side by side."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    return uuid7()
