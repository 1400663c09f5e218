"""Many programs that ask before they call, in one process: `python -m tests.budgets.program ADDRESS KEY SEED COUNT`.

Each reserves, makes a call that costs at most what it reserved, and settles it, until a budget refuses. A word is said
for each call that was settled. Where the service does not answer they ask again: a reservation anew, a call with its
own id.
"""

import asyncio
import random
import sys
from decimal import Decimal
from typing import Any

import httpx

from app.core.ids import new_id
from app.core.periods import utc_now

MOST = Decimal("0.02")
PAUSE_SECONDS = 0.05


async def post(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> httpx.Response:
    while True:
        try:
            answer = await client.post(f"/api/v1/budgets/{path}", json=body)
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code < 500:
            return answer
        await asyncio.sleep(PAUSE_SECONDS)


async def go_on(client: httpx.AsyncClient, dice: random.Random) -> None:
    while True:
        project = dice.choice("ab")
        asked = {"amount": str(MOST), "project": project, "lease_seconds": 3600}
        reserved = await post(client, "reserve", asked)
        if reserved.status_code == 402:
            return
        assert reserved.status_code == 200, reserved.text
        event = {
            "event_id": str(new_id()),
            "provider": "openai",
            "model": "gpt-4o",
            "occurred_at": utc_now().isoformat(),
            "project": project,
            "reported_cost": str(MOST * dice.randrange(50, 101) / 100),
            "input_tokens": 1,
        }
        body = {"reservation_id": reserved.json()["reservation_id"], "event": event}
        settled = await post(client, "settle", body)
        assert settled.status_code == 200, settled.text
        sys.stdout.write("settled\n")
        sys.stdout.flush()


async def main(address: str, key: str, seed: int, count: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same in every run
    limits = httpx.Limits(max_connections=count)
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=address, headers=headers, limits=limits, timeout=60) as client:
        await asyncio.gather(*(go_on(client, dice) for _ in range(count)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
