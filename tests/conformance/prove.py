"""Prove the fixtures by themselves: their shape, every product, every sum, every count.

Nothing of the project is imported here, so a fault of the code under test cannot hide in its own fixtures, and anyone
can run this file beside a copy of the cases: `python prove.py`.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent / "cases"
SMALLEST = Decimal("1e-18")  # a line whose price does not terminate is rounded once, half-even, to this

_KINDS = {
    "input": r"fresh|cache_read|cache_write_(5m|30m|1h|12h|free)|tool",
    "output": r"visible|reasoning|citation",
}
_LEAF = re.compile(
    rf"input\.({_KINDS['input']})\.(text|audio|image|video)|output\.({_KINDS['output']})\.(text|audio|image|video)"
)
_METER = re.compile(r"tool\.[a-z_]+|[a-z_]+")
_DECIMAL = re.compile(r"(0|[1-9]\d*)(\.\d*[1-9])?")
_KEYS = {
    "case": ({"id", "title", "why", "event", "record", "cost", "arithmetic"}, set()),
    "record": (
        {"leaves", "meters", "usage_status"},
        {"parts", "unknown", "capacity", "vendor_total", "vendor_total_differs"},
    ),
    "part": ({"role", "model", "leaves", "meters"}, set()),
    "cost": ({"state", "list_cost", "cost"}, {"reason", "reported_cost"}),
    "line": ({"unit", "quantity", "price", "per", "cost", "source"}, {"role"}),
}
_STATES = {"priced", "free", "unpriced"}
_STATUSES = {"final", "partial", "estimated", "missing"}
_REASONS = {"unknown_model", "no_price_for_unit", "no_price_for_tier", "usage_missing"}
_TOTALS = ("total_tokens", "totalTokens", "totalTokenCount", "total_token_count")

Json = Mapping[str, Any]


def read() -> dict[str, list[dict[str, Any]]]:
    """All cases by dialect, which is the name of their file."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(CASES.glob("*.json"))}


def faults(dialects: Mapping[str, list[dict[str, Any]]]) -> Iterator[str]:
    """Everything that is wrong with the fixtures, each with the id of its case."""
    seen: set[str] = set()
    for dialect, cases in dialects.items():
        for case in cases:
            name = str(case.get("id"))
            if name in seen:
                yield f"{name}: the id is taken"
            seen.add(name)
            if not name.startswith(f"{dialect}/"):
                yield f"{name}: the id does not begin with its dialect"
            yield from (f"{name}: {fault}" for fault in _of_case(case))


def _of_case(case: Json) -> Iterator[str]:
    odd = list(_shape("case", case))
    if odd:
        yield from odd
        return
    record, cost = case["record"], case["cost"]
    for shape, held in (("record", record), ("cost", cost), *(("line", line) for line in case["arithmetic"])):
        yield from _shape(shape, held)
    yield from _of_event(case["event"])
    yield from _of_record(record)
    yield from _of_total(case["event"].get("raw_usage"), record)
    for line in case["arithmetic"]:
        yield from _of_line(line)
    yield from _of_cost(cost, record, case["arithmetic"])


def _shape(shape: str, held: Json) -> Iterator[str]:
    needed, allowed = _KEYS[shape]
    if missing := needed - held.keys():
        yield f"{shape}: lacks {sorted(missing)}"
    if unknown := held.keys() - needed - allowed:
        yield f"{shape}: does not know {sorted(unknown)}"


def _of_event(event: Json) -> Iterator[str]:
    for name in ("provider", "model", "occurred_at"):
        if not event.get(name):
            yield f"event: lacks {name}"
    if datetime.fromisoformat(event["occurred_at"]).tzinfo is None:
        yield "event: occurred_at has no zone"
    if {"raw_usage", "usage"} <= event.keys():
        yield "event: says its usage twice"


def _of_record(record: Json) -> Iterator[str]:
    if record["usage_status"] not in _STATUSES:
        yield f"record: {record['usage_status']} is no status"
    for holder in (record, *record.get("parts", ())):
        for leaf, count in holder["leaves"].items():
            if not _LEAF.fullmatch(leaf):
                yield f"record: {leaf} is no leaf"
            if type(count) is not int or count <= 0:
                yield f"record: {leaf} is {count}, not a whole number above 0"
        for meter, amount in holder["meters"].items():
            if not _METER.fullmatch(meter) or not _DECIMAL.fullmatch(str(amount)):
                yield f"record: {meter} = {amount} is no meter"
    for part in record.get("parts", ()):
        yield from _shape("part", part)


def _of_total(raw: Any, record: Json) -> Iterator[str]:
    """The leaves are all the tokens that the vendor counted, unless the fixture says why they are not."""
    totals = list(_totals(raw))
    said = record.get("vendor_total")
    if (totals[-1] if totals else None) != said:
        yield f"record: vendor_total is {said}, the event says {totals}"
    counted = sum(record["leaves"].values())
    if said is not None and (counted == said) == bool(record.get("vendor_total_differs")):
        yield f"record: leaves sum to {counted}, the vendor's total is {said}"


def _totals(held: Any) -> Iterator[int]:
    """Every total in the object, in its order: of a stream the last one counts."""
    if isinstance(held, dict):
        yield from (held[name] for name in _TOTALS if isinstance(held.get(name), int))
        for value in held.values():
            yield from _totals(value)
    elif isinstance(held, list):
        for value in held:
            yield from _totals(value)


def _of_line(line: Json) -> Iterator[str]:
    quantity, price, cost = (Decimal(str(line[name])) for name in ("quantity", "price", "cost"))
    for name in ("price", "cost"):
        if not _DECIMAL.fullmatch(line[name]):
            yield f"{line['unit']}: {name} {line[name]} is no plain decimal"
    if not str(line["source"]).strip():
        yield f"{line['unit']}: its price has no source"
    with localcontext() as context:
        context.prec = 60
        exact = quantity * price == cost * line["per"]
        rounded = (quantity * price / line["per"]).quantize(SMALLEST, rounding=ROUND_HALF_EVEN)
    if not exact and cost != rounded:
        yield f"{line['unit']}: {quantity} x {price} / {line['per']} is not {cost}"


def _of_cost(cost: Json, record: Json, lines: list[dict[str, Any]]) -> Iterator[str]:
    state, ours, final = cost["state"], cost["list_cost"], cost["cost"]
    if state not in _STATES or (state == "unpriced") != (cost.get("reason") in _REASONS):
        yield f"cost: state {state} with reason {cost.get('reason')}"
    if (state == "unpriced") != (final is None) or (state == "free") != (
        final == "0" and not _measured_zero(cost, record)
    ):
        yield f"cost: {state} at {final}"
    if "reported_cost" in cost and final != cost["reported_cost"]:
        yield "cost: is not what the provider charged"
    if ours is None:
        if lines:
            yield "arithmetic: has lines, but there is no list cost"
        return
    with localcontext() as context:
        context.prec = 60
        total = sum((Decimal(line["cost"]) for line in lines), Decimal(0))
    if total != Decimal(ours):
        yield f"arithmetic: lines sum to {total}, list_cost is {ours}"
    if "reported_cost" not in cost and state == "priced" and final != ours:
        yield f"cost: {final} is not the list cost {ours}"
    yield from _same_counts(record, lines)


def _measured_zero(cost: Json, record: Json) -> bool:
    """A call that is known to have used nothing of a priced model costs 0 without being free."""
    return cost["state"] == "priced" and not record["leaves"] and not record["meters"]


def _same_counts(record: Json, lines: list[dict[str, Any]]) -> Iterator[str]:
    used = {("", unit): Decimal(str(count)) for unit, count in {**record["leaves"], **record["meters"]}.items()}
    for part in record.get("parts", ()):
        for unit, count in {**part["leaves"], **part["meters"]}.items():
            used[(part["role"], unit)] = used.get((part["role"], unit), Decimal(0)) + Decimal(str(count))
    priced: dict[tuple[str, str], Decimal] = {}
    for line in lines:
        key = (line.get("role", ""), line["unit"])
        priced[key] = priced.get(key, Decimal(0)) + Decimal(str(line["quantity"]))
    if used != priced:
        yield f"arithmetic: prices {sorted(priced.items())}, the record has {sorted(used.items())}"


def main() -> int:
    dialects = read()
    found = list(faults(dialects))
    for fault in found:
        print(fault)
    cases = sum(len(cases) for cases in dialects.values())
    print(f"{cases} cases of {len(dialects)} dialects, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
