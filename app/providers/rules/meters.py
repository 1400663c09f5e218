"""Which model a cloud's meter is about, where its name tells exactly. It is never guessed: None is "other".

The clouds bill by meters whose names are made for people. A name that holds one word more than is known here (an
image model, a tuned one, a preview) may be another model's, so it names none.
"""

import re
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_AZURE: Final = re.compile(
    r"(?P<model>gpt-4o(?:-mini)?|gpt-\d(?:\.\d+)?(?:-(?:mini|nano|pro))?|gpt-oss-\d+b|o\d(?:-(?:mini|pro))?"
    r"|text-embedding-3-(?:small|large))(?:-(?P<date>\d{4}))?(?P<rest>(?:-[a-z0-9]+)*)"
)
# the meter has month and day, the model's version has the year: as listed for OpenAI's snapshots, checked 2026-11-21
_SNAPSHOTS: Final = {
    ("gpt-4o", "0513"): "gpt-4o-2024-05-13",
    ("gpt-4o", "0806"): "gpt-4o-2024-08-06",
    ("gpt-4o", "1120"): "gpt-4o-2024-11-20",
    ("gpt-4o-mini", "0718"): "gpt-4o-mini-2024-07-18",
    ("gpt-4.1", "0414"): "gpt-4.1-2025-04-14",
    ("gpt-4.1-mini", "0414"): "gpt-4.1-mini-2025-04-14",
    ("gpt-4.1-nano", "0414"): "gpt-4.1-nano-2025-04-14",
    ("o1", "1217"): "o1-2024-12-17",
    ("o1-mini", "0912"): "o1-mini-2024-09-12",
    ("o3", "0416"): "o3-2025-04-16",
    ("o3-mini", "0131"): "o3-mini-2025-01-31",
    ("o4-mini", "0416"): "o4-mini-2025-04-16",
}
_AZURE_WORDS: Final = _words(
    "in inp inpt input out outp outpt opt output cached cchd cd batch glbl gl global regnl rgnl regional "
    "data zone dz dzn dzone std token tokens 1k 1m"
)

_EDITION: Final = re.compile(r"(?P<model>\S.*\S) \(Amazon Bedrock Edition\)")
_BEDROCK: Final = re.compile(
    r"(?:[A-Z]{2,4}\d?-)?(?P<model>[A-Za-z][A-Za-z0-9.]*(?:-[A-Za-z0-9.]+)*?)(?:-mantle)?"
    r"-(?:(?:cache-read-|cache-write-)?input|output)-token(?:s|-count)"
    r"(?:-(?:batch|flex|priority|standard|cross-region-global|cross-region-geo|latency-optimized))*"
)

_GEMINI: Final = re.compile(r"\bgemini (?P<version>\d(?:\.\d+)?) (?P<size>flash[ -]lite|flash|pro)\b")
_GEMINI_WORDS: Final = _words(
    "ga global text audio video input output thinking caching cached cache storage predictions prediction "
    "batch flex priority long short context generate content token tokens count for"
)


def azure_model(meter: str | None) -> str | None:
    """`gpt 4o 1120 cached Inp glbl Tokens` is `gpt-4o-2024-11-20`; a date without a known year names no model."""
    found = _AZURE.fullmatch(re.sub(r"[\s_-]+", "-", (meter or "").strip().lower()))
    if not found or not _AZURE_WORDS.issuperset(found["rest"].split("-")[1:]):
        return None
    return _SNAPSHOTS.get((found["model"], found["date"])) if found["date"] else found["model"]


def bedrock_model(service: str | None, usage_type: str | None) -> str | None:
    """The name that AWS sells the model under: marketplace models as services, Amazon's own in the usage type.

    A product without a number (`Claude`) is a family of models, so it names none.
    """
    edition = _EDITION.fullmatch(service or "")
    if edition:
        return edition["model"] if any(sign.isdigit() for sign in edition["model"]) else None
    found = _BEDROCK.fullmatch(usage_type or "")
    return found["model"] if found else None


def gemini_model(sku: str | None) -> str | None:
    """`Gemini 2.5 Flash GA Text Input - Predictions` is `gemini-2.5-flash`; image, live and preview SKUs name none."""
    words = re.sub(r"[\s_]+", " ", (sku or "").strip().lower())
    found = _GEMINI.search(words)
    if not found:
        return None
    others = re.findall(r"[^\s()-]+", words[: found.start()] + " " + words[found.end() :])
    if not _GEMINI_WORDS.issuperset(others):
        return None
    return f"gemini-{found['version']}-{found['size'].replace(' ', '-')}"
