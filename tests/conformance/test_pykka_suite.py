"""Pykka's own test suite, run over our runtime beside its own."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support import lacking

PYKKA = "4.5.0"
ROOT = Path(__file__).parents[2]

TESTS_IN_ALL = 289  # 152 over Pykka's runtime or none, 137 of them again over ours
TESTS_OVER_OURS = 137

PLACE = '@pytest.fixture(scope="session", params=RUNTIMES.values())\n'
ROW = """
import asyncio
import math

from actors.runtime import LoopActor, LoopFuture

# The suite blocks its main thread, so the loop runs in another.
LoopActor.loop = asyncio.new_event_loop()
threading.Thread(target=LoopActor.loop.run_forever, daemon=True).start()
# It counts log records, and has handlers that block: a slow machine must not add a warning.
LoopActor.slow_after = math.inf
RUNTIMES["loop"] = pytest.param(
    Runtime("loop", LoopActor, threading.Event, LoopFuture, time.sleep), id="loop"
)


"""


def sdist(cache: Path) -> Path:
    """Pykka's source distribution, which holds its tests; downloaded unless the cache has it."""
    kept = cache / f"pykka-{PYKKA}.tar.gz"
    if not kept.exists():
        # Of Pykka alone the source: of what pip builds its metadata with, wheels will do.
        command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check"]
        command += ["--retries", "1", "--timeout", "20", "--no-deps", "--no-binary", "pykka"]
        command += ["--dest", str(cache), f"pykka=={PYKKA}"]
        try:
            pip = subprocess.run(command, capture_output=True, text=True, timeout=150)
        except subprocess.TimeoutExpired:
            lacking(f"the source distribution of pykka {PYKKA}, which pip did not get in 150 s")
        if pip.returncode != 0:
            why = (pip.stderr.strip() or "pip says nothing").splitlines()[-1]
            lacking(f"the source distribution of pykka {PYKKA}, which pip could not download: {why}")
    return kept


def with_our_row(conftest: str) -> str:
    """The suite's conftest with our row in its table of runtimes, just before the table is read."""
    assert conftest.count(PLACE) == 1, (
        f"pykka {PYKKA}: the place in tests/conftest.py where RUNTIMES is read is there "
        f"{conftest.count(PLACE)} times and not once; look there for where our row belongs now."
    )
    return conftest.replace(PLACE, ROW + PLACE)


@pytest.mark.timeout(400)
def test_pykkas_suite_passes_over_our_runtime(tmp_path: Path) -> None:
    cache = Path(os.environ.get("TASKMON_TEST_CACHE") or tmp_path / "cache")
    cache.mkdir(parents=True, exist_ok=True)
    with tarfile.open(sdist(cache)) as archive:
        archive.extractall(tmp_path, filter="data")
    suite = tmp_path / f"pykka-{PYKKA}"
    conftest = suite / "tests" / "conftest.py"
    conftest.write_text(with_our_row(conftest.read_text("utf-8")), "utf-8")

    # Both projects have a folder `tests`: hence a process of its own, in theirs, with our root behind.
    command = [sys.executable, "-m", "pytest", "tests", "-q", "-p", "no:cacheprovider", "--timeout=60"]
    command += ["--junitxml", str(tmp_path / "results.xml")]
    # Without what is meant for our own run, and without asyncio's debug mode, whose log records would count.
    ours = ("PYTEST_", "PYTHONDEVMODE", "PYTHONASYNCIODEBUG", "PYTHONWARNINGS")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment["PYTHONPATH"] = str(ROOT)
    run = subprocess.run(command, cwd=suite, env=environment, capture_output=True, text=True, timeout=200)

    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
    results = ElementTree.parse(tmp_path / "results.xml")  # noqa: S314  (pytest has just written it)
    cases = [(str(case.get("name")), len(case)) for case in results.iter("testcase")]
    assert [
        name for name, inside in cases if inside
    ] == []  # what failed or was skipped has an element inside
    assert len(cases) == TESTS_IN_ALL
    assert sum("[loop" in name or "-loop" in name for name, _ in cases) == TESTS_OVER_OURS
