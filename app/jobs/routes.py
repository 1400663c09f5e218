"""What a scheduler calls."""

import time
from typing import Final

from fastapi import APIRouter, Request

from app.auth.dependencies import SettingsDep
from app.jobs.dependencies import SchedulerDep
from app.jobs.draining import drain
from app.jobs.registry import BESIDES, HOUSE
from app.jobs.schemas import SweepOut
from app.jobs.serving import hands_of
from app.providers.dependencies import SyncerDep
from app.providers.worker import sweep
from app.usage.housekeeping import keep_house

router = APIRouter(prefix="/cron", tags=["cron"])
# So much of the budget is left for what the syncs give cause to do and to tell.
LAST_SHARE: Final = 0.1


@router.get("/sync", dependencies=[SchedulerDep])
@router.post("/sync", dependencies=[SchedulerDep], operation_id="run_sync_posted")
async def run_sync(request: Request, syncer: SyncerDep, settings: SettingsDep) -> SweepOut:
    """Do what is due, as far as the budget goes, and say what is left.

    The database is looked after, then jobs are done, then connections are read, which gets what is left of the time;
    what that gives cause to tell goes out last.
    """
    budget, hands = settings.cron_budget_seconds, hands_of(request.app.state, syncer)
    ends_at = time.monotonic() + budget
    house = await keep_house(syncer.sessions, settings.retention_days, budget * HOUSE.share)
    failed = await drain(hands, BESIDES, budget, ends_at)
    swept = await sweep(syncer, ends_at - time.monotonic() - budget * LAST_SHARE)
    failed |= await drain(hands, BESIDES, budget, ends_at)
    return SweepOut.of(swept, house, sorted(failed))
