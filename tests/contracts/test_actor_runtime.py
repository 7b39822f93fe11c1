"""Mailboxes and turns of loop actors: what Pykka's own suite does not see."""

import asyncio
import contextvars
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from pykka import ActorRegistry

from actors.runtime import MESSAGES_PER_TURN, LoopActor, LoopFuture, loop_actor, stop_and_wait
from tests.contracts.actor_runtime_kit import (
    PATIENCE,
    Doer,
    leaves_nothing_behind,
    nothing,
    passes,
    value_of,
)

__all__ = ["leaves_nothing_behind"]
pytestmark = pytest.mark.timeout(30)

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="nobody's")


# --- context


@pytest.mark.parametrize("kind", ["plain", "coroutine"])
async def test_an_actor_sees_the_context_of_its_start_and_none_of_its_senders(kind: str) -> None:
    seen = []

    async def later(_: Doer) -> None:
        await asyncio.sleep(0)
        seen.append(request_id.get())

    def look(actor: Doer) -> Any:
        seen.append(request_id.get())
        return later(actor) if kind == "coroutine" else None

    async def start() -> Any:
        request_id.set("the starter's")
        return Doer.start()

    async def send(number: int) -> None:
        request_id.set(f"number {number}'s")
        if number % 2:
            ref.tell(look)
        await ref.ask(look, block=False)
        assert request_id.get() == f"number {number}'s"

    ref = await asyncio.create_task(start())
    for number in range(5):
        await asyncio.create_task(send(number))
    assert len(seen) >= 7
    assert set(seen) == {"the starter's"}


# --- turns


async def test_a_flooded_actor_handles_all_in_order_and_answers_who_asks_behind() -> None:
    handled: list[int] = []
    ref = Doer.start()
    for number in range(1000):
        ref.tell(lambda _, number=number: handled.append(number))
    assert await ref.ask(lambda _: len(handled), block=False) == 1000
    assert handled == list(range(1000))


async def test_a_flooded_actor_lets_others_have_their_share_of_the_loop() -> None:
    ref = Doer.start()
    await ref.ask(nothing, block=False)
    for _ in range(1000):
        ref.tell(nothing)
    answer = ref.ask(lambda _: "at last", block=False)
    waiting, shares = asyncio.create_task(value_of(LoopFuture.of(answer))), 0
    while not waiting.done():
        await passes(1)
        shares += 1
    assert waiting.result() == "at last"
    assert shares >= 25  # a turn handles some 32


async def test_an_actor_whose_messages_take_long_lets_others_have_theirs_after_few_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loop_actor, "SECONDS_PER_TURN", 0.0)  # so every message takes too long
    ref = Doer.start()
    await ref.ask(nothing, block=False)
    for _ in range(20):
        ref.tell(nothing)
    answer = ref.ask(lambda _: "at last", block=False)
    waiting, shares = asyncio.create_task(value_of(LoopFuture.of(answer))), 0
    while not waiting.done():
        await passes(1)
        shares += 1
    assert waiting.result() == "at last"
    assert shares >= 20


async def test_what_is_sent_while_a_turn_goes_on_is_handled_too() -> None:
    ref = Doer.start()
    answers: list[Any] = []
    # The message of a turn's last place, and one of the middle, each send another one.
    for place in range(MESSAGES_PER_TURN):
        if place in (7, MESSAGES_PER_TURN - 1):
            ref.tell(
                lambda actor: answers.append(actor.actor_ref.ask(lambda _: "sent in a turn", block=False))
            )
        else:
            ref.tell(nothing)
    await ref.ask(nothing, block=False)
    assert [await answer for answer in answers] == ["sent in a turn"] * 2


async def test_messages_before_the_first_turn_wait_for_on_start_and_keep_their_order() -> None:
    order: list[Any] = []

    class Starting(LoopActor):
        def on_start(self) -> None:
            order.append("on_start")
            self.actor_ref.tell("from on_start")

        def on_receive(self, message: Any) -> None:
            order.append(message)

    ref = Starting.start()
    ref.tell(1)
    ref.tell(2)
    assert order == []  # start() returns at once
    await ref.ask(3, block=False)
    await ref.ask(4, block=False)
    assert order == ["on_start", 1, 2, 3, "from on_start", 4]


async def test_an_actor_that_stops_itself_in_on_start_handles_no_message() -> None:
    handled = []

    class Leaving(LoopActor):
        def on_start(self) -> None:
            self.stop()

        def on_receive(self, message: Any) -> None:
            handled.append(message)

    ref = Leaving.start()
    ref.tell("never")
    assert await stop_and_wait(ref)
    assert not ref.is_alive()
    assert handled == []


async def test_the_order_of_each_of_four_threads_is_kept() -> None:
    handled: dict[int, list[int]] = {sender: [] for sender in range(4)}
    ref = Doer.start()

    def send(sender: int) -> None:
        for number in range(2000):
            ref.tell(lambda _, number=number: handled[sender].append(number))

    await asyncio.gather(*(asyncio.to_thread(send, sender) for sender in range(4)))
    await ref.ask(nothing, block=False)
    assert all(numbers == list(range(2000)) for numbers in handled.values())


async def test_a_thread_asks_and_blocks_only_itself() -> None:
    ref = Doer.start()
    loop_thread = threading.get_ident()

    async def answer(_: Doer) -> int:
        await passes(10)  # the loop goes on while the thread waits
        return threading.get_ident()

    assert await asyncio.to_thread(ref.ask, answer, timeout=PATIENCE) == loop_thread


# --- coroutine handlers


async def test_coroutine_handlers_of_one_actor_run_strictly_one_after_the_other() -> None:
    log: list[str] = []

    async def step_by_step(_: Doer) -> int:
        log.append("in")
        for _pass in range(3):
            await asyncio.sleep(0)
        log.append("out")
        return len(log)

    ref = Doer.start()
    asked = [ref.ask(step_by_step, block=False) for _ in range(3)]
    assert [await answer for answer in asked] == [2, 4, 6]
    assert log == ["in", "out"] * 3


async def test_a_coroutine_handler_suspends_its_own_mailbox_and_nobody_elses() -> None:
    gate = LoopFuture[str]()

    async def wait(_: Doer) -> str:
        return await gate

    busy, other = Doer.start(), Doer.start()
    waiting = busy.ask(wait, block=False)
    behind = busy.ask(lambda _: "behind", block=False)
    for _ in range(3):
        busy.tell(nothing)
        assert await other.ask(lambda _: "at once", block=False) == "at once"
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await behind
    gate.set("open")
    assert await waiting == "open"
    assert await behind == "behind"


async def test_a_coroutine_handler_may_set_limits_and_knows_its_asyncio_task() -> None:
    async def limited(_: Doer) -> str:
        task = asyncio.current_task()
        assert task is not None
        try:
            async with asyncio.timeout(0):
                await asyncio.Event().wait()
        except TimeoutError:
            return task.get_name()
        return "no limit"

    ref = Doer.start()
    assert await ref.ask(limited, block=False) == "Doer handles function"


async def test_a_coroutine_handler_cancelled_before_its_first_step_answers_and_frees_the_mailbox() -> None:
    begun = []

    async def never(_: Doer) -> None:
        begun.append("begun")

    async def cancel_it() -> None:
        # One pass for the turn; the handler's first step would come in the next.
        await asyncio.sleep(0)
        (task,) = (task for task in asyncio.all_tasks() if task.get_name() == "Doer handles function")
        task.cancel()

    ref = Doer.start()
    await ref.ask(nothing, block=False)
    answer = ref.ask(never, block=False)
    await cancel_it()
    with pytest.raises(Exception, match="cancelled"):
        await answer
    assert begun == []
    assert await ref.ask(lambda _: "goes on", block=False) == "goes on"


async def test_a_generator_is_an_answer_and_not_a_handler() -> None:
    def numbers() -> Iterator[int]:
        yield from (1, 2)

    ref = Doer.start()
    assert list(await ref.ask(lambda _: numbers(), block=False)) == [1, 2]


# --- starting


async def test_an_actor_that_is_not_to_be_listed_is_not() -> None:
    class Quiet(Doer):
        listed = False

    ref = Quiet.start()
    assert ActorRegistry.get_all() == []
    assert await ref.ask(lambda _: "here all the same", block=False) == "here all the same"
    assert await stop_and_wait(ref)
    assert not await stop_and_wait(ref)


@pytest.mark.parametrize("hook", ["on_start", "on_stop", "on_failure"])
def test_a_hook_that_nobody_would_await_is_refused_with_its_class(hook: str) -> None:
    async def awaited(*_: Any) -> None: ...

    with pytest.raises(TypeError, match=hook):
        type("Odd", (LoopActor,), {hook: awaited})
