"""Password hashes: argon2id, in a few threads of their own, because one takes a tenth of a second."""

import asyncio
import unicodedata
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from passlib.hash import argon2

from app.core.errors import Unavailable

# RFC 9106, section 4, second recommended option: 64 MiB, three passes, four lanes
_HASHER = argon2.using(type="ID", memory_cost=65536, rounds=3, parallelism=4)
# each hash holds 64 MiB while it runs: a flood of sign-ins waits instead of filling the memory
_THREADS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="password")
# in the place of the hash of an account that has no password
NONE = "!"
# of a random password nobody has: checking against it takes as long as checking a real one
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$LSUkJETI+V+L0VoLIcR4zw$BnJwhO0opsvBHHYBimBtAhfEhnWDxqnO+EOpuoLc2qQ"


class Turnstile:
    """Lets so many in at a time: who is inside holds a database connection, who waits outside holds none."""

    def __init__(self, places: int, patience_seconds: float = 5) -> None:
        self._places = asyncio.Semaphore(places)
        self._patience_seconds = patience_seconds

    @asynccontextmanager
    async def enter(self) -> AsyncIterator[None]:
        """Raises Unavailable when no place becomes free in time."""
        try:
            async with asyncio.timeout(self._patience_seconds):
                await self._places.acquire()
        except TimeoutError:
            busy = "Many people are signing in just now. Try again in a second."
            raise Unavailable(busy, retry_after_seconds=1) from None
        try:
            yield
        finally:
            self._places.release()


async def make_hash(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _make_hash, password)


async def matches(password: str, kept: str | None) -> bool:
    """Whether the password belongs to the hash. No account, or no password, takes as long and is never right."""
    is_there = kept is not None and kept != NONE
    compared = kept if kept is not None and is_there else _NOBODY
    right = await asyncio.get_running_loop().run_in_executor(_THREADS, _verify, password, compared)
    return right and is_there


def is_outdated(kept: str) -> bool:
    """Whether the hash was made with other parameters than we use now."""
    return bool(_HASHER.needs_update(kept))


def _make_hash(password: str) -> str:
    return str(_HASHER.hash(_normalised(password)))


def _verify(password: str, kept: str) -> bool:
    try:
        return bool(_HASHER.verify(_normalised(password), kept))
    except ValueError:  # an account that cannot sign in with a password holds no hash
        return False


def _normalised(password: str) -> str:
    """One spelling for what looks the same, whichever keyboard it was typed on."""
    return unicodedata.normalize("NFKC", password)
