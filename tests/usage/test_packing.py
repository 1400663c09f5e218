"""Usage objects come back to the letter, whatever they say, and rows of before are read as they are."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select, text

from app.core import migrations
from app.core.database import make_engine, make_sessionmaker
from app.usage import changing
from app.usage.models import Event
from app.usage.rules import shapes
from app.usage.rules.changing import Selection
from app.usage.rules.events import as_json
from app.usage.rules.packing import pack, unpack, usage_object
from app.usage.service import record
from tests.factories.analytics import make_call
from tests.factories.workspaces import make_workspace

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TEXT = '{"total_tokens": 3, "cost":0.10, "odd": [1e-7, 12345678901234567890, null], "ort": "käse"}'
CHAT = (
    '{"prompt_tokens":7012,"completion_tokens":981,"total_tokens":7993,"prompt_tokens_details":{"cached_tokens":2048,'
    '"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":512,"audio_tokens":0,'
    '"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}'
)
# what was written once has to be read for ever
WRITTEN = [
    (CHAT, "01c3f0b8b981a11156bf5b5a18a2fbdedcd2d298f800303230b1a042189882dc47e5500000"),
    (CHAT, "0200e436d507b93e80100080040000" + "00"),
]

NAMED = {"same": "openai/gpt-4o", "other": "openai/gpt-4o-2024-08-06", "unknown": None}
PLAIN = text("SELECT event_id, priced_as, raw_usage->>'cost' AS cost FROM events")
EVER = Selection(None, NOON + timedelta(days=1))

NUMBERS = st.integers() | st.decimals(allow_nan=False, allow_infinity=False)
OBJECTS = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=8),
    max_leaves=60,
)


@given(st.dictionaries(st.text(), OBJECTS, min_size=1))
def test_any_object_comes_back_to_the_letter(usage: dict[str, Any]) -> None:
    written = as_json(usage)
    assert written is not None
    assert unpack(pack(written)) == written


@pytest.mark.parametrize("written", [TEXT, CHAT, "{}", '{"chunks":[' + ",".join([CHAT] * 300) + "]}"])
def test_an_object_as_it_stands_in_the_text_comes_back_to_the_letter(written: str) -> None:
    assert unpack(pack(written)) == written


def test_a_common_object_takes_a_tenth_of_its_room_and_one_like_it_a_fifth() -> None:
    assert len(pack(CHAT)) * 10 <= len(CHAT)
    assert len(pack(CHAT.replace('"audio_tokens":0', '"audio_tokens":null'))) * 5 <= len(CHAT)


COUNTS = st.one_of(st.integers(0, 300), st.integers(0, 2**70)).map(str)


@given(st.sampled_from(shapes.SHAPES), st.lists(COUNTS, min_size=12, max_size=12))
def test_a_known_shape_with_any_counts_is_its_number_and_the_counts(shape: str, counts: list[str]) -> None:
    numbers = iter(counts)
    written = "".join(next(numbers) if letter == "#" else letter for letter in shape)
    assert pack(written)[:1] == b"\x02"
    assert unpack(pack(written)) == written


@given(st.sampled_from(shapes.SHAPES), st.integers(0, 9), st.data())
def test_digits_in_any_other_place_come_back_to_the_letter(shape: str, digit: int, data: st.DataObject) -> None:
    written = shape.replace(
        "#", data.draw(st.sampled_from(["7", "", "00", "-0", "1.50", "1e400", "9" * 5_000, "\u0663"]))
    )
    place = data.draw(st.integers(0, len(written)))
    odd = written[:place] + str(digit) + written[place:]
    assert unpack(pack(odd)) == odd
    without = written[:place] + written[place + 1 :]
    assert unpack(pack(without)) == without


@pytest.mark.parametrize(("written", "packed"), WRITTEN)
def test_what_an_earlier_version_packed_is_still_read(written: str, packed: str) -> None:
    assert unpack(bytes.fromhex(packed)) == written


def test_what_a_later_version_packed_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="by a later version of TokenBoard: 03"):
        unpack(b"\x03" + pack(TEXT)[1:])


def test_decimals_are_read_as_they_were_written() -> None:
    read = usage_object(None, pack(TEXT), parse_float=Decimal)
    assert read is not None
    assert (str(read["cost"]), read["odd"][1]) == ("0.10", 12345678901234567890)


def _down(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations.ROOT / "migrations"))
    config.attributes["connection"] = connection
    command.downgrade(config, "0013")


async def test_calls_of_before_and_after_an_upgrade_are_read_alike_and_the_way_back_leads_to_what_was(
    bare_database: str,
) -> None:
    await migrations.upgrade_async(bare_database)
    engine = make_engine(bare_database, pooled=True)
    sessions = make_sessionmaker(engine)
    async with sessions() as session, session.begin():
        workspace = await make_workspace(session)
    calls = [make_call(workspace.id, NOON, event_id=name, raw_usage=TEXT, priced_as=as_) for name, as_ in NAMED.items()]
    await record(sessions, calls)
    async with engine.begin() as connection:
        assert {row.cost for row in await connection.execute(PLAIN)} == {None}
        await connection.run_sync(_down)
        plain = (await connection.execute(PLAIN)).all()
    assert {row.event_id: row.priced_as for row in plain} == NAMED
    assert [row.cost for row in plain] == ["0.10"] * 3
    await migrations.upgrade_async(bare_database)
    await record(sessions, [make_call(workspace.id, NOON, event_id="after", raw_usage=TEXT)])
    async with sessions() as session:
        found = await changing.find(session, workspace.id, EVER, None, 9, with_raw=True)
        kept = (await session.scalars(select(Event))).all()
    assert [str(call.raw_usage["cost"]) for call in found if call.raw_usage] == ["0.10"] * 4
    assert {event.event_id: event.priced_as for event in kept} == {**NAMED, "after": None}
    await engine.dispose()
