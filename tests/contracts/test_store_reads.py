"""The sentences of `ports.Store` on reads and their orders, asked of every back end."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actors.access.records import Account, AccountId, Role
from actors.inventory.records import Aggregate, Source, System
from actors.tasks.errors import RevisionConflictError
from actors.tasks.ports import Remove, Save, Store
from actors.tasks.request_keys import RequestKey, RequestKeyId
from actors.tasks.states import TaskState
from actors.tasks.task import Task, TaskId
from tests.store.back_ends import BACK_ENDS, ClosableStore, ended, opened
from tests.store.records import (
    NOON,
    OWNER,
    a_request_key,
    a_role,
    a_session,
    a_source,
    a_system,
    a_task,
    an_account,
    an_aggregate,
    later,
)


@pytest.fixture(params=BACK_ENDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ClosableStore]:
    async with opened(request.param, tmp_path) as one:
        yield one


# --- reads


async def test_what_is_not_there_reads_as_none(store: Store) -> None:
    await store.commit(Save(a_task()), Save(an_account("ann")))
    for odd in ("nobody", "", "\x00", "\ud800", "x" * 10_000, "a'; DROP TABLE tasks"):
        assert await store.task(TaskId(odd)) is None
        assert await store.subtasks(TaskId(odd)) == []
        assert await store.tasks(AccountId(odd)) == []
        assert await store.account(AccountId(odd)) is None
        assert await store.account_named(odd) is None


async def test_tasks_lists_top_level_ids_newest_first(store: Store) -> None:
    old, new = a_task(started=later(-10)), a_task(started=later(10))
    same = [a_task() for _ in range(4)]
    await store.commit(Save(new), *map(Save, same[:2]))
    await store.commit(Save(same[2]), Save(old), Save(a_task(parent=new.id, started=later(20))))
    await store.commit(Save(same[3]))
    await store.commit(Save(ended(same[0])))  # a later revision does not make it newer
    newest_first = [new.id, *(task.id for task in reversed(same)), old.id]
    assert await store.tasks() == newest_first
    await store.commit(Remove(Task, same[1].id), Save(replace(same[1], checkpoint="again")))
    newest_first.remove(same[1].id)
    newest_first.insert(1, same[1].id)
    assert await store.tasks() == newest_first


async def test_a_microsecond_makes_a_task_newer(store: Store) -> None:
    first, second = a_task(started=later(0.000001)), a_task(started=NOON)
    await store.commit(Save(first), Save(second))
    assert await store.tasks() == [first.id, second.id]


async def test_tasks_of_an_owner_are_its_alone(store: Store) -> None:
    bob = AccountId("bob")
    mine, his = [a_task(started=later(n)) for n in range(3)], [a_task(owner=bob) for _ in range(2)]
    await store.commit(*map(Save, [*mine, *his, a_task(owner=bob, parent=mine[0].id)]))
    assert await store.tasks(OWNER) == [task.id for task in reversed(mine)]
    assert await store.tasks(bob) == [task.id for task in reversed(his)]
    assert set(await store.tasks()) == {task.id for task in (*mine, *his)}


async def test_subtasks_are_listed_in_the_order_of_their_commit(store: Store) -> None:
    parent = a_task()
    subtasks = [a_task(parent=parent.id, started=later(-n)) for n in range(200)]
    await store.commit(Save(parent), *map(Save, subtasks[:150]))
    await store.commit(*map(Save, subtasks[150:]))
    await store.commit(*(Save(ended(task)) for task in reversed(subtasks)))
    assert await store.subtasks(parent.id) == [task.id for task in subtasks]
    assert await store.subtasks(subtasks[0].id) == []


async def test_ended_tasks_are_top_level_and_what_ended_first_comes_first(store: Store) -> None:
    ends = (30, 10, 20, 10, None, 40)
    tasks = [a_task(started=later(-number)) for number in range(len(ends))]
    subtask = a_task(parent=tasks[0].id)
    await store.commit(*map(Save, [*tasks, subtask]))
    assert await store.ended_tasks(10) == []
    await store.commit(Save(ended(subtask)))
    for task, end in reversed(list(zip(tasks, ends, strict=True))):
        if end is not None:
            await store.commit(Save(replace(ended(task), ended=later(end))))
    in_order = [tasks[number].id for number in (1, 3, 2, 0, 5)]
    assert await store.ended_tasks(10) == in_order
    assert await store.ended_tasks(3) == in_order[:3]
    assert await store.ended_tasks(0) == []
    await store.commit(Remove(Task, tasks[3].id))
    assert await store.ended_tasks(2) == [tasks[1].id, tasks[2].id]


async def test_ended_tasks_before_a_moment_are_those_that_ended_by_then(store: Store) -> None:
    tasks = [a_task() for _ in range(3)]
    await store.commit(*map(Save, tasks))
    await store.commit(*(Save(replace(ended(task), ended=later(n))) for n, task in enumerate(tasks)))
    ids = [task.id for task in tasks]
    assert await store.ended_tasks(10, later(1)) == ids[:2], "what ended at that moment is among them"
    assert await store.ended_tasks(10, later(1 - 0.000001)) == ids[:1]
    assert await store.ended_tasks(1, later(1)) == ids[:1]
    assert await store.ended_tasks(10, later(-1)) == []


async def test_the_count_of_tasks_is_of_all_that_are_no_subtasks(store: Store) -> None:
    assert await store.count_tasks() == 0
    parent, other = a_task(), a_task()
    await store.commit(Save(parent), Save(a_task(parent=parent.id)), Save(other))
    await store.commit(Save(ended(other)))
    subtask, elsewhere = await store.subtasks(parent.id), a_task()
    assert await store.count_tasks() == 2
    assert await store.count_tasks({other.id}) == 1
    assert await store.count_tasks([elsewhere.id, *subtask]) == 2
    assert await store.count_tasks([elsewhere.id, other.id, parent.id]) == 0
    await store.commit(Remove(Task, parent.id))
    assert await store.count_tasks() == 1


async def test_live_tasks_are_those_not_ended_parents_first_oldest_first(store: Store) -> None:
    old, new = a_task(started=NOON), a_task(started=later(5))
    of_new = [a_task(parent=new.id, started=later(5)) for _ in range(2)]
    of_old = [a_task(parent=old.id, started=later(n)) for n in (9, 0, -30)]
    done = a_task()
    await store.commit(*map(Save, [*of_new, *of_old, new, done, old]))
    await store.commit(Save(ended(done)), Save(ended(of_old[1])))
    assert await store.live_tasks() == [old, of_old[2], new, *of_new, of_old[0]]


async def test_a_task_is_live_in_every_state_that_is_no_end(store: Store) -> None:
    tasks = [replace(a_task(), state=state) for state in TaskState]
    await store.commit(*map(Save, tasks))
    assert await store.live_tasks() == [task for task in tasks if task.is_live]


async def test_account_names_are_compared_exactly(store: Store) -> None:
    names = ["ann", "Ann", "ann ", "änn", "an\u0303n", "añn"]
    accounts = [an_account(name) for name in names]
    await store.commit(*map(Save, accounts))
    for name, account in zip(names, accounts, strict=True):
        assert await store.account_named(name) == account
    assert await store.account_named("ANN") is None
    assert await store.account_named("%") is None


async def test_a_request_key_is_read_by_its_id(store: Store) -> None:
    task = a_task()
    key = a_request_key(task.id)
    await store.commit(Save(task), Save(key))
    assert await store.request_key(key.id) == key
    assert await store.request_key(RequestKeyId("\ud800")) is None
    with pytest.raises(RevisionConflictError):
        await store.commit(Save(other := a_task()), Save(replace(key, task=other.id)))
    assert await store.task(other.id) is None
    assert await store.request_key(key.id) == key


async def test_stale_request_keys_are_old_and_without_their_task(store: Store) -> None:
    there, gone = a_task(), a_task()
    keys = {at: a_request_key(gone.id, at=later(at)) for at in (3, 1, 2, 4)}
    await store.commit(Save(there), Save(a_request_key(there.id, at=later(1))), *map(Save, keys.values()))
    assert await store.stale_request_keys(later(3), 10) == [keys[at].id for at in (1, 2, 3)]
    assert await store.stale_request_keys(later(3), 2) == [keys[at].id for at in (1, 2)]
    await store.commit(Remove(RequestKey, keys[1].id), Remove(Task, there.id))
    assert len(await store.stale_request_keys(later(9), 10)) == 4


async def test_accounts_and_roles_come_in_the_order_in_which_they_were_made(store: Store) -> None:
    assert (await store.accounts(), await store.roles()) == ([], [])
    accounts, roles = [an_account(name) for name in ("zoe", "ann", "bob")], [a_role() for _ in range(3)]
    await store.commit(*map(Save, accounts), *map(Save, roles))
    changed = replace(accounts[0], revision=2, enabled=False, locked=later(1), password_change_required=True)
    await store.commit(Save(changed))
    assert await store.accounts() == [changed, *accounts[1:]]
    assert await store.roles() == roles
    await store.commit(Remove(Account, accounts[1].id), Remove(Role, roles[1].id))
    await store.commit(Save(back := an_account("ann")))
    assert await store.accounts() == [changed, accounts[2], back]
    assert await store.roles() == [roles[0], roles[2]]


async def test_sessions_are_listed_oldest_first(store: Store) -> None:
    new, old, same = a_session(created=later(5)), a_session(created=later(-5)), a_session(created=later(5))
    await store.commit(Save(new), Save(old))
    await store.commit(Save(same))
    await store.commit(Save(used := replace(new, revision=2, last_used=later(99))))
    assert await store.sessions() == [old, used, same]


@pytest.mark.parametrize(
    ("make", "kind", "listed"),
    [
        (lambda n: a_source(f"bmc-{n}:443"), Source, "sources"),
        (lambda n: a_system(), System, "systems"),
        (lambda n: an_aggregate(), Aggregate, "aggregates"),
    ],
    ids=["sources", "systems", "aggregates"],
)
async def test_the_inventory_is_listed_in_the_order_of_first_commits(
    store: Store, make: Callable[[int], Any], kind: Any, listed: str
) -> None:
    records = [make(n) for n in range(12)]
    await store.commit(*map(Save, records[:5]))
    for record in records[5:]:
        await store.commit(Save(record))
    records[3] = replace(records[3], revision=2)
    await store.commit(Save(records[3]))
    assert await getattr(store, listed)() == records
    again = records.pop(4)
    await store.commit(Remove(kind, again.id))
    await store.commit(Save(again))
    assert await getattr(store, listed)() == [*records, again]
