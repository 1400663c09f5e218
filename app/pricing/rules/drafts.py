"""Whether a rule that somebody wrote means something, and what to mend where it does not."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from app.core.errors import FieldError
from app.pricing.rules.workspace import ANY, HUNDRED, METER_ALIASES, METERS, Rule, RuleKind

_TARGETS: Final = ("target_provider", "target_model", "geo", "tier", "capacity")
# The fields that say something in each kind of rule, beside those that all have.
_FIELDS_OF: Final = {
    RuleKind.RATE: ("price", "per"),
    RuleKind.DISCOUNT: ("percent",),
    RuleKind.DEPLOYMENT: _TARGETS,
}
_ALL_FIELDS: Final = tuple(name for names in _FIELDS_OF.values() for name in names)


def faults(rule: Rule) -> list[FieldError]:
    """What is wrong with a rule, field by field; nothing when it can be used."""
    return [*_pattern(rule), *_meter(rule), *_fields(rule), *_values(rule), *_period(rule)]


def describe(rule: Rule) -> str:
    """The rule in few words, as the audit log and messages name it."""
    said = {
        RuleKind.RATE: f"${rule.price} per {rule.per}",
        RuleKind.DISCOUNT: f"{rule.percent}% off",
        RuleKind.DEPLOYMENT: f"is {' '.join(value for name in _TARGETS if (value := getattr(rule, name)))}",
    }
    meter = "" if rule.kind is RuleKind.DEPLOYMENT else f" {rule.meter}"
    return f"{rule.kind.value} {rule.provider}/{rule.model_pattern}{meter}: {said[rule.kind]}"


def _pattern(rule: Rule) -> Iterator[FieldError]:
    name = rule.model_pattern
    if ANY in name[1:-1] or name.count(ANY) > 1:
        yield FieldError("model_pattern", "may have one * at its beginning or at its end: gpt-4o* or *-mini")


def _meter(rule: Rule) -> Iterator[FieldError]:
    if rule.kind is RuleKind.DEPLOYMENT:
        if rule.meter != ANY:
            yield FieldError("meter", "belongs to a rate or a discount; leave it out")
    elif rule.meter not in METERS:
        near = get_close_matches(rule.meter, METERS, n=1, cutoff=0.6)
        families = ", ".join(METER_ALIASES)
        yield FieldError(
            "meter",
            f"is no unit; did you mean {near[0]}?"
            if near
            else f"is no unit: take {families}, * or a unit like tool.web_search",
        )


def _fields(rule: Rule) -> Iterator[FieldError]:
    own = _FIELDS_OF[rule.kind]
    given = [name for name in _ALL_FIELDS if getattr(rule, name) is not None]
    for name in given:
        if name not in own:
            yield FieldError(name, f"does not belong to a {rule.kind.value}; leave it out")
    if rule.kind is RuleKind.DEPLOYMENT and not set(own) & set(given):
        yield FieldError("target_model", f"is missing: say at least one of {', '.join(_TARGETS)}")
    for name in own if rule.kind is not RuleKind.DEPLOYMENT else ():
        if name not in given:
            yield FieldError(name, "is missing")


def _values(rule: Rule) -> Iterator[FieldError]:
    if rule.price is not None and rule.price < 0:
        yield FieldError("price", "must not be negative")
    if rule.kind is RuleKind.RATE and rule.meter == ANY and rule.price:
        yield FieldError("meter", "only a price of 0 can hold for every unit: name input, output or another")
    if rule.per is not None and rule.per < 1:
        yield FieldError("per", "must be 1 or more: for how many units the price is")
    if rule.percent is not None and not 0 < rule.percent <= HUNDRED:
        yield FieldError("percent", "must be above 0 and at most 100")


def _period(rule: Rule) -> Iterator[FieldError]:
    if rule.effective_from and rule.effective_to and rule.effective_from >= rule.effective_to:
        yield FieldError("effective_to", "must be later than effective_from: the rule holds up to it, without it")
