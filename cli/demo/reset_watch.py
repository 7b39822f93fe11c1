"""Watching a reset as any client of the REST interface can: its task, and the subtasks below it."""

import asyncio
import time
from collections.abc import Mapping
from itertools import islice

from cli.demo.errors import DemoError
from cli.demo.picture import ENDED, Batch, Cell, Picture, stage_of
from cli.demo.redfish import Redfish, Resource

ENDS = frozenset({"Completed", "Exception", "Cancelled"})
"""The values of TaskState in which a task has ended."""


class ResetWatch:
    """Follows the reset of these systems, from its start on; `numbers` are the servers' by system URI."""

    def __init__(self, redfish: Redfish, task_uri: str, numbers: Mapping[str, int], batch_size: int) -> None:
        self._redfish = redfish
        self._numbers = numbers
        self._batch_size = batch_size
        self._began = time.monotonic()
        self.uri = task_uri
        self.task = Resource(f"GET {task_uri}", {})
        self.subtasks: dict[str, Resource] = {}
        """By URI, in the order of the batches, each as it was last seen."""

    @property
    def seconds(self) -> float:
        """Since the reset was asked for."""
        return time.monotonic() - self._began

    @property
    def has_ended(self) -> bool:
        return self.task.get("TaskState") in ENDS

    @property
    def ids(self) -> frozenset[str]:
        """Of the task and of all its subtasks: what their requests to servers carry."""
        return frozenset(resource["Id"] for resource in (self.task, *self.subtasks.values()))

    @property
    def failed(self) -> list[Resource]:
        """The subtasks that ended as Exception."""
        return [subtask for subtask in self.subtasks.values() if subtask["TaskState"] == "Exception"]

    def number_of(self, subtask: Resource) -> int:
        """The number of the server that a subtask resets: its Payload is the request for that system."""
        system, action, _ = str(subtask["Payload"]["TargetUri"]).partition("/Actions/")
        if not action or system not in self._numbers:
            raise DemoError(f"The subtask {subtask['@odata.id']} does not say which system it resets.")
        return self._numbers[system]

    async def look(self) -> Picture:
        """How all of it stands now.

        The task is read before its subtasks: when it says that it has ended, they must have too.
        """
        self.task = (await self._redfish.get(self.uri)).expect(200).body
        if not self.subtasks:
            members = (
                (await self._redfish.get(self.task["SubTasks"]["@odata.id"])).expect(200).body["Members"]
            )
            self.subtasks = {
                uri: Resource(f"GET {uri}", {}) for uri in (member["@odata.id"] for member in members)
            }
        live = [uri for uri, known in self.subtasks.items() if known.get("TaskState") not in ENDS]
        for answer in await asyncio.gather(*map(self._redfish.get, live)):
            body = answer.expect(200).body
            self.subtasks[body["@odata.id"]] = body
        picture = self.picture()
        if self.has_ended and picture.ended < picture.total:
            raise DemoError(
                f"{self.uri} has ended while {picture.total - picture.ended} of its subtasks go on."
            )
        return picture

    def picture(self) -> Picture:
        """What was seen last."""
        cells = [
            Cell(self.number_of(subtask), stage_of(subtask["TaskState"], subtask["TaskStatus"]))
            for subtask in self.subtasks.values()
        ]
        return Picture(
            state=self.task["TaskState"],
            percent=self.task["PercentComplete"],
            ended=sum(cell.stage in ENDED for cell in cells),
            total=len(cells),
            seconds=self.seconds,
            batches=tuple(_batches(cells, self._batch_size)),
        )


def _batches(cells: list[Cell], size: int) -> list[Batch]:
    following = iter(cells)
    return [batch for _ in range(0, len(cells), size) if (batch := tuple(islice(following, size)))]
