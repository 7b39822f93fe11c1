"""LoopFuture: an answer that a coroutine may await without blocking its loop, and any thread may give."""

import asyncio
import logging
import queue
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable
from types import TracebackType
from typing import Any, NamedTuple, TypeVar, cast

import pykka

from actors.runtime.errors import WouldBlockError

log = logging.getLogger("taskmon.runtime")

T = TypeVar("T")
J = TypeVar("J")
M = TypeVar("M")
R = TypeVar("R")

ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]
Waker = Callable[[], None]
Hook = Callable[[float | None], T]

SLICE = 1.0
"""Seconds for which a hook may hold a thread after the last one who waited for it gave up."""


class _Outcome(NamedTuple):
    value: Any = None
    error: BaseException | None = None
    traceback: TracebackType | None = None

    def unwrap(self) -> Any:
        if self.error is None:
            return self.value
        try:
            raise self.error.with_traceback(self.traceback)
        finally:
            del self  # the error holds this frame: they must not hold each other


class _LoopWaker:
    """Wakes one waiter on the loop that it waits on, from any thread."""

    __slots__ = ("_loop", "_waiter")

    def __init__(self, loop: asyncio.AbstractEventLoop, waiter: asyncio.Future[None]) -> None:
        self._loop = loop
        self._waiter = waiter

    def __call__(self) -> None:
        if asyncio._get_running_loop() is self._loop:
            self._wake()
            return
        try:
            self._loop.call_soon_threadsafe(self._wake)
        except RuntimeError:
            if not self._loop.is_closed():
                raise
            log.debug("an answer came for a waiter whose loop has closed")  # the other waiters get it

    def _wake(self) -> None:
        if not self._waiter.done():
            self._waiter.set_result(None)


class LoopFuture(pykka.Future[T]):
    """A future that belongs to no loop: settled once, from any thread, awaited on any number of loops.

    A waiter that gives up (its `await` is cancelled) leaves the future as it is. A future with a get
    hook is settled by its hook: run once, when the first one wants the value. What the hook raises is
    the outcome too, except `pykka.Timeout` from a `get()`, after which the hook runs again next time.

    `map`, `filter`, `reduce` and `join` await what they are made from and then run on the awaiting
    loop. Any other hook, such as that of `ActorRef.stop(block=False)` or of a stock future in a
    `join`, runs in the loop's default executor while it is awaited.
    """

    _sources: "tuple[LoopFuture[Any], ...] | None" = None
    _evaluating = False

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._outcome: _Outcome | None = None
        self._wakers: list[Waker] = []

    @staticmethod
    def of(future: pykka.Future[M]) -> "LoopFuture[M]":
        """This future if it is one of ours, else one of ours with the same outcome."""
        if isinstance(future, LoopFuture):
            return future
        ours: LoopFuture[M] = LoopFuture()
        ours.set_get_hook(lambda timeout: future.get(timeout=timeout))
        return ours

    @property
    def waiters(self) -> int:
        """How many are waiting now, coroutines and threads."""
        return len(self._wakers)

    # --- settling

    def set(self, value: T | None = None) -> None:
        """Settle with this value and wake all who wait.

        Raises:
            queue.Full: it is settled already, or has a get hook.
        """
        self._settle(_Outcome(value))

    def set_exception(self, exc_info: ExcInfo | None = None) -> None:
        """Settle with an exception: the one given as by `sys.exc_info()`, else the one being handled.

        Raises:
            queue.Full: it is settled already, or has a get hook.
            ValueError: there is no exception.
        """
        kind, error, traceback = sys.exc_info() if exc_info is None else exc_info
        if error is None:
            if kind is None:
                raise ValueError(
                    "set_exception() found no exception: call it while handling one, or give one."
                )
            error = kind()
        self._settle(_Outcome(None, error, traceback))

    def set_get_hook(self, func: Callable[[float | None], T]) -> None:
        """Have the value worked out by this function, which gets the time-out, once it is wanted.

        Raises:
            queue.Full: it is settled already.
        """
        with self._lock:
            if self._outcome is not None:
                raise queue.Full
            super().set_get_hook(func)
            wakers = self._take_wakers()
        _wake_all(wakers)

    def _settle(self, outcome: _Outcome) -> None:
        with self._lock:
            if self._outcome is not None or self._get_hook is not None:
                raise queue.Full
            self._outcome = outcome
            wakers = self._take_wakers()
        _wake_all(wakers)

    def _take_wakers(self) -> list[Waker]:
        wakers = self._wakers
        if wakers:
            self._wakers = []
        return wakers

    # --- waiting

    def get(self, *, timeout: float | None = None) -> Any:
        """The value, or its exception raised; waits for it up to `timeout` seconds.

        Raises:
            pykka.Timeout: it did not come in time.
            WouldBlockError: this thread runs a loop and `timeout` is not 0, settled or not.
        """
        if (timeout is None or timeout > 0) and asyncio._get_running_loop() is not None:
            raise WouldBlockError(
                "get() was called on a thread that runs an event loop, which would stand still until the "
                "answer came: await the future, or ask with block=False and await that."
            )
        deadline = None if timeout is None else time.monotonic() + timeout
        remaining = timeout
        while (outcome := self._outcome) is None:
            if (hook := self._claim()) is not None:
                self._evaluate(hook, remaining)
            else:
                gate = threading.Event()
                if self._enlist(gate.set):
                    try:
                        if not gate.wait(remaining):
                            raise pykka.Timeout(f"{timeout} seconds")
                    finally:
                        self._strike(gate.set)
                if deadline is not None:
                    remaining = max(0.0, deadline - time.monotonic())
        try:
            return outcome.unwrap()
        finally:
            del self, outcome  # as in unwrap()

    def __await__(self) -> Generator[Any, None, T]:
        while (outcome := self._outcome) is None:
            for source in self._sources or ():
                yield from source.__await__()
            if (hook := self._claim()) is None:
                yield from self._wait()
            elif self._sources is not None:
                self._evaluate(hook, 0, final=True)
            else:
                self._evaluate_elsewhere(hook)
        try:
            return outcome.unwrap()  # type: ignore[no-any-return]
        finally:
            del self, outcome  # as in unwrap()

    # Bound anew: the base class has bound it to its own `__await__`, which blocks.
    __iter__ = __await__

    def _wait(self) -> Generator[Any, None, None]:
        """Wait until there is news: an outcome, or a hook that nobody is running."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        waker = _LoopWaker(loop, waiter)
        if self._enlist(waker):
            try:
                yield from waiter
            finally:
                self._strike(waker)

    def _enlist(self, waker: Waker) -> bool:
        """Have this called at the next news. False, and not enlisted, if there is something to do at once."""
        with self._lock:
            if self._outcome is not None or (self._get_hook is not None and not self._evaluating):
                return False
            self._wakers.append(waker)
            return True

    def _strike(self, waker: Waker) -> None:
        with self._lock:
            if waker in self._wakers:
                self._wakers.remove(waker)

    # --- hooks

    def _claim(self) -> Hook[T] | None:
        """The hook, if the caller is to run it; until it is released nobody else will. Else None."""
        with self._lock:
            if self._outcome is not None or self._get_hook is None or self._evaluating:
                return None
            self._evaluating = True
            return self._get_hook

    def _release(self, outcome: _Outcome | None) -> None:
        """The hook has ended, with an outcome or without."""
        with self._lock:
            self._evaluating = False
            self._outcome = outcome
            wakers = self._take_wakers()
        _wake_all(wakers)

    def _evaluate(self, hook: Hook[T], timeout: float | None, *, final: bool = False) -> None:
        """Run the hook here. Unless `final`, `pykka.Timeout` is no outcome but raised."""
        outcome = None
        try:
            outcome = _Outcome(hook(timeout))
        except pykka.Timeout as error:
            if not final:
                raise
            outcome = _Outcome(None, error, error.__traceback__)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is the outcome)
            outcome = _Outcome(None, error, error.__traceback__)
        finally:
            self._release(outcome)

    def _evaluate_elsewhere(self, hook: Hook[T]) -> None:
        """Run the hook in an executor's thread, for those who await."""
        try:
            asyncio.get_running_loop().run_in_executor(None, self._evaluate_for_waiters, hook)
        except BaseException:
            self._release(None)
            raise

    def _evaluate_for_waiters(self, hook: Hook[T]) -> None:
        """Run the hook for as long as anyone waits: in slices, or one without end would keep its thread."""
        while True:
            began = time.monotonic()
            try:
                outcome = _Outcome(hook(SLICE))
            except pykka.Timeout as error:
                if time.monotonic() - began >= SLICE:
                    if self._wakers:
                        continue
                    self._release(None)
                    return
                outcome = _Outcome(None, error, error.__traceback__)
            except BaseException as error:  # noqa: BLE001  (a thread of ours: who waits must hear of it)
                outcome = _Outcome(None, error, error.__traceback__)
            self._release(outcome)
            return

    # --- futures made from this one

    def filter(self: "LoopFuture[Iterable[J]]", func: Callable[[J], bool]) -> pykka.Future[Iterable[J]]:
        return _derived(super().filter(func), self)

    def join(self: "LoopFuture[Any]", *futures: pykka.Future[Any]) -> pykka.Future[Iterable[Any]]:
        ours = [LoopFuture.of(future) for future in futures]
        return _derived(super().join(*ours), self, *ours)

    def map(self, func: Callable[[T], M]) -> pykka.Future[M]:
        return _derived(super().map(func), self)

    def reduce(self: "LoopFuture[Iterable[J]]", func: Callable[[R, J], R], *args: R) -> pykka.Future[R]:
        return _derived(super().reduce(func, *args), self)


def _derived(future: pykka.Future[M], *sources: LoopFuture[Any]) -> pykka.Future[M]:
    cast("LoopFuture[M]", future)._sources = sources
    return future


def _wake_all(wakers: Iterable[Waker]) -> None:
    for waker in wakers:
        waker()
