"""All tables in one place, so that migrations see every one."""

import re
from typing import Any

import app.alerts.models
import app.auth.models
import app.budgets.models
import app.delivery.models
import app.detection.models
import app.forecasts.models
import app.ingest.models
import app.pricing.models
import app.providers.models
import app.repricings.models
import app.usage.models
import app.workspaces.models  # noqa: F401 - importing them registers their tables
from app.core.database import Base
from app.usage.models import PARTITION_PATTERN

metadata = Base.metadata
_PARTITION = re.compile(PARTITION_PATTERN)
# The job queue's tables are made as its library says (see migration 0017), and are nobody's models.
_QUEUE = "pgqueuer"


def is_ours(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """Whether Alembic should look at it: month partitions are made by the service, on demand."""
    if kind != "table" or name is None:
        return True
    return not (_PARTITION.fullmatch(name) or name.startswith(_QUEUE))
