"""What a scheduler calls."""

import time
from typing import Final

from fastapi import APIRouter

from app.auth.dependencies import SettingsDep
from app.jobs.dependencies import SchedulerDep
from app.jobs.schemas import SweepOut
from app.providers.dependencies import SyncerDep
from app.providers.worker import sweep
from app.usage.housekeeping import keep_house

router = APIRouter(prefix="/cron", tags=["cron"])
# So much of the budget may go into the database itself; the syncs have the rest.
HOUSE_SHARE: Final = 0.25


@router.get("/sync", dependencies=[SchedulerDep])
@router.post("/sync", dependencies=[SchedulerDep], operation_id="run_sync_posted")
async def run_sync(syncer: SyncerDep, settings: SettingsDep) -> SweepOut:
    """Look after the database, read the connections that are due, as far as the budget goes, and say what is left."""
    ends_at = time.monotonic() + settings.cron_budget_seconds
    house = await keep_house(syncer.sessions, settings.retention_days, settings.cron_budget_seconds * HOUSE_SHARE)
    return SweepOut.of(await sweep(syncer, ends_at - time.monotonic()), house)
