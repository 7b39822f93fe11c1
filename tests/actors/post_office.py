"""Deliveries on a loop of the test's own, over a memory store that survives the service: it can be killed."""

from collections.abc import Coroutine, Iterable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any, TypeVar

from actors import NewSubscription, Subscription, Viewer
from actors.access.records import Account, AccountId
from actors.events.dispatcher import SweepOutbox
from actors.events.events import DeliveryParts, EventParts, Outside, open_deliveries, open_events
from actors.events.limits import EventLimits
from actors.events.ports import EventRenderer
from actors.events.records import Delivery, Event, EventNumber, OutboxEntry, ResourceType
from actors.settings.kept import KeptSettings
from actors.tasks.messages import Message
from actors.tasks.ports import Emit, Forget, Save
from actors.tasks.task import TaskId
from actors.uris import task_uri
from tests.actors.failing_store import FailingStore
from tests.actors.house import HeldClock, PlainVault, viewer
from tests.actors.listening import ScriptedDestinations, render_plainly
from tests.actors.stepped_loop import SteppedLoop

T = TypeVar("T")

OPERATOR, OTHER = viewer("op", "Operator"), viewer("other", "Operator")
URL = "https://listener.example/events"
NEW = NewSubscription(destination=URL)
LONG = 30.0
"""Seconds, of the loop's time, for what takes none."""


class LoopClock(HeldClock):
    """The time that clients see goes with the loop's."""

    def __init__(self, loop: SteppedLoop) -> None:
        super().__init__()
        self._loop = loop

    def now(self) -> datetime:
        return self.time + timedelta(seconds=self._loop.time())


class PostOffice:
    """A service of events, started anew as often as the test likes. Time passes when the test says so."""

    def __init__(self, **limits: Any) -> None:
        self.loop = SteppedLoop()
        self.clock = LoopClock(self.loop)
        self.store = FailingStore()
        self.destinations = ScriptedDestinations()
        self.limits = EventLimits(**limits)
        self.standing: dict[AccountId, Viewer] = {one.account: one for one in (OPERATOR, OTHER)}
        self.lost: list[str] = []
        self.render: EventRenderer = render_plainly
        self._running = AsyncExitStack()
        self.feed: EventParts
        self.parts: DeliveryParts
        self.do(self.store.commit(*(Save(an_account_of(one)) for one in (OPERATOR, OTHER))))
        self.start()

    # --- lives

    def start(self) -> None:
        self.do(self._start())

    async def _start(self) -> None:
        self._running = AsyncExitStack()
        self.kept = await KeptSettings.load(self.store)
        self.feed = await open_events(self.store, self.clock, self.limits, self._running, self.lost.append)
        outside = Outside(
            store=self.store,
            clock=self.clock,
            vault=PlainVault(),
            destinations=self.destinations,
            render=self._render,
        )
        self.parts = await open_deliveries(
            outside,
            self.feed.feed,
            self.standing.get,
            self.kept,
            self.limits,
            self._running,
            self.lost.append,
        )

    async def _render(
        self, entries: Sequence[OutboxEntry], context: str, including_for: Viewer | None = None
    ) -> bytes:
        return await self.render(entries, context, including_for)

    def stop(self) -> None:
        self.do(self._running.aclose())

    def kill(self) -> None:
        """What is not stored by now never is; what is on its way is cut off."""
        refuses, self.store.refuses = self.store.refuses, lambda _: True
        self.stop()
        self.store.refuses = refuses

    def restart(self) -> None:
        self.kill()
        self.start()

    def close(self) -> None:
        try:
            self.stop()
            assert self.lost == []
        finally:
            self.loop.close()

    # --- what the test does

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.complete(work, within=LONG)

    def pass_time(self, seconds: float = 0.0) -> None:
        self.loop.pass_time(seconds)

    def subscribe(self, new: NewSubscription = NEW, who: Viewer = OPERATOR) -> Subscription:
        return self.do(self.parts.events.subscribe(new, who))

    def emit(self, *tasks: str, owner: Viewer | None = OPERATOR) -> None:
        """An event of each of these tasks, in one commit."""
        self.emit_all([(task, owner) for task in tasks])

    def emit_all(self, tasks: Sequence[tuple[str, Viewer | None]]) -> None:
        """The same, each with its owner."""
        self.do(self.store.commit(Emit([self.event(task, owner) for task, owner in tasks])))

    def event(self, task: str, owner: Viewer | None = OPERATOR) -> Event:
        return Event(
            message=Message("TaskStarted", (task,)),
            origin=task_uri(TaskId(task)),
            resource_type=ResourceType.TASK,
            owner=None if owner is None else owner.account,
            at=self.clock.now(),
        )

    def forget(self, up_to: int) -> None:
        """The outbox forgets, as it does in time."""
        self.do(self._forget(up_to))

    async def _forget(self, up_to: int) -> None:
        await self.store.commit(Forget(EventNumber(up_to)))
        await self.feed.dispatcher.ask(SweepOutbox(), block=False)

    # --- what there is

    def stored(self) -> Delivery:
        """The delivery of the only subscription, as the store has it."""
        (delivery,) = self.do(self.store.deliveries())
        return delivery

    def told(self, url: str = URL) -> list[str]:
        """The tasks that the listener has been told of, in the order of their coming."""
        return [event["MessageArgs"][0] for event in self.destinations.events(url)]

    def numbers(self, url: str = URL) -> list[int]:
        return self.destinations.numbers(url)

    def attempts(self, url: str = URL) -> int:
        return len(self.destinations.tried[url])


def names(numbers: Iterable[int]) -> list[str]:
    return [f"t{number}" for number in numbers]


def an_account_of(one: Viewer) -> Account:
    return Account(id=one.account, name=one.name, role=one.role, password_hash="", created=HeldClock().now())
