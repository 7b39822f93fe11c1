"""Living on one loop with actors: child work, watchdogs, listings, proxies, and a web server beside them."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any, assert_type, cast

import pykka
import pytest
import tornado.httpserver
import tornado.netutil
import tornado.web
from pykka import ActorDeadError
from pykka.typing import ActorMemberMixin

from actors.runtime import (
    LoopActor,
    LoopFuture,
    Watchdog,
    describe_actors,
    proxy_coroutine,
    stop_and_wait,
)
from tests.contracts.actor_runtime_kit import (
    PATIENCE,
    Doer,
    leaves_nothing_behind,
    nothing,
    passes,
    value_of,
)
from tests.support import eventually

__all__ = ["leaves_nothing_behind"]
pytestmark = pytest.mark.timeout(30)

RUNTIME_LOG = "taskmon.runtime"


def spin(seconds: float) -> None:
    """Hold the loop for so long, as slow code does."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end:
        pass


# --- child work


class Parent(LoopActor):
    """Runs one child at a time, and knows how it ended only from the message that says so."""

    def __init__(self) -> None:
        super().__init__()
        self.child: asyncio.Task[str] | None = None
        self.ends: list[str] = []

    def child_work(self) -> Iterable[asyncio.Task[Any]]:
        return () if self.child is None else (self.child,)

    def about(self) -> str:
        return "the parent of one"

    def on_receive(self, message: Any) -> Any:
        match message:
            case ("work", work):
                self.child = asyncio.create_task(work, name="the child")
                self.child.add_done_callback(self.report)
            case "cancel":
                assert self.child is not None
                self.child.cancel()
            case ("ended", how):
                self.child = None
                self.ends.append(how)
            case "ends":
                return list(self.ends)
        return None

    def report(self, child: asyncio.Task[str]) -> None:
        self.actor_ref.tell(("ended", "cancelled" if child.cancelled() else child.result()))


async def test_child_work_reports_back_while_its_actor_goes_on() -> None:
    gate = LoopFuture[str]()
    ref = Parent.start()
    ref.tell(("work", value_of(gate)))
    assert await ref.ask("ends", block=False) == []
    gate.set("done")
    await passes(5)
    assert await ref.ask("ends", block=False) == ["done"]


@pytest.mark.parametrize("steps", [0, 3], ids=["before its first step", "under way"])
async def test_child_work_can_be_cancelled_and_says_so(steps: int) -> None:
    never = LoopFuture[str]()

    async def work() -> str:
        return await never

    ref = Parent.start()
    await ref.ask(nothing, block=False)
    ref.tell(("work", work()))
    if steps:
        await passes(steps)
    ref.tell("cancel")  # with no pass between, in the turn that starts the child
    await passes(5)
    assert await ref.ask("ends", block=False) == ["cancelled"]
    assert never.waiters == 0


# --- slow turns and stuck loops


async def test_a_slow_handler_is_named(caplog: pytest.LogCaptureFixture) -> None:
    async def slow_step(_: Doer) -> None:
        await asyncio.sleep(0)
        spin(0.06)

    class Handler(LoopActor):
        def on_start(self) -> None:
            spin(0.06)

        def on_receive(self, message: Any) -> Any:
            if isinstance(message, int):
                spin(0.06)
            return slow_step(cast("Doer", self)) if isinstance(message, str) else None

        def paint(self) -> None:
            spin(0.06)

    caplog.set_level(logging.WARNING, RUNTIME_LOG)
    ref = Handler.start()
    await ref.ask(1, block=False)
    await ref.ask("a word", block=False)
    await ref.proxy().paint()
    texts = [record.getMessage() for record in caplog.records if record.name == RUNTIME_LOG]
    for name in ("on_start", "int", "str", "paint"):
        (text,) = (text for text in texts if f"ms with {name}:" in text)
        assert text.startswith("Handler held the loop for ")
        assert int(text.split()[5]) >= 60


async def test_a_handler_that_is_not_slow_is_not_named(caplog: pytest.LogCaptureFixture) -> None:
    class Patient(Doer):
        slow_after = 5.0

    ref = Patient.start()
    await ref.ask(lambda _: spin(0.06), block=False)
    assert [record for record in caplog.records if record.name == RUNTIME_LOG] == []


async def test_the_watchdog_says_where_the_loop_is_while_it_is_stuck() -> None:
    stacks: list[str] = []
    said = threading.Event()

    class Catch(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            stacks.append(record.getMessage())
            said.set()

    def get_stuck_in_here(_: Doer) -> bool:
        return said.wait(PATIENCE)  # until the watchdog has spoken

    class Unhurried(Doer):
        slow_after = 1000.0

    catch = Catch()
    log = logging.getLogger(RUNTIME_LOG)
    watchdog = Watchdog(interval=0.01, limit=0.05)
    ref = Unhurried.start()
    log.addHandler(catch)
    watchdog.start()
    try:
        with pytest.raises(RuntimeError, match="already"):
            watchdog.start()
        assert await ref.ask(get_stuck_in_here, block=False)

        def the_beat_came() -> None:
            assert watchdog.longest_lateness >= 0.05

        await eventually(the_beat_came)
    finally:
        watchdog.stop()
        watchdog.stop()
        log.removeHandler(catch)
    assert "get_stuck_in_here" in stacks[0]
    assert watchdog.longest_turn > 0.05
    watchdog.begin_anew()
    assert watchdog.longest_turn == watchdog.longest_lateness == 0.0


async def _spin_later(_: Doer) -> None:
    await asyncio.sleep(0)
    spin(0.02)


@pytest.mark.parametrize("handler", [lambda _: spin(0.02), _spin_later], ids=["plain", "coroutine"])
async def test_readings_are_of_what_the_actors_of_this_loop_did(handler: Callable[[Doer], Any]) -> None:
    watchdog = Watchdog()
    watchdog.start()
    try:
        ref = Doer.start()
        await ref.ask(nothing, block=False)
        watchdog.begin_anew()
        await ref.ask(handler, block=False)
        assert watchdog.longest_turn >= 0.02
        assert watchdog.lateness >= 0.0
    finally:
        watchdog.stop()


# --- seeing inside


async def test_a_listing_shows_what_waits_and_for_what() -> None:
    gate, child_gate = LoopFuture[None](), LoopFuture[str]()

    async def inner() -> None:
        await gate

    async def outer(_: Doer) -> None:
        await inner()

    async def errand() -> str:
        return await child_gate

    busy, parent, dead, stock = Doer.start(), Parent.start(), Doer.start(), pykka.ThreadingActor.start()
    await stop_and_wait(dead)
    answer = busy.ask(outer, block=False)
    parent.tell(("work", errand()))
    await passes(4)
    busy.tell(nothing)
    busy.tell(nothing)
    lines = describe_actors([busy, parent, dead, stock]).splitlines()
    assert lines[0] == f"{busy}: 2 waiting"
    assert lines[1] == "  handles function"
    ends = [line.rpartition(".")[2] for line in lines]
    handler, child = ends.index("outer"), ends.index("errand")
    assert ends[handler + 1] == "inner"
    assert f"{parent}: the parent of one, 0 waiting" in lines[handler:child]
    assert "  child the child" in lines[handler:child]
    assert lines[-2:] == [f"{dead}: dead", f"{stock}: on a thread of its own"]
    gate.set()
    child_gate.set("done")
    await answer
    await passes(4)
    await asyncio.to_thread(stock.stop)


# --- proxies and other runtimes


class Counter(LoopActor):
    """Counts, and answers from a coroutine method."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    async def add(self, number: int) -> int:
        await asyncio.sleep(0)
        self.total += number
        return self.total


class CounterProxy(ActorMemberMixin, pykka.ActorProxy[Counter]):
    """A Counter's proxy as the type checker is to see it."""

    add = proxy_coroutine(Counter.add)


async def test_a_coroutine_method_is_called_through_a_typed_proxy() -> None:
    proxy = cast("CounterProxy", Counter.start().proxy())
    await proxy.add(2)
    total = await proxy.add(3)
    assert_type(total, int)
    assert total == 5
    assert await cast("Any", proxy).total == 5


async def test_a_thread_actor_with_our_future_can_be_awaited() -> None:
    class OnAThread(pykka.ThreadingActor):
        @staticmethod
        def _create_future() -> LoopFuture[Any]:
            return LoopFuture()

        def on_receive(self, message: threading.Event) -> bool:
            return message.wait(PATIENCE)

    gate = threading.Event()
    ref = OnAThread.start()
    answer = asyncio.create_task(value_of(LoopFuture.of(ref.ask(gate, block=False))))
    await passes(20)
    gate.set()
    assert await answer is True
    assert await stop_and_wait(ref)
    with pytest.raises(ActorDeadError):
        ref.tell(gate)


async def test_a_web_handler_awaits_an_actor_over_a_real_socket() -> None:
    gate, asked = LoopFuture[None](), asyncio.Event()

    async def answer(_: Doer) -> str:
        asked.set()
        await gate
        return "from the actor"

    ref = Doer.start()

    class Page(tornado.web.RequestHandler):
        async def get(self) -> None:
            self.write(str(await ref.ask(answer, block=False)))

    (listener,) = tornado.netutil.bind_sockets(0, "127.0.0.1")
    server = tornado.httpserver.HTTPServer(tornado.web.Application([("/", Page)]))
    server.add_socket(listener)
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    try:
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        async with asyncio.timeout(PATIENCE):
            await asked.wait()
        gate.set()
        response = await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()
        server.stop()
        await server.close_all_connections()
    head, _, body = response.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert body == b"from the actor"
