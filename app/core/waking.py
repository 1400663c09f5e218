"""Telling whoever does the jobs of this process that there may be something to do."""

from collections.abc import Callable


class Wakes:
    """`wake` costs nothing and promises nothing: what is to be done stands in the database, and is found there."""

    def __init__(self) -> None:
        self._listener: Callable[[str], None] | None = None

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
