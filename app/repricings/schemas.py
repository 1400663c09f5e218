"""Re-pricings on the wire."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.core.money import Money
from app.core.periods import utc_now
from app.core.schemas import Line, Request, Response
from app.repricings.rules import Job, Order, Status, Summary
from app.usage.rules.changing import Selection

Name = Annotated[Line, Field(min_length=1, max_length=256)]


class RepricingIn(Request):
    """Which calls to price again; every filter that is left out takes all. `from` belongs to it, `to` does not."""

    start: AwareDatetime | None = Field(None, alias="from", description="from the first call on when left out")
    end: AwareDatetime | None = Field(None, alias="to", description="up to now when left out")
    provider: Name | None = None
    model: Name | None = None
    only_unpriced: bool = Field(False, description="only calls without a price")
    reread_usage: bool = Field(False, description="read the usage objects that were kept again first")

    def order(self) -> Order:
        end = self.end or utc_now()
        return Order(Selection(self.start, end, self.provider, self.model, self.only_unpriced), self.reread_usage)


class FilterOut(Response):
    """Which calls it looks at."""

    start: datetime | None = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")
    provider: str | None
    model: str | None
    only_unpriced: bool
    reread_usage: bool


class ProgressOut(Response):
    """How many calls were looked at in the present step, of how many; `total` is null until they are counted."""

    done: int
    total: int | None


class FigureOut(Response):
    """Before and after. A cost covers the calls that have one, beside the count of those that have none."""

    calls: int
    changed: int
    cost_before: Money | None
    cost_after: Money | None
    unpriced_before: int
    unpriced_after: int


class ModelOut(FigureOut):
    """The figures of a model."""

    provider: str
    model: str


class DayOut(FigureOut):
    """The figures of a day, in UTC."""

    day: date


class SummaryOut(FigureOut):
    """What the preview found so far; models by how much they move, days in their order."""

    models: int
    by_model: Sequence[ModelOut]
    by_day: Sequence[DayOut]


class RepricingOut(Response):
    """A re-pricing."""

    id: UUID
    status: Status
    filter: FilterOut
    progress: ProgressOut
    summary: SummaryOut
    price_version: str
    created_at: datetime
    applied_at: datetime | None
    undone_at: datetime | None
    created_by: UUID | None
    error: str | None

    @classmethod
    def of(cls, job: Job, found: Summary) -> "RepricingOut":
        return cls(
            id=job.id,
            status=job.status,
            filter=_filter(job.order),
            progress=ProgressOut(done=job.done, total=job.total),
            summary=_summary(found),
            price_version=job.price_version,
            created_at=job.created_at,
            applied_at=job.applied_at,
            undone_at=job.undone_at,
            created_by=job.created_by,
            error=job.error,
        )


def _filter(order: Order) -> FilterOut:
    calls = order.calls
    return FilterOut(
        start=calls.start,
        end=calls.end,
        provider=calls.provider,
        model=calls.model,
        only_unpriced=calls.only_unpriced,
        reread_usage=order.reread_usage,
    )


def _summary(found: Summary) -> SummaryOut:
    return SummaryOut(
        **found.total._asdict(),
        models=len(found.by_model),
        by_model=[
            ModelOut(provider=provider, model=model, **figure._asdict()) for (provider, model), figure in found.by_model
        ],
        by_day=[DayOut(day=day.date(), **figure._asdict()) for day, figure in found.by_day],
    )
