"""What many calls of a workspace say alike: kept once, and in each call as a number.

Only what we word ourselves belongs here. What senders word as they like would make a kind of every call.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from operator import attrgetter
from typing import Final, NamedTuple, Protocol, cast
from uuid import UUID

import msgspec

# In the number of a call, beside that of its kind: these amounts are its `cost`, to the digit, and stand there only.
LIST_IS_COST: Final = 1
CONTRACTED_IS_COST: Final = 2
OWN_BITS: Final = ~(LIST_IS_COST | CONTRACTED_IS_COST)


class Kind(NamedTuple):
    """How calls were read, and by which prices."""

    workspace_id: UUID
    usage_status: str
    convention: str | None
    price_version: str


class Kindred(Protocol):
    """What tells the kind of a call, and what its number tells beside."""

    @property
    def workspace_id(self) -> UUID: ...
    @property
    def usage_status(self) -> str: ...
    @property
    def convention(self) -> str | None: ...
    @property
    def price_version(self) -> str: ...
    @property
    def cost(self) -> Decimal | None: ...
    @property
    def list_cost(self) -> Decimal | None: ...
    @property
    def contracted_cost(self) -> Decimal | None: ...


# The numbers of kinds that are in the database; None where another kind has the number: then calls say all themselves.
Numbers = Mapping[Kind, int | None]


# The kind of a call, as a tuple without names, which is as good for asking and takes a third of the time.
kind_of: Final = cast("Callable[[Kindred], Kind]", attrgetter(*Kind._fields))


def kinds_of(calls: Iterable[Kindred]) -> set[Kind]:
    return {Kind._make(kind) for kind in set(map(kind_of, calls))}


def number_of(kind: Kind) -> int:
    """Thirty bits of a hash, as a signed number of 32 whose lowest two are free."""
    digest = hashlib.blake2b(msgspec.json.encode(kind[1:]), digest_size=4).digest()
    return int.from_bytes(digest, "big", signed=True) & OWN_BITS


def told_by_cost(call: Kindred) -> int:
    """The bits of the amounts that are the call's cost."""
    listed = LIST_IS_COST if _is_same(call.list_cost, call.cost) else 0
    return listed | CONTRACTED_IS_COST if _is_same(call.contracted_cost, call.cost) else listed


def _is_same(one: Decimal | None, other: Decimal | None) -> bool:
    """Down to idle zeros."""
    return one is other or (one is not None and other is not None and not one.compare_total(other))
