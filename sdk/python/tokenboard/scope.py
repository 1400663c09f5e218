"""Whom and what calls are for: `tokenboard.context`, carried by contextvars."""

import contextvars
import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from types import TracebackType
from typing import Any, Final, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])

_NOTHING: Final[Mapping[str, Any]] = {}
_current: contextvars.ContextVar[Mapping[str, Any]] = contextvars.ContextVar("tokenboard_context", default=_NOTHING)


def current() -> Mapping[str, Any]:
    """Fields of an event that hold here; `tags` among them. Never changed in place."""
    return _current.get()


class context:  # noqa: N801  (used as a verb: `with context(user=...)`)
    """Say whom or what the calls inside are for. The innermost wins, tags are merged.

    A context manager, sync and async, and a decorator of functions, coroutines and generators. Keywords that are no
    field of an event become tags: `context(user="c_42", feature="search")`.
    """

    def __init__(
        self,
        *,
        user: str | None = None,
        session_id: str | None = None,
        trace_id: str | None = None,
        project: str | None = None,
        environment: str | None = None,
        tags: Mapping[str, object] | None = None,
        **more_tags: object,
    ) -> None:
        fields = {
            "user": user,
            "session_id": session_id,
            "trace_id": trace_id,
            "project": project,
            "environment": environment,
        }
        self._fields = {name: _text(value) for name, value in fields.items() if value is not None}
        said = {**(tags if isinstance(tags, Mapping) else {}), **more_tags}
        self._tags = {str(name): _text(value) for name, value in said.items() if value is not None}
        self._tokens: list[contextvars.Token[Mapping[str, Any]]] = []

    def _merged(self) -> Mapping[str, Any]:
        outer = _current.get()
        merged = {**outer, **self._fields}
        if self._tags:
            merged["tags"] = {**outer.get("tags", _NOTHING), **self._tags}
        return merged

    def __enter__(self) -> "context":
        self._tokens.append(_current.set(self._merged()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _leave(self._tokens.pop())

    async def __aenter__(self) -> "context":
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def __call__(self, function: F) -> F:
        return _within(function, self._merged)


def carry(function: F) -> F:
    """The function with the context of here, for threads and executors, which do not inherit it."""
    here = _current.get()
    return _within(function, lambda: here)


def _text(value: object) -> str:
    try:
        return value if isinstance(value, str) else str(value)
    except Exception:  # an object of the program's that cannot say what it is
        return type(value).__name__


def _leave(token: contextvars.Token[Mapping[str, Any]]) -> None:
    try:
        _current.reset(token)
    except ValueError:  # left in another context than entered: a generator that somebody else ended
        return


def _within(function: F, fields: Callable[[], Mapping[str, Any]]) -> F:
    """The function, run with these fields. They are asked for at each call, so contexts outside still count."""
    if inspect.iscoroutinefunction(function):
        wrapped = _coroutine(function, fields)
    elif inspect.isasyncgenfunction(function):
        wrapped = _async_generator(function, fields)
    elif inspect.isgeneratorfunction(function):
        wrapped = _generator(function, fields)
    else:
        wrapped = _plain(function, fields)
    return cast("F", functools.wraps(function)(wrapped))


def _plain(function: Callable[..., Any], fields: Callable[[], Mapping[str, Any]]) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        token = _current.set(fields())
        try:
            return function(*args, **kwargs)
        finally:
            _leave(token)

    return run


def _coroutine(function: Callable[..., Any], fields: Callable[[], Mapping[str, Any]]) -> Callable[..., Any]:
    async def run(*args: Any, **kwargs: Any) -> Any:
        token = _current.set(fields())
        try:
            return await function(*args, **kwargs)
        finally:
            _leave(token)

    return run


def _generator(function: Callable[..., Any], fields: Callable[[], Mapping[str, Any]]) -> Callable[..., Any]:
    """Each step runs inside; between two steps the reader's own context holds."""

    def run(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        inside = fields()
        steps: Generator[Any, Any, Any] = function(*args, **kwargs)
        step: Callable[[], Any] = functools.partial(next, steps)
        while True:
            token = _current.set(inside)
            try:
                item = step()
            except StopIteration as end:
                return end.value
            finally:
                _leave(token)
            try:
                step = functools.partial(steps.send, (yield item))
            except GeneratorExit:
                steps.close()
                raise
            except BaseException as error:
                step = functools.partial(steps.throw, error)

    return run


def _async_generator(function: Callable[..., Any], fields: Callable[[], Mapping[str, Any]]) -> Callable[..., Any]:
    async def run(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        inside = fields()
        steps: AsyncGenerator[Any, Any] = function(*args, **kwargs)
        step: Callable[[], Any] = steps.__anext__
        while True:
            token = _current.set(inside)
            try:
                item = await step()
            except StopAsyncIteration:
                return
            finally:
                _leave(token)
            try:
                step = functools.partial(steps.asend, (yield item))
            except GeneratorExit:
                await steps.aclose()
                raise
            except BaseException as error:
                step = functools.partial(steps.athrow, error)

    return run
