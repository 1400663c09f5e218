"""Telling whoever does the jobs of this process that there may be something to do."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

_KEY: Final = "woken_by_commit"


def wake_at_commit(info: dict[str, Any], job: str) -> None:
    """Wake the job when the request's transaction was committed and answered; `info` is the session's."""
    info.setdefault(_KEY, set()).add(job)


def woken(info: dict[str, Any]) -> frozenset[str]:
    """What this transaction gives cause to do."""
    return frozenset(info.get(_KEY, ()))


class Wakes:
    """`wake` costs nothing and promises nothing: what is to be done stands in the database, and is found there."""

    def __init__(self) -> None:
        self._listener: Callable[[str], None] | None = None
        self._here: dict[str, Callable[[], Awaitable[object]]] = {}

    @property
    def is_on(self) -> bool:
        """Whether somebody does jobs in this process."""
        return self._listener is not None

    def listen(self, listener: Callable[[str], None] | None) -> None:
        self._listener = listener

    def wake(self, job: str) -> None:
        """There may be something to do for this job."""
        if self._listener is not None:
            self._listener(job)

    def do_here(self, job: str, do: Callable[[], Awaitable[object]]) -> None:
        """What a request does itself after its answer, where nobody does jobs and nobody may come for hours."""
        self._here[job] = do

    async def wake_or_do(self, job: str) -> None:
        if self.is_on:
            self.wake(job)
        elif job in self._here:
            await self._here[job]()
