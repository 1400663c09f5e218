"""Just enough of Docker to follow our Dockerfile without it: its lines, and what the context holds."""

import fnmatch
import json
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

from scripts.machine import ROOT


@dataclass(frozen=True)
class Instruction:
    stage: int
    word: str
    rest: str


def instructions() -> list[Instruction]:
    """All instructions of the Dockerfile, continued lines joined; stages are counted from 0."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    found: list[Instruction] = []
    stage = -1
    for line in lines:
        word, _, rest = line.partition(" ")
        stage += word == "FROM"
        found.append(Instruction(stage, word, rest.strip()))
    return found


def of(word: str, stage: int) -> list[str]:
    return [step.rest for step in instructions() if step.word == word and step.stage == stage]


def copies(stage: int) -> list[tuple[str | None, list[str], str]]:
    """Each COPY: the stage it takes from (None: the context), its sources, its target."""
    found = []
    for rest in of("COPY", stage):
        words = shlex.split(rest)
        origin = words.pop(0).removeprefix("--from=") if words[0].startswith("--from=") else None
        found.append((origin, words[:-1], words[-1]))
    return found


def command(text: str) -> list[str]:
    """The words of an instruction in its JSON form."""
    words: list[str] = json.loads(text[text.index("[") :])
    return words


def environment(stage: int) -> dict[str, str]:
    words = [word for rest in of("ENV", stage) for word in shlex.split(rest)]
    return dict(word.split("=", 1) for word in words)


def is_in_context(path: str) -> bool:
    """Whether .dockerignore lets a path of the repository through: the last pattern that matches decides."""
    kept = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.strip().removeprefix("!").removeprefix("**/")
        if pattern and not pattern.startswith("#") and _matches(path, pattern, anywhere="**/" in line):
            kept = line.startswith("!")
    return kept


def _matches(path: str, pattern: str, *, anywhere: bool) -> bool:
    parts = Path(path).parts
    beginnings = ["/".join(parts[: length + 1]) for length in range(len(parts))]
    candidates = [*beginnings, *parts] if anywhere else beginnings
    return any(fnmatch.fnmatchcase(candidate, pattern) for candidate in candidates)


def copy_from_context(source: str, target: Path) -> None:
    """Copy a file or folder as COPY does, without what .dockerignore keeps out."""
    origin = ROOT / source
    if origin.is_file():
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy2(origin, target / origin.name)
        return

    def ignored(folder: str, names: list[str]) -> list[str]:
        place = Path(folder).relative_to(ROOT)
        return [name for name in names if not is_in_context(str(place / name))]

    shutil.copytree(origin, target, ignore=ignored, dirs_exist_ok=True)
