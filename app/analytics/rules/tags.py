"""Questions by customer and by tag: which rollup answers them, and which none does."""

from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from app.analytics.rules.figure import Figure
from app.analytics.rules.grouping import Grouping
from app.analytics.rules.ledgers import Ledger
from app.core.errors import FieldError, InvalidRequest
from app.core.periods import Granularity
from app.usage.rules.tags import OWN, USER

# What the rows of a tag know of their calls beside its value.
ALONGSIDE: Final = frozenset({Grouping.STATUS, Grouping.PRICE_STATE, Grouping.UNPRICED_REASON, Grouping.CAPACITY})


@dataclass(frozen=True, slots=True)
class TagValue:
    """The calls that carry this value of a tag; an empty one: those that carry none. `tag` as rollups name it."""

    tag: str
    value: str


@dataclass(frozen=True, slots=True)
class TagTotal:
    """A tag of a period: how many different values have sums of their own, and what its calls add up to.

    `has_other` says that there were more values on some day, which are summed as `(other)`.
    """

    tag: str
    values: int
    has_other: bool
    figure: Figure


def tag_of(grouping: Grouping | None, key: str | None) -> str | None:
    """The tag to split by, as rollups name it; None where the split is by something else. Raises InvalidRequest."""
    if grouping is Grouping.TAG:
        if not key:
            raise InvalidRequest(
                "Which tag?", errors=[FieldError("tag", "name the tag to split by, like tag=team; `tags` lists them")]
            )
        return f"{OWN}{key}"
    if key is not None:
        detail = "stands only beside a split by tag; to ask for one value write tag.KEY=VALUE"
        raise InvalidRequest("The question is not split by tag.", errors=[FieldError("tag", detail)])
    return USER if grouping is Grouping.USER else None


def only_one(
    only: list[TagValue], grouping: Grouping | None, granularity: Granularity | None, field: str
) -> TagValue | None:
    """The value that calls must carry, if any. Raises InvalidRequest where no rollup holds what is asked together.

    `field` is the parameter that says what to split by.
    """
    is_tag = grouping in {Grouping.USER, Grouping.TAG}
    if len(only) > 1:
        names = " and ".join(_shown(one) for one in only)
        raise _refused(_shown(only[1]), f"no sum holds {names} together: ask for one of them, or for single `calls`")
    if only and grouping is not None and grouping not in ALONGSIDE:
        possible = ", ".join(sorted(ALONGSIDE))
        detail = f"no sum holds {grouping} beside {_shown(only[0])}: that can be split by {possible}, or not at all"
        raise _refused(field, detail)
    if (only or is_tag) and granularity is Granularity.HOUR:
        raise _refused(
            "granularity", "days are the finest that customers and tags are added up by: ask for day or month"
        )
    return only[0] if only else None


def check_only(ledger: Ledger, only: TagValue | None) -> None:
    """Raises InvalidRequest: providers do not know whom a call was for."""
    if only and ledger is not Ledger.TRACKED:
        raise _refused("ledger", f"the {ledger} ledger does not know {_shown(only)}: ask for ledger=tracked")


def _refused(field: str, detail: str) -> InvalidRequest:
    return InvalidRequest("This cannot be told from sums.", errors=[FieldError(field, detail)])


def _shown(one: TagValue) -> str:
    return one.tag


def rest(figure: Figure) -> Figure:
    """A figure that was found by taking away: whether its calls have a list cost of nothing or none is not known."""
    return figure if figure.known_list_cost else replace(figure, known_list_cost=None)
