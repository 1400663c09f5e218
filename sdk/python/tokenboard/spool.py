"""Batches that could not be sent, kept in a folder until they can be, by whichever process starts next.

Any process may put files there, one at a time takes them away. A file that is sent twice, because a process died
between sending and deleting it, changes nothing: events carry their ids.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from tokenboard.batches import Batch
from tokenboard.ids import new_id, written

_ENDING: Final = ".events.gz"


class Spool:
    """A bounded folder of batches. What goes wrong with the disk is an OSError."""

    def __init__(self, folder: str, limit_bytes: int) -> None:
        self._folder = Path(folder)
        self._limit = limit_bytes
        self._lock: IO[str] | None = None

    def put(self, batch: Batch) -> bool:
        """Keep a batch; False when the folder is full. It is there whole, or not at all."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if sum(path.stat().st_size for path in self._files()) + len(batch.body) > self._limit:
            return False
        name = f"{written(new_id())}-{batch.events}{_ENDING}"
        unfinished = self._folder / f".{name}.tmp"
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(batch.body)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self._folder / name)
        return True

    def oldest(self) -> tuple[Path, Batch] | None:
        """The batch that waited longest; None when there is none, or another process is sending them."""
        if not any(True for _ in self._files()) or not self._own():
            return None
        for path in sorted(self._files()):
            with contextlib.suppress(FileNotFoundError):
                count = path.name.removesuffix(_ENDING).rpartition("-")[2]
                return path, Batch(path.read_bytes(), int(count) if count.isdigit() else 0)
        return None

    def drop(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def release(self) -> None:
        """Let another process send what is there."""
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.close()

    def _files(self) -> Iterator[Path]:
        return self._folder.glob(f"*{_ENDING}")

    def _own(self) -> bool:
        if self._lock is None:
            lock = (self._folder / ".lock").open("a")
            try:
                _lock(lock)
            except OSError:
                lock.close()
                return False
            self._lock = lock
        return True


def _lock(file: IO[str]) -> None:
    """Take the file for this process alone, until it is closed or the process ends. Raises OSError when taken."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
