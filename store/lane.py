"""Threads that work on what is asked of them from the loop, and answer a whole batch in one call."""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Final, Generic, Protocol, TypeVar

log = logging.getLogger(__name__)

Ask = TypeVar("Ask")
Ask_contra = TypeVar("Ask_contra", contravariant=True)


class Worker(Protocol[Ask_contra]):
    """What one thread of a lane does; every method is called in that thread."""

    def open(self) -> None:
        """Get ready; what this raises comes out of `Lane.start`."""

    def work(self, asks: Sequence[Ask_contra]) -> Sequence[Any]:
        """An answer for each ask, in their order; an answer that is an Exception is raised at the asker."""

    def close(self) -> None:
        """Give back what `open` took."""


@dataclass(frozen=True, slots=True)
class _Job(Generic[Ask]):
    ask: Ask
    future: asyncio.Future[Any]


_CLOSE: Final = None


class Lane(Generic[Ask]):
    """One or a few threads with one queue, for the loop that starts it.

    A thread takes what is waiting, at most `limit` asks, without waiting for more, and answers all of
    them in one call to the loop. With one thread, work is done in the order in which it was asked for.
    Whoever has stopped waiting gets no answer; the work is done all the same, unless `skip_gone`.
    """

    def __init__(
        self,
        name: str,
        worker: Callable[[], Worker[Ask]],
        *,
        closed: Callable[[], Exception],
        threads: int = 1,
        limit: int = 1,
        skip_gone: bool = False,
        answered: Callable[[], None] = lambda: None,
    ) -> None:
        """`worker` is called once for each thread; `closed` makes what is raised after the close.

        `answered` is called on the loop after each batch, when all who wait for its answers have them and
        none of them has gone on yet.
        """
        self._name = name
        self._worker = worker
        self._closed = closed
        self._limit = limit
        self._skip_gone = skip_gone
        self._answered = answered
        self._jobs: SimpleQueue[_Job[Ask] | None] = SimpleQueue()
        self._count = threads
        self._closing = False
        self._threads: list[threading.Thread] = []
        self._ended: list[asyncio.Future[None]] = []

    async def start(self) -> None:
        """Start the threads; on return each is ready. What a worker's `open` raises is raised here."""
        self._loop = asyncio.get_running_loop()
        ready: list[asyncio.Future[None]] = []
        for number in range(1, self._count + 1):
            ready.append(self._loop.create_future())
            self._ended.append(self._loop.create_future())
            # A daemon: what is not closed in order must not keep a failed process from ending.
            thread = threading.Thread(
                target=self._run,
                args=(ready[-1], self._ended[-1]),
                name=f"{self._name}-{number}",
                daemon=True,
            )
            self._threads.append(thread)
            thread.start()
        try:
            await asyncio.wait(ready)
            for one in ready:
                one.result()
        except BaseException:
            await self.close()
            for one in ready:
                one.cancelled() or one.exception()
            raise

    async def ask(self, ask: Ask) -> Any:
        """The worker's answer."""
        if self._closing:
            raise self._closed()
        future: asyncio.Future[Any] = self._loop.create_future()
        self._jobs.put(_Job(ask, future))
        return await future

    async def close(self) -> None:
        """Finish what has been asked, then end the threads; what is asked from now on is refused.

        May be called again. A caller that is cancelled here does not undo it.
        """
        if not self._closing:
            self._closing = True
            self._jobs.put(_CLOSE)
        if self._ended:
            await asyncio.wait(self._ended)
        for thread in self._threads:
            thread.join()  # it has said its last word and is about to return

    def _run(self, ready: asyncio.Future[None], ended: asyncio.Future[None]) -> None:
        worker = self._worker()
        try:
            worker.open()
        except Exception as error:  # noqa: BLE001 - whoever starts the lane gets it, whatever it is
            self._tell([(ready, error), (ended, None)])
            return
        self._tell([(ready, None)])
        while batch := self._take():
            answers = self._work(worker, [job.ask for job in batch])
            pairs = [(job.future, answer) for job, answer in zip(batch, answers, strict=True)]
            self._tell(pairs, self._answered)
        try:
            worker.close()
        except Exception:
            log.exception("The thread %s could not close in order.", threading.current_thread().name)
        self._tell([(ended, None)])

    def _take(self) -> list[_Job[Ask]]:
        """What is waiting, once something is; empty at the close."""
        batch: list[_Job[Ask]] = []
        try:
            while len(batch) < self._limit:
                job = self._jobs.get_nowait() if batch else self._jobs.get()
                if job is _CLOSE:
                    self._jobs.put(_CLOSE)  # for the next thread, or for the next call here
                    break
                if not (self._skip_gone and job.future.cancelled()):
                    batch.append(job)
        except Empty:
            pass
        return batch

    def _work(self, worker: Worker[Ask], asks: list[Ask]) -> Sequence[Any]:
        try:
            return worker.work(asks)
        except Exception as error:
            log.exception("The thread %s met an error of its own.", threading.current_thread().name)
            return [error] * len(asks)

    def _tell(
        self, answers: list[tuple[asyncio.Future[Any], Any]], then: Callable[[], None] = lambda: None
    ) -> None:
        try:
            self._loop.call_soon_threadsafe(_settle, answers, then)
        except RuntimeError:
            log.debug("The loop has been closed: nobody waits for %d answers any more.", len(answers))


def _settle(answers: list[tuple[asyncio.Future[Any], Any]], then: Callable[[], None]) -> None:
    for future, answer in answers:
        if future.done():
            continue
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)
    then()
