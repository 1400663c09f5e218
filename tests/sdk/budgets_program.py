"""A program whose calls are held to a budget: one that fails, then twenty threads that ask vendors, three times over.

The vendors are the stand-in (its address is the argument). It prints how many calls were made and how many refused.
Settings come from `TOKENBOARD_*`. Run by the Python of the SDK's tests.
"""

import asyncio
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anthropic
import openai
import tokenboard

THREADS = 20
ROUNDS = 3
TRIES = 2
# more bytes than the fixtures count tokens
MESSAGES: Any = [{"role": "user", "content": "How far is the moon? " * 100}]


def chat(at: str) -> Any:
    client: Any = tokenboard.wrap(openai.OpenAI(api_key="sk", base_url=at, max_retries=0), provider="openai")
    return lambda: client.chat.completions.create(model="gpt-4o", messages=MESSAGES, max_tokens=300)


def message(at: str) -> Any:
    client: Any = tokenboard.wrap(anthropic.Anthropic(api_key="sk", base_url=at, max_retries=0))

    def ask() -> None:
        with client.messages.stream(model="claude-sonnet-5-5", max_tokens=300, messages=MESSAGES) as stream:
            stream.until_done()

    return ask


def awaited(at: str) -> Any:
    async def asked() -> None:
        async with openai.AsyncOpenAI(api_key="sk", base_url=at, max_retries=0) as client:
            asking: Any = tokenboard.wrap(client, provider="openai")
            await asking.chat.completions.create(model="gpt-4o", messages=MESSAGES, max_tokens=300)

    return lambda: asyncio.run(asked())


def is_made(ask: Any) -> bool:
    try:
        ask()
    except tokenboard.BudgetExceeded as refused:
        if refused.budget_name != "Support":
            raise
        return False
    return True


def main() -> None:
    vendors = f"{sys.argv[1]}/ids/fresh"
    tokenboard.init(project="support", enforce_budgets=True)
    asks = [chat(f"{vendors}/openai/v1"), message(f"{vendors}/anthropic"), awaited(f"{vendors}/openai/v1")]
    failing = tokenboard.wrap(
        openai.OpenAI(api_key="sk", base_url=f"{sys.argv[1]}/fault/500/openai/v1", max_retries=0), provider="openai"
    )
    try:
        failing.chat.completions.create(model="gpt-4o", messages=MESSAGES, max_tokens=300)
    except openai.InternalServerError:
        assert tokenboard.flush(30)
    made: list[bool] = []
    for _ in range(ROUNDS):
        with ThreadPoolExecutor(THREADS) as threads:
            made += threads.map(is_made, [asks[n % len(asks)] for n in range(THREADS * TRIES)])
        assert tokenboard.flush(30)  # what was held is what was spent
    assert tokenboard.dropped() == {}, tokenboard.dropped()
    sys.stdout.write(json.dumps({"made": made.count(True), "refused": made.count(False)}))


if __name__ == "__main__":
    main()
