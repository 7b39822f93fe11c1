"""Running tasks that wait between two requests: memory of 1,000, 10,000 and 100,000 at once.

The servers are scripted behind the port: they answer at once and no connection is open, as between two looks
at a real one. Everything else is the service's own: the store, TaskRegistry, an actor and a running operation
for each subtask of one reset, asleep before its next look (here for an hour, so that it holds still). What
the process needs once (pages of the database in memory, what is set up at first use) is no part of a task: a
reset of a hundred goes before the first reading.

The limit is what no program could do without: a bare coroutine that sleeps, and the record of its task. Each
figure is from a process of its own, which says how much its resident memory has grown for each task.

    python -m bench.waiting ours|bare NUMBER FOLDER
"""

import asyncio
import gc
import json
import os
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from actors.runtime.collecting import give_back
from actors.tasks.task import Task
from bench.beats import Beats
from bench.house import house
from bench.lines import Health, Line, Plan
from bench.seeding import ended_task
from store.codec import decode, encode
from tests.service import ROOT

TITLE: Final = "### Running tasks that wait between two requests: memory of each"
AN_HOUR: Final = 3600.0
FIRST: Final = 100
MOST: Final = 8.0
"""kB of each of ours."""


async def measure(plan: Plan) -> list[Line]:
    """A line for each number of tasks."""
    lines = []
    for size in plan.sizes(1_000, 10_000, 100_000):
        line = Line(
            name=f"{size:,} tasks",
            unit="kB",
            limit_name="a bare coroutine and its record",
            most=MOST,
        )
        lines.append(line)
        healths = []
        for number in range(plan.rounds_at(size, 100_000)):
            folder = plan.folder / "waiting" / f"{size}-{number}"
            read = await asyncio.to_thread(_child, "ours", size, folder)
            healths.append(Health(**read["health"]))
            bare = await asyncio.to_thread(_child, "bare", size, folder)
            line.add(read["kilobytes"], bare["kilobytes"])
        line.health = Health.worst(*healths)
    return lines


def _child(what: str, size: int, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.waiting", what, str(size), str(folder)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    read: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return read


def resident() -> float:
    """kB of this process that lie in memory, once all that is free has been given back."""
    gc.collect()
    give_back()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024


# --- in the child process


async def ours(size: int, folder: Path) -> None:
    """Say how many kB each task takes between two requests, and how the loop did until all of them slept."""
    async with house(folder, FIRST + size) as inside:
        await inside.fall_asleep(FIRST)
        before = resident()
        beats = Beats()
        await inside.fall_asleep()
        health = beats.read()
        grown = resident() - before
        # To end so many in order would take longer than all of this.
        os._exit(_say(kilobytes=grown / size, health=asdict(health)))


async def bare(size: int) -> None:
    """Say how many kB each coroutine that sleeps takes, and its record."""
    stored = encode(ended_task(datetime.now(UTC)))
    before = resident()

    async def sleep(record: Task) -> Task:
        await asyncio.sleep(AN_HOUR)
        return record

    sleeping = [asyncio.create_task(sleep(decode(Task, stored))) for _ in range(size)]
    await asyncio.sleep(0.1)
    os._exit(_say(kilobytes=(resident() - before) / len(sleeping)))


def _say(**what: object) -> int:
    print(json.dumps(what), flush=True)
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("ours", "bare"):
        sys.exit("usage: python -m bench.waiting ours|bare NUMBER FOLDER")
    what, number, where = sys.argv[1:]
    asyncio.run(ours(int(number), Path(where)) if what == "ours" else bare(int(number)))
