"""The names of everything that can be counted and priced.

A token leaf is `direction.kind.modality`; leaves of one call never overlap, so a call's tokens are their
sum. Anything else is a meter, whose name says its unit.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

MODALITIES: Final = ("text", "audio", "image", "video")
CACHE_WRITES: Final = (
    "cache_write_5m",
    "cache_write_30m",
    "cache_write_1h",
    "cache_write_12h",
    "cache_write_free",  # written to a cache whose vendor charges plain input for it
)
INPUT_KINDS: Final = ("fresh", "cache_read", *CACHE_WRITES, "tool")
OUTPUT_KINDS: Final = ("visible", "reasoning")

INPUT_LEAVES: Final = tuple(f"input.{kind}.{modality}" for kind in INPUT_KINDS for modality in MODALITIES)
OUTPUT_LEAVES: Final = (
    *(f"output.{kind}.{modality}" for kind in OUTPUT_KINDS for modality in MODALITIES),
    "output.citation.text",
)
LEAVES: Final = frozenset((*INPUT_LEAVES, *OUTPUT_LEAVES))

METERS: Final = frozenset(
    (
        "audio_in_seconds",
        "audio_out_seconds",
        "video_out_seconds",
        "session_seconds",
        "characters_in",
        "images_in",
        "images_out",
        "pages",
        "search_units",
        "requests",
        "cache_storage_token_hours",
        "tool.web_search",
        "tool.web_fetch",
        "tool.x_search",
        "tool.file_search",
        "tool.code_execution",
        "tool.code_container_session",
        "tool.maps_grounding",
        "tool.grounded_prompt",
        "tool.collection_search",
        "tool.attachment_search",
    )
)
UNITS: Final = LEAVES | METERS

_CACHE_READ_LEAVES: Final = frozenset(f"input.cache_read.{modality}" for modality in MODALITIES)
_CACHE_WRITE_LEAVES: Final = frozenset(f"input.{kind}.{modality}" for kind in CACHE_WRITES for modality in MODALITIES)
_INPUT_LEAVES: Final = frozenset(INPUT_LEAVES)


def is_leaf(unit: str) -> bool:
    """Whether the unit counts tokens (and not seconds, pages or searches)."""
    return unit in LEAVES


def bare(unit: str) -> str:
    """The unit of a price that only holds for calls with certain facts: what stands before the `@`."""
    return unit.partition("@")[0]


def direction(leaf: str) -> str:
    """`input` or `output`."""
    return leaf.split(".", 1)[0]


def kind(leaf: str) -> str:
    """What happened to the tokens: `fresh`, `cache_read`, `cache_write_5m`, `visible`, ..."""
    return leaf.split(".")[1]


def modality(leaf: str) -> str:
    """`text`, `audio`, `image` or `video`."""
    return leaf.rsplit(".", 1)[1]


def is_input(unit: str) -> bool:
    """Whether the unit is one of the input leaves."""
    return unit in _INPUT_LEAVES


def is_cache_read(unit: str) -> bool:
    """Whether the unit is a leaf served from a cache."""
    return unit in _CACHE_READ_LEAVES


def is_cache_write(unit: str) -> bool:
    """Whether the unit is a leaf written to a cache, charged for or not."""
    return unit in _CACHE_WRITE_LEAVES


def threshold_input(counts: Mapping[str, int | Decimal]) -> int:
    """The size of the prompt that long-context prices look at: every input leaf, cached ones included."""
    return int(sum(count for unit, count in counts.items() if unit in _INPUT_LEAVES))


def leaves_only(units: Iterable[str]) -> tuple[str, ...]:
    """The token leaves among the units, in their order."""
    return tuple(unit for unit in units if unit in LEAVES)
