"""OpenRouter's keys and workspaces, and what its two kinds of key can do."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.core.money import EXACT
from app.providers.clients.answers import Answer, Fields, Params, mapping, rows, text
from app.providers.clients.asking import REFUSED, Api, unusable
from app.providers.clients.base import BadAnswer
from app.providers.rules.reports import Feed, KeyClass, KeyReport, Name

NEEDED: Final = (
    "A management key is needed: an admin of the account makes one at openrouter.ai > Settings > Management Keys "
    "(they were called provisioning keys). It cannot call models."
)
SPLIT: Final = "split"
BY_KEY: Final = "api_key"
WHOLE: Final = "whole"

_MOST_PAGES: Final = 1000
_MANAGEMENT: Final = frozenset((Feed.COSTS, Feed.USAGE, Feed.CREDITS))


@dataclass(frozen=True, slots=True)
class Key:
    """`hash` is OpenRouter's id of a key; the key itself cannot be read from it."""

    hash: str
    name: str
    workspace: str | None
    is_disabled: bool


async def verify(api: Api) -> KeyReport:
    """`/key` says what the key is, `/credits` proves it: zeros from an ordinary key are a refusal, not a balance."""
    about = await api.ask("/key")
    if about.status in REFUSED:
        return unusable(KeyClass.UNKNOWN, f"OpenRouter does not know this key. {NEEDED}")
    balance = await api.ask("/credits")
    is_management = says_management(about)
    if balance.status in REFUSED or (is_management is False and balance.is_ok):
        return unusable(KeyClass.INFERENCE, f"This OpenRouter key calls models but may not read the account. {NEEDED}")
    if not balance.is_ok:
        raise api.failure(balance)
    if has_no_money(api, balance) and not is_management:
        return unusable(
            KeyClass.INFERENCE,
            f"OpenRouter answered with a balance of zero, which is what it says to the wrong kind of key. {NEEDED}",
        )
    return await _management(api)


def says_management(about: Answer) -> bool | None:
    """What `/key` says of the key; None when it does not say."""
    data = mapping(about.body, "data") if about.is_ok else {}
    flags = [data.get(name) for name in ("is_management_key", "is_provisioning_key")]
    told = [flag for flag in flags if isinstance(flag, bool)]
    return any(told) if told else None


def has_no_money(api: Api, balance: Answer) -> bool:
    """Whether both lifetime sums are zero, as they are for the wrong key and for an account never used."""
    granted, used = lifetime(api, balance.body)
    return not granted and not used


def lifetime(api: Api, body: Fields) -> tuple[Decimal, Decimal]:
    """Dollars ever bought and ever used."""
    data = mapping(body, "data")
    return api.amount(data, "total_credits"), api.amount(data, "total_usage")


def dollars(value: Decimal) -> Decimal:
    """OpenRouter's credits are dollars already, everywhere. This says that nothing is to be converted."""
    return EXACT.plus(value)


async def _management(api: Api) -> KeyReport:
    facts = {SPLIT: await split(api)}
    lists = facts[SPLIT] == BY_KEY
    how = "by key, model and provider" if lists else "by model and provider (it may not list keys, so not by key)"
    return KeyReport(
        KeyClass.MANAGEMENT,
        is_usable=True,
        message=f"OpenRouter management key: balance, and completed days {how}. "
        "OpenRouter keeps 30 days: what is older when it is first read, or while it is not read, is never to be had.",
        can=_MANAGEMENT | {Feed.NAMES} if lists else _MANAGEMENT,
        facts=facts,
    )


async def split(api: Api) -> str:
    """Whether the key may list keys, without which none can be told apart. Raises SourceFailure when nobody says."""
    answer = await api.ask("/keys", [("include_disabled", "true")])
    if answer.is_ok:
        return BY_KEY
    if answer.status in (*REFUSED, 404):
        return WHOLE
    raise api.failure(answer)


async def workspaces(api: Api) -> Mapping[str, str]:
    """Ids and names of the workspaces; empty where the key may not list them or the account has none."""
    answer = await api.ask("/workspaces", [("limit", "100")])
    if answer.status in (*REFUSED, 404):
        return {}
    found: dict[str, str] = {}
    async for row in _listed(api, "/workspaces", [("limit", "100")], "id"):
        id_ = text(row, "id")
        if id_:
            found[id_] = text(row, "name") or id_
    return found


async def keys(api: Api, spaces: Mapping[str, str]) -> Mapping[str, Key]:
    """Every key by hash, disabled ones too. Without a workspace only those of the default one are listed."""
    found: dict[str, Key] = {}
    for space in (None, *spaces):
        asked = [("include_disabled", "true"), *([("workspace_id", space)] if space else [])]
        async for row in _listed(api, "/keys", asked, "hash"):
            key = _key(row, space)
            if key:
                found.setdefault(key.hash, key)
    return found


def _key(row: Fields, space: str | None) -> Key | None:
    hash_ = text(row, "hash")
    if not hash_:
        return None
    name = text(row, "name") or text(row, "label") or hash_
    return Key(hash_, name, text(row, "workspace_id") or space, row.get("disabled") is True)


async def _listed(api: Api, path: str, params: Params, id_: str) -> AsyncIterator[Fields]:
    """Every row of a list that is paged by `offset`, whose page size is not told: until nothing new comes."""
    seen: set[str] = set()
    offset = 0
    for _ in range(_MOST_PAGES):
        body = await api.read(path, [*params, *([("offset", str(offset))] if offset else [])])
        page = list(rows(body, "data"))
        fresh = [row for row in page if (text(row, id_) or "") not in seen]
        for row in fresh:
            yield row
        seen |= {text(row, id_) or "" for row in fresh}
        if not fresh:
            return
        offset += len(page)
    raise BadAnswer(f"{api.who} has not come to the end of its list of {path.strip('/')}.")


def names(spaces: Mapping[str, str], found: Mapping[str, Key]) -> list[Name]:
    """Workspaces as projects, keys by their hash."""
    return [
        *(Name("project", id_, name) for id_, name in spaces.items()),
        *(Name("api_key", key.hash, key.name, key.workspace, key.is_disabled) for key in found.values()),
    ]
