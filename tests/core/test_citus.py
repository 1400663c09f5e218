"""Which table goes where on Citus, and that the tables keep its rules. A stand-in records what it is told and refuses
what Citus refuses."""

import importlib
import pkgutil
import re
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, TextClause, UniqueConstraint, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

import app
from app.core import citus
from app.core.citus import Kind
from app.core.database import make_engine
from app.metadata import metadata
from tests.cli.conftest import Command, tokenboard

__all__ = ["tokenboard"]

STAND_IN = """
CREATE FUNCTION citus_version() RETURNS text LANGUAGE sql AS $$ SELECT 'Citus 13.2.0 on nothing' $$;
CREATE TABLE pg_dist_node (groupid int);
INSERT INTO pg_dist_node VALUES (0), (1), (2);
CREATE TABLE pg_dist_partition (logicalrelid regclass, partmethod "char", repmodel "char", place serial);
CREATE FUNCTION is_known(wanted regclass) RETURNS boolean LANGUAGE sql AS
    $$ SELECT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = wanted) $$;
CREATE FUNCTION refuse_keys(wanted regclass) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    IF current_setting('citus.multi_shard_modify_mode', true) IS DISTINCT FROM 'sequential' THEN
        RAISE EXCEPTION 'cannot modify % because there was a parallel operation on a distributed table', wanted; END IF;
    IF is_known(wanted) THEN RAISE EXCEPTION 'table % is already distributed', wanted; END IF;
    IF EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND conrelid = wanted AND NOT is_known(confrelid)) THEN
        RAISE EXCEPTION 'referenced table of % must be a distributed or reference table', wanted; END IF;
    IF EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND confrelid = wanted AND NOT is_known(conrelid)) THEN
        RAISE EXCEPTION 'relation % is referenced by a local table', wanted; END IF;
END $$;
CREATE FUNCTION create_reference_table(wanted text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    PERFORM refuse_keys(wanted::regclass);
    INSERT INTO pg_dist_partition VALUES (wanted::regclass, 'n', 't');
END $$;
CREATE FUNCTION create_distributed_table(
    wanted text, by text, shard_count int DEFAULT NULL, colocate_with text DEFAULT 'default'
) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    PERFORM refuse_keys(wanted::regclass);
    IF EXISTS (
        SELECT FROM pg_index WHERE indrelid = wanted::regclass AND indisunique AND NOT (
            SELECT attnum FROM pg_attribute WHERE attrelid = wanted::regclass AND attname = by) = ANY (indkey)
    ) THEN RAISE EXCEPTION 'cannot create constraint on %', wanted; END IF;
    IF colocate_with <> 'none' AND NOT is_known(colocate_with::regclass) THEN
        RAISE EXCEPTION '% is not distributed', colocate_with; END IF;
    INSERT INTO pg_dist_partition VALUES (wanted::regclass, 'h', 's');
END $$;
"""


@pytest.fixture
async def stand_in(fresh_database: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(fresh_database)
    async with engine.begin() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        await driver.execute(STAND_IN)
    yield engine
    await engine.dispose()


async def foreign_keys(engine: AsyncEngine) -> list[tuple[str, str]]:
    async with engine.connect() as connection:
        found = await connection.execute(
            text("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' ORDER BY 1, 2")
        )
        return [(row[0], row[1]) for row in found]


def test_every_table_has_its_place_and_keeps_the_rules_of_citus() -> None:
    kinds = citus.classify(metadata)
    assert {name for name, kind in kinds.items() if kind is Kind.REFERENCE} == {"users", "workspaces"}
    of_people = {"account_links", "identities", "recovery_codes", "second_factors", "sessions"}
    assert {name for name, kind in kinds.items() if kind is Kind.LOCAL} == {"deliveries", *of_people}
    for name, kind in kinds.items():
        if kind is Kind.DISTRIBUTED:
            assert metadata.tables[name].c.workspace_id.type.python_type.__name__ == "UUID", name
    assert citus.faults(metadata) == []


LOCAL_BESIDES = {"alembic_version", "pgqueuer", "pgqueuer_log", "pgqueuer_schedules", "pgqueuer_statistics"}
TABLES = """
SELECT oid::regclass::text AS name,
    ARRAY(SELECT tgname::text FROM pg_trigger WHERE tgrelid = pg_class.oid AND NOT tgisinternal) AS triggers,
    ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
        AND (attidentity <> '' OR attgenerated <> '')) AS made,
    ARRAY(SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = pg_class.oid AND (indisunique OR
        indisexclusion) AND NOT (SELECT attnum FROM pg_attribute WHERE attrelid = pg_class.oid
        AND attname = 'workspace_id') = ANY (indkey)) AS unique_elsewhere
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
"""
# whether the columns that refer, and those that are referred to, begin with the workspace is told by their names
KEYS = """
SELECT conname::text, conrelid::regclass::text AS own, confrelid::regclass::text AS other,
    confdeltype::text AS on_delete, confupdtype::text AS on_update,
    ARRAY(SELECT mine.attname::text FROM unnest(conkey, confkey) AS pair (mine, theirs)
        JOIN pg_attribute AS mine ON mine.attrelid = conrelid AND mine.attnum = pair.mine
        JOIN pg_attribute AS theirs ON theirs.attrelid = confrelid AND theirs.attnum = pair.theirs
            AND theirs.attname = mine.attname) AS same
FROM pg_constraint WHERE contype = 'f' AND conparentid = 0
"""


async def test_every_table_that_migrations_make_has_its_place_and_keeps_the_rules(connection: AsyncConnection) -> None:
    kinds = citus.classify(metadata) | dict.fromkeys(LOCAL_BESIDES, Kind.LOCAL)
    tables = (await connection.execute(text(TABLES))).all()
    assert {table.name for table in tables} == set(kinds)
    for table in tables:
        if kinds[table.name] is not Kind.LOCAL:
            assert (table.name, table.triggers, table.made) == (table.name, [], [])
        if kinds[table.name] is Kind.DISTRIBUTED:
            assert (table.name, table.unique_elsewhere) == (table.name, [])


async def test_every_foreign_key_that_migrations_make_is_one_that_citus_takes(connection: AsyncConnection) -> None:
    kinds = citus.classify(metadata)
    for key in (await connection.execute(text(KEYS))).all():
        pair = kinds[key.own], kinds[key.other]
        assert pair in {
            (Kind.DISTRIBUTED, Kind.DISTRIBUTED),
            (Kind.DISTRIBUTED, Kind.REFERENCE),
            (Kind.REFERENCE, Kind.REFERENCE),
            (Kind.LOCAL, Kind.REFERENCE),
            (Kind.LOCAL, Kind.LOCAL),
        }, key
        if pair == (Kind.DISTRIBUTED, Kind.DISTRIBUTED):
            assert citus.COLUMN in key.same, key
            assert (key.on_delete, key.on_update) in {("a", "a"), ("c", "a")}, key


def statements() -> Iterator[tuple[str, str]]:
    """Each statement that a module of queries holds as text, with its place."""
    for found in pkgutil.walk_packages(app.__path__, "app."):
        if "queries" in found.name:
            for name, value in vars(importlib.import_module(found.name)).items():
                if isinstance(value, str | TextClause) and not name.startswith("__"):
                    yield f"{found.name}.{name}", str(value)


CHANGES = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")
CLOCKS = re.compile(r"\b(?:clock_timestamp|statement_timestamp|now|random|gen_random_uuid|nextval)\(")


def test_no_statement_that_changes_distributed_rows_asks_what_is_different_each_time() -> None:
    kinds, found = citus.classify(metadata), 0
    for place, statement in statements():
        changed = CHANGES.match(statement)
        if changed and kinds.get(changed[1]) in {Kind.DISTRIBUTED, Kind.REFERENCE}:
            found += 1
            assert not CLOCKS.search(statement), place
    assert found > 20


def test_statements_that_hold_rows_do_so_for_one_workspace() -> None:
    held = [(place, statement) for place, statement in statements() if re.search(r"FOR (UPDATE|SHARE)", statement)]
    assert held
    for place, statement in held:
        assert "workspace_id = :of" in statement, place


def test_a_table_that_breaks_a_rule_is_named() -> None:
    tables = MetaData()
    Table("people", tables, Column("id", Integer, primary_key=True))
    Table(
        "things",
        tables,
        Column("workspace_id", Integer, ForeignKey("people.id", name="fk_null", ondelete="SET NULL"), primary_key=True),
        Column("name", Integer),
        UniqueConstraint("name", name="uq_name"),
    )
    Table(
        "parts",
        tables,
        Column("workspace_id", Integer, primary_key=True),
        Column("thing", Integer, ForeignKey("things.name", name="fk_thing")),
    )
    assert sorted(fault.split(":")[0] for fault in citus.faults(tables)) == ["fk_null", "fk_thing", "uq_name"]


async def test_all_is_distributed_in_an_order_that_offends_no_key(stand_in: AsyncEngine, tokenboard: Command) -> None:
    before = await foreign_keys(stand_in)
    planned = tokenboard("db", "distribute", "--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert "would distribute events by workspace_id" in planned.stdout
    done = tokenboard("db", "distribute", "--shards", "48")
    assert done.returncode == 0, done.stderr
    assert "Citus 13.2.0" in done.stdout
    async with stand_in.connect() as connection:
        known = await citus.known_tables(connection)
        settings = await connection.execute(
            text(
                "SELECT unnest(setconfig) FROM pg_db_role_setting "
                "JOIN pg_database ON pg_database.oid = setdatabase WHERE datname = current_database() ORDER BY 1"
            )
        )
        assert settings.scalars().all() == [
            "citus.multi_shard_modify_mode=sequential",
            "citus.propagate_set_commands=local",
        ]
    assert known == {name: kind for name, kind in citus.classify(metadata).items() if kind is not Kind.LOCAL}
    assert await foreign_keys(stand_in) == before


async def test_done_again_it_does_what_is_left_and_says_what_is_there(
    stand_in: AsyncEngine, tokenboard: Command
) -> None:
    assert tokenboard("db", "distribute").returncode == 0
    async with stand_in.begin() as connection:
        await connection.execute(text("DELETE FROM pg_dist_partition WHERE logicalrelid = 'sync_runs'::regclass"))
    again = tokenboard("db", "distribute")
    assert again.returncode == 0, again.stderr
    assert "events is a distributed table already" in again.stdout
    assert "distribute sync_runs by workspace_id" in again.stdout
    assert "distribute events " not in again.stdout


async def test_an_old_citus_and_one_without_its_coordinator_are_refused(
    stand_in: AsyncEngine, tokenboard: Command
) -> None:
    async with stand_in.begin() as connection:
        await connection.execute(text("DELETE FROM pg_dist_node WHERE groupid = 0"))
    refused = tokenboard("db", "distribute")
    assert refused.returncode == 2
    assert "citus_set_coordinator_host" in refused.stderr
    async with stand_in.begin() as connection:
        await connection.execute(
            text("CREATE OR REPLACE FUNCTION citus_version() RETURNS text LANGUAGE sql AS $$ SELECT 'Citus 11.3.1' $$")
        )
    assert "12.0 or newer" in tokenboard("db", "distribute").stderr


def test_a_database_without_citus_is_left_alone_and_says_how_to_install_it(tokenboard: Command) -> None:
    refused = tokenboard("db", "distribute")
    assert refused.returncode == 2
    assert "shared_preload_libraries" in refused.stderr
