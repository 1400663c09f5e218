"""What the watched programs ask: models played by the stand-in at `$STANDIN`, each answer with an id of its own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

STANDIN = os.environ["STANDIN"]
OPENAI = f"{STANDIN}/ids/fresh/openai/v1"
ANTHROPIC = f"{STANDIN}/ids/fresh/anthropic"
# Looked for in the whole database afterwards. The stand-in's answers say "The moon is far."
PROMPT = "zebra-quill-4711: how far is the moon?"
MESSAGES: Any = [{"role": "user", "content": PROMPT}]
TOOLS: Any = [{"type": "function", "function": {"name": "distance", "parameters": {"type": "object"}}}]


def ask_openai(client: Any) -> None:
    """Seven calls: those with ids, an embedding, a failure."""
    ask_with_ids(client)
    client.embeddings.create(model="text-embedding-3-small", input=PROMPT)
    with failing():
        client.with_options(max_retries=0).chat.completions.create(
            model="gpt-4o", messages=MESSAGES, extra_headers={"x-standin-fault": "429"}
        )


def ask_with_ids(client: Any) -> None:
    """Five calls whose answers have an id: in one piece, as a stream, with a tool (two), by `responses`."""
    ask = client.chat.completions.create
    ask(model="gpt-4o", messages=MESSAGES)
    for _ in ask(model="gpt-4o", messages=MESSAGES, stream=True, stream_options={"include_usage": True}):
        pass
    called = ask(model="gpt-4o", messages=MESSAGES, tools=TOOLS).choices[0].message
    (wanted,) = called.tool_calls
    result = {"role": "tool", "tool_call_id": wanted.id, "content": PROMPT}
    ask(model="gpt-4o", messages=[*MESSAGES, called.model_dump(exclude_none=True), result], tools=TOOLS)
    client.responses.create(model="gpt-4o", input=PROMPT)


def ask_anthropic(client: Any) -> None:
    """Three calls: in one piece, as a stream, by the stream's helper."""
    asked = {"model": "claude-sonnet-5-5", "max_tokens": 400, "messages": MESSAGES}
    client.messages.create(**asked)
    for _ in client.messages.create(**asked, stream=True):
        pass
    with client.messages.stream(**asked) as stream:
        for _ in stream:
            pass


@contextmanager
def failing() -> Iterator[None]:
    """For a call that must fail."""
    try:
        yield
    except Exception as error:
        if "429" not in str(error):
            raise
    else:
        raise AssertionError("the call did not fail")
