"""`tokenboard demo`: fill the demo workspace, with progress, and say how to get in."""

import secrets
from datetime import date, datetime
from typing import Final

from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.cli import runtime, stand_ins
from app.cli.errors import CannotDo
from app.core.config import Settings
from app.core.database import make_engine, make_sessionmaker
from app.core.periods import utc_now
from app.demo import furnishing, service
from app.demo.errors import OtherDemo
from app.demo.rules import company
from app.demo.rules.calls import Plan
from app.demo.service import Demo, Filled
from app.pricing import service as pricing
from app.pricing.shelf import PriceShelf
from app.workspaces.rules import Member

# Anybody may know it: outside production the service listens on this machine only, unless told otherwise.
PASSWORD: Final = "northwind-demo"  # noqa: S105 - printed for everybody to see


def demo(*, seed: int, days: int, until: date | None, reset: bool, with_connections: bool = False) -> None:
    """Make the demo, or go on with it. Raises CannotDo when something else stands in its place."""
    if with_connections:
        stand_ins.check()
    settings = runtime.read_settings()
    now = utc_now()
    plan = Plan(seed, days, until or now.date())
    password = secrets.token_urlsafe(12) if settings.is_production else PASSWORD
    with runtime.migrated_database(settings) as ready:
        try:
            made, filled = runtime.run(_demo(ready, plan, password, now, reset=reset))
        except OtherDemo as error:
            raise CannotDo(str(error)) from None
        connected = _connect(ready, plan, made) if with_connections else 0
        runtime.run(_furnish(ready, made))
    _show(settings, plan, password, filled, connected)


def _connect(ready: Settings, plan: Plan, made: Demo) -> int:
    """Connect the stand-ins and read their reports; how many there are."""
    with stand_ins.running(plan) as address:
        return runtime.run(_read(ready, made.member, address))


async def _read(settings: Settings, member: Member, address: str) -> int:
    engine = make_engine(runtime.address_of(settings), pooled=settings.database_pooled)
    try:
        return await stand_ins.connect(make_sessionmaker(engine), settings, member, address)
    finally:
        await engine.dispose()


async def _demo(settings: Settings, plan: Plan, password: str, now: datetime, *, reset: bool) -> tuple[Demo, Filled]:
    engine = make_engine(runtime.address_of(settings), pooled=settings.database_pooled)
    sessions = make_sessionmaker(engine)
    try:
        async with sessions() as session, session.begin():
            made = await service.prepare(session, plan, password, reset=reset)
        with _progress() as progress:
            task = progress.add_task(f"{company.NAME}: days of calls", total=plan.days)
            filled = await service.fill(
                sessions,
                PriceShelf(pricing.load_default()),
                made,
                plan,
                now,
                lambda done: progress.update(task, completed=done),
            )
            progress.update(task, completed=plan.days)
        return made, filled
    finally:
        await engine.dispose()


async def _furnish(settings: Settings, made: Demo) -> None:
    """Last of all, when everything is there that budgets and alerts are about."""
    engine = make_engine(runtime.address_of(settings), pooled=settings.database_pooled)
    try:
        async with make_sessionmaker(engine)() as session, session.begin():
            await furnishing.furnish(session, settings, made.member, utc_now())
    finally:
        await engine.dispose()


def _progress() -> Progress:
    console = runtime.make_console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=not console.is_terminal)


def _show(settings: Settings, plan: Plan, password: str, filled: Filled, connected: int) -> None:
    counted = f"{filled.added:,} calls added" + (f", {filled.known:,} were there already" if filled.known else "")
    runtime.make_console().print(
        Panel.fit(
            f"{counted}: {plan.first_day} to {plan.until}\n"
            + (f"{connected} stand-ins of providers connected, read, and paused\n" if connected else "")
            + "\n"
            f"Open      {settings.app_url}   (start it with: make run)\n"
            f"Email     {company.EMAIL}\n"
            f"Password  {password}",
            title=company.NAME,
        )
    )
