"""Asks TokenBoard, before a call is made, whether it is within its budgets."""

import json
import time
from collections import OrderedDict, deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from tokenboard import budgets
from tokenboard.budgets import Budget, BudgetError, BudgetExceeded, BudgetUnavailable
from tokenboard.events import Event
from tokenboard.http import Answer, Connection
from tokenboard.leases import Hold, Leases
from tokenboard.log import log
from tokenboard.settings import Settings

if TYPE_CHECKING:  # asynchronous programs have it already, others need none of it
    from concurrent.futures import Future, ThreadPoolExecutor

_RESERVE: Final = "/api/v1/budgets/reserve"
_SIZE: Final = ("input_tokens", "max_output_tokens")
_SHAPE: Final = ("provider", "model", "project", "environment")
_IDLE_CONNECTIONS: Final = 32
_THREADS: Final = 32
_REMEMBERED: Final = 10_000
# A server that does not answer costs every call the time limit: after so many in a row nobody waits for a while.
_SLOW: Final = 3
_PAUSE: Final = 5.0


class Gate:
    """One for each client: its connections, what it was told, and what it holds."""

    def __init__(self, settings: Settings, closed: Mapping[tuple[Any, ...], bool] | None = None) -> None:
        self._settings = settings
        self.leases = Leases(self._post, settings.budget_lease)
        self._idle: deque[Connection] = deque()
        self.closed: OrderedDict[tuple[Any, ...], bool] = OrderedDict(closed or {})
        """Whether calls like this are to be made while nobody can be asked, as last told."""
        self._pool: ThreadPoolExecutor | None = None
        self._slow = 0
        self._not_before = 0.0

    def ask(self, question: Event) -> Hold | None:
        """What is held for the call; None when nothing is. Raises BudgetExceeded, BudgetUnavailable, and nothing else.

        `question` is the body of a reservation, without a size where nobody knows it.
        """
        try:
            if time.monotonic() < self._not_before:
                return self._unknown(question, "it does not answer")
            return self._asked(question)
        except BudgetError:
            raise
        except TimeoutError:
            self._is_slow()
            return self._unknown(question, "it took too long")
        except Exception as error:
            log.debug("TokenBoard could not be asked", exc_info=True)
            return self._unknown(question, type(error).__name__)

    async def ask_async(self, question: Event) -> Hold | None:
        """The same in a thread, while the loop goes on. Who stops waiting for it holds nothing."""
        try:
            work = self._threads().submit(self.ask, question)
        except RuntimeError:  # the interpreter ends
            return self._unknown(question, "the program ends")
        try:
            return await _result(work)
        except BudgetError:
            raise
        except BaseException:
            work.add_done_callback(self._give_back)
            raise

    def flush(self, timeout: float) -> bool:
        """Wait until what was to be let go is."""
        return self.leases.flush(timeout)

    def stop(self, timeout: float) -> bool:
        """The same, and end."""
        done = self.leases.stop(timeout)
        if self._pool is not None:
            self._pool.shutdown(wait=False)
        while self._idle:
            self._idle.pop().close()
        return done

    # --- asking ---

    def _asked(self, question: Event) -> Hold | None:
        if _SIZE[0] not in question:
            return self._asked_unsized(question)
        answer = self._reserve(question)
        if answer.status == 422 and _said(answer).get("code") == "no_upper_estimate":
            return self._asked_unsized({name: said for name, said in question.items() if name not in _SIZE})
        return self._judged(question, answer)

    def _asked_unsized(self, question: Event) -> Hold | None:
        """For a call whose cost nobody can say beforehand: what the program says that it may cost.

        Without that nothing is held, and it is made as long as something is left, unless a budget wants no call then.
        """
        amount = self._settings.budget_amount
        hold = self._judged(question, self._reserve({**question, "amount": str(amount or "0")}))
        if amount is None and hold is not None:
            self.leases.release(hold)
            if self._is_closed(question):
                raise BudgetUnavailable("Nobody can say what this call may cost at most: set budget_amount.")
            return None
        return hold

    def _reserve(self, question: Event) -> Answer:
        body = {**question, "lease_seconds": self._settings.budget_lease}
        answer = self._post(_RESERVE, json.dumps(body).encode())
        self._slow = 0
        return answer

    def _judged(self, question: Event, answer: Answer) -> Hold | None:
        said = _said(answer)
        if answer.status == 200:
            told = budgets.read(said)
            self._learn(question, told, is_all=True)
            return self.leases.hold(said["reservation_id"]) if told else None
        if answer.status == 402 and said.get("code") == "budget_exhausted" and (told := budgets.read(said)):
            self._learn(question, told, is_all=False)
            raise BudgetExceeded(str(said.get("detail") or said.get("title")), told)
        if answer.status in (401, 403):
            log.warning("TokenBoard refuses the API key; budgets cannot be asked")
        return self._unknown(question, f"HTTP {answer.status}")

    def _post(self, path: str, body: bytes) -> Answer:
        try:
            line = self._idle.pop()
        except IndexError:
            settings = self._settings
            line = Connection(settings.base_url, settings.api_key, settings.budget_timeout, is_compressed=False)
        answer = line.post(body, path=path)
        if len(self._idle) < _IDLE_CONNECTIONS:
            self._idle.append(line)
        else:
            line.close()
        return answer

    # --- when it cannot be asked ---

    def _is_slow(self) -> None:
        self._slow += 1
        if self._slow >= _SLOW:
            self._slow, self._not_before = 0, time.monotonic() + _PAUSE
            log.warning("TokenBoard does not answer; budgets are not asked for %d s", _PAUSE)

    def _unknown(self, question: Event, why: str) -> Hold | None:
        """Nobody can say: as the budgets told that this call counts in, or one like it; else as the program says."""
        if self._is_closed(question):
            raise BudgetUnavailable(f"TokenBoard cannot be asked ({why}), and without its answer no call may be made.")
        log.debug("TokenBoard could not be asked (%s): the call is made", why)
        return None

    def _is_closed(self, question: Event) -> bool:
        for key in (_exact(question), _shape(question)):
            if (told := self.closed.get(key)) is not None:
                return told
        return self._settings.budget_unavailable == "closed"

    def _learn(self, question: Event, told: list[Budget], *, is_all: bool) -> None:
        """Remember what the budgets want; those that refuse are not all that the call counts in."""
        is_closed = any(budget.is_closed for budget in told)
        if not is_closed and not is_all:
            return
        for key in (_exact(question), _shape(question)):
            self.closed[key] = is_closed
        while len(self.closed) > _REMEMBERED:
            self.closed.popitem(last=False)

    # --- for programs with a loop ---

    def _threads(self) -> "ThreadPoolExecutor":
        """Our own, so that a server that is away does not hold up what else the program does in threads."""
        from concurrent.futures import ThreadPoolExecutor

        if self._pool is None:
            self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="tokenboard-asking")
        return self._pool

    def _give_back(self, work: "Future[Hold | None]") -> None:
        if not work.cancelled() and work.exception() is None and (hold := work.result()) is not None:
            self.leases.release(hold)


async def _result(work: "Future[Hold | None]") -> Hold | None:
    """Of work in a thread; on trio, which has no futures, by a thread that waits."""
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        from anyio import to_thread  # what asynchronous clients of other loops are made with

        return await to_thread.run_sync(work.result, abandon_on_cancel=True)
    return await asyncio.wrap_future(work)


def _said(answer: Answer) -> dict[str, Any]:
    said = json.loads(answer.body)
    return said if isinstance(said, dict) else {}


def _shape(question: Event) -> tuple[Any, ...]:
    return tuple(question.get(name) for name in _SHAPE)


def _exact(question: Event) -> tuple[Any, ...]:
    return (*_shape(question), question.get("user"), tuple(sorted((question.get("tags") or {}).items())))
