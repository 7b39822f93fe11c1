"""What an operation sees of the world while it runs: its task, its servers, its subtasks, and no more."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import pykka

from actors.access.records import BY_THE_SERVICE
from actors.inventory.inventory import Inventory
from actors.inventory.logins import login_to
from actors.inventory.records import Source, SystemId
from actors.inventory.sight import saw
from actors.tasks.errors import FencedError, StoreUnavailableError
from actors.tasks.fence import Fence
from actors.tasks.mail import AbortSubtasks, BeginSubtasks, Report
from actors.tasks.messages import ANOTHER_TASK, Mention, Message
from actors.tasks.ports import Clock, Errand, Login, SeenSystem, Server
from actors.tasks.services import TaskServices
from actors.tasks.states import TaskEvent, TaskState
from actors.tasks.subtasks import NO_SUBTASKS, Subtasks
from actors.tasks.task import Abort, Task, TaskId


class Context:
    """One run of one operation. Once its fence is up no request of it leaves any more.

    Its coroutines are for the work itself, the actor's child; what is told of subtasks comes from the
    actor's turns. All live on one loop.
    """

    __slots__ = ("_actor", "_fence", "_registry", "_services", "_subtasks", "cleaned_up", "closed",
                 "in_one_piece", "task", "when_divisible")  # fmt: skip

    def __init__(
        self,
        task: Task,
        actor: pykka.ActorRef[Any],
        registry: pykka.ActorRef[Any],
        services: TaskServices,
        fence: Fence,
        subtasks: Subtasks = NO_SUBTASKS,
    ) -> None:
        self.task = task
        self._actor = actor
        self._registry = registry
        self._services = services
        self._fence = fence
        self._subtasks = subtasks
        self.cleaned_up = False
        """Whether the work has seen to it, when it was stopped, that nothing of it goes on anywhere."""
        self.closed = False
        """Whether even the clean-up after an abort sends nothing any more."""
        self.in_one_piece = False
        """Whether the work is at something that a planned stop should not cut in two."""
        self.when_divisible: Callable[[], object] = _nothing
        """Called at the end of such a piece."""

    # --- telling

    async def started(self, percent: int = 5) -> None:
        """Work begins, or goes on after a stop: the task is `Starting` from now on. Saved when this returns.

        A task with subtasks gives 0: its percentage is theirs.
        """
        goes_on = self.task.state is TaskState.INTERRUPTED  # which has been told at the start of the service
        begun = () if goes_on else (Message("TaskStarted", (self.task.id,)),)
        await self._report(Report(TaskEvent.STARTED, messages=begun, percent=percent))

    async def running(self, percent: int = 0, checkpoint: str | None = None) -> None:
        """Something is under way: the task is `Running`. Saved when this returns."""
        await self._report(Report(TaskEvent.RUN, percent=percent, checkpoint=checkpoint))

    async def note(
        self, detail: str = "", *messages: Message, percent: int = 0, checkpoint: str | None = None
    ) -> None:
        """Tell something of the work; saved when this returns.

        `detail` is a sentence, shown in a message of progress; `percent` lower than the present is ignored.
        """
        report = Report(
            TaskEvent.NOTED, detail=detail, messages=messages, percent=percent, checkpoint=checkpoint
        )
        await self._report(report)

    async def _report(self, report: Report) -> None:
        self.task = await self._actor.ask(report, block=False)

    @contextmanager
    def indivisible(self) -> Iterator[None]:
        """What is done inside, a planned stop lets come to its end, for as long as it can wait."""
        self.in_one_piece = True
        try:
            yield
        finally:
            self.in_one_piece = False
            self.when_divisible()

    # --- waiting

    def hold_at_once(self, key: str) -> bool:
        """Hold a server if no other task does; whether this one holds it now. See `hold`."""
        return self._services.holds.take(key, self.task.id)

    async def hold(self, key: str, what: str) -> None:
        """Hold a server, when its turn comes; `what` names it in the message of who is in the way.

        It is let go when the task ends, however it ends.
        """
        holder = self._services.holds.in_the_way(key, self.task.id)
        if holder is not None:
            paused = Message(
                "TaskPaused",
                (self.task.id,),
                detail=f"{what} is held by {ANOTHER_TASK}.",
                mention=await self._mention(holder),
            )
            await self._report(Report(TaskEvent.HELD, messages=(paused,)))
        await self._services.holds.acquire(key, self.task.id)

    async def _mention(self, other: TaskId) -> Mention | None:
        """How the message of who is in the way speaks of it; each reader is told what he may know."""
        try:
            task = await self._services.store.task(other)
        except StoreUnavailableError:
            return None
        return task.mention if task is not None else None

    async def sleep(self, seconds: float, unless_ended: Iterable[TaskId] = ()) -> None:
        """Wait, until an abort at the longest; where any of these subtasks are live, until their ends."""
        waiting = self._subtasks.live_of(unless_ended)
        await (self._ends_within(seconds, waiting) if waiting else asyncio.sleep(seconds))

    def pause(self, seconds: float) -> Awaitable[None]:
        """Wait for a few seconds, until an abort at the longest.

        As `sleep`, but without a coroutine and its frame: thousands of tasks wait here at once. After an
        abort the timer is there until it is due, and ends nothing then.
        """
        loop = asyncio.get_running_loop()
        over = loop.create_future()
        loop.call_later(seconds, _end, over)
        return over

    async def _ends_within(self, seconds: float, waiting: Sequence[TaskId]) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._subtasks.ends_of(waiting)

    @property
    def clock(self) -> Clock:
        return self._services.clock

    @property
    def inventory(self) -> Inventory:
        """What is known of the servers: to be read, not changed."""
        return self._services.inventory

    async def saw(self, system_id: SystemId, seen: SeenSystem) -> None:
        """Remember what a server just said of a system; subscribers are told of a new power state."""
        await saw(self.inventory, self._services.store, system_id, seen, self.clock.now())

    # --- reaching servers

    def server(self, source: Source, patience: float | None = None) -> Server:
        """The server of this source; every request to it carries the task's id and passes the fence.

        `patience` is the limit in seconds for each call, waiting for a place among the connections aside.
        """
        return self.server_at(self._login(source), patience)

    def server_at(self, login: Login, patience: float | None = None) -> Server:
        """The same for a server that is no source yet."""
        errand = Errand(request_id=self.task.id, permit=self._fence.permit, patience=patience)
        return self._services.servers.at(login, errand)

    @property
    def may_clean_up(self) -> bool:
        """Whether the task has been aborted, and not ended yet."""
        return self._fence.is_up and not self.closed

    def cleaning_server(self, source: Source) -> Server:
        """The server of this source for the clean-up after an abort: the one way around the fence."""
        errand = Errand(request_id=self.task.id, permit=self._permit_clean_up)
        return self._services.servers.at(self._login(source), errand)

    def _login(self, source: Source) -> Login:
        return login_to(source, self._services.vault)

    def _permit_clean_up(self) -> None:
        if not self.may_clean_up:
            raise FencedError("The task has ended: not even its clean-up sends anything.")

    def unseal(self, sealed: bytes) -> str:
        """The secret that was sealed with the task."""
        return self._services.vault.unseal(sealed)

    async def forget_server(self, address: str) -> None:
        """Close the connections to a server that is no source any more."""
        await self._services.servers.forget(address)

    # --- subtasks

    @property
    def subtask_ids(self) -> tuple[TaskId, ...]:
        """Of all subtasks, in the order in which they were recorded."""
        return self._subtasks.ids

    @property
    def failed(self) -> Sequence[Task]:
        """Those subtasks that ended otherwise than `Completed`, in the order of their ends; without the
        `stopped` ones."""
        return self._subtasks.failed

    @property
    def warned(self) -> int:
        """How many subtasks completed with something to look at."""
        return self._subtasks.warned

    @property
    def stopped(self) -> int:
        """How many subtasks ended because of `stop_rest`, before a stop of the service too."""
        return self._subtasks.stopped

    async def run_subtasks(self, task_ids: Iterable[TaskId]) -> None:
        """Let these subtasks begin, and return when all of them have ended."""
        waiting = self._subtasks.live_of(task_ids)
        if not waiting:
            return
        self._registry.tell(BeginSubtasks(self.task.id, waiting))
        await self._subtasks.ends_of(waiting)

    async def stop_rest(self, reason: str) -> None:
        """Abort all subtasks that have not ended, and return when they have; none can begin any more.

        `reason` is a sentence; it stands in their records.
        """
        rest = self._subtasks.live_of(self.subtask_ids)
        if not rest:
            return
        stop = Abort(by=BY_THE_SERVICE, at=self.clock.now(), reason=reason)
        self._registry.tell(AbortSubtasks(self.task.id, stop))
        await self._subtasks.ends_of(rest)

    def have_ended(self, task_ids: Iterable[TaskId]) -> bool:
        """Whether all of these subtasks have."""
        return self._subtasks.live.isdisjoint(task_ids)

    def has_begun(self, task_ids: Iterable[TaskId]) -> bool:
        """Whether the work of any of these subtasks had begun before the service was started anew."""
        return self._subtasks.have_begun(task_ids)


def _end(pause: asyncio.Future[None]) -> None:
    if not pause.done():
        pause.set_result(None)


def _nothing() -> None:
    """What is called where nobody waits."""
