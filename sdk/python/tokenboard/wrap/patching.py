"""Measured methods, for clients that have no choke point of their own."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, Final

from tokenboard.log import log
from tokenboard.wrap import reserving
from tokenboard.wrap.core import Call, guarded

ORIGINAL: Final = "__tokenboard_original__"
Start = Callable[[tuple[Any, ...], dict[str, Any]], Call | None]
Finish = Callable[[Call, Any], Any]


def patch(owner: Any, name: str, start: Start, finish: Finish | None = None) -> bool:
    """Put a measured function in the place of the owner's method. False when it is there already, or no method.

    `start` gets the arguments and answers the call (`begin`), or None to leave this one alone. `finish` gets the call
    and the result, and answers what the program gets in its place: for streams, the same with its iterator `Watched`.
    Without it the result is the whole response.
    """
    original = getattr(owner, name, None)
    if original is None or hasattr(original, ORIGINAL):
        return False
    measured = (_measured_async if inspect.iscoroutinefunction(original) else _measured)(original, start, finish)
    setattr(measured, ORIGINAL, original)
    setattr(owner, name, measured)
    return True


def unpatch(owner: Any, name: str) -> None:
    """Take the measured function away again."""
    if hasattr(vars(owner).get(name), ORIGINAL):
        delattr(owner, name)


def finished(call: Call, result: Any, finish: Finish | None) -> Any:
    """Record the result, and answer what the program gets: the result itself, whatever goes wrong here."""
    if finish is None:
        call.returned(result)
        return result
    try:
        return finish(call, result)
    except Exception:
        log.debug("a response was not read", exc_info=True)
        call.client.lost("reader_failed")
        call.nothing_read()
        return result


def _measured(original: Callable[..., Any], start: Start, finish: Finish | None) -> Callable[..., Any]:
    @functools.wraps(original)
    def run(*args: Any, **kwargs: Any) -> Any:
        call = guarded(start, args, kwargs)
        if call is None:
            return original(*args, **kwargs)
        if call.is_held:
            reserving.reserve(call)
        try:
            result = original(*args, **kwargs)
        except BaseException as error:
            call.failed(error)
            raise
        return finished(call, result, finish)

    return run


def _measured_async(original: Callable[..., Any], start: Start, finish: Finish | None) -> Callable[..., Any]:
    @functools.wraps(original)
    async def run(*args: Any, **kwargs: Any) -> Any:
        call = guarded(start, args, kwargs)
        if call is None:
            return await original(*args, **kwargs)
        if call.is_held:
            await reserving.reserve_async(call)
        try:
            result = await original(*args, **kwargs)
        except BaseException as error:
            call.failed(error)
            raise
        return finished(call, result, finish)

    return run
