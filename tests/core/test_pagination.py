"""Cursors: ours come back whole, and others are refused."""

import base64
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.core.errors import InvalidRequest
from app.core.ids import new_id
from app.core.pagination import decode_cursor, decode_key, encode_cursor, encode_key

NOW = datetime(2026, 11, 21, 12, 30, 15, 123456, tzinfo=UTC)

# fixed: parameters name tests, and every worker must name them alike
AN_ID = "01a1fc40-c998-7124-b1b3-e6c309d52141"


def made_of(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize("at", [NOW, NOW.replace(microsecond=0), NOW.astimezone(timezone(timedelta(hours=9)))])
def test_a_cursor_comes_back_whole(at: datetime) -> None:
    tiebreak = new_id()
    cursor = encode_cursor(at, tiebreak)
    assert decode_cursor(cursor) == (at, tiebreak)
    assert cursor.isascii()
    assert not set(cursor) & set("+/=&?# ")


@pytest.mark.parametrize(
    "cursor",
    [
        "noise",
        "",
        "é",
        "a",
        "====",
        made_of(None),
        made_of(7),
        made_of([]),
        made_of(["2026-11-21T12:00:00Z"]),
        made_of(["2026-11-21T12:00:00", AN_ID]),  # no time zone
        made_of(["yesterday", AN_ID]),
        made_of(["2026-11-21T12:00:00Z", "no id"]),
        made_of(["2026-11-21T12:00:00Z", 7]),
        made_of([7, AN_ID]),
        made_of({"at": 1, "id": 2}),
        made_of("ab"),
        made_of(["0001-01-01T00:00:00+23:59", AN_ID]),  # no such instant in UTC
        made_of(["9999-12-31T23:59:59-23:59", AN_ID]),
        base64.urlsafe_b64encode(b"[" * 30_000).decode(),
    ],
)
def test_what_we_did_not_make_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        decode_cursor(cursor)
    assert [error.field for error in refusal.value.errors] == ["cursor"]


def test_a_key_of_words_and_numbers_comes_back_whole() -> None:
    cursor = encode_key(-412, "azure", "modèle-𝛼")
    assert decode_key(cursor, int, str, str) == (-412, "azure", "modèle-𝛼")
    assert not set(cursor) & set("+/=&?# ")


@pytest.mark.parametrize(
    "key",
    [
        ["azure", "m", "x"],
        [1, "m"],
        [1, "m", "x", "y"],
        [True, "m", "x"],
        [1.0, "m", "x"],
        [1, "m", None],
        [2**63, "m", "x"],  # no number of PostgreSQL
        [1, "m", "\0"],
        [1, "m", "\ud800"],
    ],
)
def test_a_key_of_another_shape_is_refused(key: list[object]) -> None:
    with pytest.raises(InvalidRequest):
        decode_key(made_of(key), int, str, str)
