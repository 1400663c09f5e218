"""What a scheduler calls."""

from fastapi import APIRouter

from app.auth.dependencies import SettingsDep
from app.jobs.dependencies import SchedulerDep
from app.jobs.schemas import SweepOut
from app.providers.dependencies import SyncerDep
from app.providers.worker import sweep

router = APIRouter(prefix="/cron", tags=["cron"])


@router.get("/sync", dependencies=[SchedulerDep])
@router.post("/sync", dependencies=[SchedulerDep], operation_id="run_sync_posted")
async def run_sync(syncer: SyncerDep, settings: SettingsDep) -> SweepOut:
    """Read the connections that are due, as far as the budget goes, and say what is left."""
    return SweepOut.of(await sweep(syncer, settings.cron_budget_seconds))
