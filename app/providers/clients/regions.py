"""Providers with a site at home and one abroad: a key works at one of them, whose host tells the currency."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from app.providers.clients.base import Credentials

# ISO 4217's own code for "no currency": what is left stays a number, and joins no sum of money
UNKNOWN_CURRENCY: Final = "XXX"
SITE: Final = "site"
CURRENCY: Final = "currency"


@dataclass(frozen=True, slots=True)
class Site:
    """`currency` None is not told, neither by the answer nor by the provider's documents."""

    name: str
    host: str
    currency: str | None


def candidates(sites: Mapping[str, Site], credentials: Credentials) -> list[tuple[Site, str]]:
    """The sites to try, each with the host to ask, likeliest first.

    Behind a gateway whose name tells nothing it is the first site, unless another was chosen.
    """
    chosen = sites.get(credentials.fields.get(SITE, "").strip().lower())
    base = credentials.base_url
    if base:
        return [(chosen or _by_host(sites, base) or next(iter(sites.values())), base)]
    return [(site, site.host) for site in sorted(sites.values(), key=lambda site: site != chosen)]


def _by_host(sites: Mapping[str, Site], base_url: str) -> Site | None:
    suffix = (urlsplit(base_url).hostname or "").rsplit(".", 1)[-1]
    return sites.get(suffix)


def currency_of(site: Site, credentials: Credentials) -> str:
    """The site's currency; where nobody tells it, the one that was typed in; else `XXX`."""
    typed = credentials.fields.get(CURRENCY, "").strip().upper()
    return site.currency or (typed if len(typed) == 3 and typed.isalpha() else UNKNOWN_CURRENCY)
