"""One run: the plan carried out, the judge asked after each fault, everything put away at the end."""

import asyncio
import json
import re
import shutil
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx

from tests.chaos.faults import BREAKERS, House
from tests.chaos.judge import Judge, Known, look_at_everything, month_total
from tests.chaos.plan import Fault
from tests.chaos.processes import DidNotHappen, Postgres, SenderProgram, Service, Volume

# After a fault is over, each service must store a call again within this time, without help; its own start included.
RECOVERY_SECONDS: Final = 60
# The promise is 300 MB under full load (design, measures); a stalled database may not change that.
MEMORY_BYTES: Final = 300 * 1024 * 1024
WORKSPACES: Final = 2
UGLY: Final = re.compile(r"Traceback|request failed|Task exception was never|Exception in ASGI|never awaited")


@dataclass(slots=True)
class Outcome:
    """What the report tells."""

    faults: Counter[str] = field(default_factory=Counter)
    recoveries: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    counts: Counter[str] = field(default_factory=Counter)
    made: int = 0
    peak_bytes: int = 0
    looks: int = 0
    disk: str = ""
    seconds: float = 0.0
    differences: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        return not self.differences


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a run was asked for."""

    seed: int
    engine: str = "embedded"
    services: int = 2
    workers: int = 1
    say: Callable[[str], None] = print


async def carry_out(plan: list[Fault], wishes: Wishes) -> Outcome:
    """Do it all. Raises DidNotHappen where going on makes no sense."""
    outcome, started = Outcome(), time.monotonic()
    async with _house(wishes) as house, _senders(wishes.seed) as senders:
        outcome.disk = "a tmpfs of its own" if house.volume.is_mounted else "a trigger that says disk_full"
        run = _Run(house, senders, outcome, wishes)
        try:
            await run.open()
            for fault in plan:
                await run.suffer(fault)
                if not outcome.is_well:
                    break
            await run.close()
        except DidNotHappen as failure:
            outcome.differences.append(str(failure))
        if not outcome.is_well:
            outcome.differences.append(f"logs: {_keep_logs(house, wishes.seed)}")
    outcome.seconds = time.monotonic() - started
    return outcome


def _keep_logs(house: House, seed: int) -> Path:
    """What the services and the database said, kept when something is wrong."""
    folder = Path(tempfile.gettempdir()) / f"tokenboard-chaos-logs-{seed}"
    folder.mkdir(exist_ok=True)
    for log in (house.postgres.log, *(service.log for service in house.services)):
        shutil.copy(log, folder)
    return folder


@asynccontextmanager
async def _house(wishes: Wishes) -> AsyncIterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="tokenboard-chaos-"))
    volume = Volume(folder / "volume")
    volume.mount()
    postgres = Postgres(volume.folder, wishes.engine)
    services: list[Service] = []
    try:
        postgres.create()
        await postgres.start()
        connection = await postgres.connect("postgres")
        await connection.execute("CREATE DATABASE tokenboard")
        await connection.close()
        names = [f"service-{number}" for number in range(wishes.services)]
        services += [Service(name, folder, postgres.address(), wishes.workers) for name in names]
        yield House(postgres, volume, services, [])
    finally:
        for service in services:
            service.kill()
        postgres.kill(with_children=True)
        volume.unmount()
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def _senders(seed: int) -> AsyncIterator[SenderProgram]:
    senders = await SenderProgram.start(seed)
    try:
        yield senders
    finally:
        await senders.stop()


class _Run:
    def __init__(self, house: House, senders: SenderProgram, outcome: Outcome, wishes: Wishes) -> None:
        self.house, self.senders, self.outcome, self.wishes = house, senders, outcome, wishes
        self.owner = httpx.AsyncClient(base_url=f"{house.services[0].url}/api/v1", timeout=30)
        self.secrets: list[str] = [house.postgres.password]
        self.season = -1
        self.known: list[Known] = []
        self.probe = ""
        self.probes = 0
        self.read_bytes: dict[Path, int] = {}

    async def open(self) -> None:
        """Start the services, make an owner and the workspace that is only asked whether somebody is there."""
        for service in self.house.services:
            service.start()
        for service in self.house.services:
            await self._until_healthy(service)
        answer = await self.owner.post(
            "/auth/register", json={"email": "ann@example.com", "password": "a long sentence"}
        )
        answer.raise_for_status()
        self.secrets += list(answer.cookies.values())
        kept = json.loads((self.house.volume.folder.parent / "data" / "secrets.json").read_text())
        self.secrets += [str(secret) for secret in kept.values()]
        self.probe = (await self._make_workspace("probe"))["key"]
        await self.senders.tell("addresses", ports=[service.port for service in self.house.services])

    async def _until_healthy(self, service: Service) -> None:
        deadline = time.monotonic() + 60
        async with httpx.AsyncClient(timeout=10) as client:
            while True:
                try:
                    if (await client.get(f"{service.url}/api/v1/health")).status_code == 200:
                        return
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
                if not service.runs or time.monotonic() > deadline:
                    raise DidNotHappen(f"{service.name} did not start: {service.log.read_text()[-2000:]}")

    async def _make_workspace(self, name: str) -> dict[str, Any]:
        made = (await self.owner.post("/workspaces", json={"name": name})).raise_for_status().json()
        key = await self.owner.post(f"/workspaces/{made['id']}/api-keys", json={"name": "sender"})
        told: dict[str, Any] = key.raise_for_status().json() | {"workspace_id": made["id"]}
        self.secrets.append(told["key"])
        return told

    async def suffer(self, fault: Fault) -> None:
        """One fault, from quiet to quiet."""
        if fault.season != self.season:
            await self._begin(fault.season)
        await self.senders.tell("run", behaviour=fault.behaviour)
        await asyncio.sleep(fault.wait_seconds)
        over = await BREAKERS[fault.kind](self.house, fault)
        recovered = await self._recover(over)
        self._hear(await self.senders.tell("pause"))
        await self._look(f"after fault {fault.number} ({fault.kind}), before anything was sent again")
        self._hear(await self.senders.tell("settle"))
        await self._look(f"after fault {fault.number} ({fault.kind})")
        self._check_summary_of_processes()
        self.outcome.faults[fault.kind] += 1
        self.outcome.recoveries[fault.kind].append(recovered)
        self.wishes.say(f"{fault.number:>4}  {fault.kind:<32} recovered in {recovered:5.2f} s")

    async def _begin(self, season: int) -> None:
        await self._end_season()
        self.season, self.known = season, []
        for index in range(WORKSPACES):
            made = await self._make_workspace(f"season {season}, {index}")
            self.known.append(
                Known(self.wishes.seed, season, index, UUID(made["workspace_id"]), UUID(made["id"]), made["key"])
            )
        await self.senders.tell("season", season=season, keys=[known.key for known in self.known])

    async def _recover(self, over: float) -> float:
        """Seconds from the end of the fault until every service stores calls again."""
        for service in self.house.services:
            self.probes += 1
            while not await service.takes(self.probe, f"probe-{self.probes}"):
                if time.monotonic() - over > RECOVERY_SECONDS or not service.runs:
                    raise DidNotHappen(f"{service.name} did not recover within {RECOVERY_SECONDS} seconds")
                await asyncio.sleep(0.05)
        return time.monotonic() - over

    def _hear(self, report: dict[str, Any]) -> None:
        self.outcome.counts = Counter(report["counts"])
        self.outcome.differences += report["faults"]
        for known, told in zip(self.known, report["workspaces"], strict=True):
            known.hear(told)

    async def _look(self, when: str) -> None:
        connection = await self.house.postgres.connect()
        try:
            for known in self.known:
                found = await Judge(known).look(connection)
                self.outcome.differences += [f"{when}, workspace {known.index}: {difference}" for difference in found]
        finally:
            await connection.close()
        self.outcome.looks += 1

    def _check_summary_of_processes(self) -> None:
        """Memory, logs and the ends of services that were asked to stop."""
        for service in self.house.services:
            service.measure()
            self.outcome.peak_bytes = max(self.outcome.peak_bytes, service.peak_bytes)
            self._read_log(service)
        if self.outcome.peak_bytes > MEMORY_BYTES:
            self.outcome.differences.append(f"a service held {self.outcome.peak_bytes / 2**20:.0f} MiB")
        self.outcome.differences += self.house.complaints
        self.house.complaints.clear()

    def _read_log(self, service: Service) -> None:
        """What it said since the last look: no secret, no fault that nobody expected."""
        with service.log.open(errors="replace") as log:
            log.seek(self.read_bytes.get(service.log, 0))
            said = log.read()
            self.read_bytes[service.log] = log.tell()
        if found := UGLY.search(said):
            self.outcome.differences.append(f"{service.name} logged: {said[found.start() : found.start() + 3000]}")
        if any(secret in said for secret in self.secrets):
            self.outcome.differences.append(f"{service.log.name} holds a secret")

    async def _end_season(self) -> None:
        """Everything is acknowledged: what the API says of the months must be what was made."""
        for known in self.known:
            self.outcome.made += known.made
            months = {f"{known.call(number).at:%Y-%m}" for number in range(known.made)}
            for month in sorted(months):
                await self._compare_summary(known, month)

    async def _compare_summary(self, known: Known, month: str) -> None:
        path = f"/workspaces/{known.workspace_id}/summary"
        total = (await self.owner.get(path, params={"month": month})).raise_for_status().json()["total"]
        expected = month_total(known, month)
        found = {name: Decimal(total[name]) if name == "cost" else total[name] for name in expected}
        if found != expected:
            self.outcome.differences.append(f"summary of {month}: {found} instead of {expected}")

    async def close(self) -> None:
        """The last season, everything once more, and the services' ends."""
        if self.outcome.is_well:
            await self._end_season()
            connection = await self.house.postgres.connect()
            self.outcome.differences += await look_at_everything(connection)
            await connection.close()
        await self.owner.aclose()
        for service in self.house.services:
            if await service.stop() != 0:
                self.house.complaints.append(f"{service.name} did not stop well")
        self._check_summary_of_processes()
