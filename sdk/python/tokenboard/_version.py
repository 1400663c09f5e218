"""The one place that says which version this is; `pyproject.toml` is held to it by a test."""

from typing import Final

VERSION: Final = "0.1.0"
