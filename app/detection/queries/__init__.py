"""What the detectors are given, and whose turn it is. Every statement names its workspace, but the search for work."""

from app.detection.queries.looks import add_missing, begin, due, hold, put_off, take
from app.detection.queries.sources import sources
from app.detection.queries.spend import (
    calls_before,
    customer_days,
    customers_of,
    hour_slices,
    key_names,
    known_keys,
    known_models,
    part_hours,
    recent,
    repriced,
)

__all__ = [
    "add_missing",
    "begin",
    "calls_before",
    "customer_days",
    "customers_of",
    "due",
    "hold",
    "hour_slices",
    "key_names",
    "known_keys",
    "known_models",
    "part_hours",
    "put_off",
    "recent",
    "repriced",
    "sources",
    "take",
]
