"""Calls of coding agents, as OpenTelemetry and the agents' own files on disk tell them: the same names and words.

So a call that both tell counts once. Where an agent has no id for a call, the name is the conversation and what was
used: the input of a conversation grows from call to call, so two calls of one are hardly alike.
"""

from collections.abc import Iterable, Mapping
from typing import Final

# How the agents spell that they are signed in with a plan. https://github.com/openai/codex (`AuthMode`),
# https://github.com/google-gemini/gemini-cli (`AuthType`)
_PLANS: Final = frozenset(("chatgpt", "chatgptauthtokens", "oauth-personal", "login_with_google", "cloud-shell"))
_KEYS: Final = frozenset(("apikey", "api-key", "api_key", "gemini-api-key", "vertex-ai"))
# Claude Code names a model with a long context so.
_LONG: Final = "[1m]"


def claude_call_id(request_id: str) -> str:
    """Of a call of Claude Code, by the id that Anthropic gave to the request."""
    return f"claude-code:{request_id}"


def call_id(agent: str, conversation: str, counts: Iterable[int | None]) -> str:
    """Of a call of an agent that has no id for it."""
    return f"{agent}:{conversation}:" + "-".join("" if count is None else str(count) for count in counts)


def moment_id(agent: str, session: str, nanoseconds: int) -> str:
    """Of a call of which nothing is told but when it was."""
    return f"{agent}:{session}:at-{nanoseconds}"


def capacity_of_sign_in(mode: str | None) -> str | None:
    """How calls are paid for, by what the agent says of its sign-in; None where that says nothing."""
    lowered = (mode or "").lower()
    return "subscription" if lowered in _PLANS else "on_demand" if lowered in _KEYS else None


def claude_model(name: str) -> str:
    return name.removesuffix(_LONG)


def claude_usage(fresh: int | None, output: int | None, caches: Mapping[str, int | None]) -> dict[str, int]:
    """In our words, from counts that never overlap; `caches` are in our words already."""
    told = {name: count for name, count in caches.items() if count is not None}
    if fresh is not None:
        told["input_tokens"] = fresh + sum(told.values())
    return told if output is None else {**told, "output_tokens": output}


def codex_usage(input_: int | None, cached: int | None, output: int | None, reasoning: int | None) -> dict[str, int]:
    """In our words; cached tokens are in the input, reasoning is in the output."""
    told = {"input_tokens": input_, "cache_read_tokens": cached, "output_tokens": output, "reasoning_tokens": reasoning}
    return {name: count for name, count in told.items() if count is not None}


def gemini_usage(
    prompt: int | None, cached: int | None, answer: int | None, thoughts: int | None, tools: int | None
) -> dict[str, int]:
    """In our words, from Gemini's: cached tokens are in the prompt, what tools brought and thoughts stand beside."""
    told = {"cache_read_tokens": cached, "reasoning_tokens": thoughts}
    if prompt is not None:
        told["input_tokens"] = prompt + (tools or 0)
    if answer is not None:
        told["output_tokens"] = answer + (thoughts or 0)
    return {name: count for name, count in told.items() if count is not None}
