"""What routes are given: the way out to providers, and what does the syncs."""

from typing import Annotated

from fastapi import Depends, Request

from app.auth.dependencies import SettingsDep
from app.providers.service import Desk
from app.providers.sync import Syncer
from app.providers.vault import make_sealer
from app.providers.worker import SyncWorker


async def desk(request: Request, settings: SettingsDep) -> Desk:
    """Raises NoEncryption when no key is set under which provider keys could be kept."""
    state = request.app.state
    return Desk(state.http, state.sources, make_sealer(settings))


DeskDep = Annotated[Desk, Depends(desk)]


async def syncer(request: Request, settings: SettingsDep) -> Syncer:
    """Raises NoEncryption."""
    state = request.app.state
    return Syncer(state.sessionmaker, state.http, make_sealer(settings), state.sources, metrics=state.sync_metrics)


SyncerDep = Annotated[Syncer, Depends(syncer)]


async def sync_worker(request: Request) -> SyncWorker:
    worker: SyncWorker = request.app.state.sync_worker
    return worker


SyncWorkerDep = Annotated[SyncWorker, Depends(sync_worker)]
