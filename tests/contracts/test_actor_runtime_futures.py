"""Futures of the actor runtime: awaited without blocking, from any loop and any thread."""

import asyncio
import contextlib
import gc
import queue
import selectors
import threading
import types
import weakref
from collections.abc import Callable, Generator
from typing import Any

import pykka
import pytest
from pykka import ActorRegistry

from actors.runtime import LoopFuture, WouldBlockError
from tests.contracts.actor_runtime_kit import (
    PATIENCE,
    Doer,
    a_loop,
    leaves_nothing_behind,
    nothing,
    one_pass,
    passes,
    value_of,
)
from tests.support import eventually

__all__ = ["leaves_nothing_behind"]
pytestmark = pytest.mark.timeout(30)


# --- blocking is refused on a loop


async def test_a_blocking_ask_on_the_loop_is_refused() -> None:
    ref = Doer.start()
    with pytest.raises(WouldBlockError, match="await"):
        ref.ask(nothing)
    with pytest.raises(WouldBlockError):
        ref.ask(nothing, timeout=0.001)


async def test_setting_an_attribute_through_a_proxy_on_the_loop_is_refused() -> None:
    proxy = Doer.start().proxy()
    with pytest.raises(WouldBlockError):
        proxy.colour = "red"


async def test_a_blocking_stop_and_stop_all_on_the_loop_are_refused() -> None:
    ref = Doer.start()
    with pytest.raises(WouldBlockError):
        ActorRegistry.stop_all()
    with pytest.raises(WouldBlockError):
        ref.stop()


async def test_get_on_a_loop_is_refused_also_when_it_would_not_have_to_wait() -> None:
    future = LoopFuture[int]()
    future.set(1)
    with pytest.raises(WouldBlockError):
        future.get()


async def test_a_poll_on_the_loop_is_allowed() -> None:
    future = LoopFuture[int]()
    mapped = future.map(str)
    for unsettled in (future, mapped):
        with pytest.raises(pykka.Timeout):
            unsettled.get(timeout=0)
    future.set(1)
    assert future.get(timeout=0) == 1
    assert mapped.get(timeout=0) == "1"


# --- waiting


async def test_yield_from_an_unsettled_future_waits_without_blocking() -> None:
    future = LoopFuture[str]()

    @types.coroutine
    def old_style() -> Generator[Any, None, str]:
        return (yield from future)

    waiting = asyncio.create_task(_as_coroutine(old_style()))
    await passes(5)
    future.set("there")
    assert await waiting == "there"


async def _as_coroutine(awaitable: Any) -> Any:
    return await awaitable


@pytest.mark.parametrize(
    ("make", "value"),
    [
        (lambda both: both.map(sum), 5),
        (lambda both: both.filter(lambda number: number % 2 == 0), [2]),
        (lambda both: both.reduce(lambda one, other: one * other, 10), 60),
    ],
    ids=["map", "filter", "reduce"],
)
@pytest.mark.parametrize("other", [LoopFuture, pykka.ThreadingFuture], ids=["ours", "stock"])
async def test_a_future_made_from_others_waits_without_blocking(
    make: Callable[[pykka.Future[Any]], pykka.Future[Any]], value: Any, other: type[pykka.Future[int]]
) -> None:
    one, two = LoopFuture[int](), other()
    waiting = asyncio.create_task(_as_coroutine(make(one.join(two))))
    await passes(20)  # nobody settles them before this is over: what blocks the loop blocks it for ever
    one.set(2)
    await passes(20)
    assert not waiting.done()
    await asyncio.to_thread(two.set, 3)
    assert await waiting == value


async def test_the_future_of_a_stop_waits_without_blocking() -> None:
    gate = LoopFuture[None]()
    ref = Doer.start()
    ref.tell(lambda _: value_of(gate))
    stopped = asyncio.create_task(_as_coroutine(ref.stop(block=False)))
    await passes(20)
    assert ref.is_alive()
    gate.set()
    assert await stopped is True
    assert await ref.stop(block=False) is False


async def test_a_waiter_is_woken_from_another_thread_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    selector: selectors.BaseSelector = vars(loop)["_selector"]
    future = LoopFuture[str]()
    idle = threading.Event()
    select = selector.select

    def tell_and_select(timeout: float | None = None) -> Any:
        if timeout is None or timeout > 1:
            idle.set()
        return select(timeout)

    def settle() -> bool:
        found_idle = idle.wait(PATIENCE)
        future.set("now")
        return found_idle

    helper = threading.Thread(target=settle)
    monkeypatch.setattr(selector, "select", tell_and_select)
    began = loop.time()
    async with asyncio.timeout(PATIENCE):  # the next timer, which would wake the loop, too
        helper.start()
        assert await future == "now"
    assert loop.time() - began < PATIENCE / 2
    helper.join()


async def test_waiters_that_give_up_are_forgotten() -> None:
    future = LoopFuture[int]()
    for _ in range(5):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await future
    waiting = asyncio.create_task(value_of(future))
    await asyncio.sleep(0)
    assert future.waiters == 1
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    with pytest.raises(pykka.Timeout):
        await asyncio.to_thread(future.get, timeout=0.001)
    assert future.waiters == 0


async def test_who_gives_up_may_come_back_for_the_answer() -> None:
    gate = LoopFuture[str]()
    ref = Doer.start()
    answer = ref.ask(lambda _: value_of(gate), block=False)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await answer
    gate.set("after all")
    assert await answer == "after all"


def test_a_waiter_on_a_closed_loop_keeps_nobody_asleep() -> None:
    future = LoopFuture[str]()
    with a_loop() as closed, a_loop() as open_:
        closed.set_exception_handler(lambda *_: None)  # it complains that its waiter never ended
        left = closed.create_task(value_of(future))
        one_pass(closed)
        waiting = open_.create_task(value_of(future))
        one_pass(open_)
        assert future.waiters == 2
        closed.close()
        future.set("for the others")
        assert open_.run_until_complete(waiting) == "for the others"
        assert not left.done()


def test_a_future_is_awaited_on_one_loop_after_the_other() -> None:
    future = LoopFuture[int]()
    mapped = future.map(lambda number: number + 1)
    future.set(1)
    for _ in range(2):
        with a_loop() as loop:
            assert loop.run_until_complete(value_of(future)) == 1
            assert loop.run_until_complete(_as_coroutine(mapped)) == 2


async def test_many_wait_on_one_loop_and_in_threads_and_all_are_woken() -> None:
    future = LoopFuture[int]()
    here = [asyncio.create_task(value_of(future)) for _ in range(10)]
    there = [asyncio.create_task(asyncio.to_thread(future.get, timeout=PATIENCE)) for _ in range(3)]

    def all_wait() -> None:
        assert future.waiters == 13

    await eventually(all_wait)
    await asyncio.to_thread(future.set, 7)
    assert await asyncio.gather(*here, *there) == [7] * 13


# --- hooks


async def test_a_function_of_a_future_runs_once_for_all_who_wait() -> None:
    future, calls = LoopFuture[int](), []
    mapped = future.map(lambda number: calls.append(number) or "mapped")  # type: ignore[func-returns-value]
    here = [asyncio.create_task(_as_coroutine(mapped)) for _ in range(3)]
    there = [asyncio.create_task(asyncio.to_thread(mapped.get, timeout=PATIENCE)) for _ in range(2)]
    await passes(5)
    assert calls == []
    future.set(1)
    assert await asyncio.gather(*here, *there) == ["mapped"] * 5
    assert calls == [1]


async def test_a_hook_runs_once_for_all_who_await_and_off_the_loop() -> None:
    ran_on = []

    def hook(_: float | None) -> str:
        ran_on.append(threading.get_ident())
        return "by hook"

    future = LoopFuture[str]()
    future.set_get_hook(hook)
    assert await asyncio.gather(*(value_of(future) for _ in range(5))) == ["by hook"] * 5
    assert len(ran_on) == 1
    assert ran_on != [threading.get_ident()]


async def test_a_hook_that_nobody_waits_for_any_more_gives_its_thread_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("actors.runtime.loop_future.SLICE", 0.001)
    never, tried = pykka.ThreadingFuture[int](), threading.Event()

    def hook(timeout: float | None) -> int:
        tried.set()
        return int(never.get(timeout=timeout))

    future = LoopFuture[int]()
    future.set_get_hook(hook)
    waiting = asyncio.create_task(value_of(future))
    assert await asyncio.to_thread(tried.wait, PATIENCE)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.get_running_loop().shutdown_default_executor()  # would wait for a thread that goes on
    never.set(3)
    assert future.get(timeout=0) == 3


@pytest.mark.parametrize("wait", ["on the loop", "in a thread"])
async def test_what_a_mapped_function_raises_is_the_outcome(wait: str) -> None:
    future, calls = LoopFuture[int](), []

    def refuse(number: int) -> None:
        calls.append(number)
        raise LookupError("no such number")

    mapped = future.map(refuse)
    future.set(1)
    for _ in range(2):
        with pytest.raises(LookupError, match="no such number"):
            await (_as_coroutine(mapped) if wait == "on the loop" else asyncio.to_thread(mapped.get))
    assert calls == [1]


# --- outcomes


def test_a_future_is_settled_once() -> None:
    future = LoopFuture[int]()
    with pytest.raises(ValueError, match="no exception"):
        future.set_exception()
    future.set(1)
    with pytest.raises(queue.Full):
        future.set(2)
    with pytest.raises(queue.Full):
        future.set_get_hook(lambda _: 2)
    assert future.get() == 1


async def test_an_exception_is_the_same_object_each_time_and_does_not_grow() -> None:
    future = LoopFuture[None]()
    raised = LookupError("once")
    future.set_exception((LookupError, raised, None))
    depths = []
    for _ in range(3):
        with pytest.raises(LookupError) as caught:
            await future
        assert caught.value is raised
        depths.append(len(caught.traceback))
    assert len(set(depths)) == 1


@pytest.mark.parametrize("on", ["the loop", "a thread"])
async def test_an_exception_does_not_keep_its_future(on: str) -> None:
    futures = []

    def failed() -> LoopFuture[None]:
        future = LoopFuture[None]()
        future.set_exception((LookupError, LookupError("gone"), None))
        futures.append(weakref.ref(future))
        return future

    gc.collect()
    gc.disable()
    try:
        with contextlib.suppress(LookupError):
            await (failed() if on == "the loop" else asyncio.to_thread(lambda: failed().get()))
        assert [future() for future in futures] == [None]
    finally:
        gc.enable()
