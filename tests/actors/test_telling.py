"""What is told of one task, and in which order: its progress between its beginning and its end."""

from dataclasses import replace

from actors.tasks.lifecycle import PROGRESS_EVERY, Telling
from actors.tasks.states import TaskState
from actors.tasks.task import Percent
from tests.store.records import NOON, a_task


def keys(telling: Telling, *states: tuple[TaskState, int, float]) -> list[str]:
    """What is told of a new task that comes to these states with these percentages at these times."""
    told: list[str] = []
    task = a_task()
    for state, percent, now in states:
        after = replace(task, state=state, percent=Percent(percent))
        told += [event.message.message_id for event in telling.of_change(task, after, NOON, now)]
        task = after
    return [key.rpartition(".")[2] for key in told]


def test_progress_is_told_after_the_start_and_before_the_end() -> None:
    assert keys(
        Telling(0),
        (TaskState.STARTING, 5, 0.0),
        (TaskState.RUNNING, 50, 0.1),
        (TaskState.RUNNING, 60, PROGRESS_EVERY),
        (TaskState.COMPLETED, 100, PROGRESS_EVERY + 0.1),
    ) == [
        "TaskStarted",  # says enough for the first second
        "TaskProgressChanged",
        "TaskProgressChanged",
        "TaskCompletedOK",
    ]


def test_progress_that_was_held_back_is_told_before_the_next_change() -> None:
    assert keys(
        Telling(0),
        (TaskState.STARTING, 0, 0.0),
        (TaskState.RUNNING, 5, 0.0),
        (TaskState.RUNNING, 50, 0.1),
        (TaskState.INTERRUPTED, 50, 0.2),
        (TaskState.STARTING, 50, 0.3),
    ) == ["TaskStarted", "TaskProgressChanged", "TaskProgressChanged", "TaskPaused", "TaskResumed"]
