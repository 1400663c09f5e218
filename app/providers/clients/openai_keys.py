"""Which kind of OpenAI key it is, told by the cheapest reads of each report and by how it begins."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from app.core.periods import Granularity, Period, floor, utc_now
from app.providers.clients.answers import Answer, failure, rows, text
from app.providers.clients.openai_api import NEEDED, WHERE, WHO, Api, missing_scopes, refusal
from app.providers.clients.openai_costs import PATH, question
from app.providers.rules.reports import Feed, KeyClass, KeyReport

DAY: Final = timedelta(days=1)
_REFUSED: Final = frozenset((401, 403))

_PREFIXES: Final = (
    ("sk-admin-", KeyClass.ORGANIZATION),
    ("sk-proj-", KeyClass.PROJECT),
    ("sk-svcacct-", KeyClass.PROJECT),
    ("sk-ant-", KeyClass.UNKNOWN),
    ("sk-or-", KeyClass.UNKNOWN),
    ("sess-", KeyClass.UNKNOWN),
    ("sk-", KeyClass.PERSONAL),
)

_WRONG: Final[Mapping[str, str]] = {
    "sk-admin-": f"OpenAI does not know this admin key: it may be mistyped, expired or deleted. {NEEDED}",
    "sk-proj-": f"This is a project key. It can call models, but OpenAI shows costs to admin keys only. {NEEDED}",
    "sk-svcacct-": f"This is a service account's key. OpenAI shows costs to admin keys only. {NEEDED}",
    "sk-ant-": "This is an Anthropic key. Connect it under Anthropic.",
    "sk-or-": "This is an OpenRouter key. Connect it under OpenRouter.",
    "sess-": f"This is a browser's session, which ends by itself and should be given to nobody. {NEEDED}",
    "sk-": (
        "This is a key of a single user. OpenAI shows an organization's costs to admin keys only. "
        f"{NEEDED} Or connect it as a personal key to follow a balance."
    ),
}


async def verify(api: Api) -> KeyReport:
    """Read one day of costs; if that works, one of usage and one project. Raises SourceFailure on other answers."""
    costs = await api.ask(PATH, yesterday())
    if costs.status in _REFUSED:
        return _refused(api, costs)
    if costs.status == 404:
        return KeyReport(KeyClass.UNKNOWN, is_usable=False, message=_NOWHERE)
    if not costs.is_ok:
        raise failure(costs, WHO, refused=refusal(costs))
    others = {
        Feed.USAGE: await api.ask("/organization/usage/completions", yesterday()),
        Feed.NAMES: await api.ask("/organization/projects", [("limit", "1")]),
    }
    refused = [answer for answer in others.values() if answer.status in _REFUSED]
    missing = tuple(dict.fromkeys(scope for answer in refused for scope in _scopes(answer)))
    can = {Feed.COSTS, *(feed for feed, answer in others.items() if answer.is_ok or answer.is_passing)}
    return replace(_good(frozenset(can), missing), facts=_facts(costs))


def _facts(costs: Answer) -> Mapping[str, str]:
    """Whose account it is, where a row happens to say so."""
    found = (row for bucket in rows(costs.body, "data") for row in rows(bucket, "results", "result"))
    organization = next((text(row, "organization_id") for row in found), None)
    return {"organization": organization} if organization else {}


def _scopes(answer: Answer) -> tuple[str, ...]:
    return missing_scopes(answer) or ("one that OpenAI does not name",)


def yesterday() -> list[tuple[str, str]]:
    """The cheapest question: one whole day, ungrouped, in one bucket."""
    today = floor(utc_now(), Granularity.DAY)
    return question(Period(today - DAY, today), (), 1)


def _good(can: frozenset[Feed], missing: tuple[str, ...]) -> KeyReport:
    if Feed.USAGE in can and Feed.NAMES in can:
        message = "An organization's admin key: costs, usage and names of projects, keys and users are read."
        return KeyReport(KeyClass.ORGANIZATION, is_usable=True, message=message, can=can)
    lost = [what for feed, what in _WITHOUT if feed not in can]
    if not missing:
        # a gateway may have no such report; that does not narrow the key
        message = f"An organization's admin key: costs are read, {' and '.join(lost)}: this address has no such report."
        return KeyReport(KeyClass.ORGANIZATION, is_usable=True, message=message, can=can)
    scopes = f" Missing: {', '.join(missing)}; add it at {WHERE}."
    message = f"A restricted admin key: costs are read, {' and '.join(lost)}.{scopes}"
    return KeyReport(KeyClass.RESTRICTED, is_usable=True, message=message, can=can, missing_scopes=missing)


_NOWHERE: Final = "There is no cost report at this address. Leave the address empty, unless it is a gateway's."
_WITHOUT: Final = (
    (Feed.USAGE, "usage is not"),
    (Feed.NAMES, "names of projects and keys are not, so their ids are shown"),
)


def prefix_of(key: str) -> tuple[str, KeyClass]:
    """How the key begins and what that says; empty where it says nothing."""
    return next(((prefix, what) for prefix, what in _PREFIXES if key.startswith(prefix)), ("", KeyClass.UNKNOWN))


def _refused(api: Api, answer: Answer) -> KeyReport:
    prefix, key_class = prefix_of(api.key)
    scopes = missing_scopes(answer)
    if scopes and key_class in (KeyClass.ORGANIZATION, KeyClass.UNKNOWN):
        message = (
            f"This admin key is restricted and lacks {', '.join(scopes)}. Add it to the key at {WHERE}, "
            "or use an unrestricted admin key. Names need the management scope too."
        )
        return KeyReport(KeyClass.RESTRICTED, is_usable=False, message=message, missing_scopes=scopes)
    if prefix == "sk-admin-" and answer.status == 403:
        message = f"OpenAI knows this admin key but does not let it read costs. {NEEDED}"
        return KeyReport(KeyClass.RESTRICTED, is_usable=False, message=message)
    unknown = f"OpenAI refused the key. Organization costs need an admin key. {NEEDED}"
    message = _WRONG.get(prefix, unknown) + (f" It lacks {', '.join(scopes)}." if scopes else "")
    return KeyReport(key_class if prefix != "sk-admin-" else KeyClass.UNKNOWN, False, message, missing_scopes=scopes)
