"""The wheel carries every file, and what is installed from it runs without the repository and without the network."""

import base64
import os
import secrets
import sqlite3
import subprocess
import sys
import sysconfig
from contextlib import closing
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("bot", "conversations", "storage", "fakes", "locales", "examples")
TRAVELS = (
    "fakes/templates/**/*",
    "fakes/static/**/*",
    "bot/web/openapi.json",
    "bot/web/static/**/*",
    "bot/web/templates/**/*",
    "conversations/**/*.py",
    "examples/panama.toml",
    "examples/photo.jpg",
    "locales/**/*.po",
    "locales/languages.toml",
    "storage/migrations/**/*",
)


def run(*command: str | Path, cwd: Path, **env: str) -> str:
    """What the command printed; it must succeed. Of our environment it sees only PATH and its like."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR") if name in os.environ}
    done = subprocess.run(command, cwd=cwd, env=kept | env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT, cwd=out)
    (built,) = out.glob("convoca-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("installed")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    run(*pip, "--no-deps", "--no-index", "--target", target, wheel, cwd=target)
    return target


def outside(installed: Path, cwd: Path, *args: str, **env: str) -> str:
    """Run Python far from the repository. -S: the .pth of an editable install, which names it, is not read."""
    seen = os.pathsep.join([str(installed), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    return run(sys.executable, "-S", *args, cwd=cwd, PYTHONPATH=seen, PYTHONUTF8="1", NO_COLOR="1", **env)


@pytest.mark.parametrize("pattern", TRAVELS)
def test_every_file_that_is_needed_travels(wheel: Path, pattern: str) -> None:
    here = {p.relative_to(ROOT).as_posix() for p in ROOT.glob(pattern) if p.is_file() and "__pycache__" not in p.parts}
    assert here, f"the repository has no {pattern}"
    with ZipFile(wheel) as archive:
        assert here <= set(archive.namelist())


def test_nothing_else_travels(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
    assert {name.split("/")[0] for name in names} == set(PACKAGES)
    assert not [name for name in names if name.endswith((".db", ".key", ".mo", ".pyc", "ruff.toml"))]


def test_the_command_is_convoca(installed: Path) -> None:
    (entry_points,) = installed.glob("convoca-*.dist-info/entry_points.txt")
    assert "convoca = bot.__main__:main" in entry_points.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("package", PACKAGES)
def test_the_copy_that_runs_is_the_installed_one(installed: Path, tmp_path: Path, package: str) -> None:
    told = outside(installed, tmp_path, "-c", f"import {package}; print(*{package}.__path__, sep='\\n')")
    assert [Path(line) for line in told.splitlines()] == [installed / package]


def test_the_installed_copy_lists_its_commands(installed: Path, tmp_path: Path) -> None:
    assert "migrate" in outside(installed, tmp_path, "-m", "bot", "--help")


def test_the_installed_copy_makes_a_database(installed: Path, tmp_path: Path) -> None:
    key = "k1:" + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    file = tmp_path / "convoca.db"
    url = f"sqlite:///{file.as_posix()}"
    outside(installed, tmp_path, "-m", "bot", "migrate", CONVOCA_DATABASE_URL=url, CONVOCA_SECRET_KEY=key)
    with closing(sqlite3.connect(file)) as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert {"alembic_version", "outbox"} <= tables
