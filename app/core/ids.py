"""UUIDv7 ids: they sort by the time they were made, so new index entries land side by side."""

from typing import Final
from uuid import UUID

from asyncpg.pgproto import pgproto
from uuid_utils.compat import uuid7

# A kind of UUID that is read, hashed and compared in C, and that the driver writes fastest: 0.1 µs where reading one of
# the standard library's takes 1.2.
quick_uuid: Final = pgproto.UUID


def new_id() -> UUID:
    return uuid7()
