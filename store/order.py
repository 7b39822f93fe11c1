"""The orders in which a store lists records, the same for every back end."""

from collections.abc import Iterable

from actors.access.records import Session
from actors.tasks.task import Task


def parents_first(live: Iterable[Task]) -> list[Task]:
    """The tasks oldest first, a parent before its subtasks; they are given in the order of their commits.

    A subtask counts as no older than its parent, whatever the clock said.
    """
    tasks = list(live)
    started = {task.id: task.started for task in tasks}
    return sorted(
        tasks,
        key=lambda task: (
            max(task.started, started.get(task.parent, task.started) if task.parent else task.started),
            task.parent is not None,
        ),
    )


def oldest_first(sessions: Iterable[Session]) -> list[Session]:
    """The sessions, given in the order in which they were committed, by when they were created."""
    return sorted(sessions, key=lambda session: session.created)
