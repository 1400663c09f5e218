"""What the package says of itself."""

from pathlib import Path

import tokenboard


def test_the_version_stands_in_two_places_and_is_the_same() -> None:
    text = (Path(__file__).parents[1] / "pyproject.toml").read_text()
    assert f'version = "{tokenboard.__version__}"' in text


def test_every_public_name_is_there() -> None:
    assert all(hasattr(tokenboard, name) for name in tokenboard.__all__)


def test_it_brings_no_other_package() -> None:
    text = (Path(__file__).parents[1] / "pyproject.toml").read_text()
    assert "dependencies = []" in text
