"""The numbers of live tasks are right after each change, without anybody's counting."""

from datetime import timedelta

from actors.tasks.live_figures import LiveFigures
from actors.tasks.states import LIVE, TaskEvent, TaskState
from actors.tasks.task import Abort
from tests.store.records import NOON, a_task, later


def test_a_task_counts_in_the_state_in_which_it_was_last_saved() -> None:
    figures, task = LiveFigures(), a_task()
    figures.entered([task])
    assert figures.live[task.operation, task.state] == 1
    started = task.after(TaskEvent.STARTED, at=later(1))
    figures.changed(task, started, later(1))
    noted = started.after(TaskEvent.NOTED, at=later(2))
    figures.changed(started, noted, later(2))
    assert +figures.live == {(task.operation, TaskState.STARTING): 1}
    assert figures.oldest(TaskState.STARTING) == later(1)
    ended = noted.after(TaskEvent.SUCCEEDED, at=later(3))
    figures.changed(noted, ended, later(3))
    assert not +figures.live
    assert figures.ended == {(task.operation, TaskState.COMPLETED): 1}
    assert all(figures.oldest(state) is None for state in LIVE)
    assert figures.aborts.count == 0


def test_the_oldest_is_the_one_that_came_first_and_is_still_there() -> None:
    figures = LiveFigures()
    first = a_task().after(TaskEvent.HELD, at=NOON)
    second = a_task(started=later(5)).after(TaskEvent.HELD, at=later(5))
    figures.entered([first, second])
    assert figures.oldest(TaskState.PENDING) == first.started
    figures.changed(first, first.after(TaskEvent.STARTED, at=later(9)), later(9))
    assert figures.oldest(TaskState.PENDING) == second.started
    figures.gone(second)
    assert figures.oldest(TaskState.PENDING) is None


def test_an_abort_is_timed_from_the_asking_to_the_end() -> None:
    figures, task = LiveFigures(), a_task().after(TaskEvent.STARTED, at=NOON)
    figures.entered([task])
    cancelling = task.after(TaskEvent.ABORT_BEGUN, at=later(1), abort=Abort(by="olga", at=later(1)))
    figures.changed(task, cancelling, later(1))
    ended = cancelling.after(TaskEvent.WORK_STOPPED, at=later(1) + timedelta(seconds=3))
    figures.changed(cancelling, ended, later(4))
    assert (figures.aborts.count, figures.aborts.total) == (1, 3.0)
