"""Records put into the store directly: ended tasks by the million, and servers by the ten thousand.

The rows are those that the service writes (the codec, the columns and the statements are its own); what is
left out is what makes writing them durable one by one. Ended tasks are all alike but for their ids and
times, so one of them is encoded, and its id and time are put into the bytes of each.
"""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

from actors.access.records import AccountId
from actors.inventory.records import PowerState, ResetType, Source, SourceId, System, SystemId
from actors.tasks.messages import Message
from actors.tasks.payload import Payload
from actors.tasks.ports import Record
from actors.tasks.states import TaskState
from actors.tasks.task import Percent, Result, Task, TaskId, new_task_id
from bench.lines import Plan
from fleet.simulator.addresses import address_of
from store.changes import QUERIES, columns
from store.codec import decode, encode
from store.connection import connect, migrate, transaction
from store.folder import DataFolder
from store.keys.vault import open_vault
from store.sql_files import schema

OWNER: Final = AccountId("somebody")
SPACING: Final = 10_000
"""Microseconds between the ends of two tasks."""
SYSTEM_PATH: Final = "/redfish/v1/Systems/1"


def ended_store(plan: Plan, number: int) -> Path:
    """The folder of a service whose store has so many ended tasks, kept between runs.

    Who puts anything else into it takes it out again. One of another version of the tables is made anew.
    """
    folder = plan.folder / f"ended-{number}"
    complete = folder / "complete"
    version = hashlib.sha256(schema().encode()).hexdigest()
    if not complete.exists() or complete.read_text() != version:
        shutil.rmtree(folder, ignore_errors=True)
        seed_ended(DataFolder(folder / "data"), number)
        complete.write_text(version)
    return folder


def seed_ended(folder: DataFolder, number: int) -> TaskId:
    """Put so many ended tasks into the store of this folder, which is made if need be; the id of the last.

    A million take about half a minute: indexes and counts are made at the end, once.
    """
    now = datetime.now(UTC).replace(microsecond=1)
    with closing(open_database(folder)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -500000")  # the ids are random, and so are the places in their index
        with transaction(db):
            kept = list(_taken_down(db))
            last = _insert_ended(db, now - timedelta(microseconds=number * SPACING), number)
            db.execute(
                "INSERT INTO task_counts "
                "SELECT owner, count(*) FROM tasks WHERE parent IS NULL GROUP BY owner"
            )
            for statement in kept:
                db.execute(statement)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    os.sync()  # else the first to sync would wait for all of this
    return last


def dead_servers(number: int) -> list[dict[str, str]]:
    """So many addresses of this machine where nobody listens, as an inventory."""
    return [
        {"HostName": f"{address_of(index)}:1", "UserName": "root", "Password": "Of-Nobody-1!"}
        for index in range(number)
    ]


def seed_servers(folder: DataFolder, inventory: Sequence[dict[str, str]]) -> list[SystemId]:
    """Put these servers into the store, each with its one system; the systems."""
    folder.create()
    vault = open_vault(folder.path)
    now = datetime.now(UTC)
    records: list[Record] = []
    systems: list[SystemId] = []
    for line in inventory:
        source_id = SourceId(str(uuid4()))
        system = _system(source_id, line["HostName"], now)
        systems.append(system.id)
        records += (
            Source(
                id=source_id,
                host=line["HostName"],
                address=line["HostName"],
                user_name=line["UserName"],
                password=vault.seal(line["Password"]),
                systems=(system.id,),
                added=now,
            ),
            system,
        )
    with closing(open_database(folder)) as db, transaction(db):
        insert(db, records)
    return systems


def insert(db: sqlite3.Connection, records: Iterable[Record]) -> None:
    """Insert new records inside the open transaction."""
    statements = {Task: "save_new_task", Source: "save_new_source", System: "save_new_system"}
    for record in records:
        db.execute(QUERIES[statements[type(record)]], row_of(record))


def row_of(record: Record) -> tuple[object, ...]:
    """What the statements that save a record are given."""
    record_id, revision, *rest = columns(record)
    return (record_id, revision, encode(record), *rest)


def ended_task(at: datetime, task_id: TaskId | None = None) -> Task:
    """A task as a reset of one system leaves it."""
    task = Task(
        id=task_id or new_task_id(),
        revision=6,
        owner=OWNER,
        operation="reset_server",
        target="/redfish/v1/Systems/s1.1",
        input={"system": "s1.1", "reset_type": "ForceRestart"},
        payload=Payload(
            target_uri="/redfish/v1/Systems/s1.1/Actions/ComputerSystem.Reset",
            http_operation="POST",
            http_headers=("Content-Type: application/json",),
            json_body='{"ResetType": "ForceRestart"}',
        ),
        started=at,
        percent=Percent(100),
    )
    messages = (
        Message("TaskStarted", (task.id,), at=at),
        Message("TaskCompletedOK", (task.id,), at=at),
    )
    result = Result(http_status=200, messages=(Message("Success"),))
    return replace(task, state=TaskState.COMPLETED, ended=at, messages=messages, result=result)


def open_database(folder: DataFolder) -> sqlite3.Connection:
    """A connection to the store of this folder, with its tables, as the writer of the service has it."""
    folder.create()
    db = connect(folder.database, busy_timeout=30)
    migrate(db, folder.database)
    return db


def _taken_down(db: sqlite3.Connection) -> Iterator[str]:
    """Take the indexes and triggers off the tasks; what puts them back."""
    found = db.execute(
        "SELECT type, name, sql FROM sqlite_schema "
        "WHERE tbl_name = 'tasks' AND type IN ('index', 'trigger') AND sql IS NOT NULL"
    ).fetchall()
    for kind, name, sql in found:
        db.execute(f"DROP {kind} {name}")
        yield sql


def _insert_ended(db: sqlite3.Connection, first: datetime, number: int) -> TaskId:
    model = ended_task(first)
    stored, (_, revision, _, *rest) = encode(model), row_of(model)
    parent, owner, began, _, *others = rest
    assert isinstance(began, int)
    model_id, model_time = model.id.encode(), _time_bytes(began)
    last = TaskId("")

    def rows() -> Iterator[tuple[object, ...]]:
        nonlocal last
        for moment in range(began, began + number * SPACING, SPACING):
            last = _random_id()
            record = stored.replace(model_id, last.encode()).replace(model_time, _time_bytes(moment))
            yield (last, revision, record, parent, owner, moment, moment, *others)

    db.executemany(QUERIES["save_new_task"], rows())
    (record,) = db.execute("SELECT record FROM tasks WHERE id = ?", (last,)).fetchone()
    ended = first + timedelta(microseconds=(number - 1) * SPACING)
    assert decode(Task, record) == ended_task(ended, last), "the bytes were not those of a task"
    return last


def _random_id() -> TaskId:
    """As `new_task_id`, in a third of the time."""
    digits = os.urandom(16).hex()
    return TaskId(f"task{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}")


def _time_bytes(moment: int) -> bytes:
    """The eight bytes that msgpack has for so many microseconds since 1970 (its `timestamp 64`). Whole
    seconds would have four: there are none here."""
    seconds, rest = divmod(moment, 1_000_000)
    return ((rest * 1000 << 34) | seconds).to_bytes(8, "big")


def _system(source: SourceId, host: str, now: datetime) -> System:
    return System(
        id=SystemId(f"{source}.1"),
        source=source,
        path=SYSTEM_PATH,
        name=f"System at {host}",
        reset_uri=f"{SYSTEM_PATH}/Actions/ComputerSystem.Reset",
        reset_types=tuple(ResetType),
        power_state=PowerState.ON,
        seen=now,
    )
