"""An agent of pydantic-ai with a tool, watched by Logfire, which sends to us and not to its own servers."""

import asyncio

import logfire
from programs import calls
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

logfire.configure(send_to_logfire=False, console=False)
logfire.instrument_pydantic_ai()
model = OpenAIChatModel("gpt-4o", provider=OpenAIProvider(api_key="sk", base_url=calls.OPENAI))
agent: Agent[None, str] = Agent(model, name="astronomer")


@agent.tool_plain
def distance(body: str) -> str:
    """How far a body of the sky is."""
    return f"{calls.PROMPT}: {body}"


async def stream() -> None:
    async with agent.run_stream(calls.PROMPT, conversation_id="s_1") as streamed:
        async for _ in streamed.stream_text():
            pass


with logfire.span("a request", **{"user.id": "c_42"}):
    agent.run_sync(calls.PROMPT, conversation_id="s_1")
    asyncio.run(stream())
logfire.force_flush()
logfire.shutdown()
