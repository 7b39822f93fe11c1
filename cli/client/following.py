"""Following a task to its end, at any service, and what that end comes to.

Where a service answers `Prefer: wait=N` when something has changed, that is how it is asked; elsewhere it is
asked at the pace that its Retry-After wants, or ever more rarely up to five seconds.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from cli.client.answer import Answer, Resource, link
from cli.client.http import ANSWER_WITHIN
from cli.client.patience import AWAY, Patience
from cli.client.service import Service
from cli.client.tasks import ABORTED, Task, tally_of
from cli.exits import Exit

LONGEST_WAIT = 30
"""Seconds that the service is asked to hold an answer."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
SHORTEST_TURN = 0.3
"""Seconds from one look to the next at the least: a big task changes all the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How it came out. `task` is how the task was last seen; None where the service shows no Task."""

    exit: Exit
    sentence: str
    task: Task | None = None
    body: Resource | None = None
    """What the monitor answered at last, where it was the monitor that was followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What is followed: a Task, or a monitor where there is no Task to be seen."""

    label: str
    uri: str
    task: Task | None = None
    answer: Answer | None = None
    """Set where there is nothing to follow: the request was answered at once."""

    @property
    def name(self) -> str:
        """What `taskmon watch` knows it by; an empty string where there is nothing to watch."""
        return self.task.id if self.task else self.uri


def followed(task: Task) -> Followed:
    """This task, to be followed."""
    return Followed(label=task.id, uri=task.uri, task=task)


async def accepted(service: Service, answer: Answer, label: str) -> Followed:
    """What the answer to a request leads to.

    Raises:
        RefusedError: the request was refused.
    """
    answer.expect(200, 201, 202, 204)
    if answer.status != 202:
        return Followed(label=label, uri="", answer=answer)
    if "TaskState" in answer.body and link(answer.body):
        return followed(Task(answer.body))
    uri = answer.location or link(answer.body, "TaskMonitor") or link(answer.body)
    if not uri:  # accepted, and there is no way to hear of it again
        return Followed(label=label, uri="", answer=answer)
    seen = await service.client.get(uri)
    if seen.status in (200, 202) and "TaskState" in seen.body and link(seen.body):
        return followed(Task(seen.body))
    path = service.client.path_of(uri)
    return Followed(label=f"{label} ({path})", uri=path)


class Following:
    """Follows one of them. `changed` hears of every change; `timeout` in seconds, None for no end."""

    def __init__(
        self,
        service: Service,
        what: Followed,
        patience: Patience,
        changed: Callable[[Task], None],
        timeout: float | None = None,
    ) -> None:
        self._service = service
        self._what = what
        self._patience = patience
        self._changed = changed
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._task = what.task
        self._etag = _tag(what.task.body) if what.task else ""
        self._pause = FIRST_PAUSE

    async def end(self) -> End:
        """How it ends.

        Raises:
            CommandError: that cannot be known, for the service does not answer, or not to us.
        """
        if self._what.answer is not None:
            return _at_once(self._what)
        if self._task is not None:
            self._changed(self._task)
        while True:
            began = time.monotonic()
            if self._task is not None and self._task.has_ended:
                return await self._ended(self._task)
            left = self._left()
            if left is not None and left <= 0:
                return self._timed_out()
            try:
                async with asyncio.timeout(left):
                    answer = await self._patience.answered(self._look)
            except TimeoutError:
                return self._timed_out()
            if (end := self._seen(answer)) is not None:
                return end
            await self._rest(answer, began)

    # --- one look

    async def _look(self) -> Answer:
        left = self._left()
        seconds = LONGEST_WAIT if left is None else max(1, min(LONGEST_WAIT, int(left)))
        # A Task is waited for by its tag alone: without one the answer would wait for another state.
        # And who has been away is asked for a quick answer, to know that it is back.
        waits = (self._etag or self._what.task is None) and not self._patience.is_tried
        headers = {"Prefer": f"wait={seconds}"} if waits else {}
        if self._etag:
            headers["If-None-Match"] = self._etag
        return await self._service.client.get(self._what.uri, headers, within=seconds + ANSWER_WITHIN)

    def _seen(self, answer: Answer) -> End | None:
        """The end that this answer is, if it is one."""
        if answer.status == 304:
            return None
        if answer.status in (404, 410):
            return self._gone(answer.status)
        if self._what.task is None and answer.status != 202:
            return self._monitored(answer)
        if answer.status not in (200, 202):
            answer.expect(200)
        if self._what.task is not None:
            self._etag = answer.headers.get("etag") or _tag(answer.body)
        if "TaskState" in answer.body:
            task = Task({"@odata.id": self._what.uri, **answer.body})
            if self._task is None or task.body != self._task.body:
                self._pause = FIRST_PAUSE
                self._task = task
                self._changed(task)
        return None

    async def _rest(self, answer: Answer, began: float) -> None:
        pause = SHORTEST_TURN - (time.monotonic() - began)
        if not answer.waited:
            pause = self._pause if answer.retry_after is None else max(FIRST_PAUSE, answer.retry_after)
            self._pause = min(LONGEST_PAUSE, self._pause * 1.5)
        if self._task is not None and self._task.has_ended and self._what.task is not None:
            return
        left = self._left()
        await asyncio.sleep(max(0.0, pause if left is None else min(pause, left)))

    def _left(self) -> float | None:
        return None if self._deadline is None else self._deadline - time.monotonic()

    # --- ends

    def _timed_out(self) -> End:
        state = f", and is {self._task.state}" if self._task else ""
        sentence = f"{self._what.label} goes on{state}: the time of --timeout is over."
        return End(exit=Exit.TIMED_OUT, sentence=sentence, task=self._task)

    def _gone(self, status: int) -> End:
        sentence = (
            f"{self._what.label} is gone ({status}): it was aborted or deleted, "
            f"and what it came to is not known."
        )
        return End(exit=Exit.ABORTED, sentence=sentence, task=self._task)

    def _monitored(self, answer: Answer) -> End:
        label = self._what.label
        if answer.status < 300:
            return End(exit=Exit.OK, sentence=f"{label} has completed.", task=self._task, body=answer.body)
        if answer.status in AWAY and self._task is None:
            answer.expect(200)
        sentence = f"{label} failed ({answer.status}): {answer.words}"
        return End(exit=Exit.FAILED, sentence=sentence, task=self._task, body=answer.body)

    async def _ended(self, task: Task) -> End:
        if task.state in ABORTED:
            return End(
                exit=Exit.ABORTED, sentence=f"{task.id} was aborted. {task.last_words}".strip(), task=task
            )
        if task.state == "Completed" and task.status != "Critical":
            warned = f", with a warning: {task.last_words}" if task.status == "Warning" else "."
            return End(exit=Exit.OK, sentence=f"{task.id} has completed{warned}", task=task)
        tally = await tally_of(self._service, task)
        if tally is None or not tally.completed:
            of_all = f" ({tally.failed} of {tally.total} subtasks)" if tally else ""
            sentence = f"{task.id} failed{of_all}: {task.failure}"
            return End(exit=Exit.FAILED, sentence=sentence.rstrip(": "), task=task)
        sentence = f"{task.id} failed in part ({tally.failed} of {tally.total} subtasks): {task.failure}"
        return End(exit=Exit.PARTLY_FAILED, sentence=sentence.rstrip(": "), task=task)


def _tag(body: Resource) -> str:
    return str(body.get("@odata.etag") or "")


def _at_once(what: Followed) -> End:
    answer = what.answer
    assert answer is not None
    if answer.status == 202:
        sentence = f"{what.label} was accepted; the service names no task for it, so its end is not known."
        return End(exit=Exit.OTHER, sentence=sentence, body=answer.body)
    return End(exit=Exit.OK, sentence=f"{what.label} is done.", body=answer.body)
