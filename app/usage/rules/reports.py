"""The rows of the provider's side: what reports are turned into, and what makes two of them the same row.

Three ledgers that are never added together: billed lines, reported usage, credits.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Literal
from uuid import UUID

from app.core.money import EXACT


@dataclass(frozen=True, slots=True)
class BilledLine:
    """What the provider charges for one bucket and one set of dimensions.

    `[start, end)` is the provider's bucket in UTC. `endpoint` is the report it stood in, `group_by` the exact
    dimensions that were asked for, `dimensions` their values as they came, null kept: together with the bucket they
    are the row's identity. `amount` is in units of `currency` (ISO 4217, upper case), converted from the endpoint's
    own unit once, here and nowhere else. `project`, `api_key` and `model` are the provider's ids, None where the
    provider did not say; a model is never guessed. `is_estimated` is the provider's own word that the figure will
    still change; it is no part of the identity.
    """

    endpoint: str
    start: datetime
    end: datetime
    group_by: tuple[str, ...]
    dimensions: Mapping[str, str | None]
    amount: Decimal
    currency: str
    line_item: str | None = None
    project: str | None = None
    api_key: str | None = None
    model: str | None = None
    quantity: Decimal | None = None
    quantity_unit: str | None = None
    is_estimated: bool = False


@dataclass(frozen=True, slots=True)
class UsageLine:
    """What the provider counted for one bucket and one set of dimensions.

    `counts` are disjoint leaves and meters by the names of `pricing.rules.units`; `requests` None is not said.
    `is_level` marks amounts that are levels and not flows (stored bytes): never summed over time.
    """

    endpoint: str
    start: datetime
    end: datetime
    group_by: tuple[str, ...]
    dimensions: Mapping[str, str | None]
    counts: Mapping[str, int | Decimal]
    requests: int | None = None
    project: str | None = None
    api_key: str | None = None
    user: str | None = None
    model: str | None = None
    is_level: bool = False


@dataclass(frozen=True, slots=True)
class CreditSnapshot:
    """A balance at an instant, in units of `currency` (`credits` where they are not money)."""

    at: datetime
    available: Decimal | None
    currency: str
    granted: Decimal | None = None
    used: Decimal | None = None
    account: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Name:
    """What people call an id; kept for ever, because rows outlive what they name."""

    kind: Literal["project", "api_key", "user"]
    id: str
    name: str
    parent: str | None = None
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """What writing some rows did, by row. Changed is another amount or quantity; a row that came back is not."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(self.new + other.new, self.changed + other.changed, self.unchanged + other.unchanged)


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the ledger holds of one connection: rows by kind, the months they lie in, and the money by currency."""

    billed_lines: int
    usage_lines: int
    credit_snapshots: int
    names: int
    months: Sequence[str]
    billed: Mapping[str, Decimal]


def line_key(line: BilledLine | UsageLine) -> UUID:
    """The row's identity within its connection: 128 bits of endpoint, bucket, dimensions asked for and their values.

    A dimension that is null is another than one that was not asked for. The order of dimensions says nothing. Amounts
    in two currencies are two rows: neither may take the place of the other.
    """
    identity = [
        line.endpoint,
        line.start.timestamp(),
        (line.end - line.start).total_seconds(),
        sorted(set(line.group_by)),
        sorted(line.dimensions.items()),
    ]
    if isinstance(line, BilledLine):
        identity.append(line.currency)
    text = json.dumps(identity, ensure_ascii=False, separators=(",", ":"))
    return UUID(bytes=blake2b(text.encode(), digest_size=16).digest())


def distinct_billed(lines: Iterable[BilledLine]) -> dict[UUID, BilledLine]:
    """The lines by their key. Two of one identity are two parts of one amount: one would hide the other."""
    found: dict[UUID, BilledLine] = {}
    for line in lines:
        key = line_key(line)
        before = found.get(key)
        found[key] = line if before is None else _added(before, line)
    return found


def distinct_usage(lines: Iterable[UsageLine]) -> dict[UUID, UsageLine]:
    """The same of usage. Of a level that is told twice the later word holds."""
    found: dict[UUID, UsageLine] = {}
    for line in lines:
        key = line_key(line)
        before = found.get(key)
        found[key] = line if before is None or line.is_level else _counted(before, line)
    return found


def _added(a: BilledLine, b: BilledLine) -> BilledLine:
    quantity = None if a.quantity is None or b.quantity is None else EXACT.add(a.quantity, b.quantity)
    return replace(b, amount=EXACT.add(a.amount, b.amount), quantity=quantity)


def _counted(a: UsageLine, b: UsageLine) -> UsageLine:
    counts = {unit: a.counts.get(unit, 0) + b.counts.get(unit, 0) for unit in {**a.counts, **b.counts}}
    requests = None if a.requests is None or b.requests is None else a.requests + b.requests
    return replace(b, counts=counts, requests=requests)
