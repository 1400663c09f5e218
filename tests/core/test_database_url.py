"""Addresses of PostgreSQL in every spelling that hosts hand out."""

import pytest

from app.core.config import ConfigurationError
from app.core.database import database_url, make_engine


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("postgresql://ada:pw@db/tokens", "postgresql+asyncpg://ada:pw@db/tokens"),
        ("postgres://ada:pw@db:5433/tokens", "postgresql+asyncpg://ada:pw@db:5433/tokens"),
        ("postgresql+psycopg://ada@db/tokens", "postgresql+asyncpg://ada@db/tokens"),
        ("postgresql://ada@/tokens?host=/run/postgres", "postgresql+asyncpg://ada@/tokens?host=/run/postgres"),
        # Neon
        (
            "postgresql://ada:pw@ep-x.neon.tech/tokens?sslmode=require&channel_binding=require",
            "postgresql+asyncpg://ada:pw@ep-x.neon.tech/tokens?ssl=require",
        ),
        # Prisma's spelling for a pooler
        (
            "postgresql://ada:pw@pool:6543/tokens?pgbouncer=true&connection_limit=1&schema=public",
            "postgresql+asyncpg://ada:pw@pool:6543/tokens",
        ),
        ("postgresql://ada:p%40ss%2Fword@db/tokens", "postgresql+asyncpg://ada:p%40ss%2Fword@db/tokens"),
    ],
)
def test_an_address_is_understood(given: str, understood: str) -> None:
    assert database_url(given).render_as_string(hide_password=False).replace("%2F", "/") == understood.replace(
        "%2F", "/"
    )


@pytest.mark.parametrize("given", ["", "db", "ada:hunter2@db", "postgresql://ada:hunter2@db:port/tokens"])
def test_what_is_no_address_is_refused_without_repeating_it(given: str) -> None:
    with pytest.raises(ConfigurationError, match="postgresql://") as refusal:
        database_url(given)
    assert "hunter2" not in str(refusal.value)
    assert refusal.value.__suppress_context__


@pytest.mark.parametrize("given", ["mysql://ada:hunter2@db/x", "sqlite:///x.db"])
def test_another_kind_of_database_is_refused(given: str) -> None:
    with pytest.raises(ConfigurationError, match="PostgreSQL") as refusal:
        database_url(given)
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize("pooled", [False, True])
def test_no_engine_tells_parameters_or_the_password(pooled: bool) -> None:
    engine = make_engine("postgresql://ada:hunter2@db/tokens", pooled=pooled)
    assert engine.sync_engine.hide_parameters
    assert "hunter2" not in f"{engine!r} {engine.url}"
