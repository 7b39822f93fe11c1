"""How loop actors end: by a stop, by a failure, with their loop; and what they leave behind."""

import asyncio
import gc
import logging
import weakref
from collections.abc import Callable
from typing import Any

import pykka
import pytest
from pykka import ActorDeadError, ActorRegistry
from pykka._envelope import Envelope
from pykka.messages import _ActorStop

from actors.runtime import (
    MESSAGES_PER_TURN,
    ActorNotStartedError,
    HandlerCancelledError,
    LoopFuture,
    stop_all_listed,
    stop_and_wait,
)
from tests.contracts.actor_runtime_kit import (
    PATIENCE,
    Doer,
    a_loop,
    kind_of_doer,
    leaves_nothing_behind,
    nothing,
    one_pass,
    passes,
    value_of,
)
from tests.support import eventually

__all__ = ["leaves_nothing_behind"]
pytestmark = pytest.mark.timeout(30)


# --- stopping


async def test_what_slips_past_is_alive_is_refused() -> None:
    ref = Doer.start()
    await stop_and_wait(ref)
    late, again = LoopFuture[Any](), LoopFuture[Any]()
    ref.actor_inbox.put(Envelope(nothing, reply_to=late))
    ref.actor_inbox.put(Envelope(_ActorStop(), reply_to=again))
    ref.actor_inbox.put(Envelope(_ActorStop()))
    with pytest.raises(ActorDeadError, match=r"^Doer \(urn:uuid:.* stopped before handling the message$"):
        await late
    assert await again is None
    with pytest.raises(ActorDeadError):
        ref.actor_inbox.put(Envelope(nothing))


async def test_what_waits_behind_a_stop_is_refused() -> None:
    ref = Doer.start()
    before = ref.ask(lambda _: "before", block=False)
    stopped = asyncio.create_task(stop_and_wait(ref))
    await passes(1)
    behind = ref.ask(nothing, block=False)
    assert await before == "before"
    assert await stopped is True
    with pytest.raises(ActorDeadError):
        await behind
    assert await stop_and_wait(ref) is False


async def test_a_hundred_stops_strand_none_of_four_threads_that_ask() -> None:
    asked = asyncio.Event()
    refs = [Doer.start() for _ in range(100)]

    def note(_: Doer) -> None:
        asked.set()

    def ask_each_until_it_is_dead() -> int:
        answers = 0
        for ref in refs:
            try:
                while True:
                    ref.ask(note, timeout=PATIENCE)  # Timeout: this one was stranded
                    answers += 1
            except ActorDeadError:
                continue
        return answers

    threads = [asyncio.create_task(asyncio.to_thread(ask_each_until_it_is_dead)) for _ in range(4)]
    for ref in refs:
        asked.clear()
        await asked.wait()
        assert await stop_and_wait(ref)
    assert sum(await asyncio.gather(*threads)) >= 100


async def test_all_listed_stop_the_newest_first_and_what_is_left_over_is_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stopped: list[Any] = []

    class Noting(Doer):
        def on_stop(self) -> None:
            stopped.append(self.actor_ref)

    gate = LoopFuture[None]()
    first, stuck, last = (Noting.start() for _ in range(3))
    stuck.tell(lambda _: value_of(gate))
    assert await stop_all_listed(0.05) == [stuck]
    assert stopped == [last, first]
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        f"{stuck} did not stop within 0.05 s; the others are stopped without waiting for it"
    ]
    gate.set()  # and it heeds the request all the same
    await eventually(lambda: _all_dead([stuck]))


def _all_dead(refs: list[pykka.ActorRef[Any]]) -> None:
    assert [ref for ref in refs if ref.is_alive()] == []


# --- failures


async def test_a_failure_goes_to_the_asker_and_the_actor_lives() -> None:
    def fail(_: Doer) -> None:
        raise LookupError("asked for")

    async def fail_later(_: Doer) -> None:
        await asyncio.sleep(0)
        raise LookupError("asked for later")

    ref = Doer.start()
    for handler in (fail, fail_later):
        with pytest.raises(LookupError, match="asked for"):
            await ref.ask(handler, block=False)
    assert await ref.ask(lambda _: "alive", block=False) == "alive"


async def test_a_failure_that_nobody_asked_for_kills_the_actor() -> None:
    class Dying(Doer):
        def __init__(self) -> None:
            super().__init__()
            self.calls: list[Any] = calls

        def on_stop(self) -> None:
            self.calls.append("on_stop")

        def on_failure(self, *failure: Any) -> None:
            self.calls.append(str(failure[1]))

    def fail(_: Doer) -> None:
        raise LookupError("plain")

    async def fail_later(_: Doer) -> None:
        await asyncio.sleep(0)
        raise LookupError("coroutine")

    calls: list[Any] = []
    for handler in (fail, fail_later):
        ref = Dying.start()
        ref.tell(handler)
        behind = ref.ask(nothing, block=False)
        with pytest.raises(ActorDeadError):
            await behind
        assert not ref.is_alive()
    assert calls == ["plain", "coroutine"]


async def _exit_later(_: Doer) -> None:
    await asyncio.sleep(0)
    raise SystemExit("later")


def _exit(_: Doer) -> None:
    raise SystemExit("at once")


class Fatal(BaseException):
    """Neither an exit nor an Exception."""


async def _fatal_later(_: Doer) -> None:
    await asyncio.sleep(0)
    raise Fatal


@pytest.mark.parametrize("handler", [_exit, _exit_later, _fatal_later])
@pytest.mark.parametrize("how", ["asked", "told"])
async def test_an_exit_stops_this_actor_and_all_others(handler: Callable[[Doer], Any], how: str) -> None:
    refs = [Doer.start() for _ in range(5)]
    if how == "told":
        refs[2].tell(handler)
    else:
        with pytest.raises(ActorDeadError, match="was stopped by"):
            await refs[2].ask(handler, block=False)
    await eventually(lambda: _all_dead(refs))
    assert ActorRegistry.get_all() == []


async def _wait_for_what_is_cancelled(_: Doer) -> None:
    child = asyncio.create_task(asyncio.Event().wait())
    child.cancel()
    await child


def _look_at_what_is_cancelled(_: Doer) -> None:
    cancelled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    cancelled.cancel()
    cancelled.result()


@pytest.mark.parametrize("handler", [_look_at_what_is_cancelled, _wait_for_what_is_cancelled])
async def test_a_cancellation_inside_a_handler_is_a_failure_like_others(
    handler: Callable[[Doer], Any],
) -> None:
    refs = [Doer.start() for _ in range(4)]
    with pytest.raises(HandlerCancelledError) as caught:
        await refs[0].ask(handler, block=False)
    assert isinstance(caught.value, Exception)
    for ref in refs:
        assert await ref.ask(lambda _: "alive", block=False) == "alive"
    refs[0].tell(handler)
    await eventually(lambda: _all_dead(refs[:1]))
    for ref in refs[1:]:
        assert await ref.ask(lambda _: "alive", block=False) == "alive"


@pytest.mark.parametrize("hook", ["on_start", "on_stop", "on_failure"])
@pytest.mark.parametrize("error", [asyncio.CancelledError, LookupError])
async def test_a_hook_that_fails_or_is_cancelled_ends_this_actor_and_no_other(
    hook: str, error: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise error

    other = Doer.start()
    ref = kind_of_doer(**{hook: fail}).start()
    if hook == "on_failure":
        ref.tell(lambda _: [].pop())
    elif hook == "on_stop":
        assert await stop_and_wait(ref)
    await eventually(lambda: _all_dead([ref]))
    with pytest.raises(ActorDeadError):
        await ref.ask(nothing, block=False)
    assert f"Unhandled exception in {ref}:" in [record.getMessage() for record in caplog.records]
    assert await other.ask(lambda _: "alive", block=False) == "alive"


# --- loops that are not there


def test_an_actor_that_finds_no_loop_is_not_left_in_the_list() -> None:
    made: list[Doer] = []
    answers: list[pykka.Future[Any]] = []

    class Eager(Doer):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)
            answers.append(self.actor_ref.ask(nothing, block=False))

    with pytest.raises(ActorNotStartedError, match="no running event loop"):
        Eager.start()
    assert ActorRegistry.get_all() == []
    assert not made[0].actor_ref.is_alive()
    with pytest.raises(ActorDeadError):
        answers[0].get(timeout=0)


def test_an_actor_whose_loop_is_closed_is_not_left_in_the_list() -> None:
    with a_loop() as loop:
        stale = kind_of_doer(loop=loop)
    with pytest.raises(ActorNotStartedError, match="closed"):
        stale.start()
    assert ActorRegistry.get_all() == []


@pytest.mark.parametrize("due", [True, False], ids=["a turn is due", "no turn is due"])
def test_an_actor_is_dead_once_its_loop_has_closed(due: bool) -> None:
    with a_loop() as loop:
        refs = [kind_of_doer(loop=loop).start() for _ in range(2)]
        one_pass(loop)
        if due:
            for ref in refs:
                ref.tell(nothing)
    with pytest.raises(ActorDeadError, match="its loop has closed"):
        refs[0].tell(nothing)
    answer = refs[1].ask(nothing, block=False)
    with pytest.raises(ActorDeadError):
        answer.get(timeout=0)
    assert not refs[0].is_alive()
    assert ActorRegistry.get_all() == []


def test_a_request_to_stop_is_no_error_once_the_loop_has_closed() -> None:
    with a_loop() as loop:
        ref = kind_of_doer(loop=loop).start()
        one_pass(loop)
    assert ref.stop() is True
    assert ref.stop() is False


# --- what is left of them


@pytest.mark.parametrize("ahead", [0, MESSAGES_PER_TURN - 1], ids=["first in its turn", "last in its turn"])
async def test_a_stopped_actor_is_collected_though_its_ref_is_held(ahead: int) -> None:
    ref = Doer.start()
    await ref.ask(nothing, block=False)
    for _ in range(ahead):
        ref.tell(nothing)
    assert await stop_and_wait(ref)
    await passes(3)
    gc.collect()
    assert ref._actor_weakref() is None
    with pytest.raises(ActorDeadError):
        ref.tell(nothing)


async def test_an_idle_actor_lives_on_its_ref_alone() -> None:
    class Quiet(Doer):
        listed = False

    ref: pykka.ActorRef[Quiet] | None = Quiet.start()
    assert ref is not None
    actor: weakref.ref[Quiet] = ref._actor_weakref
    await ref.ask(nothing, block=False)
    gc.collect()
    assert await ref.ask(lambda _: "still here", block=False) == "still here"
    ref = None
    await passes(3)
    gc.collect()
    assert actor() is None


async def test_a_handler_that_nobody_else_holds_goes_on() -> None:
    class Quiet(Doer):
        listed = False

    gate, ended = LoopFuture[None](), asyncio.Event()

    async def wait(_: Doer) -> None:
        await gate
        ended.set()

    Quiet.start().tell(wait)
    await passes(3)
    gc.collect()
    gate.set()
    async with asyncio.timeout(PATIENCE):
        await ended.wait()
