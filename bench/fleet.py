"""A service whose servers are simulated ones, all of them in its store already, and resets of all of them."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from actors.inventory.records import SystemId
from actors.tasks.states import TaskState
from actors.tasks.task import Task
from bench.get_task import TASKS
from bench.seeding import seed_servers
from bench.served import Client, Probed, until
from store.codec import decode
from store.folder import DataFolder
from tests.service import Simulator

ACTION: Final = "/redfish/v1/AggregationService/Actions/AggregationService.Reset"
NEVER: Final = "80000-86400"
"""A transition that no benchmark lives to see the end of."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """All of it, while it runs."""

    service: Probed
    simulator: Simulator
    client: Client
    systems: list[SystemId]

    def reset(self, reset_type: str, **given: object) -> str:
        """Begin a reset of all systems, without batches; the task's URI."""
        targets = [f"/redfish/v1/Systems/{system}" for system in self.systems]
        body = json.dumps({"TargetURIs": targets, "ResetType": reset_type, **given})
        return f"{TASKS}/{self.client.post_text(ACTION, body)['Location'].rpartition('/')[2]}"

    def await_end(self, task: str) -> None:
        """Return when the task has ended, without polling it: that would be work for the service, too."""
        monitor = f"/taskmon/{task.rpartition('/')[2]}"
        while self.client.read(monitor, ("Prefer", "wait=60"))[1] == HTTPStatus.ACCEPTED:
            pass

    def records(self, task: str) -> list[Task]:
        """The task and its subtasks, as they lie in the store now, in the order of their recording."""
        return records_of(DataFolder(self.service.data).database, task.rpartition("/")[2])

    def failed(self, task: str) -> str:
        """How many of its subtasks failed, or have not ended, for a note; empty where all ended well.

        On a machine with too little processor time for all of them, some servers are not reached in time.
        """
        records = self.records(task)
        counts = {
            "failed": sum(record.state is TaskState.EXCEPTION for record in records[1:]),
            "had not ended": sum(record.is_live for record in records),
        }
        return ", ".join(f"{count} {what}" for what, count in counts.items() if count)

    def await_running(self, task: str) -> None:
        """Return when the reset of every server has been accepted, or has failed already."""
        task_id = task.rpartition("/")[2]
        database = DataFolder(self.service.data).database

        def all_run() -> bool:
            return all(
                record.percent >= 50 or not record.is_live for record in records_of(database, task_id)[1:]
            )

        until(all_run, "all subtasks to run", pause=0.2)


@contextmanager
def fleet(folder: Path, servers: int, transition: str, settings: Mapping[str, object]) -> Iterator[Fleet]:
    """So many simulated servers, and the service that has them in its store."""
    with Simulator(folder / "simulator", servers=servers, transition=transition) as simulator:
        service = Probed(folder / "service", {"fleet.ca_file": simulator.certificate, **settings})
        systems = seed_servers(DataFolder(service.data), simulator.inventory)
        with service, Client(service) as client:
            yield Fleet(service, simulator, client, systems)


def records_of(database: Path, task_id: str) -> list[Task]:
    """The task and its subtasks, as they lie in this database."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        found = db.execute(
            "SELECT record FROM tasks WHERE id = ?1 OR (parent = ?1 AND parent IS NOT NULL) ORDER BY place",
            (task_id,),
        ).fetchall()
    return [decode(Task, record) for (record,) in found]
