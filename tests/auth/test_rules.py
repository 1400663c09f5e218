"""How an email is written, which passwords are refused, and who counts as one caller."""

import pytest

from app.auth import rules
from app.core.errors import InvalidRequest


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ada@example.com", "ada@example.com"),
        (" Ada@Example.COM ", "ada@example.com"),
        ("Ada.Lovelace+tb@example.com", "ada.lovelace+tb@example.com"),
        ("ada@xn--bcher-kva.example.com", "ada@bücher.example.com"),
        ("ada@BÜCHER.example.com", "ada@bücher.example.com"),
        ("No Address", "no address"),
        ("", ""),
    ],
)
def test_an_email_has_one_spelling(typed: str, kept: str) -> None:
    assert rules.canonical_email(typed) == kept
    assert rules.canonical_email(kept) == kept


@pytest.mark.parametrize(
    "password", ["1337 bee", "x" * 127 + "y", "correct horse battery staple", "пароль из слов", "🐝🐝🐝🐝🐝🐝🐝b"]
)
def test_long_enough_and_not_famous_is_all_we_ask(password: str) -> None:
    rules.check_new_password(password, "ada@example.com")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("1337bee", "too short"),
        ("", "too short"),
        ("x" * 128 + "y", "too long"),
        ("ada.lovelace@example.com", "your email"),
        ("ADA.LOVELACE@EXAMPLE.COM", "your email"),
        ("ada.lovelace", "your email"),
        ("password", "guesser"),
        ("PassWord1", "guesser"),
        ("qwertyuiop", "guesser"),
        ("zzzzzzzzzzzz", "guesser"),
        ("ｐａｓｓｗｏｒｄ", "guesser"),
    ],
)
def test_a_bad_password_is_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(InvalidRequest, match=reason) as refusal:
        rules.check_new_password(password, "ada.lovelace@example.com", field="new_password")
    assert [error.field for error in refusal.value.errors] == ["new_password"]


def test_a_refusal_does_not_repeat_the_password() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        rules.check_new_password("s3cr3t", "ada@example.com")
    assert "s3cr3t" not in str(refusal.value) + str(refusal.value.errors)


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_a_network_that_one_caller_commands_counts_as_one(address: str, group: str) -> None:
    assert rules.address_group(address) == group
