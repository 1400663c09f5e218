"""The Dockerfile's steps, run without Docker: everything but fetching packages and base images."""

import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest
import yaml

from scripts import setup
from scripts.machine import FRONTEND, ROOT, without_own_settings
from scripts.serving import fresh_service
from tests.packaging import dockerfile
from tests.packaging.pins import pinned

FRONTEND_STAGE, SERVICE_STAGE = 0, 1


def test_every_file_that_is_copied_is_in_the_build_context() -> None:
    for stage in (FRONTEND_STAGE, SERVICE_STAGE):
        for origin, sources, _ in dockerfile.copies(stage):
            for source in sources if origin is None else ():
                assert (ROOT / source).exists(), source
                assert dockerfile.is_in_context(source.rstrip("/")), source


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".git",
        "data/secrets.json",
        "frontend/node_modules",
        "frontend/dist",
        "app/__pycache__",
        "tests",
        ".venv",
    ],
)
def test_secrets_and_leftovers_stay_out_of_the_build_context(path: str) -> None:
    assert not dockerfile.is_in_context(path)


def test_the_image_installs_as_make_run_does() -> None:
    installs = [*dockerfile.of("RUN", FRONTEND_STAGE), *dockerfile.of("RUN", SERVICE_STAGE)]
    assert " ".join(setup.NPM_INSTALL) in installs
    assert f"pip install --require-hashes -r {setup.RUN[0]}" in installs
    assert f"pip install {' '.join(setup.OURSELVES)}" in installs


def test_the_service_does_not_run_as_root() -> None:
    assert dockerfile.of("USER", SERVICE_STAGE) == ["tokenboard"]
    words = [step.word for step in dockerfile.instructions()]
    assert words.index("USER") < words.index("CMD")
    assert "RUN" not in words[words.index("USER") :]


def test_this_environment_holds_what_the_image_will_hold() -> None:
    for name, wanted in pinned(setup.RUN[0]).items():
        assert version(name) == wanted, name


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image's folder: both stages followed, with the packages of this environment."""
    root = tmp_path_factory.mktemp("image")
    stages = {"frontend": _build_frontend(root / "frontend-stage")}
    for origin, sources, target in dockerfile.copies(SERVICE_STAGE):
        for source in sources:
            if origin is None:
                dockerfile.copy_from_context(source.rstrip("/"), root / "srv" / target)
            else:
                shutil.copytree(stages[origin] / source.lstrip("/"), root / "srv" / target)
    _install(root)
    return root


def _build_frontend(stage: Path) -> Path:
    folder = stage / dockerfile.of("WORKDIR", FRONTEND_STAGE)[0].lstrip("/")
    for _, sources, target in dockerfile.copies(FRONTEND_STAGE):
        for source in sources:
            dockerfile.copy_from_context(source.rstrip("/"), folder / target)
    (folder / "node_modules").symlink_to(FRONTEND / "node_modules")
    build = dockerfile.of("RUN", FRONTEND_STAGE)[-1].split()
    subprocess.run(build, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return stage


def _install(root: Path) -> None:
    """The RUN line that installs TokenBoard, into an environment that sees this one's packages only."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", root / "venv"], check=True)
    python = str(root / "venv" / "bin" / "python")
    ask = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.run(ask, check=True, capture_output=True, text=True).stdout.strip())
    # a path in a .pth file brings the packages there, and not their own .pth files: this checkout stays out
    (packages / "outer.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index"]
    subprocess.run([*pip, *setup.OURSELVES], cwd=root / "srv", check=True)


def test_the_image_starts_and_its_health_check_passes(image: Path) -> None:
    command = dockerfile.command(dockerfile.of("CMD", SERVICE_STAGE)[0])
    told = dockerfile.environment(SERVICE_STAGE)
    assert told["TOKENBOARD_PORT"] in dockerfile.of("EXPOSE", SERVICE_STAGE)
    assert told["TOKENBOARD_DATA"] in dockerfile.of("VOLUME", SERVICE_STAGE)
    path = f"{image / 'venv' / 'bin'}:{os.environ['PATH']}"
    with fresh_service([str(image / "venv" / "bin" / command[0]), *command[1:]], PATH=path) as address:
        check = dockerfile.command(dockerfile.of("HEALTHCHECK", SERVICE_STAGE)[0])
        probe = [word.replace("http://127.0.0.1:8000", address) for word in check]
        assert probe != check
        subprocess.run(probe, env=without_own_settings() | {"PATH": path}, check=True)
        assert "<script" in httpx.get(address).text


def test_compose_gives_the_service_a_healthy_database() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    app, database = services["app"], services["database"]
    assert (ROOT / app["build"] / "Dockerfile").exists()
    assert app["depends_on"]["database"]["condition"] == "service_healthy"
    kept = database["environment"]
    user, password, name = kept["POSTGRES_USER"], kept["POSTGRES_PASSWORD"], kept["POSTGRES_DB"]
    assert app["environment"]["DATABASE_URL"] == f"postgresql://{user}:{password}@database:5432/{name}"
    assert "pg_isready" in database["healthcheck"]["test"]


def test_compose_keeps_what_must_outlive_the_containers() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    mounted = [volume for service in compose["services"].values() for volume in service["volumes"]]
    assert mounted == ["data:/data", "database:/var/lib/postgresql"]
    assert set(compose["volumes"]) == {"data", "database"}
