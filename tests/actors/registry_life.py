"""A service on a loop of the test's own, through its crashes and stops: what a state machine drives."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from typing import Any, TypeVar
from weakref import WeakSet

import pytest

from actors import OverwritePolicy, StoreUnavailableError, TaskId, TaskmonError
from actors.tasks.holds import Holds
from actors.tasks.task_actor import TaskActor
from tests.actors.crashing import Crash
from tests.actors.house import HeldClock, House, a_house
from tests.actors.stepped_loop import SteppedLoop
from tests.actors.watched import Rules, WatchedServers, WatchedStore
from tests.stepping import SteppedServers, SteppedStore

T = TypeVar("T")

KEPT_MINUTES = 60
LONGEST_REQUEST = 16.0
"""Seconds: the deadline of an abort, and the time to save its end."""
LONGEST_START = LONGEST_STOP = 90.0
RETRIED_WITHIN = 6.0
"""Seconds after which what could not be saved has been saved, once the store takes it."""


class CrashedError(Exception):
    """The service died before it had answered, and has been started anew."""


class Life:
    """One store and its servers, with one service after another on them. The loop's time is the test's.

    After each method nothing is left to do but to wait for a timer, a server, or the test.
    """

    def __init__(self, policy: OverwritePolicy, max_retained: int) -> None:
        self.loop = SteppedLoop()
        self.clock = HeldClock()
        self.rules = Rules(max_retained, timedelta(minutes=KEPT_MINUTES), policy)
        self.store = WatchedStore(self.rules, self.clock)
        self.servers = WatchedServers(self.store)
        self.house: House
        self.holds: Holds | None = None
        """Those of the service that runs, once it has had a task."""
        self.adopted: frozenset[TaskId] = frozenset()
        """The tasks that were there when it had started."""
        self.asked_again = False
        """Whether the last request was repeated; what became of it at first is not known."""
        self._orphans: list[asyncio.Future[Any]] = []
        self._born: WeakSet[TaskActor] = WeakSet()
        self._patch = pytest.MonkeyPatch()
        self._patch.setattr(TaskActor, "on_start", self._hear_of_births(), raising=False)
        self.start()

    def _hear_of_births(self) -> Callable[[TaskActor], None]:
        def on_start(actor: TaskActor) -> None:
            self._born.add(actor)
            self.holds = actor._services.holds

        return on_start

    def actors(self) -> list[TaskActor]:
        """The TaskActors that live."""
        return [actor for actor in self._born if actor.actor_ref.is_alive()]

    # --- starts and ends

    def start(self) -> None:
        """A service on what is stored, as often as it takes."""
        self._born.clear()
        self.holds = None
        while True:
            self.crash = Crash(at=-1)
            self._running = AsyncExitStack()
            house = a_house(
                SteppedStore(self.store, self.crash.step),
                SteppedServers(self.servers, self.crash.step),
                self.clock,
                expected_outage=5,
                max_retained=self.rules.max_retained,
                auto_delete_minutes=KEPT_MINUTES,
                overwrite_policy=self.rules.policy,
            )
            try:
                entered = self._running.enter_async_context(house)
                self.house = self.loop.complete(entered, within=LONGEST_START)
            except StoreUnavailableError:
                continue
            self.adopted = frozenset(task.id for task in self.store.tasks_now.values())
            return

    def stop(self, grace: float) -> None:
        """A planned stop, and the next start.

        Raises:
            CrashedError: it died on the way.
        """
        self.ask(lambda: self.house.actors.stop_work(grace), LONGEST_STOP)
        self.loop.complete(self._running.aclose(), within=LONGEST_STOP)
        self.start()

    def close(self) -> None:
        """The end of all; nothing may be left on the loop."""
        try:
            self.crash.never()
            self.loop.complete(self._running.aclose(), within=LONGEST_STOP)
            left = asyncio.all_tasks(self.loop)
            assert left == set(), left
        finally:
            self._patch.undo()
            self.loop.close()

    # --- what a client does, and what the world does

    def ask(self, request: Callable[[], Awaitable[T]], within: float = LONGEST_REQUEST) -> T | TaskmonError:
        """What it is answered, asked again while the store is unavailable; an error of ours is an answer.

        Raises:
            CrashedError: the service died before it had answered.
        """
        self.asked_again = False
        while True:
            try:
                answer = self.loop.complete(self._answered(request()), within=within)
                failed = isinstance(answer, StoreUnavailableError) and self.store.refused.is_set()
            finally:
                self.end_step()
            if not failed:
                return answer
            self.asked_again = True

    async def _answered(self, request: Awaitable[T]) -> T | TaskmonError:
        """A dead service does not answer: whoever waits for it hears that the connection has gone."""
        asked = asyncio.ensure_future(request)
        died = asyncio.ensure_future(self.crash.happened.wait())
        await asyncio.wait({asked, died}, return_when=asyncio.FIRST_COMPLETED)
        died.cancel()
        if not asked.done():
            self._orphans.append(asked)
            raise CrashedError
        try:
            return await asked
        except TaskmonError as error:
            return error

    def pass_time(self, seconds: float) -> None:
        """For everybody: the loop, and the clock that clients see."""
        self.clock.move(seconds)
        self.loop.pass_time(seconds)
        self.end_step()

    def end_step(self) -> None:
        """Let all be done that can be. A store that failed is tried again, and a service that died is
        followed by the next one."""
        self.loop.pass_time(0)
        if self.store.refused.is_set() and not self.crash.happened.is_set():
            self.store.refused.clear()
            self.loop.pass_time(RETRIED_WITHIN)
        if self.crash.happened.is_set():
            self.crash.buried.set()
            self.loop.complete(self._bury(), within=LONGEST_STOP)
            self.start()

    async def _bury(self) -> None:
        """What a dead service still says concerns nobody; nothing of it gets through any more."""
        for orphan in self._orphans:
            orphan.cancel()
        await asyncio.gather(*self._orphans, return_exceptions=True)
        self._orphans.clear()
        with suppress(Exception):
            await self._running.aclose()
