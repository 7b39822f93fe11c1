"""Lanes: order, batches, those who have gone, and an orderly end."""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from store.lane import Lane


class ClosedError(Exception):
    """This lane's own refusal."""


class Recorder:
    """A worker that notes its batches, and waits in the first until it is let go."""

    def __init__(self, wait: threading.Event | None = None) -> None:
        self.batches: list[list[Any]] = []
        self.at_work = threading.Event()
        self.threads: set[int] = set()
        self.closed = 0
        self._wait = wait

    def open(self) -> None:
        self.threads.add(threading.get_ident())

    def work(self, asks: Sequence[Any]) -> list[Any]:
        self.batches.append(list(asks))
        self.threads.add(threading.get_ident())
        self.at_work.set()
        if self._wait is not None and not self._wait.wait(10):
            raise TimeoutError("nobody let the worker go")
        return [ask() if callable(ask) else ask for ask in asks]

    def close(self) -> None:
        self.threads.add(threading.get_ident())
        self.closed += 1


async def lane_of(worker: Recorder, **options: Any) -> Lane[Any]:
    lane: Lane[Any] = Lane("test", lambda: worker, closed=ClosedError, **options)
    await lane.start()
    return lane


async def begun(*asked: Any) -> list[asyncio.Task[Any]]:
    callers = [asyncio.create_task(ask) for ask in asked]
    await asyncio.sleep(0)
    return callers


async def held(worker: Recorder, lane: Lane[Any]) -> asyncio.Task[Any]:
    """A first ask that the worker is busy with until it is let go."""
    first = asyncio.create_task(lane.ask("first"))
    await asyncio.sleep(0)
    assert worker.at_work.wait(10)
    return first


async def test_everything_happens_in_one_thread_that_is_not_the_loops() -> None:
    worker = Recorder()
    lane = await lane_of(worker)
    assert await lane.ask(7) == 7
    await lane.close()
    assert len(worker.threads) == 1
    assert threading.get_ident() not in worker.threads
    assert worker.closed == 1


async def test_what_waits_is_taken_together_in_order_and_a_lone_ask_waits_for_nobody() -> None:
    go = threading.Event()
    worker = Recorder(go)
    lane = await lane_of(worker, limit=4)
    first = await held(worker, lane)
    others = await begun(*(lane.ask(number) for number in range(10)))
    go.set()
    assert await asyncio.gather(first, *others) == ["first", *range(10)]
    assert worker.batches == [["first"], [0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    await lane.close()


async def test_an_answer_that_is_an_exception_is_raised_at_its_asker_alone() -> None:
    lane = await lane_of(Recorder(), limit=4)
    told = await asyncio.gather(lane.ask(1), lane.ask(KeyError("two")), lane.ask(3), return_exceptions=True)
    assert list(told[::2]) == [1, 3]
    assert isinstance(told[1], KeyError)
    await lane.close()


async def test_a_worker_that_fails_is_told_to_all_of_the_batch_and_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail() -> None:
        raise LookupError("lost")

    go = threading.Event()
    worker = Recorder(go)
    lane = await lane_of(worker, limit=4)
    first = await held(worker, lane)
    others = await begun(lane.ask(fail), lane.ask(2))
    go.set()
    await first
    told = await asyncio.gather(*others, return_exceptions=True)
    assert [type(one) for one in told] == [LookupError, LookupError]
    assert await lane.ask(3) == 3
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    await lane.close()


@pytest.mark.parametrize(
    ("skip_gone", "worked_on"), [(False, ["first", 0, 1, 2, 3]), (True, ["first", 1, 3])]
)
async def test_those_who_have_gone_get_no_answer(skip_gone: bool, worked_on: list[Any]) -> None:
    go = threading.Event()
    worker = Recorder(go)
    lane = await lane_of(worker, limit=10, skip_gone=skip_gone)
    first = await held(worker, lane)
    others = await begun(*(lane.ask(number) for number in range(4)))
    for gone in others[::2]:
        gone.cancel()
    await asyncio.wait(others[::2])
    go.set()
    assert await asyncio.gather(first, *others[1::2]) == ["first", 1, 3]
    assert [ask for batch in worker.batches for ask in batch] == worked_on
    await lane.close()


async def test_several_threads_share_one_queue() -> None:
    both = threading.Barrier(2, timeout=10)
    workers: list[Recorder] = []

    def worker() -> Recorder:
        workers.append(Recorder())
        return workers[-1]

    lane: Lane[Callable[[], int]] = Lane("test", worker, closed=ClosedError, threads=2)
    await lane.start()
    assert sorted(await asyncio.gather(lane.ask(both.wait), lane.ask(both.wait))) == [0, 1]
    await lane.close()
    assert [one.closed for one in workers] == [1, 1]


async def test_closing_finishes_what_was_asked_and_refuses_the_rest() -> None:
    before = set(threading.enumerate())
    go = threading.Event()
    worker = Recorder(go)
    lane = await lane_of(worker, limit=3)
    first = await held(worker, lane)
    others = await begun(*(lane.ask(number) for number in range(10)))
    closing, again = await begun(lane.close(), lane.close())
    with pytest.raises(ClosedError):
        await lane.ask("late")
    assert not closing.done()
    go.set()
    await asyncio.gather(closing, again)
    assert await asyncio.gather(first, *others) == ["first", *range(10)]
    assert worker.closed == 1
    assert set(threading.enumerate()) == before


async def test_a_close_that_is_cancelled_closes_all_the_same() -> None:
    go = threading.Event()
    worker = Recorder(go)
    lane = await lane_of(worker)
    first = await held(worker, lane)
    (closing,) = await begun(lane.close())
    closing.cancel()
    await asyncio.wait([closing])
    go.set()
    assert await first == "first"
    await lane.close()
    assert worker.closed == 1


async def test_what_open_raises_comes_out_of_start_and_no_thread_is_left() -> None:
    before = set(threading.enumerate())
    made: list[Recorder] = []

    class Second(Recorder):
        def open(self) -> None:
            raise OSError("no room")

    def worker() -> Recorder:
        made.append(Second() if made else Recorder())
        return made[-1]

    lane: Lane[Any] = Lane("test", worker, closed=ClosedError, threads=2)
    with pytest.raises(OSError, match="no room"):
        await lane.start()
    assert made[0].closed == 1
    assert set(threading.enumerate()) == before


async def test_a_worker_that_cannot_close_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Stuck(Recorder):
        def close(self) -> None:
            raise OSError("stuck")

    lane = await lane_of(Stuck())
    await lane.close()
    assert "could not close" in caplog.text


def test_a_loop_that_has_been_closed_harms_no_thread() -> None:
    go = threading.Event()
    worker = Recorder(go)

    async def leave_in_a_hurry() -> None:
        lane = await lane_of(worker)
        waiting = [await held(worker, lane), *await begun(lane.close())]
        for one in waiting:
            one.cancel()
        await asyncio.wait(waiting)

    asyncio.run(leave_in_a_hurry())
    (thread,) = [thread for thread in threading.enumerate() if thread.name == "test-1"]
    go.set()
    thread.join(10)
    assert not thread.is_alive()
    assert worker.closed == 1
