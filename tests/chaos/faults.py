"""What each kind of fault does. Each returns the instant from which the service must find its feet by itself."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.chaos.plan import Fault
from tests.chaos.processes import DidNotHappen, Postgres, Service, Volume, send

TABLES: Final = ("events", "event_keys", "usage_hourly", "usage_daily", "latency_daily")
SPARE_BYTES: Final = (0, 64 * 1024, 512 * 1024)
# what the database says of a full disk, said by a trigger where no small volume can be mounted
STAND_IN: Final = """
CREATE OR REPLACE FUNCTION chaos_disk_full() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER chaos_disk_full BEFORE INSERT ON {table} FOR EACH {each} EXECUTE FUNCTION chaos_disk_full();
"""
STAND_IN_END: Final = "DROP TRIGGER chaos_disk_full ON {table}"


@dataclass(slots=True)
class House:
    """All that can be broken."""

    postgres: Postgres
    volume: Volume
    services: list[Service]
    # graceful stops that did not end as they should
    complaints: list[str]


Breaker = Callable[[House, Fault], Awaitable[float]]


async def kill_service(house: House, fault: Fault) -> float:
    """All its processes; where it has workers, also one of them alone, or only the process that keeps them."""
    service = fault.choose(house.services)
    victim = fault.choose(("all", "keeper", "worker")) if service.workers else "all"
    if victim == "worker":
        service.kill_worker(fault.pick)
        return time.monotonic()
    if victim == "keeper":
        await service.kill_keeper()
    else:
        service.kill()
    service.start()
    return time.monotonic()


async def kill_services(house: House, _: Fault) -> float:
    for service in house.services:
        service.kill()
    for service in house.services:
        service.start()
    return time.monotonic()


async def restart_service(house: House, fault: Fault) -> float:
    service = fault.choose(house.services)
    status = await service.stop()
    if status != 0:
        house.complaints.append(f"{service.name} ended with exit status {status} after SIGTERM")
    service.start()
    return time.monotonic()


async def kill_database(house: House, fault: Fault) -> float:
    house.postgres.kill(with_children=fault.choose((True, False)))
    await asyncio.sleep(fault.hold_seconds / 4)
    await house.postgres.start()
    return time.monotonic()


async def kill_database_process(house: House, fault: Fault) -> float:
    """One that serves a connection, or one that works in the background: the server restarts itself."""
    processes = house.postgres.backends() or house.postgres.everyone()[1:]
    send(fault.choose(processes), signal.SIGKILL)
    await asyncio.sleep(0.1)
    await _until_it_answers(house)
    return time.monotonic()


async def restart_database(house: House, fault: Fault) -> float:
    await house.postgres.stop(fault.choose((signal.SIGINT, signal.SIGQUIT)))
    await asyncio.sleep(fault.hold_seconds / 4)
    await house.postgres.start()
    return time.monotonic()


async def kill_both(house: House, fault: Fault) -> float:
    services = house.services if fault.pick < 0.5 else house.services[:1]
    for service in services:
        service.kill()
    house.postgres.kill(with_children=True)
    await house.postgres.start()
    for service in services:
        service.start()
    return time.monotonic()


async def fill_disk(house: House, fault: Fault) -> float:
    if not house.volume.is_mounted:
        return await _pretend_full(house, fault)
    try:
        house.volume.fill(fault.choose(SPARE_BYTES))
        await asyncio.sleep(fault.hold_seconds)
    finally:
        house.volume.free()
    if not house.postgres.runs:  # PostgreSQL gives up when its write-ahead log finds no room, also while it recovers
        await house.postgres.start()
    await _until_it_answers(house)
    return time.monotonic()


async def _pretend_full(house: House, fault: Fault) -> float:
    table = fault.choose(TABLES)
    each = "ROW" if table == "events" else "STATEMENT"
    connection = await house.postgres.connect()
    try:
        await connection.execute(STAND_IN.format(table=table, each=each))
        await asyncio.sleep(fault.hold_seconds)
        await connection.execute(STAND_IN_END.format(table=table))
    finally:
        await connection.close()
    return time.monotonic()


async def stall_database(house: House, fault: Fault) -> float:
    """SIGSTOP of every process of the server: connections stay open and nothing answers."""
    stopped = house.postgres.everyone()
    for pid in stopped:
        send(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(fault.hold_seconds)
    finally:
        for pid in stopped:
            send(pid, signal.SIGCONT)
    return time.monotonic()


async def lock_table(house: House, fault: Fault) -> float:
    connection = await house.postgres.connect()
    try:
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {fault.choose(TABLES)} IN ACCESS EXCLUSIVE MODE")
            await asyncio.sleep(fault.hold_seconds)
    finally:
        await connection.close()
    return time.monotonic()


async def end_connections(house: House, _: Fault) -> float:
    connection = await house.postgres.connect()
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'tokenboard%'"
        )
    finally:
        await connection.close()
    return time.monotonic()


async def leave_alone(_: House, fault: Fault) -> float:
    """The senders are the fault."""
    await asyncio.sleep(fault.hold_seconds)
    return time.monotonic()


async def _until_it_answers(house: House) -> None:
    for _ in range(600):
        if await house.postgres.answers():
            return
        if not house.postgres.runs:
            await house.postgres.start()
            return
        await asyncio.sleep(0.05)
    raise DidNotHappen("PostgreSQL did not recover by itself")


BREAKERS: Final[Mapping[str, Breaker]] = {
    "service killed": kill_service,
    "services killed": kill_services,
    "service restarted": restart_service,
    "database killed": kill_database,
    "database process killed": kill_database_process,
    "database restarted": restart_database,
    "database and services killed": kill_both,
    "disk full": fill_disk,
    "database stalled": stall_database,
    "database stalled, many senders": stall_database,
    "table locked": lock_table,
    "connections ended": end_connections,
    "senders cut while sending": leave_alone,
    "senders cut while waiting": leave_alone,
    "slow senders": leave_alone,
}
