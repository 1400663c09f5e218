"""The pinned requirements, as pip would read them on this machine."""

from packaging.requirements import Requirement

from scripts.machine import ROOT

FILES = ("requirements.txt", "requirements-embedded.txt", "requirements-dev.txt", "requirements-prices.txt")


def entries(name: str) -> list[str]:
    """Each requirement of a file with its hashes, on one line."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def pinned(name: str) -> dict[str, str]:
    """Package to version, of what applies to this Python and system."""
    found: dict[str, str] = {}
    for line in entries(name):
        requirement = Requirement(line.split(" --hash")[0].strip())
        if requirement.marker is None or requirement.marker.evaluate():
            found[requirement.name] = next(iter(requirement.specifier)).version
    return found
