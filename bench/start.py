"""The start of the service with 100,000 and 1,000,000 ended tasks in its store, and 1,000 live ones.

The live ones are a reset of 1,000 servers that a stop of the service met between two looks; the start decides
on each of them, saves that, and has an actor for each before the port opens. Measured is from the opening of
the store to the listening, and from the start of the process.

The limit of the first is reading the live rows alone, out of the same database: no start that goes on with
them could do without. That of the second is an interpreter that makes the same imports and ends.
"""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from actors.tasks.task import Task
from bench.house import house
from bench.lines import Health, Line, Plan
from bench.seeding import ended_store
from bench.served import Probed
from store.changes import QUERIES
from store.codec import decode
from store.folder import DataFolder
from tests.service import ROOT

TITLE: Final = "### Start, with ended and live tasks in the store"
LIVE: Final = 1_000
MOST: Final = {100_000: 3.0, 1_000_000: 4.0}
"""Seconds from the start of the process to `listening on`."""


async def measure(plan: Plan) -> list[Line]:
    """Two lines for each number of ended tasks."""
    lines: list[Line] = []
    live = 10 if plan.quick else LIVE
    for size in plan.sizes(100_000, 1_000_000):
        opening = Line(
            name=f"{size:,} ended, {live:,} live: opening the store to listening",
            unit="s",
            limit_name="reading the live rows",
            target=10.0,
        )
        whole = Line(
            name=f"{size:,} ended, {live:,} live: process start to listening",
            unit="s",
            limit_name="the same imports",
            most=MOST.get(size),
        )
        folder = plan.folder / "start" / str(size)
        shutil.copytree(ended_store(plan, size), folder)
        await _put_live(folder / "data", live)
        healths = []
        for _ in range(plan.rounds):
            health = await asyncio.to_thread(_start, folder, opening, whole)
            healths.append(health)
        opening.health = Health.worst(*healths)
        shutil.rmtree(folder)
        lines += [opening, whole]
    return lines


async def _put_live(data: Path, number: int) -> None:
    """Have a reset of so many servers in the store, as a stop of the service leaves it."""
    async with house(data, number) as inside:
        await inside.fall_asleep()


def _start(folder: Path, opening: Line, whole: Line) -> Health:
    service = Probed(folder)
    limit, imports = _read_live(DataFolder(service.data).database), _imports()
    began = time.perf_counter()
    with service:
        whole.add(time.perf_counter() - began, imports)
        read = service.readings()
        opening.add(read.pop("opening"), limit)
        return Health(**read)


def _read_live(database: Path) -> float:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        began = time.perf_counter()
        for (record,) in db.execute(QUERIES["live_tasks"]).fetchall():
            decode(Task, record)
        return time.perf_counter() - began


def _imports() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import service.commands"], cwd=ROOT, check=True)
    return time.perf_counter() - began
