"""Counters by rule and key."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from app.core.errors import TooManyRequests
from app.core.ratelimit import RateLimiter

RULE = "2/minute"
START = datetime(2026, 11, 21, 12, tzinfo=UTC)


async def test_one_too_many_is_refused_until_the_window_has_moved() -> None:
    limiter = RateLimiter()
    with time_machine.travel(START, tick=False) as clock:
        await limiter.hit(RULE, "a")
        clock.shift(timedelta(seconds=20))
        await limiter.hit(RULE, "a")
        with pytest.raises(TooManyRequests) as refusal:
            await limiter.hit(RULE, "a")
        assert refusal.value.retry_after_seconds == 40
        clock.shift(timedelta(seconds=40.5))
        await limiter.hit(RULE, "a")
        with pytest.raises(TooManyRequests):
            await limiter.hit(RULE, "a")


async def test_keys_and_rules_do_not_mix() -> None:
    limiter = RateLimiter()
    for key in ("a", "b"):
        for _ in range(2):
            await limiter.hit(RULE, "sign-in", key)
    await limiter.hit(RULE, "sign-up", "a")
    await limiter.hit("3/minute", "sign-in", "a")


async def test_asking_counts_nothing_and_counting_refuses_nothing() -> None:
    limiter = RateLimiter()
    for _ in range(5):
        await limiter.check(RULE, "a")
    for _ in range(5):
        await limiter.count(RULE, "a")
    with pytest.raises(TooManyRequests):
        await limiter.check(RULE, "a")


async def test_a_cleared_counter_begins_anew() -> None:
    limiter = RateLimiter()
    for _ in range(2):
        await limiter.hit(RULE, "a")
    await limiter.clear(RULE, "a")
    await limiter.hit(RULE, "a")
    await limiter.clear(RULE, "never counted")


async def test_a_refused_try_does_not_lengthen_the_wait() -> None:
    limiter = RateLimiter()
    with time_machine.travel(START, tick=False) as clock:
        for _ in range(2):
            await limiter.hit(RULE, "a")
        for _ in range(5):
            clock.shift(timedelta(seconds=10))
            with pytest.raises(TooManyRequests):
                await limiter.hit(RULE, "a")
        clock.shift(timedelta(seconds=10.5))
        await limiter.hit(RULE, "a")
        assert time.time() == pytest.approx(START.timestamp() + 60.5)
