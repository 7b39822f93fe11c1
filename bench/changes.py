"""Durable changes of state a second, by the number of tasks that change at once.

So many tasks each report something of their work, one report after the other, as operations do: each is a
turn of the TaskActor, a new record, a commit that is on the disk before the report returns, and a word to
TaskRegistry. The store commits in groups what comes at once.

The limit is SQLite alone: the same rows, made into bytes beforehand, by the same statements and in groups of
the same sizes as the store's were, on a database in the same folder. Nothing is decided, encoded or told.
"""

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import mean
from typing import Any, Final

from actors.tasks.mail import Report
from actors.tasks.ports import Change
from actors.tasks.states import TaskEvent
from actors.tasks.task import Task
from bench.beats import Beats
from bench.fleet import records_of
from bench.house import house
from bench.lines import Health, Line, Plan
from bench.seeding import insert, open_database, row_of
from store import sqlite
from store.changes import QUERIES
from store.connection import transaction
from store.folder import DataFolder

TITLE: Final = "### Durable changes of state a second"


async def measure(plan: Plan) -> list[Line]:
    """A line for each number of tasks."""
    lines, beats = [], Beats()
    for size in plan.sizes(1, 10, 100, 1_000):
        line = Line(
            name=f"{size:,} task{'s' if size > 1 else ''} at once",
            unit="/s",
            limit_name="the same rows by SQLite alone",
            target=0.6,
            more_is_better=True,
        )
        lines.append(line)
        folder = plan.folder / "changes" / str(size)
        groups = _Groups()
        async with house(folder / "ours", size) as inside:
            await inside.fall_asleep()
            refs = await inside.refs()
            healths = []
            for _ in range(plan.rounds):
                beats.read()
                with groups:
                    changes, seconds = await _report(refs, plan.seconds(2.0))
                healths.append(beats.read())
                line.add(changes / seconds, await asyncio.to_thread(_bare, folder, groups.sizes))
            await inside.actors.stop_work(0.0)
        line.health = Health.worst(*healths)
        line.note = f"{mean(groups.sizes):.1f} in a commit"
    return lines


class _Groups:
    """Notes how many commits the store's writer makes together, while it is entered."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self._work = sqlite.Writer.work

    def __enter__(self) -> None:
        work, self.sizes = self._work, []
        sizes = self.sizes

        def noted(writer: sqlite.Writer, commits: Sequence[Sequence[Change]]) -> list[Exception | None]:
            sizes.append(len(commits))
            return work(writer, commits)

        sqlite.Writer.work = noted  # type: ignore[method-assign, assignment]

    def __exit__(self, *_: object) -> None:
        sqlite.Writer.work = self._work  # type: ignore[method-assign]


async def _report(refs: Sequence[Any], seconds: float) -> tuple[int, float]:
    """How many reports were saved, and in how many seconds."""
    began = time.perf_counter()
    end = began + seconds

    async def report(ref: Any) -> int:
        saved = 0
        while time.perf_counter() < end:
            await ref.ask(Report(TaskEvent.NOTED, percent=60, checkpoint=str(saved)), block=False)
            saved += 1
        return saved

    return sum(await asyncio.gather(*map(report, refs))), time.perf_counter() - began


def _bare(folder: Path, sizes: Sequence[int]) -> float:
    """Rows a second by SQLite alone, in groups of these sizes."""
    database = DataFolder(folder / "ours").database
    (task_id,) = _parents(database)
    records = records_of(database, task_id)[1:]
    with closing(open_database(DataFolder(folder / "bare"))) as db:
        with transaction(db):
            db.execute("DELETE FROM tasks")
            insert(db, records)
        groups = [[_next(records) for _ in range(size)] for size in sizes]
        rows = [[row_of(record) for record in group] for group in groups]
        began = time.perf_counter()
        for group in rows:
            with transaction(db):
                for row in group:
                    db.execute(QUERIES["save_task"], row)
        return sum(sizes) / (time.perf_counter() - began)


def _parents(database: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        return [row[0] for row in db.execute("SELECT id FROM tasks WHERE parent IS NULL")]


def _next(records: list[Task]) -> Task:
    """The next of them in turn, changed once more; it takes its own place among them."""
    task = records.pop(0)
    changed = task.after(TaskEvent.NOTED, at=task.started, percent=60, checkpoint=str(task.revision))
    records.append(changed)
    return changed
