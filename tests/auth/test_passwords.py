"""Hashes: argon2id with the parameters of RFC 9106, off the event loop."""

import threading

import pytest
from passlib.hash import argon2

from app.auth import passwords

pytestmark = pytest.mark.usefixtures("real_hashes")


async def test_a_hash_is_argon2id_with_64_mib_three_passes_and_four_lanes() -> None:
    assert (await passwords.make_hash("correct horse")).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


async def test_only_the_right_password_matches() -> None:
    kept = await passwords.make_hash("correct horse")
    assert await passwords.matches("correct horse", kept)
    assert not await passwords.matches("correct horse ", kept)
    assert not await passwords.matches("Correct horse", kept)


async def test_the_same_password_is_never_hashed_the_same() -> None:
    assert await passwords.make_hash("correct horse") != await passwords.make_hash("correct horse")


async def test_letters_that_look_the_same_are_the_same() -> None:
    kept = await passwords.make_hash("cafe\u0301 creme")
    assert await passwords.matches("caf\u00e9 creme", kept)


@pytest.mark.parametrize("password", ["tab \t inside", "🐝" * 32, " spaces around "])
async def test_any_text_can_be_a_password(password: str) -> None:
    assert await passwords.matches(password, await passwords.make_hash(password))


async def test_an_account_without_a_hash_has_no_right_password() -> None:
    assert not await passwords.matches("!", "!")
    assert not await passwords.matches("", None)


def test_the_hash_of_nobody_costs_as_much_as_any_other() -> None:
    assert not passwords.is_outdated(passwords._NOBODY)


def test_a_hash_with_other_parameters_is_outdated() -> None:
    weaker = argon2.using(type="ID", memory_cost=19456, rounds=2, parallelism=1).hash("correct horse")
    assert passwords.is_outdated(weaker)


async def test_hashing_leaves_the_event_loop_free(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def hash_slowly(password: str) -> str:
        seen.append(threading.current_thread().name)
        return password

    monkeypatch.setattr(passwords, "_make_hash", hash_slowly)
    await passwords.make_hash("correct horse")
    assert seen[0].startswith("password")
