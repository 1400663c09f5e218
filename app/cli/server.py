"""`tokenboard serve`: the database, then the service, and both down again in order.

A signal never interrupts a step half-way: until the service listens it only leaves a note, so
that a database that is just starting is stopped again and not left behind.
"""

import gc
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

from app.cli import runtime
from app.core import embedded, log  # noqa: F401 - `embedded` is loaded here, so that the thread below imports nothing
from app.core.config import ConfigurationError, Settings

if TYPE_CHECKING:
    from app.core.metrics import Shared

# Requests that still run when we are told to stop get this long.
GRACE_SECONDS = 10
BACKLOG = 2048
# Longer than the 60 seconds after which proxies and balancers let an idle connection go: who may send next should be
# the one that closes, or a request meets a closed door. See docs/performance.md, "The server".
KEEP_ALIVE_SECONDS = 75
# New objects that may be in cycles (requests leave few) before they are looked for.
YOUNG_OBJECTS = 10_000
# What uvicorn ticks when nothing keeps it.
TICKS_A_SECOND = 10
WILDCARDS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, not listened on


def serve(*, host: str | None, port: int | None, reload: bool, workers: int | None = None) -> None:
    """Run until SIGINT or SIGTERM. Raises ConfigurationError with what to mend."""
    settings = runtime.read_settings()
    log.configure(json_lines=settings.is_production, level=settings.log_level)
    workers = settings.workers if workers is None else workers
    if reload and workers > 1:
        raise ConfigurationError("--reload works with one process: leave --workers and TOKENBOARD_WORKERS out.")
    stop = note_signals()
    with _listening(host or settings.host, settings.port if port is None else port) as listener:
        settings = _addressed(settings, listener)
        if workers > 1:
            _serve_with(workers, settings, listener, stop)
            return
        with database_beside_imports(settings) as ready:
            if not stop.is_requested:
                runtime.upgrade(ready)
            if not stop.is_requested and reload:
                _run_reloading(ready, listener)
            elif not stop.is_requested:
                run(ready, listener, stop, announce=lambda: _announce(ready))


def _serve_with(workers: int, settings: Settings, listener: socket.socket, stop: "Stop") -> None:
    """The database here, the application in processes of their own, all on this listener."""
    from app.cli import crew

    with runtime.running_database(settings) as ready:
        if not stop.is_requested:
            runtime.upgrade(ready)
            crew.check_connections(ready, workers)
        if not stop.is_requested:
            crew.run(settings, listener, stop, workers, announce=lambda: _announce(ready))


@contextmanager
def database_beside_imports(settings: Settings) -> Iterator[Settings]:
    """The running database; while it starts, in a thread, this one imports the application, which takes as long."""
    with ExitStack() as stack:
        with ThreadPoolExecutor(1) as starter:
            starting = starter.submit(stack.enter_context, runtime.running_database(settings))
            import app.main  # noqa: F401 - only to have it loaded
        yield starting.result()


class Stop:
    """Whether somebody asked us to stop, and whether they asked again: a second Ctrl-C is impatience."""

    def __init__(self) -> None:
        self.is_requested = False
        self.is_urgent = False

    def note(self, number: int, _frame: FrameType | None) -> None:
        self.is_urgent = self.is_urgent or (self.is_requested and number == signal.SIGINT)
        self.is_requested = True


def note_signals() -> Stop:
    """From now on note SIGINT and SIGTERM instead of dying of them; to the end of the process."""
    stop = Stop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop.note)
    return stop


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """The port, taken before anything else is started: who comes early waits a moment in the queue."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise ConfigurationError(
            f"TokenBoard cannot listen on {host}, port {port}: {error.strerror or error}. Something else may use it: "
            f"stop that, or choose another port with --port or TOKENBOARD_PORT."
        ) from None
    with listener:
        yield listener


def _addressed(settings: Settings, listener: socket.socket) -> Settings:
    """The settings with the port that was taken, and with the address people reach unless APP_URL says it."""
    host, port = listener.getsockname()[:2]
    if "app_url" in settings.model_fields_set:
        return settings.model_copy(update={"port": port})
    name = "localhost" if host in WILDCARDS or host == "127.0.0.1" else f"[{host}]" if ":" in host else host
    return settings.model_copy(update={"port": port, "app_url": f"http://{name}:{port}"})


def run(
    settings: Settings,
    listener: socket.socket,
    stop: Stop,
    *,
    announce: Callable[[], None],
    tell_well: Callable[[], None] = lambda: None,
    shared: "Shared | None" = None,
) -> None:
    """Serve on the listener until told to stop.

    `announce` is called when requests are answered, and from then on each second `tell_well`, by the loop that does it.
    """
    import uvicorn

    class Server(uvicorn.Server):
        """Says where to click as soon as the service answers; heeds a signal that came before."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            spare_garbage_collector()
            self.should_exit = self.should_exit or stop.is_requested
            if self.started and not self.should_exit:
                announce()

        async def on_tick(self, counter: int) -> bool:
            if counter % TICKS_A_SECOND == 0:
                tell_well()
            return await super().on_tick(counter)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            await super().shutdown(sockets)
            if self.force_exit:
                # a second Ctrl-C leaves nobody time to finish, but the application puts its things away all the same
                await self.lifespan.shutdown()

    from app.main import create_app

    server = Server(uvicorn.Config(create_app(settings, shared), **_options(settings)))
    server.run(sockets=[listener])


def spare_garbage_collector() -> None:
    """Let it look only at what comes from now on: the 200,000 objects of a service that has started took it 150 ms each
    time it looked at all of them, a fifth of all CPU time under load."""
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)


def _options(settings: Settings) -> dict[str, Any]:
    return {
        "loop": "uvloop",
        "http": "httptools",
        "ws": "none",
        "lifespan": "on",
        "log_config": None,
        "log_level": logging.WARNING,
        "access_log": False,
        "server_header": False,
        "proxy_headers": bool(settings.trusted_proxies),
        "forwarded_allow_ips": list(settings.trusted_proxies),
        "backlog": BACKLOG,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": GRACE_SECONDS,
    }


def _announce(settings: Settings) -> None:
    console = runtime.make_console()
    console.print(f"[bold green]TokenBoard is ready:[/] [link={settings.app_url}]{settings.app_url}[/link]")
    if not (settings.frontend / "index.html").is_file():
        console.print("[yellow]Its dashboard is not built: `make run` builds it.[/]")
    console.file.flush()


def _run_reloading(settings: Settings, listener: socket.socket) -> None:
    """A new process for every change of the code; the database stays up in this one."""
    import uvicorn
    from uvicorn.supervisors import ChangeReload

    os.environ |= {"DATABASE_URL": runtime.address_of(settings), "APP_URL": settings.app_url}
    config = uvicorn.Config(
        "app.cli.server:reloaded_app", factory=True, reload=True, reload_dirs=["app"], **_options(settings)
    )
    _announce(settings)
    ChangeReload(config, target=uvicorn.Server(config).run, sockets=[listener]).run()


def reloaded_app() -> object:
    """The application in a process of its own, which has inherited the settings by its environment."""
    from app.main import create_app

    settings = runtime.read_settings()
    log.configure(json_lines=settings.is_production, level=settings.log_level)
    return create_app(settings)
