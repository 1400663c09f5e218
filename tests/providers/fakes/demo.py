"""What the providers of the demo company would bill: its own calls at list price, and a little that it never saw.

So tracked and billed stand side by side and nearly agree, as they do in life: somebody also uses the playground.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from app.core.periods import utc_now
from app.demo.rules.calls import DemoCall, Plan, calls
from app.ingest.rules.incoming import read_event
from app.ingest.rules.preparing import Sender, prepare
from app.pricing import service as pricing
from app.pricing.rules.call import CallToPrice, PricedCall, PricedLine, Pricing
from tests.providers.fakes import anthropic, openai
from tests.providers.fakes.world import Cost, Thing, Use, World

NOBODY = Sender(UUID(int=0), UUID(int=0))
# share of what was tracked that is billed beside it, in projects where people also work by hand
UNSEEN = {"engineering": Decimal("0.06"), "support-assistant": Decimal("0.004")}
_WAYS = {"fresh": "input", "cache_read": "cached input", "visible": "output", "reasoning": "output"}
_TOKENS = {
    "input": ("Input Tokens", "uncached_input_tokens"),
    "cached input": ("Input Tokens, Cache Read", "cache_read_input_tokens"),
    "cache write": ("Input Tokens, Cache Write 5m", "cache_creation.ephemeral_5m_input_tokens"),
    "output": ("Output Tokens", "output_tokens"),
}


@dataclass(frozen=True, slots=True)
class Charge:
    """What one unit of one call costs."""

    day: date
    project: str
    key: str
    model: str
    way: str
    cost: Decimal
    quantity: int


def worlds(plan: Plan) -> dict[str, World]:
    """The accounts of the demo company at OpenAI and Anthropic."""
    made = {"openai": World(keys={openai.ADMIN_KEY: "admin"}), "anthropic": World(keys={anthropic.ADMIN_KEY: "admin"})}
    charges: dict[str, dict[tuple[date, str, str, str, str], list[Charge]]] = {name: defaultdict(list) for name in made}
    for provider, charge in _charges(plan):
        if provider in made:
            group = (charge.day, charge.project, charge.key, charge.model, charge.way)
            charges[provider][group].append(charge)
    for provider, world in made.items():
        for together in charges[provider].values():
            _bill(provider, world, together)
        _name(world, provider)
    return made


def _charges(plan: Plan) -> Iterator[tuple[str, Charge]]:
    book = pricing.load_default()
    lines: list[PricedLine] = []

    def price(call: CallToPrice) -> PricedCall:
        priced = book.price(call)
        lines.extend(priced.lines)
        return priced

    watched, now = Pricing(price, book.version), utc_now()
    for call in calls(plan):
        lines.clear()
        if call.occurred_at <= now:
            provider = _prepare(call, watched, now)
            yield from ((provider, _charge(call, line)) for line in lines if line.cost)


def _prepare(call: DemoCall, watched: Pricing, now: datetime) -> str:
    return prepare(read_event(call.event), NOBODY, watched, now).provider


def _charge(call: DemoCall, line: PricedLine) -> Charge:
    kind = line.unit.split(".")[1] if "." in line.unit else line.unit
    way = "cache write" if kind.startswith("cache_write") else _WAYS.get(kind, line.unit)
    event = call.event
    day = call.occurred_at.date()
    return Charge(day, event["project"], call.key, event["model"], way, line.cost, int(line.quantity))


def _bill(provider: str, world: World, group: list[Charge]) -> None:
    one = group[0]
    project, key = f"{_MARK[provider][0]}{one.project}", f"{_MARK[provider][1]}{one.key.lower().replace(' ', '-')}"
    amount = sum((charge.cost for charge in group), Decimal(0)) * (1 + UNSEEN.get(one.project, Decimal(0)))
    quantity = sum(charge.quantity for charge in group)
    if provider == "openai":
        item, details = f"{one.model}, {one.way}", {}
    else:
        words, token = _TOKENS.get(one.way, (one.way, None))
        item = f"{one.model.replace('-', ' ').title()} Usage - {words}"
        details = {"cost_type": "tokens", "token_type": token, "model": one.model, "service_tier": "standard"}
    world.bill(Cost(one.day, project, key, item, one.model, amount, quantity, "tokens", details=details))
    _count(provider, world, one, quantity)


_MARK = {"openai": ("proj_", "key_"), "anthropic": ("wrkspc_", "apikey_")}


def _count(provider: str, world: World, one: Charge, quantity: int) -> None:
    """The same in the words of the usage reports."""
    project, key = f"{_MARK[provider][0]}{one.project}", f"{_MARK[provider][1]}{one.key.lower().replace(' ', '-')}"
    who = {"api_key_id": key, "model": one.model, "user_id": None, "batch": False}
    counted = dict.fromkeys(_FIELDS[provider].values(), 0)
    counted[_FIELDS[provider].get(one.way, "output_tokens")] = quantity
    if provider == "openai":
        # the whole holds its cached part
        counted["input_tokens"] += counted["input_cached_tokens"]
        world.count(Use(one.day, "completions", {**who, "project_id": project, "service_tier": "default"}, counted))
    else:
        world.count(Use(one.day, "messages", {**who, "workspace_id": project, "service_tier": "standard"}, counted))


_FIELDS = {
    "openai": {"input": "input_tokens", "cached input": "input_cached_tokens", "output": "output_tokens"},
    "anthropic": {
        "input": "uncached_input_tokens",
        "cached input": "cache_read_input_tokens",
        "cache write": "5m",
        "1h": "1h",
        "output": "output_tokens",
        "search": "web_search_requests",
    },
}


def _name(world: World, provider: str) -> None:
    """The names of everything that was billed."""
    project, key = _MARK[provider]
    spent = {(cost.project or "", cost.api_key or "") for cost in world.rows()}
    world.projects = [
        Thing(ident, ident.removeprefix(project).replace("-", " ").capitalize())
        for ident in sorted({ident for ident, _ in spent})
    ]
    parents = {ident: parent for parent, ident in sorted(spent)}
    world.api_keys = [
        Thing(ident, ident.removeprefix(key).replace("-", " ").capitalize(), parent)
        for ident, parent in parents.items()
    ]
    world.users = [Thing("user_nora", "Nora Wind")]
