"""Which counts of an OpenAI-shaped object contain which others, by what adds up to its total.

The provider's name decides only where there is no total to go by.
"""

from typing import Final, NamedTuple

# xAI's chat endpoint and Perplexity count thinking beside the completion.
_REASONING_OUTSIDE: Final = frozenset(("xai", "perplexity"))


class Counts(NamedTuple):
    """What the object says, None where it does not. `cached` is everything that touched a cache."""

    input: int | None
    output: int | None
    total: int | None
    reasoning: int | None
    cached: int

    @property
    def beside(self) -> int | None:
        """What the total has on top of input and output, below zero where it lacks some of them."""
        if self.total is None or self.input is None or self.output is None:
            return None
        return self.total - self.input - self.output


class Placement(NamedTuple):
    """Where thinking and cached tokens stand, and how many of the first there are."""

    reasoning: int | None
    is_reasoning_outside: bool = False
    is_cache_outside: bool = False

    @property
    def suffix(self) -> str:
        """What the convention's name says of it."""
        outside = "+reasoning_outside" if self.is_reasoning_outside else ""
        return outside + ("+cache_outside" if self.is_cache_outside else "")


def placed(counts: Counts, provider: str, *, can_be_dropped: bool = False) -> Placement:
    """Inside is the rule; outside is what the total says to be on top of input and output.

    `can_be_dropped`: a total that is larger although nobody thought is thinking that a proxy did not pass on.
    """
    reasoning = counts.reasoning
    if provider == "perplexity":  # its total leaves out what it bills beside the completion
        return Placement(reasoning, is_reasoning_outside=bool(reasoning))
    beside = counts.beside
    if beside is None:
        return Placement(reasoning, is_reasoning_outside=bool(reasoning) and provider in _REASONING_OUTSIDE)
    if beside <= 0:
        return Placement(reasoning)
    if reasoning and beside == reasoning:
        return Placement(reasoning, is_reasoning_outside=True)
    if counts.cached and beside in (counts.cached, counts.cached + (reasoning or 0)):
        return Placement(reasoning, beside != counts.cached, is_cache_outside=True)
    if can_be_dropped and not reasoning:
        return Placement(beside, is_reasoning_outside=True)
    return Placement(reasoning)
