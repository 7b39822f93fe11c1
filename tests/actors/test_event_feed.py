"""Events get from the outbox to whoever follows: in order, once read for all, as long as they are kept."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from actors.events.dispatcher import LOOK_AGAIN, READ_TOGETHER, Look, SweepOutbox
from actors.events.events import EventParts, open_events
from actors.events.feed import Feed
from actors.events.limits import EventLimits
from actors.events.records import BEGINNING, EventNumber, OutboxEntry
from actors.tasks.errors import StoreUnavailableError
from actors.tasks.ports import Emit, Forget
from store.memory import MemoryStore
from tests.actors.house import HeldClock, LoopTime
from tests.store.records import an_event

DAY = timedelta(days=1).total_seconds()


def fail(name: str) -> None:
    raise AssertionError(f"{name} failed")


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
async def parts(store: MemoryStore, clock: HeldClock) -> AsyncIterator[EventParts]:
    async with AsyncExitStack() as stack:
        yield await open_events(store, clock, EventLimits(max_kept=1000), stack, fail)


async def emit(store: MemoryStore, *numbers: int) -> None:
    await store.commit(Emit([an_event(number) for number in numbers]))


async def numbers(feed: Feed, after: int, limit: int = 10_000) -> list[int]:
    return [entry.number for entry in await feed.after(EventNumber(after), limit)]


async def up_to(feed: Feed, number: int) -> None:
    async with asyncio.timeout(10):
        await feed.beyond(EventNumber(number - 1))


async def test_whoever_waits_is_woken_by_what_comes(store: MemoryStore, parts: EventParts) -> None:
    feed = parts.feed
    waiting = [asyncio.create_task(feed.beyond(BEGINNING)) for _ in range(3)]
    waiting[2].cancel()
    await emit(store, 1, 2)
    async with asyncio.timeout(10):
        await asyncio.gather(*waiting[:2])
    assert await numbers(feed, 0) == [1, 2]
    assert await numbers(feed, 1) == [2]
    assert await numbers(feed, 2) == []
    assert await numbers(feed, 7) == []


async def test_many_commits_come_in_their_order_and_none_twice(store: MemoryStore, parts: EventParts) -> None:
    count = READ_TOGETHER * 2 + 7
    await asyncio.gather(*(emit(store, number) for number in range(count)))
    await up_to(parts.feed, count)
    assert await numbers(parts.feed, 0) == list(range(1, count + 1))


async def test_who_is_far_behind_reads_the_outbox(store: MemoryStore) -> None:
    await emit(store, *range(10))
    feed = Feed(store, EventNumber(0), kept=4)
    feed.add(await store.events_after(BEGINNING, 8))
    assert await numbers(feed, 5) == [6, 7, 8]
    # What is in the outbox and not yet in the feed comes with the rest, when it is everybody's turn.
    assert await numbers(feed, 0) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert await numbers(feed, 2, limit=3) == [3, 4, 5]
    await store.close()
    assert await numbers(feed, 6) == [7, 8]
    with pytest.raises(StoreUnavailableError):
        await numbers(feed, 2)


async def emit_elsewhere(store: MemoryStore, number: int) -> None:
    """Put an event there as another process would: the store does not know of it."""
    told = store._emitted
    store.when_emitted(lambda _: None)
    await emit(store, number)
    store.when_emitted(told)


async def test_what_another_process_has_put_there_comes_before_what_came_later(
    store: MemoryStore, parts: EventParts
) -> None:
    following = asyncio.create_task(up_to(parts.feed, 4))
    await asyncio.sleep(0)
    await emit(store, 1)
    await emit_elsewhere(store, 2)
    await emit(store, 3)
    await emit(store, 4)
    await following
    assert await numbers(parts.feed, 0) == [1, 2, 3, 4]


async def test_what_is_told_by_a_commit_is_not_read_and_unless_it_is_followed_not_kept(
    store: MemoryStore, parts: EventParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    read = store.events_after

    async def counted(number: EventNumber, limit: int) -> list[OutboxEntry]:
        reads.append(number)
        return await read(number, limit)

    monkeypatch.setattr(store, "events_after", counted)
    await emit(store, 1, 2)
    await parts.dispatcher.ask(Look(), block=False)
    assert (parts.feed.last, reads) == (2, [])
    waiting = asyncio.create_task(parts.feed.beyond(EventNumber(2)))
    await asyncio.sleep(0)
    await emit(store, 3)
    async with asyncio.timeout(10):
        await waiting
    assert await numbers(parts.feed, 2) == [3]
    assert reads == []
    assert await numbers(parts.feed, 0) == [1, 2, 3]
    assert reads == [0], "the first two are in the outbox alone"


async def test_it_goes_on_where_the_outbox_was_at_the_start(store: MemoryStore, clock: HeldClock) -> None:
    await emit(store, 1, 2, 3)
    async with AsyncExitStack() as stack:
        feed = (await open_events(store, clock, EventLimits(), stack, fail)).feed
        assert (feed.beginning, feed.last) == (0, 3)
        assert await numbers(feed, 1) == [2, 3]
        await emit(store, 4)
        await up_to(feed, 4)
        assert await numbers(feed, 1) == [2, 3, 4]


async def test_what_is_old_is_forgotten_and_whoever_lacks_it_can_tell(
    store: MemoryStore, clock: HeldClock, parts: EventParts
) -> None:
    feed = parts.feed
    await store.commit(Emit([an_event(number, at=clock.now()) for number in range(3)]))
    clock.move(DAY / 2)
    await store.commit(Emit([an_event(number, at=clock.now()) for number in range(2)]))
    await up_to(feed, 5)
    assert feed.lost(BEGINNING) == 0
    clock.move(DAY / 2)
    await parts.dispatcher.ask(SweepOutbox(), block=False)
    assert await store.outbox_span() == (4, 5)
    assert (feed.beginning, feed.lost(BEGINNING), feed.lost(EventNumber(2))) == (3, 3, 1)
    assert [feed.lost(EventNumber(number)) for number in (3, 4, 5, 9)] == [0, 0, 0, 0]


async def test_no_more_are_kept_than_is_set(store: MemoryStore, parts: EventParts) -> None:
    await emit(store, *range(1500))
    await up_to(parts.feed, 1500)
    await parts.dispatcher.ask(SweepOutbox(), block=False)
    assert await store.outbox_span() == (501, 1500)


async def test_what_could_not_be_read_is_found_a_moment_later(
    store: MemoryStore, parts: EventParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = LoopTime(monkeypatch)
    read, failures = store.events_after, [asyncio.Event(), asyncio.Event()]
    left = list(failures)

    async def unreadable_at_first(number: EventNumber, limit: int) -> list[OutboxEntry]:
        if left:
            left.pop(0).set()
            raise StoreUnavailableError("The disk is being changed.")
        return await read(number, limit)

    monkeypatch.setattr(store, "events_after", unreadable_at_first)
    waiting = asyncio.create_task(up_to(parts.feed, 1))
    await asyncio.sleep(0)
    await emit_elsewhere(store, 1)
    store._emitted(())  # a commit whose outcome is not known
    for failed in failures:
        async with asyncio.timeout(10):
            await failed.wait()
        time.move(LOOK_AGAIN)
    await waiting


async def test_whoever_is_behind_a_hole_in_the_outbox_has_what_came_after_it(store: MemoryStore) -> None:
    """While nobody looked, another process has put events there and had some of them forgotten."""
    await emit(store, *range(12))
    feed = Feed(store, EventNumber(0))
    feed.add(await store.events_after(BEGINNING, 3))
    await store.commit(Forget(EventNumber(8)))
    feed.add(await store.events_after(EventNumber(3), 3))
    for place in (8, 9, 11):
        assert await numbers(feed, place) == list(range(place + 1, 12))
    assert await numbers(feed, 0) == [9, 10, 11]


async def test_what_another_process_puts_between_two_commits_is_not_passed_over(
    store: MemoryStore, parts: EventParts
) -> None:
    following = asyncio.create_task(up_to(parts.feed, 3))
    await asyncio.sleep(0)

    async def three() -> None:  # the dispatcher has no turn meanwhile
        told = store._emitted
        first = [OutboxEntry(EventNumber(1), an_event(1))]
        third = [OutboxEntry(EventNumber(3), an_event(3))]
        store.when_emitted(lambda _: None)
        await emit(store, 1, 2, 3)
        store.when_emitted(told)
        told(first)
        told(third)

    await three()
    await following
    assert await numbers(parts.feed, 0) == [1, 2, 3]
