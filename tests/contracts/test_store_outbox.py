"""The sentences of `ports.Store` on the outbox, asked of every back end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from pathlib import Path

import pytest

from actors.events.records import BEGINNING, Event, EventNumber
from actors.tasks.errors import RevisionConflictError
from actors.tasks.messages import Message
from actors.tasks.ports import Emit, Forget, Remove, Save, Store
from actors.tasks.task import Task, TaskId
from store.event_codec import decode_event
from store.packing import RecordUnreadableError
from tests.store.back_ends import BACK_ENDS, ClosableStore, opened
from tests.store.records import NOON, a_delivery, a_subscription, a_task, an_event, later

ALL = 1000


@pytest.fixture(params=BACK_ENDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ClosableStore]:
    async with opened(request.param, tmp_path) as one:
        yield one


async def told(store: Store) -> list[tuple[int, Event]]:
    return [(entry.number, entry.event) for entry in await store.events_after(BEGINNING, ALL)]


async def test_events_are_numbered_in_the_order_of_the_commits(store: Store) -> None:
    assert await store.outbox_span() == (0, 0)
    assert await told(store) == []
    events = [an_event(number) for number in range(1, 6)]
    await store.commit(Emit(events[:2]), Save(a_task()), Emit(events[2:3]))
    await store.commit(Emit(()))
    await store.commit(Emit(events[3:]))
    assert await told(store) == list(enumerate(events, 1))
    assert await store.outbox_span() == (1, 5)
    behind = await store.events_after(EventNumber(2), 2)
    assert [entry.number for entry in behind] == [3, 4]
    assert await store.events_after(EventNumber(5), ALL) == []


async def test_events_of_a_commit_that_is_refused_are_not_there(store: Store) -> None:
    task = a_task()
    await store.commit(Save(task), Emit([an_event(1)]))
    with pytest.raises(RevisionConflictError):
        await store.commit(Emit([an_event(2)]), Forget(EventNumber(1)), Save(task))
    await store.commit(Emit([an_event(3)]))
    assert await told(store) == [(1, an_event(1)), (2, an_event(3))]


async def test_a_removal_says_farewell_for_each_record_that_goes(store: Store) -> None:
    parent = a_task()
    below = [a_task(parent=parent.id) for _ in range(3)]
    await store.commit(*map(Save, [parent, *below]))
    events = {task.id: an_event(place) for place, task in enumerate([*below, parent], 1)}
    farewell: Callable[[str], Event] = lambda record_id: events[TaskId(record_id)]  # noqa: E731
    await store.commit(Remove(Task, parent.id, farewell))
    assert await told(store) == list(enumerate(events.values(), 1))
    await store.commit(Remove(Task, parent.id, farewell))  # there is nobody any more who could go
    assert len(await told(store)) == 4


async def test_what_is_old_is_forgotten_and_its_number_not_used_again(store: Store) -> None:
    await store.commit(Emit([an_event(number, at=later(number)) for number in range(1, 7)]))
    assert await store.old_events(later(0), 100, ALL) == 0
    assert await store.old_events(later(2), 100, ALL) == 2
    assert await store.old_events(later(100), 100, 4) == 4
    assert await store.old_events(later(0), 1, ALL) == 5
    await store.commit(Forget(EventNumber(2)))
    assert await store.outbox_span() == (3, 6)
    await store.commit(Forget(EventNumber(100)))
    assert await store.outbox_span() == (6, 6)
    await store.commit(Emit([an_event(7)]))
    assert await store.outbox_span() == (6, 7)


async def test_an_event_stamped_by_a_clock_that_was_ahead_keeps_those_behind_it(store: Store) -> None:
    await store.commit(Emit([an_event(1, at=later(9)), an_event(2, at=NOON)]))
    assert await store.old_events(later(1), 100, ALL) == 0
    assert await store.old_events(later(9), 100, ALL) == 2


async def test_whoever_asked_is_told_what_was_put_there_before_the_commit_returns(store: Store) -> None:
    heard: list[tuple[int, Event]] = []
    store.when_emitted(lambda entries: heard.extend((one.number, one.event) for one in entries))
    task = a_task()
    await store.commit(Save(task))
    assert heard == []
    await store.commit(Save(replace(task, revision=2)), Emit([an_event(1)]), Emit([an_event(2), an_event(3)]))
    assert heard == await told(store) == [(1, an_event(1)), (2, an_event(2)), (3, an_event(3))]
    await store.commit(Remove(Task, task.id, lambda _: an_event(4)))
    assert heard == await told(store)
    assert len(heard) == 4


async def test_many_commits_at_once_are_told_in_the_order_of_their_numbers_without_those_refused(
    store: Store,
) -> None:
    heard: list[tuple[int, Event]] = []
    store.when_emitted(lambda entries: heard.extend((one.number, one.event) for one in entries))
    task = a_task()
    await store.commit(Save(task))

    def commit(number: int) -> Coroutine[None, None, None]:
        refused = [Save(task)] if number % 3 == 0 else []  # which is there already
        return store.commit(Emit([an_event(number), an_event(number + 100)]), *refused)

    outcomes = await asyncio.gather(*map(commit, range(30)), return_exceptions=True)
    assert sum(isinstance(one, RevisionConflictError) for one in outcomes) == 10
    assert heard == await told(store)
    assert [event for _, event in heard[::2]] == [an_event(number) for number in range(30) if number % 3]


async def test_what_was_put_there_is_told_also_where_nobody_waits_for_the_commit(store: Store) -> None:
    heard: list[int] = []
    store.when_emitted(lambda entries: heard.extend(one.number for one in entries))
    committing = asyncio.create_task(store.commit(Emit([an_event(1)])))
    await asyncio.sleep(0)
    committing.cancel()
    await store.commit(Emit([an_event(2)]))
    stored = [number for number, _ in await told(store)]
    assert heard == stored
    assert heard[-1] == len(stored)


async def test_subscriptions_and_their_deliveries_are_listed(store: Store) -> None:
    first, second = a_subscription(), a_subscription()
    await store.commit(Save(first), Save(a_delivery(first.id)))
    await store.commit(Save(second), Save(a_delivery(second.id)))
    await store.commit(Save(replace(first, revision=2, suspended=True)))
    assert await store.subscriptions() == [replace(first, revision=2, suspended=True), second]
    assert await store.deliveries() == [a_delivery(first.id), a_delivery(second.id)]


async def test_an_event_that_cannot_be_read_is_told_as_lost_and_holds_up_no_other(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.commit(Emit([an_event(1), an_event(2), an_event(3)]))

    def decode(stored: bytes) -> Event:
        event = decode_event(stored)
        if event == an_event(2):
            raise RecordUnreadableError("It is damaged.")
        return event

    monkeypatch.setattr("store.outbox.decode_event", decode)
    first, lost, last = await told(store)
    assert (first, last) == ((1, an_event(1)), (3, an_event(3)))
    assert (lost[0], lost[1].message) == (2, Message("EventsLost", ("2", "2")))
    assert lost[1].at == an_event(2).at
    assert lost[1].owner is None
