"""The benchmarks run. What they measure is nothing that a test could judge."""

import json
import subprocess
import sys

from tests.service import ROOT


def test_the_benchmark_of_polls_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.get_task", "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split("|")[1].strip() for line in done.stdout.splitlines()[2:]]
    assert rows == [
        "live task",
        "ended task",
        "monitor, 202",
        "monitor, final",
        "live task, 304",
        "ended task, 304",
    ]


def test_the_soak_of_events_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.events", "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["events"] > 0


def test_the_benchmark_of_streams_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.event_streams", "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split("|")[1].strip() for line in done.stdout.splitlines()[2:]]
    assert rows == ["1", "5"]
