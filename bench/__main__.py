"""All benchmarks, or some: `make bench`.

    python -m bench [--only ROW]… [--missing] [--quick] [--rounds 3] [--results FOLDER] [--readme]

Each row is written to `latest.json` in the folder for results as soon as it is done; a run that was broken
off goes on with `--missing`. The table (`table.md`) and the picture (`cost.svg`) are of all rows in that
file. The quick form measures nothing worth keeping: it has no targets, and writes to a folder of its own.
"""

import argparse
import asyncio
import importlib
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.arguments import at_least
from bench.ending import end_as_ctrl_c_does
from bench.lines import Line, Plan
from bench.picture import operations, picture
from bench.results import Results, put_between, short_table, table
from tests.service import ROOT

ROWS: Final = (
    "get_task",
    "emulator",
    "first_page",
    "reset_accepted",
    "reset_whole",
    "abort",
    "waiting",
    "actors",
    "changes",
    "start",
    "event_streams",
    "memory",
)
"""The rows, in the order in which they are measured and shown: a module of `bench` each, with a TITLE and a
coroutine function `measure(plan)` that gives the lines."""

RESULTS: Final = ROOT / "bench" / "results"
SCRATCH: Final = ROOT / "build" / "bench"
"""For files that may be thrown away. Stores with many ended tasks are kept there between runs."""
OF_QUICK: Final = "quick"
PLACE: Final = ("<!-- bench -->", "<!-- /bench -->")
"""Of the table in the README."""


BROKEN_OFF: Final = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="What taskmon costs.")
    parser.add_argument("--only", action="append", choices=ROWS, metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--missing", action="store_true", help="only what latest.json does not have")
    parser.add_argument("--quick", action="store_true", help="only to see that it runs")
    parser.add_argument("--rounds", type=at_least(1), default=3)
    parser.add_argument("--results", type=Path, help=f"default: {RESULTS.relative_to(ROOT)}")
    parser.add_argument("--readme", action="store_true", help="only put the table into README.md")
    given = parser.parse_args(arguments)
    scratch = SCRATCH / OF_QUICK if given.quick else SCRATCH
    folder = given.results or (scratch / "results" if given.quick else RESULTS)
    results = Results(folder / "latest.json")
    if given.readme and not results.rows:
        parser.error(f"there are no figures in {folder / 'latest.json'}: measure some first")
    folder.mkdir(parents=True, exist_ok=True)
    end_as_ctrl_c_does()
    chosen = [] if given.readme else given.only or ROWS
    wanted = [row for row in chosen if not (given.missing and row in results.rows)]
    plan = Plan(scratch, rounds=1 if given.quick else given.rounds, quick=given.quick)
    try:
        for name in wanted:
            _measure(name, plan, results)
    except KeyboardInterrupt:
        print(
            f"The benchmark was broken off; {folder / 'latest.json'} has what was done before. `--missing` "
            "measures rows that have no figures yet, and `--only ROW` one.",
            file=sys.stderr,
        )
        return BROKEN_OFF
    shown = {name: results.lines(name) for name in ROWS}
    titles = {importlib.import_module(f"bench.{name}").TITLE: lines for name, lines in shown.items()}
    (folder / "table.md").write_text(table(titles))
    drawn: list[Line] = [line for lines in shown.values() for line in lines]
    (folder / "cost.svg").write_text(picture(operations(drawn)))
    if given.readme:
        put_between(PLACE, short_table(titles), ROOT / "README.md")
    if given.quick:
        print("The figures of a quick run mean nothing: it shows that all of it runs.", file=sys.stderr)
    print(f"written: {folder / 'latest.json'}, table.md, cost.svg", file=sys.stderr)
    return 0


def _measure(name: str, plan: Plan, results: Results) -> None:
    """Measure a row, put it into the results, and print it."""
    print(f"{name} …", file=sys.stderr, flush=True)
    began = time.monotonic()
    scratch = plan.folder / name
    shutil.rmtree(scratch, ignore_errors=True)
    lines: list[Line] = asyncio.run(importlib.import_module(f"bench.{name}").measure(plan))
    if plan.quick:
        for line in lines:
            line.target = line.most = None
    results.put(name, lines, time.monotonic() - began)
    print(f"{name} took {time.monotonic() - began:.0f} s\n{table({name: lines})}", flush=True)
    shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
