"""What the address of a call says about how it is paid for."""

import re
from typing import Final

from app.usage.rules.record import Capacity

# Z.ai's coding plan is flat-fee and has an address of its own, the same on both of its sites.
_PLAN: Final = re.compile(r"^(?:https?://)?(?:[\w-]+\.)*(?:z\.ai|bigmodel\.cn)(?::\d+)?/(?:.*/)?coding/paas(?:/|$)")


def capacity_of(base_url: str | None) -> Capacity | None:
    """`subscription` for the address of a flat-fee plan; None where the address says nothing."""
    return "subscription" if base_url and _PLAN.match(base_url.strip().lower()) else None
