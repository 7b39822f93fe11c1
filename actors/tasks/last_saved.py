"""What TaskRegistry shows of the live tasks to readers who need not ask it."""

from typing import Any

import pykka

from actors.tasks.live_tasks import LiveTasks
from actors.tasks.task import Task, TaskId


class LastSaved:
    """The live tasks as last saved. TaskRegistry hands it out, and alone changes what is there.

    A look here is a Find without the turn, and tells exactly what a Find would have told: its answer depends
    on nothing but what TaskRegistry has done so far, as long as no message lies before it. Where one does,
    `is_current` is False, and the question has to wait in the same queue.
    """

    def __init__(self, live: LiveTasks, registry: pykka.ActorRef[Any]) -> None:
        self._live = live
        self._registry = registry

    @property
    def is_current(self) -> bool:
        """Whether TaskRegistry is there and has seen to all that it has been told. On its own loop only."""
        return not len(self._registry.actor_inbox) and self._registry.is_alive()  # type: ignore[arg-type]

    def get(self, task_id: TaskId) -> Task | None:
        """The record of this task, or None where it is not live."""
        entry = self._live.get(task_id)
        return entry.task if entry is not None else None
