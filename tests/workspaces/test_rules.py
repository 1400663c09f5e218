"""Roles, scopes and slugs."""

import re

import pytest

from app.core.errors import Forbidden
from app.workspaces import rules
from app.workspaces.rules import Role, Scope

ROLES = [Role.VIEWER, Role.MEMBER, Role.ADMIN, Role.OWNER]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("needed", ROLES)
def test_a_role_covers_itself_and_all_below(role: Role, needed: Role) -> None:
    if ROLES.index(role) >= ROLES.index(needed):
        rules.check_role(role, needed)
    else:
        with pytest.raises(Forbidden, match=f"needs the role {needed}; yours is {role}"):
            rules.check_role(role, needed)


def test_a_scope_is_there_or_not() -> None:
    rules.check_scope({Scope.READ}, Scope.READ)
    with pytest.raises(Forbidden, match="lacks the scope ingest"):
        rules.check_scope({Scope.READ}, Scope.INGEST)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Acme", "acme"),
        ("Acme Inc.", "acme-inc"),
        ("  Café  Zürich GmbH ", "cafe-zurich-gmbh"),
        ("a---b__c", "a-b-c"),
        ("Røles & Straße", "roles-strasse"),
        ("東京", "workspace"),
        ("!!!", "workspace"),
        ("x" * 80, "x" * 48),
        ("x" * 47 + " y", "x" * 47),
    ],
)
def test_a_slug_reads_like_the_name(name: str, slug: str) -> None:
    assert rules.slug_from(name) == slug
    assert re.match(rules.SLUG_PATTERN, slug)


@pytest.mark.parametrize(
    ("taken", "free"),
    [
        (set(), "acme"),
        ({"acme-2"}, "acme"),
        ({"acme"}, "acme-2"),
        ({"acme", "acme-2", "acme-3", "acme-5"}, "acme-4"),
    ],
)
def test_a_taken_slug_gets_the_next_number(taken: set[str], free: str) -> None:
    assert rules.free_slug("acme", taken) == free


def test_a_number_fits_into_the_longest_slug() -> None:
    longest = "a" * 46 + "-b"
    assert rules.free_slug(longest, {longest}) == "a" * 46 + "-2"
