"""The watch over the promises can fail: each kind of broken promise is complained of."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from actors import OverwritePolicy, Percent, Result, Task, TaskState
from actors.tasks.ports import Change, Remove, Save
from tests.actors.house import HeldClock
from tests.actors.scripted import Heard
from tests.actors.watched import Rules, WatchedServers, WatchedStore
from tests.store.records import a_task

CLOCK = HeldClock()
NEW = a_task(started=CLOCK.now())
RUNNING = replace(NEW, state=TaskState.RUNNING, percent=Percent(50))
ENDED = replace(
    NEW,
    state=TaskState.COMPLETED,
    percent=Percent(100),
    ended=CLOCK.now(),
    result=Result(http_status=200),
)
BELOW = replace(a_task(parent=NEW.id), state=TaskState.RUNNING)


def following(task: Task, old: Task) -> Save:
    return Save(replace(task, revision=old.revision + 1))


def a_watched_store() -> WatchedStore:
    rules = Rules(max_retained=5, kept=timedelta(hours=1), policy=OverwritePolicy.OLDEST)
    return WatchedStore(rules, CLOCK)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ([Save(ENDED), following(ENDED, ENDED)], "had ended, and was saved again"),
        ([Save(RUNNING), following(NEW, RUNNING)], "from where no way leads there"),
        ([Save(RUNNING), following(replace(RUNNING, percent=Percent(49)), RUNNING)], "was at 50 %"),
        ([Save(replace(RUNNING, percent=Percent(100)))], "has not worked through"),
        ([Save(replace(ENDED, percent=Percent(99)))], "not at 100 %"),
        ([Save(replace(ENDED, ended=None))], "has an end or a result"),
        ([Save(BELOW), Save(ENDED)], "has subtasks that have not ended"),
        ([Save(RUNNING), Remove(Task, RUNNING.id)], "was live"),
        ([Save(ENDED), Save(BELOW), Remove(Task, BELOW.id)], "without what belongs to it"),
        ([Save(ENDED), Remove(Task, ENDED.id)], "nobody wanted it gone"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_change_that_no_promise_allows(changes: Sequence[Change], complaint: str) -> None:
    store = a_watched_store()
    await store.commit(*changes)
    assert any(complaint in one for one in store.complaints), store.complaints


@pytest.mark.parametrize(
    ("stored", "sent", "complaint"),
    [
        ([], ["reset"], "has ended, or never was"),
        ([ENDED], ["system"], "has ended, or never was"),
        ([replace(RUNNING, state=TaskState.CANCELLING)], ["system"], "was aborted, and sent"),
        ([RUNNING], ["cancel_task"], "was not aborted, and sent"),
        ([RUNNING], ["reset", "reset"], "sent its action twice"),
    ],
)
async def test_a_request_that_no_promise_allows(
    stored: Sequence[Task], sent: Sequence[str], complaint: str
) -> None:
    store = a_watched_store()
    await store.commit(*map(Save, stored))
    servers = WatchedServers(store)
    for what in sent:
        servers.note(Heard("a:443", what, NEW.id))
    assert any(complaint in one for one in store.complaints), store.complaints


async def test_two_tasks_at_one_server() -> None:
    store = a_watched_store()
    other = replace(a_task(), state=TaskState.RUNNING)
    await store.commit(Save(RUNNING), Save(other))
    servers = WatchedServers(store)
    for task in (RUNNING, other):
        servers.note(Heard("a:443", "system", task.id))
    assert len(store.complaints) == 1
    assert f"while {RUNNING.id} had the server" in store.complaints[0]
