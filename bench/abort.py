"""Abort of a running reset of 1,000 and 10,000 servers: DELETE → 204.

Every subtask has sent its action and looks at its server, which takes a day; a round in which one had ended
before is not what this is about, and makes the row fail. When 204 arrives, each record
has been saved as Cancelling and as Cancelled, subscribers have events of the end and of the removal, the
records are removed, and nothing more goes to a server.

The limit is as many bare asyncio tasks that sleep, cancelled and waited for, and the same records written:
each as Cancelling, then each as Cancelled with its event, then all removed with an event for each, in three
transactions, the fewest that a client could not tell from ours.
"""

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from actors.tasks.lifecycle import removal_of, told_of
from actors.tasks.states import TaskEvent
from actors.tasks.task import Abort, Task
from bench.fleet import NEVER, Fleet, fleet
from bench.lines import Line, Plan
from bench.seeding import insert, open_database, row_of
from store.changes import QUERIES
from store.connection import transaction
from store.folder import DataFolder
from store.outbox import emit

TITLE: Final = "### Abort of a running reset: DELETE → 204"
MOST: Final = {1_000: 1.0}
"""Seconds that an abort of so many may take at the most."""


async def measure(plan: Plan) -> list[Line]:
    """A line for each number of servers."""
    lines = []
    for size in plan.sizes(1_000, 10_000):
        line = Line(
            name=f"{size:,} servers",
            unit="s",
            limit_name="bare cancellations and the same records",
            target=3.0,
            most=MOST.get(size),
            operation="abort of a running reset",
            size=size,
        )
        folder = plan.folder / "abort" / str(size)
        lines.append(await _measure(plan, size, line, folder))
    return lines


async def _measure(plan: Plan, size: int, line: Line, folder: Path) -> Line:
    with fleet(folder, size, NEVER, {}) as servers:
        most_ended = 0
        for _ in range(plan.rounds_at(size, 10_000)):
            seconds, records = await asyncio.to_thread(_abort, servers)
            ended = sum(not task.is_live for task in records)
            most_ended = max(most_ended, ended)
            line.unsound = most_ended > 0
            line.note = f"in a round {most_ended} had ended before the abort" if most_ended else ""
            line.add(seconds, await _bare(records, folder))
            line.health = servers.service.health()
    return line


def _abort(servers: Fleet) -> tuple[float, list[Task]]:
    """Seconds from the DELETE to 204, and the records as they were before."""
    task = servers.reset("GracefulShutdown")
    servers.await_running(task)
    records = servers.records(task)
    servers.service.readings()
    began = time.perf_counter()
    servers.client.delete(task)
    return time.perf_counter() - began, records


async def _bare(records: Sequence[Task], folder: Path) -> float:
    abort = Abort(by="admin", at=records[0].started)
    live = [task for task in records if task.is_live]
    cancelling = [task.after(TaskEvent.ABORT_BEGUN, at=abort.at, abort=abort) for task in live]
    cancelled = [task.after(TaskEvent.WORK_STOPPED, at=abort.at) for task in cancelling]
    sleeping = [asyncio.create_task(asyncio.sleep(86_400)) for _ in live]
    await asyncio.sleep(0)
    with closing(open_database(DataFolder(folder / "bare"))) as db:
        with transaction(db):
            insert(db, records)
        began = time.perf_counter()
        for one in sleeping:
            one.cancel()
        await asyncio.wait(sleeping)
        with transaction(db):
            _update(db, cancelling)
        with transaction(db):
            _update(db, cancelled)
            for before, after in zip(cancelling, cancelled, strict=True):
                emit(db, told_of(before, after, abort.at))
        with transaction(db):
            parent = records[0]
            db.execute(QUERIES["remove_subtasks"], (parent.id,))
            db.execute(QUERIES["remove_task"], (parent.id,))
            emit(db, map(removal_of(parent, abort.at), [task.id for task in records]))
        return time.perf_counter() - began


def _update(db: sqlite3.Connection, records: Sequence[Task]) -> None:
    for record in records:
        changed = db.execute(QUERIES["save_task"], row_of(record)).rowcount
        assert changed == 1, f"{record.id} was not in the store"
