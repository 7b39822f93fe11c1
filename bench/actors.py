"""Actors: what it takes to start one, to ask it, to tell it something, and to stop it.

The limit is a bare coroutine call through the loop: an `asyncio.Task` made for a coroutine that returns at
once, and awaited. Nothing can wait for something else on a loop for less. What an actor adds is a mailbox,
messages handled one after the other, a context of its own, and failures that are told. There is no health of
the loop: the benchmark itself holds it, with thousands of calls in a row.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from pykka.messages import _ActorStop

from actors.runtime import LoopActor
from bench.lines import Line, Plan

TITLE: Final = "### Actors"
ACTORS: Final = 10_000
_STOP: Final = _ActorStop()
KNOWN: Final = {
    "start": "20 to 36 µs",
    "ask, one at a time": "15 to 34 µs",
    "ask, many under way": "5 to 10 µs",
    "ask, one of each actor": "",
    "tell": "1.4 to 2.6 µs",
    "stop": "20 to 26 µs",
}
"""What the runtime took when it was designed, on an idle machine with two processors. Many asks under way are
of one actor here, which takes some at each turn; where each is of another, each has a turn of its own.
"""


class Echo(LoopActor):
    """Answers with what it is sent; not listed, like a TaskActor."""

    listed = False

    def on_receive(self, message: Any) -> Any:
        return message


async def measure(plan: Plan) -> list[Line]:
    """A line for each of the four, and for asks that do not wait for each other, of one actor and of many."""
    number = 10 if plan.quick else ACTORS
    lines = {
        name: Line(
            name=name,
            unit="s",
            limit_name="a coroutine through the loop",
            note=f"designed for {known}" if known else "",
        )
        for name, known in KNOWN.items()
    }
    for _ in range(plan.rounds):
        limit = await _coroutines(number)
        for name, seconds in (await _actors(number)).items():
            lines[name].add(seconds / number, limit / number)
    return list(lines.values())


async def _actors(number: int) -> dict[str, float]:
    """Seconds for so many of each."""
    took = {}
    began = time.perf_counter()
    refs = [Echo.start() for _ in range(number)]
    await refs[-1].ask(None, block=False)  # now every one of them has had its first turn
    took["start"] = time.perf_counter() - began
    one = refs[0]

    async def ask_in_turn() -> None:
        for _ in range(number):
            await one.ask(None, block=False)

    async def ask_at_once() -> None:
        asked = [one.ask(None, block=False) for _ in range(number)]
        for answer in asked:
            await answer

    async def ask_each() -> None:
        asked = [ref.ask(None, block=False) for ref in refs]
        for answer in asked:
            await answer

    async def tell() -> None:
        for _ in range(number):
            one.tell(None)
        await one.ask(None, block=False)

    async def stop() -> None:
        for ref in refs[:-1]:
            ref.tell(_STOP)
        await refs[-1].ask(_STOP, block=False)

    took["ask, one at a time"] = await _timed(ask_in_turn)
    took["ask, many under way"] = await _timed(ask_at_once)
    took["ask, one of each actor"] = await _timed(ask_each)
    took["tell"] = await _timed(tell)
    took["stop"] = await _timed(stop)
    return took


async def _coroutines(number: int) -> float:
    async def echo() -> None:
        return None

    async def call() -> None:
        for _ in range(number):
            await asyncio.create_task(echo())

    return await _timed(call)


async def _timed(work: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began
