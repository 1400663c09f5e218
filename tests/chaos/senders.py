"""The senders: a program that sends calls, remembers which were acknowledged, and sends the others again.

Told what to do by lines of JSON on standard input, each answered by a line: `addresses`, `season`, `run`, `pause`,
`settle`. It knows what it sent; it never looks into the database.
"""

import asyncio
import gzip
import json
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, Final

from tests.chaos.calls import make_bad, make_call
from tests.chaos.wire import Answer, Unanswered, Unsent, Wire

SENDERS: Final = 8
# together more than a service lets wait (app.ingest.writer.Limits), nearly all of it repeats, which cost us little
FLOOD_SENDERS: Final = 64
FLOOD_ROUNDS: Final = 1
FLOOD_EVENTS: Final = 1_000
SIZES: Final = (1, 1, 2, 5, 10, 40)
PAUSE_SECONDS: Final = 0.06
RETRY_SECONDS: Final = 0.1
AGAIN_SHARE: Final = 0.1
SETTLE_SECONDS: Final = 60
PATH: Final = "/api/v1/events"


@dataclass(slots=True)
class Batch:
    """The numbers of the calls in one body, in their order; refused ones as -1 - number."""

    numbers: list[int]
    # sent for the first time, so that the answer is known to the digit, unless somebody else picked a call of it
    is_fresh: bool = False

    @property
    def calls(self) -> list[int]:
        return [number for number in self.numbers if number >= 0]

    @property
    def bad(self) -> dict[int, str]:
        """Place in the body: the code it must be refused with."""
        return {at: make_bad(-1 - number)[0] for at, number in enumerate(self.numbers) if number < 0}


@dataclass(slots=True)
class Workspace:
    """One workspace of a season, and all that its senders know."""

    key: str
    made: int = 0
    bad_made: int = 0
    acknowledged: set[int] = field(default_factory=set)
    doubtful: list[Batch] = field(default_factory=list)
    # calls that a sender took from another's body
    picked: set[int] = field(default_factory=set)
    # by what the answers said; and what the unanswered ones may have added at most
    answered: Counter[str] = field(default_factory=Counter)
    unanswered: Counter[str] = field(default_factory=Counter)

    def told(self) -> dict[str, Any]:
        return {
            "made": self.made,
            "acknowledged": sorted(self.acknowledged),
            "answered": self.answered,
            "unanswered": self.unanswered,
        }


class Senders:
    """Several senders at once, over two workspaces."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.season = 0
        self.ports: list[int] = []
        self.workspaces: list[Workspace] = []
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self._running: list[asyncio.Task[None]] = []
        self._is_stopping = False

    def begin(self, season: int, keys: list[str]) -> None:
        self.season = season
        self.workspaces = [Workspace(key) for key in keys]

    def run(self, behaviour: str) -> None:
        self._is_stopping = False
        count = FLOOD_SENDERS if behaviour == "flood" else SENDERS
        self._running = [asyncio.create_task(self._send_on(number, behaviour)) for number in range(count)]

    async def pause(self) -> dict[str, Any]:
        """Begin no more; what is under way gets its answer or its end. Then what is known."""
        self._is_stopping = True
        await asyncio.gather(*self._running)
        self._running = []
        return self.report()

    def report(self) -> dict[str, Any]:
        told = {
            "workspaces": [workspace.told() for workspace in self.workspaces],
            "counts": self.counts,
            "faults": self.faults,
        }
        self.faults = []
        return told

    async def _send_on(self, number: int, behaviour: str) -> None:
        random = Random(self.random.random())
        wires = [Wire(port, random) for port in self.ports]
        at = number % len(self.workspaces)
        rounds = FLOOD_ROUNDS if behaviour == "flood" else sys.maxsize
        while not self._is_stopping and rounds:
            rounds -= 1
            batch = self._make(self.workspaces[at], random, full=behaviour == "flood")
            wire = wires[random.randrange(len(wires))]
            misbehaves = behaviour in {"cut_sending", "cut_waiting", "slow"} and random.random() < 0.6
            if not await self._try(at, batch, wire, random, behaviour if misbehaves else "plain"):
                self.workspaces[at].doubtful.append(batch)
                await asyncio.sleep(RETRY_SECONDS)
            await asyncio.sleep(random.uniform(0, 2 * PAUSE_SECONDS))
        for wire in wires:
            wire.drop()

    def _make(self, workspace: Workspace, random: Random, *, full: bool) -> Batch:
        numbers = list(range(workspace.made, workspace.made + random.choice(SIZES)))
        workspace.made += len(numbers)
        is_fresh = True
        if random.random() < AGAIN_SHARE:  # twice in one body
            numbers.append(random.choice(numbers))
        if random.random() < AGAIN_SHARE:  # sent before, acknowledged or not
            numbers.append(random.randrange(workspace.made))
            workspace.picked.add(numbers[-1])
            is_fresh = False
        if random.random() < AGAIN_SHARE:
            numbers.append(-1 - workspace.bad_made)
            workspace.bad_made += 1
        if full:
            again = random.choices(numbers + list(workspace.acknowledged), k=FLOOD_EVENTS - len(numbers))
            workspace.picked.update(again)
            numbers, is_fresh = numbers + again, False
        random.shuffle(numbers)
        return Batch(numbers, is_fresh)

    async def _try(self, at: int, batch: Batch, wire: Wire, random: Random, behaviour: str = "plain") -> bool:
        """Whether it was acknowledged."""
        body = json.dumps(self._bodies(at, batch)).encode()
        headers = {"Authorization": f"Bearer {self.workspaces[at].key}", "Content-Type": "application/json"}
        if random.random() < 0.2:
            body = gzip.compress(body, 1, mtime=0)
            headers["Content-Encoding"] = "gzip"
        return await self._exchange(at, batch, wire, headers, body, behaviour)

    def _bodies(self, at: int, batch: Batch) -> list[dict[str, Any]]:
        return [
            make_call(self.seed, self.season, at, number).body() if number >= 0 else make_bad(-1 - number)[1]
            for number in batch.numbers
        ]

    async def _exchange(
        self, at: int, batch: Batch, wire: Wire, headers: dict[str, str], body: bytes, behaviour: str
    ) -> bool:
        workspace = self.workspaces[at]
        self.counts["sent"] += len(batch.numbers)
        self.counts["requests"] += 1
        unknown = set(batch.calls) - workspace.acknowledged
        try:
            answer = await wire.post(PATH, headers, body, behaviour)
        except Unsent:
            self.counts["requests unsent"] += 1
            return False
        except Unanswered:
            self.counts["requests unanswered"] += 1
            self._may_have_been_taken(workspace, batch)
            return False
        self.counts[f"answers {answer.status} {_code(answer)}".rstrip()] += 1
        if answer.status == 200:
            self._acknowledge(workspace, batch, unknown, answer.json())
            return True
        self._check_refusal(answer)
        # a commit whose end the service did not see is answered 503 too
        self._may_have_been_taken(workspace, batch)
        return False

    def _may_have_been_taken(self, workspace: Workspace, batch: Batch) -> None:
        workspace.unanswered["calls"] += len(batch.calls)
        workspace.unanswered.update(f"rejected {code}" for code in batch.bad.values())

    def _acknowledge(self, workspace: Workspace, batch: Batch, unknown: set[int], receipt: dict[str, Any]) -> None:
        """`unknown` are the calls that nobody had an acknowledgement for when the body was sent."""
        calls = batch.calls
        refused = {item["index"]: item["code"] for item in receipt["rejected"]}
        accepted, duplicates = receipt["accepted"], receipt["duplicates"]
        if refused != batch.bad or receipt["received"] != len(batch.numbers) or accepted + duplicates != len(calls):
            self.faults.append(f"a receipt that does not fit its body: {receipt}, expected refusals {batch.bad}")
        if accepted > len(unknown):
            self.faults.append(f"accepted again, although acknowledged before: {accepted}, at most {len(unknown)} new")
        if batch.is_fresh and workspace.picked.isdisjoint(calls) and accepted != len(set(calls)):
            self.faults.append(f"{accepted} of {len(set(calls))} calls accepted that nobody had sent")
        workspace.acknowledged |= set(calls)
        workspace.answered["calls"] += len(calls)
        for name, count in (("accepted", accepted), ("duplicates", duplicates), ("rejected", len(refused))):
            workspace.answered[name] += count
            self.counts[name] += count
        workspace.answered.update(f"rejected {code}" for code in refused.values())

    def _check_refusal(self, answer: Answer) -> None:
        """A passing fault is a 503 with Retry-After, as a problem document; nothing else is allowed."""
        kind = answer.headers.get("content-type", "")
        if answer.status != 503 or "retry-after" not in answer.headers or kind != "application/problem+json":
            self.faults.append(f"answered {answer.status}, {kind}: {answer.body[:300]!r}")
        elif answer.json()["status"] != 503:
            self.faults.append(f"not a problem document: {answer.body[:300]!r}")

    async def settle(self) -> dict[str, Any]:
        """Send everything unacknowledged again until it is acknowledged, each body by two senders at once, and some
        of the acknowledged with them, also with another content."""
        async with asyncio.timeout(SETTLE_SECONDS):
            for at, workspace in enumerate(self.workspaces):
                doubtful, workspace.doubtful = workspace.doubtful, []
                for batch in doubtful:
                    batch.is_fresh = False
                again = self._some_acknowledged(workspace)
                waiting = [*doubtful, *doubtful, *again]
                self.random.shuffle(waiting)
                self.counts["sent again"] += sum(len(batch.numbers) for batch in waiting)
                await asyncio.gather(*(self._work_off(at, waiting) for _ in range(SENDERS)), self._alter(at))
        return self.report()

    def _some_acknowledged(self, workspace: Workspace) -> list[Batch]:
        known = sorted(workspace.acknowledged)
        return [Batch(self.random.sample(known, min(len(known), 40))) for _ in range(2)] if known else []

    async def _work_off(self, at: int, waiting: list[Batch]) -> None:
        wires = [Wire(port, self.random) for port in self.ports]
        while waiting:
            batch = waiting.pop()
            await _patiently(partial(self._try, at, batch, self.random.choice(wires), self.random))
        for wire in wires:
            wire.drop()

    async def _alter(self, at: int) -> None:
        """Acknowledged identities with another content: counted as duplicates, and they change nothing."""
        workspace = self.workspaces[at]
        known = sorted(workspace.acknowledged)
        batch = Batch(self.random.sample(known, min(len(known), 10)))
        if not batch.numbers:
            return
        body = json.dumps([make_call(self.seed, self.season, at, n).altered() for n in batch.numbers]).encode()
        headers = {"Authorization": f"Bearer {workspace.key}", "Content-Type": "application/json"}
        wire = Wire(self.random.choice(self.ports), self.random)
        self.counts["sent again"] += len(batch.numbers)
        await _patiently(lambda: self._exchange(at, batch, wire, headers, body, "plain"))
        wire.drop()


def _code(answer: Answer) -> str:
    """Of a problem document."""
    is_problem = answer.headers.get("content-type") == "application/problem+json"
    return str(answer.json().get("code", "")) if is_problem else ""


async def _patiently(attempt: Callable[[], Awaitable[bool]]) -> None:
    while True:
        if await attempt():
            return
        await asyncio.sleep(RETRY_SECONDS)


async def main(seed: int) -> None:
    """Obey until standard input ends."""
    senders = Senders(seed)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        order = json.loads(line)
        answer: dict[str, Any] = {}
        match order.pop("do"):
            case "addresses":
                senders.ports = order["ports"]
            case "season":
                senders.begin(order["season"], order["keys"])
            case "run":
                senders.run(order["behaviour"])
            case "pause":
                answer = await senders.pause()
            case "settle":
                answer = await senders.settle()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
