"""The sentences of `ports.Store` on changes, on many callers and on the end, asked of every back end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from types import NoneType
from typing import Any

import pytest

from actors.access.records import Account, Role, Session
from actors.inventory.records import Aggregate, Source, System
from actors.tasks.errors import AlreadyThereError, RevisionConflictError, StoreUnavailableError
from actors.tasks.ports import Change, Record, Remove, Save, Store
from actors.tasks.request_keys import RequestKey
from actors.tasks.states import TaskEvent
from actors.tasks.task import Task, TaskId
from tests.store.back_ends import BACK_ENDS, ClosableStore, ended, opened
from tests.store.records import (
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
    some_settings,
)


@pytest.fixture(params=BACK_ENDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ClosableStore]:
    async with opened(request.param, tmp_path) as one:
        yield one


async def outcomes(*asked: Awaitable[Any]) -> list[type]:
    return [type(outcome) for outcome in await asyncio.gather(*asked, return_exceptions=True)]


# --- commit


async def test_what_is_committed_is_read_back_as_it_was(store: Store) -> None:
    task, account, session = a_task(), an_account("ann"), a_session()
    source, system, aggregate = a_source("bmc:443"), a_system(), an_aggregate()
    role, settings = a_role(), some_settings()
    kinds: tuple[Record, ...] = (task, account, role, session, source, system, aggregate, settings)
    await store.commit(*map(Save, kinds))
    assert await store.task(task.id) == task
    assert await store.account(account.id) == account
    assert await store.account_named("ann") == account
    assert await store.accounts() == [account]
    assert await store.roles() == [role]
    assert await store.sessions() == [session]
    assert await store.sources() == [source]
    assert await store.systems() == [system]
    assert await store.aggregates() == [aggregate]
    assert await store.service_settings() == [settings]


async def test_lists_in_the_input_come_back_as_lists(store: Store) -> None:
    task = replace(a_task(), input={"systems": ("s1", "s2"), "batches": [1, {"delay": 2.5}]})
    await store.commit(Save(task))
    kept = await store.task(task.id)
    assert kept is not None
    assert kept.input == {"systems": ["s1", "s2"], "batches": [1, {"delay": 2.5}]}


async def test_a_record_is_changed_by_its_next_revision(store: Store) -> None:
    task = a_task()
    await store.commit(Save(task))
    await store.commit(Save(after := task.after(TaskEvent.STARTED, at=later(1))))
    assert await store.task(task.id) == after


@pytest.mark.parametrize(("stored", "saved"), [(0, 2), (1, 1), (1, 3), (2, 1), (2, 2), (3, 2)])
async def test_any_other_revision_is_refused(store: Store, stored: int, saved: int) -> None:
    task = a_task()
    for revision in range(1, stored + 1):
        await store.commit(Save(replace(task, revision=revision)))
    with pytest.raises(RevisionConflictError, match=str(task.id)):
        await store.commit(Save(replace(task, revision=saved, checkpoint="refused")))
    kept = await store.task(task.id)
    assert (kept.revision if kept else 0) == stored
    assert kept is None or kept.checkpoint == ""


@pytest.mark.parametrize("make", [a_role, a_session, a_system, an_aggregate])
async def test_revisions_are_compared_for_every_kind(store: Store, make: Callable[[], Any]) -> None:
    record = make()
    await store.commit(Save(record))
    await store.commit(Save(replace(record, revision=2)))
    for revision in (1, 2, 4):
        with pytest.raises(RevisionConflictError):
            await store.commit(Save(replace(record, revision=revision)))


async def test_a_removed_record_is_not_saved_again_by_its_next_revision(store: Store) -> None:
    task = a_task()
    await store.commit(Save(task))
    await store.commit(Remove(Task, task.id))
    with pytest.raises(RevisionConflictError):
        await store.commit(Save(replace(task, revision=2)))
    assert await store.task(task.id) is None


async def test_of_two_saves_of_one_revision_exactly_one_succeeds(store: Store) -> None:
    task = a_task()
    assert sorted(
        map(str, await outcomes(store.commit(Save(task)), store.commit(Save(replace(task, target="other")))))
    ) == sorted(map(str, [NoneType, RevisionConflictError]))
    second = [store.commit(Save(replace(task, revision=2, checkpoint=str(number)))) for number in range(20)]
    assert (await outcomes(*second)).count(NoneType) == 1
    kept = await store.task(task.id)
    assert kept is not None
    assert kept.revision == 2


async def test_a_commit_is_stored_whole_or_not_at_all(store: Store) -> None:
    stale, new, gone, twice, source = a_task(), a_task(), a_task(), a_task(), a_source("bmc:443")
    await store.commit(Save(stale), Save(gone), Save(twice), Save(source))
    await store.commit(Save(replace(stale, revision=2)))
    with pytest.raises(RevisionConflictError):
        await store.commit(
            Save(new),
            Save(replace(twice, revision=2)),
            Save(replace(twice, revision=3)),
            Remove(Task, gone.id),
            Remove(Source, source.id),
            Save(replace(source, id=a_source("").id)),
            Save(replace(stale, revision=2, checkpoint="late")),
        )
    assert await store.task(new.id) is None
    assert await store.task(gone.id) == gone
    assert await store.task(twice.id) == twice
    assert await store.sources() == [source]
    assert await store.task(stale.id) == replace(stale, revision=2)
    # and the places are as if nothing had happened
    assert await store.tasks() == [twice.id, gone.id, stale.id]


async def test_changes_of_one_commit_are_made_in_their_order(store: Store) -> None:
    task, old, new = a_task(), a_source("bmc:443"), a_source("bmc:443")
    await store.commit(Save(old))
    with pytest.raises(AlreadyThereError):
        await store.commit(Save(new), Remove(Source, old.id))
    await store.commit(
        Remove(Source, old.id),
        Save(new),
        Save(task),
        Save(replace(task, revision=2)),
        Remove(Task, task.id),
        Save(replace(task, checkpoint="again")),
    )
    assert await store.sources() == [new]
    assert await store.task(task.id) == replace(task, checkpoint="again")


async def test_commits_take_effect_in_the_order_in_which_they_were_called(store: Store) -> None:
    task = a_task()
    await asyncio.gather(
        *(store.commit(Save(replace(task, revision=revision))) for revision in range(1, 301))
    )
    assert await store.task(task.id) == replace(task, revision=300)


async def test_one_refusal_spoils_no_other_commit(store: Store) -> None:
    stale, good = a_task(), [a_task() for _ in range(50)]
    await store.commit(Save(stale))
    asked = [store.commit(Save(task)) for task in good]
    asked[10:10] = [store.commit(Save(stale)), store.commit(Save(a_task()), Save(stale))]
    kinds = await outcomes(*asked)
    assert kinds.count(RevisionConflictError) == 2
    assert kinds.count(NoneType) == 50
    assert set(await store.tasks()) == {stale.id, *(task.id for task in good)}


@pytest.mark.parametrize("waits", [0, 1, 2, 3])
async def test_a_cancelled_caller_does_not_undo_its_commit(store: Store, waits: int) -> None:
    task, after = a_task(), a_task()
    caller = asyncio.create_task(store.commit(Save(task)))
    for _ in range(waits + 1):  # it has made its call, and is somewhere in the middle of it
        await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait([caller])
    await store.commit(Save(after))  # in order: when this one is done, so is the other
    assert await store.task(task.id) == task


async def test_a_commit_goes_on_when_its_caller_gives_up(store: Store) -> None:
    tasks = [a_task() for _ in range(100)]
    callers = [asyncio.create_task(store.commit(Save(task))) for task in tasks]
    await asyncio.sleep(0)
    for caller in callers[::2]:
        caller.cancel()
    await asyncio.wait(callers)
    await store.commit(Save(a_task()))
    assert len(await store.tasks()) == 101


async def test_committing_nothing_is_no_error(store: Store) -> None:
    await store.commit()
    assert await store.tasks() == []


async def test_a_commit_that_cannot_be_stored_harms_no_other(store: Store) -> None:
    bad, good = replace(a_task(), input={"what": {1, 2}}), a_task()
    kinds = await outcomes(store.commit(Save(good)), store.commit(Save(a_task()), Save(bad)))
    assert kinds == [NoneType, ValueError]
    assert await store.tasks() == [good.id]


# --- what may be there once only


async def test_two_accounts_cannot_have_one_name(store: Store) -> None:
    ann, bob, other = an_account("ann"), an_account("bob"), an_account("ann")
    await store.commit(Save(ann), Save(bob))
    with pytest.raises(AlreadyThereError, match="ann"):
        await store.commit(Save(a_task()), Save(other))
    with pytest.raises(AlreadyThereError, match="ann"):
        await store.commit(Save(replace(bob, revision=2, name="ann")))
    assert await store.tasks() == []
    assert await store.account(other.id) is None
    assert await store.account(bob.id) == bob
    await store.commit(Save(replace(ann, revision=2, name="anna")))
    await store.commit(Save(other))
    assert await store.account_named("ann") == other


async def test_of_two_new_accounts_with_one_name_exactly_one_succeeds(store: Store) -> None:
    kinds = await outcomes(store.commit(Save(an_account("ann"))), store.commit(Save(an_account("ann"))))
    assert kinds == [NoneType, AlreadyThereError]


async def test_two_sources_cannot_have_one_address(store: Store) -> None:
    first, second, other = a_source("one:443"), a_source("two:443"), a_source("one:443")
    await store.commit(Save(first), Save(second))
    with pytest.raises(AlreadyThereError, match="one:443"):
        await store.commit(Save(other))
    with pytest.raises(AlreadyThereError, match="one:443"):
        await store.commit(Save(replace(second, revision=2, address="one:443")))
    assert await store.sources() == [first, second]
    assert await store.sources(limit=1) == [first]
    await store.commit(Remove(Source, first.id))
    await store.commit(Save(other))


async def test_the_same_new_account_twice_is_a_conflict_of_revisions(store: Store) -> None:
    ann = an_account("ann")
    await store.commit(Save(ann))
    with pytest.raises(RevisionConflictError):
        await store.commit(Save(ann))


# --- remove


async def test_removing_a_task_removes_its_subtasks_and_nothing_else(store: Store) -> None:
    parent, other = a_task(), a_task()
    subtasks = [a_task(parent=parent.id) for _ in range(3)]
    others = [a_task(parent=other.id) for _ in range(2)]
    await store.commit(*map(Save, [parent, *subtasks, other, *others]))
    await store.commit(Save(ended(parent)), Save(ended(subtasks[1])))
    await store.commit(Remove(Task, parent.id))
    for gone in (parent, *subtasks):
        assert await store.task(gone.id) is None
    assert await store.tasks() == [other.id]
    assert await store.subtasks(parent.id) == []
    assert await store.subtasks(other.id) == [task.id for task in others]
    assert await store.live_tasks() == [other, *others]


async def test_a_subtask_can_be_removed_alone(store: Store) -> None:
    parent = a_task()
    subtask = a_task(parent=parent.id)
    await store.commit(Save(parent), Save(subtask))
    await store.commit(Remove(Task, subtask.id))
    assert await store.live_tasks() == [parent]


async def test_removing_what_is_not_there_is_no_error(store: Store) -> None:
    session, system, aggregate = a_session(), a_system(), an_aggregate()
    kept = a_session()
    gone: list[Change] = [
        Remove(Task, a_task().id),
        Remove(Account, an_account("nobody").id),
        Remove(Role, a_role().id),
        Remove(Session, session.id),
        Remove(Source, a_source("bmc:443").id),
        Remove(System, system.id),
        Remove(Aggregate, aggregate.id),
        Remove(RequestKey, a_request_key(a_task().id).id),
    ]
    await store.commit(Save(kept))
    await store.commit(*gone)
    await store.commit(Save(session), Save(system), Save(aggregate))
    await store.commit(*gone, *gone)
    assert await store.sessions() == [kept]
    assert await store.systems() == []
    assert await store.aggregates() == []


# --- many at once


async def test_reads_see_every_commit_that_was_acknowledged(store: Store) -> None:
    async def one() -> None:
        task = a_task()
        await store.commit(Save(task))
        for revision in range(2, 6):
            await store.commit(Save(replace(task, revision=revision)))
            kept = await store.task(task.id)
            assert kept is not None
            assert kept.revision == revision
        assert task.id in await store.tasks()

    await asyncio.gather(*(one() for _ in range(30)))


async def test_a_read_never_sees_half_a_commit(store: Store) -> None:
    pair = a_system(), a_system()
    await store.commit(*map(Save, pair))

    async def write() -> None:
        for revision in range(2, 40):
            await store.commit(*(Save(replace(system, revision=revision)) for system in pair))

    async def read() -> None:
        while not writing.done():
            first, second = await store.systems()
            assert first.revision == second.revision

    writing = asyncio.create_task(write())
    await asyncio.gather(writing, *(read() for _ in range(4)))


async def test_a_cancelled_read_harms_nothing(store: Store) -> None:
    task = a_task()
    await store.commit(Save(task))
    reads = [asyncio.create_task(store.task(task.id)) for _ in range(20)]
    await asyncio.sleep(0)
    for read in reads[::2]:
        read.cancel()
    assert await asyncio.gather(*reads[1::2]) == [task] * 10
    assert await store.task(task.id) == task


async def test_a_limit_of_time_on_a_call_leaves_the_store_usable(store: Store) -> None:
    task = a_task()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await store.commit(Save(task))
    await store.commit(Save(a_task()))


# --- the end


async def test_a_closed_store_says_so(store: ClosableStore) -> None:
    await store.commit(Save(a_task()))
    await store.close()
    await store.close()
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: store.commit(Save(a_task())),
        lambda: store.task(TaskId("task1")),
        store.tasks,
        lambda: store.subtasks(TaskId("task1")),
        lambda: store.ended_tasks(1),
        store.count_tasks,
        store.live_tasks,
        lambda: store.account(OWNER),
        lambda: store.account_named("ann"),
        store.accounts,
        store.roles,
        store.sessions,
        store.sources,
        store.systems,
        store.aggregates,
        store.service_settings,
    ]
    for call in calls:
        with pytest.raises(StoreUnavailableError, match="closed"):
            await call()
