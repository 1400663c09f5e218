"""What the address of a call says about where it is processed, which no response repeats."""

import re
from typing import Final

# openai: hosts of data residency, like eu.api.openai.com. vertex: a location in the host, a multi-region
# (aiplatform.eu.rep.googleapis.com), or, at the global host too, the location in the path.
_PLACES: Final = {
    "openai": (re.compile(r"^https?://(?P<place>[a-z]{2})\.api\.openai\.com(?:[:/]|$)"),),
    "alibaba": (re.compile(r"^https?://dashscope-(?P<place>us)\.aliyuncs\.com(?:[:/]|$)"),),
    "vertex": (
        re.compile(r"^https?://[a-z0-9.-]*googleapis\.com(?::\d+)?/(?:.*/)?locations/(?P<place>[a-z0-9-]+)(?:/|$)"),
        re.compile(r"^https?://(?P<place>[a-z0-9-]+)-aiplatform\.googleapis\.com(?:[:/]|$)"),
        re.compile(r"^https?://aiplatform\.(?P<place>[a-z]+)\.rep\.googleapis\.com(?:[:/]|$)"),
    ),
}
# The sites of these vendors for China, which are priced in yuan.
_CHINA: Final = {
    "alibaba": re.compile(r"^https?://dashscope\.aliyuncs\.com(?:[:/]|$)"),
    "moonshot": re.compile(r"^https?://api\.moonshot\.cn(?:[:/]|$)"),
    "z.ai": re.compile(r"^https?://(?:[\w-]+\.)*bigmodel\.cn(?:[:/]|$)"),
}


def geo_of(provider: str, base_url: str | None) -> str | None:
    """The geography, location or `global` that the address names; None where it names none.

    `provider` in canonical spelling.
    """
    if not base_url:
        return None
    address = base_url.strip().lower()
    if provider in _CHINA and _CHINA[provider].match(address):
        return "cn"
    patterns = _PLACES.get(provider, ())
    found = next((match for pattern in patterns if (match := pattern.match(address))), None)
    return found["place"] if found else None
