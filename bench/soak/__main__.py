"""The command: `python -m bench.soak [--minutes 2] [--servers 200] [--seed 1] [--json FILE]`.

It ends by itself, whatever the service does: everything that it waits for has a deadline. It talks to
loopback only. Exit code 0 if every promise was kept and memory and open files are flat, 1 if not; 130 where a
signal broke it off.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from bench.arguments import at_least
from bench.ending import end_as_ctrl_c_does
from bench.soak.plan import make_plan
from bench.soak.report import written
from bench.soak.run import soak

BROKEN_OFF = 130
LEFT = "The data and the logs of the processes are left in {}, to find out why."


def main() -> int:
    """Run it and print the report; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description="A soak of the whole service.")
    parser.add_argument("--minutes", type=at_least(0.1), default=2.0)
    parser.add_argument("--servers", type=at_least(4), default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="a file for the figures")
    given = parser.parse_args()
    plan = make_plan(given.seed, 60 * given.minutes, given.servers)
    print(
        f"soaking for {given.minutes:g} minutes: plan {plan.digest}, {len(plan.steps)} steps, "
        f"{len(plan.ends)} kills and stops",
        flush=True,
    )
    end_as_ctrl_c_does()
    folder = Path(tempfile.mkdtemp(prefix="taskmon-soak-"))
    try:
        report = asyncio.run(soak(plan, folder))
    except KeyboardInterrupt:
        print(f"The soak was broken off. {LEFT.format(folder)}", file=sys.stderr)
        return BROKEN_OFF
    except BaseException:
        print(LEFT.format(folder), file=sys.stderr)
        raise
    print(report)
    if report.passed:
        shutil.rmtree(folder)
    else:
        print(LEFT.format(folder))
    if given.json is not None:
        given.json.write_text(written(report) + "\n")
    return 0 if report.passed else 1


if __name__ == "__main__":
    sys.exit(main())
