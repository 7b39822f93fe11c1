"""POST of a reset → 202, by the number of its targets.

When 202 leaves, the task and a subtask for each target are durable. The limit is that alone: the same
records made into bytes and inserted into the same tables, in one SQLite transaction with the same
`synchronous` setting, on the same disk. Reading the request, checking its targets, making the records, and
passing them to the writer and back is what ours has on top.

The servers are at addresses where nobody listens, and the reset goes in batches of one with a day between
them: after the 202 the service has nothing else to do, and the records of the other targets stay as they were
written, so that the limit writes exactly those.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from typing import Final

from actors.inventory.records import SystemId
from actors.tasks.task import Task
from bench.get_task import TASKS
from bench.lines import Line, Plan
from bench.seeding import dead_servers, insert, open_database, seed_servers
from bench.served import Client, Probed
from store.codec import decode
from store.connection import transaction
from store.folder import DataFolder

TITLE: Final = "### POST of a reset → 202, by the number of its targets"
ACTION: Final = "/redfish/v1/AggregationService/Actions/AggregationService.Reset"
A_DAY: Final = 86_400


async def measure(plan: Plan) -> list[Line]:
    """A line for each number of targets, and one for what a target costs where there are many."""
    return await asyncio.to_thread(_measure, plan)


def _measure(plan: Plan) -> list[Line]:
    folder = plan.folder / "reset_accepted"
    sizes = plan.sizes(1, 10, 100, 1_000, 10_000)
    lines = {
        size: Line(
            name=f"{size:,} target{'s' if size > 1 else ''}",
            unit="s",
            limit_name="the same records in one transaction",
            target=2.5,
            operation="POST of a reset → 202",
            size=size,
        )
        for size in sizes
    }
    service = Probed(folder / "service")
    systems = seed_servers(DataFolder(service.data), dead_servers(max(sizes)))
    with service, Client(service) as client, closing(open_database(DataFolder(folder / "bare"))) as bare:
        for size, line in lines.items():
            # A few milliseconds scatter more than seconds, and cost less.
            for number in range(plan.rounds * (1 if plan.quick or size > 100 else 5) + 1):
                service.readings()
                with _accepted(client, systems[:size]) as (seconds, task_id):
                    records = _records(DataFolder(service.data).database, task_id)
                    assert len(records) == size + 1, f"{len(records)} records for {size} targets"
                    limit = _write(bare, records)
                    if number:
                        line.add(seconds, limit)
                        line.health = service.health()
    return [*lines.values(), *_per_target(lines)]


@contextmanager
def _accepted(client: Client, systems: Sequence[SystemId]) -> Iterator[tuple[float, str]]:
    """Seconds until 202, and the task's id; it is gone afterwards."""
    body = json.dumps(
        {
            "TargetURIs": [f"/redfish/v1/Systems/{system}" for system in systems],
            "ResetType": "ForceOff",
            "BatchSize": 1,
            "DelayBetweenBatchesInSeconds": A_DAY,
        }
    )
    began = time.perf_counter()
    answer = client.post_text(ACTION, body)
    took = time.perf_counter() - began
    task_id = answer["Location"].rpartition("/")[2]
    try:
        yield took, task_id
    finally:
        client.delete(f"{TASKS}/{task_id}")


def _records(database: Path, task_id: str) -> list[Task]:
    """The task and its subtasks, as they lie in the store."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        found = db.execute(
            "SELECT record FROM tasks WHERE id = ?1 OR (parent = ?1 AND parent IS NOT NULL) ORDER BY place",
            (task_id,),
        ).fetchall()
    return [decode(Task, record) for (record,) in found]


def _write(db: sqlite3.Connection, records: Sequence[Task]) -> float:
    """Seconds for these records in one transaction; they are taken out again."""
    began = time.perf_counter()
    with transaction(db):
        insert(db, records)
    took = time.perf_counter() - began
    with transaction(db):
        db.execute("DELETE FROM tasks")
    return took


def _per_target(lines: dict[int, Line]) -> Iterator[Line]:
    """What a target costs among the most of them, beside what it costs among a hundred."""
    if 100 not in lines:
        return
    many = max(lines)
    line = Line(
        name=f"each of {many:,} targets",
        unit="s",
        limit_name="each of 100 targets",
        target=1.0,
    )
    few = median(lines[100].ours) / 100
    for seconds in lines[many].ours:
        line.add(seconds / many, few)
    yield line
