"""What routes are given: the way out to providers, and how what does the syncs is woken."""

from typing import Annotated

from fastapi import Depends, Request

from app.auth.dependencies import SettingsDep
from app.core.waking import Wakes
from app.providers.service import Desk
from app.providers.sync import Syncer
from app.providers.vault import make_sealer


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


async def wakes(request: Request) -> Wakes:
    found: Wakes = request.app.state.wakes
    return found


WakesDep = Annotated[Wakes, Depends(wakes)]
