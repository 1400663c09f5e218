"""What a program is told whose calls are held to budgets: which of them refuse, and until when."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple


class Budget(NamedTuple):
    """A budget that holds calls back, as TokenBoard told of it. Money is in US dollars."""

    id: str
    name: str
    limit: str
    """`strict` or `bounded`."""
    amount: Decimal
    spent: Decimal
    reserved: Decimal
    remaining: Decimal
    unpriced_calls: int
    resets_at: datetime
    on_unavailable: str
    """`open` or `closed`: what happens to calls while TokenBoard cannot be asked."""

    @property
    def is_closed(self) -> bool:
        return self.on_unavailable == "closed"


class BudgetError(Exception):
    """The call was not made, because of budgets."""


class BudgetExceeded(BudgetError):
    """Budgets have not enough left for the call. The vendor was not asked."""

    def __init__(self, detail: str, budgets: Sequence[Budget]) -> None:
        super().__init__(detail)
        self.budgets = tuple(budgets)
        """Those that refuse, at least one."""

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.budgets)

    @property
    def budget_id(self) -> str:
        return self.budgets[0].id

    @property
    def budget_name(self) -> str:
        return self.budgets[0].name

    @property
    def remaining(self) -> Decimal:
        """What the first of them has left."""
        return self.budgets[0].remaining

    @property
    def resets_at(self) -> datetime:
        """When the last of them begins anew."""
        return max(budget.resets_at for budget in self.budgets)


class BudgetUnavailable(BudgetError):
    """TokenBoard cannot say whether the call is within its budgets, and one of them wants no call then."""


def read(told: Any) -> list[Budget]:
    """The `budgets` of an answer. Raises what reading raises where it is none."""
    return [_budget(each) for each in told["budgets"]]


def _budget(told: Mapping[str, Any]) -> Budget:
    return Budget(
        id=told["id"],
        name=told["name"],
        limit=told["limit"],
        amount=Decimal(told["amount"]),
        spent=Decimal(told["spent"]),
        reserved=Decimal(told["reserved"]),
        remaining=Decimal(told["remaining"]),
        unpriced_calls=told["unpriced_calls"],
        resets_at=datetime.fromisoformat(told["resets_at"].replace("Z", "+00:00")),
        on_unavailable=told["on_unavailable"],
    )
