"""The benchmarks run. What they measure is nothing that a test could judge; what they write is."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.__main__ import ROWS
from bench.lines import Line
from bench.picture import operations, picture
from bench.results import Results, table
from tests.service import ROOT


@pytest.mark.timeout(400)
def test_every_row_of_the_benchmarks_runs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--results", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=390,
    )
    assert done.returncode == 0, done.stderr
    written = json.loads((tmp_path / "latest.json").read_bytes())
    assert list(written["rows"]) == list(ROWS)
    for name, row in written["rows"].items():
        assert row["lines"], f"{name} gave no lines"
        for line in row["lines"]:
            assert line["ours"], f"{line['name']} has no figures"
            assert len(line["limit"]) == len(line["ours"])
            assert line["reached"] is None, "a quick run judges nothing"
    shown = (tmp_path / "table.md").read_text()
    assert all(line["name"] in shown for row in written["rows"].values() for line in row["lines"])
    ElementTree.fromstring((tmp_path / "cost.svg").read_text())  # noqa: S314 - it is our own


def test_one_that_is_broken_off_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench", "--quick", "--only", "memory", "--results", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as bench:
        assert bench.stderr is not None
        assert bench.stderr.readline() == "memory …\n"
        bench.send_signal(signal.SIGTERM)
        told = bench.stderr.read()
    assert bench.returncode == 130, told
    assert "was broken off" in told
    assert "Traceback" not in told


def a_line(name: str, ours: list[float], limit: list[float], size: int = 0) -> Line:
    operation = "an operation" if size else ""
    return Line(
        name=name, unit="s", limit_name="the limit", target=2.0, ours=ours, limit=limit, size=size,
        operation=operation,
    )  # fmt: skip


def test_the_ratio_is_that_of_the_rounds_and_not_of_the_medians() -> None:
    line = a_line("noisy", ours=[1.0, 10.0, 3.0], limit=[1.0, 5.0, 2.0])
    assert line.ratio == 1.5
    assert line.reached
    assert not a_line("slow", ours=[2.1], limit=[1.0]).reached


def test_what_was_not_what_the_line_is_about_reaches_nothing() -> None:
    line = a_line("quick, for half of it had failed", ours=[1.0], limit=[1.0])
    line.unsound = True
    assert line.reached is False
    assert Line.read(line.plain).reached is False


def test_a_row_replaces_only_itself_in_the_results(tmp_path: Path) -> None:
    file = tmp_path / "latest.json"
    Results(file).put("one", [a_line("old", [1.0], [1.0])], 1.0)
    Results(file).put("two", [a_line("other", [1.0], [1.0])], 1.0)
    Results(file).put("one", [a_line("new", [1.0], [1.0])], 1.0)
    again = Results(file)
    assert [line.name for line in again.lines("one")] == ["new"]
    assert again.lines("two") == [a_line("other", [1.0], [1.0])]
    assert again.lines("three") == []


def test_what_falls_short_is_marked_in_the_table() -> None:
    shown = table({"### A row": [a_line("quick", [0.001], [0.001]), a_line("slow", [3.0], [1.0])]})
    quick, slow = shown.splitlines()[-2:]
    assert "| 1 ms | the limit | 1 ms | 1.00 | ≤ 2 | yes |" in quick
    assert "| 3.00 | ≤ 2 | **no** |" in slow


def test_work_in_proportion_to_its_size_is_a_straight_line_in_the_picture() -> None:
    lines = [a_line(str(size), [size / 1000], [1.0], size=size) for size in (100, 1, 10)]
    drawn = ElementTree.fromstring(picture(operations(lines)))  # noqa: S314 - it is our own
    (line,) = drawn.iter("{http://www.w3.org/2000/svg}polyline")
    first, second, third = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
    assert first[0] < second[0] < third[0]
    assert second[0] - first[0] == pytest.approx(third[0] - second[0], abs=0.2)
    assert second[1] - first[1] == pytest.approx(third[1] - second[1], abs=0.2)


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
