"""Whom calls are for: across tasks, threads, generators and functions."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import tokenboard
from tests.conftest import Board
from tokenboard.scope import current


def test_the_innermost_wins_and_tags_are_merged(tracked: Board) -> None:
    with tokenboard.context(user="outer", session_id="s", feature="search", tags={"team": "a"}):
        with tokenboard.context(user="inner", feature="chat"):
            tokenboard.track(provider="p", model="inside", tags={"team": "b"})
        tokenboard.track(provider="p", model="outside")
    tokenboard.track(provider="p", model="bare", user="given")
    assert tokenboard.flush(60)
    inside, outside, bare = tracked.events
    assert (inside["user"], inside["session_id"], inside["tags"]) == ("inner", "s", {"feature": "chat", "team": "b"})
    assert (outside["user"], outside["tags"]) == ("outer", {"feature": "search", "team": "a"})
    assert bare["user"] == "given"
    assert "session_id" not in bare


def test_projects_of_the_context_go_before_those_of_init(board: Board) -> None:
    tokenboard.init(api_key="k", base_url=board.url, project="all", environment="test")
    with tokenboard.context(project="one"):
        tokenboard.track(provider="p", model="m")
    event = board.event()
    assert (event["project"], event["environment"]) == ("one", "test")


def test_it_decorates_functions_generators_and_coroutines() -> None:
    seen = []

    @tokenboard.context(user="f")
    def function() -> None:
        seen.append(current().get("user"))

    @tokenboard.context(user="g")
    def generator() -> Iterator[int]:
        seen.append(current().get("user"))
        yield 1
        seen.append(current().get("user"))

    @tokenboard.context(user="c")
    async def coroutine() -> None:
        await asyncio.sleep(0)
        seen.append(current().get("user"))

    @tokenboard.context(user="a")
    async def stream() -> AsyncIterator[int]:
        yield 1
        seen.append(current().get("user"))

    async def read() -> None:
        seen.extend([current().get("user") async for _ in stream()])

    function()
    steps = generator()
    next(steps)
    seen.append(current().get("user"))
    list(steps)
    asyncio.run(coroutine())
    asyncio.run(read())
    assert seen == ["f", "g", None, "g", "c", "a", None]
    assert function.__name__ == "function"


def test_tasks_have_their_own_and_threads_get_it_carried() -> None:
    async def one(user: str) -> object:
        with tokenboard.context(user=user):
            await asyncio.sleep(0.01)
            return current()["user"]

    async def both() -> list[object]:
        return list(await asyncio.gather(one("a"), one("b")))

    assert asyncio.run(both()) == ["a", "b"]
    seen = []
    with tokenboard.context(user="t"), ThreadPoolExecutor(4) as pool:
        carried = tokenboard.carry(lambda _: current().get("user"))
        assert list(pool.map(carried, range(20))) == ["t"] * 20
        thread = threading.Thread(target=lambda: seen.append(current().get("user")))
        thread.start()
        thread.join()
    assert seen == [None]


def test_what_cannot_be_written_down_is_named_by_its_type() -> None:
    class Odd:
        def __str__(self) -> str:
            raise RuntimeError("not even that")

    odd: Any = Odd()
    with tokenboard.context(user=odd, feature=odd):
        assert current() == {"user": "Odd", "tags": {"feature": "Odd"}}


def test_one_context_may_be_entered_again_inside_itself() -> None:
    shared = tokenboard.context(user="u")
    with shared, shared:
        assert current()["user"] == "u"
    assert not current()
