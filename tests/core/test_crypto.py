"""Sealed secrets: under the newest key, opened under any, bound to their place."""

import pytest

from app.core.crypto import Sealed, Sealer, SecretLost

OLD, NEW = b"o" * 32, b"n" * 32


def test_what_is_sealed_opens_and_shows_nothing() -> None:
    sealed = Sealer([NEW]).seal("sk-secret", b"here")
    assert b"sk-secret" not in sealed.data
    assert Sealer([NEW]).open(sealed, b"here") == "sk-secret"


def test_the_same_secret_is_never_sealed_alike() -> None:
    sealer = Sealer([NEW])
    assert sealer.seal("sk-secret", b"here") != sealer.seal("sk-secret", b"here")


def test_the_newest_key_seals_and_every_key_opens() -> None:
    old = Sealer([OLD]).seal("sk-secret", b"here")
    both = Sealer([NEW, OLD])
    assert both.open(old, b"here") == "sk-secret"
    assert both.seal("sk-secret", b"here").key_id == Sealer([NEW]).newest_id != old.key_id


@pytest.mark.parametrize("place", [b"there", b"", b"here "])
def test_moved_elsewhere_it_does_not_open(place: bytes) -> None:
    sealed = Sealer([NEW]).seal("sk-secret", b"here")
    with pytest.raises(SecretLost, match="belongs to something else"):
        Sealer([NEW]).open(sealed, place)


def test_changed_or_without_its_key_it_does_not_open() -> None:
    sealed = Sealer([OLD]).seal("sk-secret", b"here")
    changed = Sealed(sealed.key_id, sealed.data[:-1] + bytes([sealed.data[-1] ^ 1]))
    with pytest.raises(SecretLost):
        Sealer([OLD]).open(changed, b"here")
    with pytest.raises(SecretLost, match="is not in ENCRYPTION_KEY"):
        Sealer([NEW]).open(sealed, b"here")
