"""LoopActor: a Pykka actor that takes its turns on an asyncio loop instead of in a thread of its own."""

import asyncio
import contextvars
import functools
import inspect
import logging
import queue
import sys
from collections.abc import Callable, Iterable
from types import CoroutineType
from typing import Any, ClassVar, Self

import pykka
from pykka import ActorDeadError, ActorRegistry
from pykka._envelope import Envelope
from pykka.messages import ProxyCall, _ActorStop

from actors.runtime.errors import ActorNotStartedError, HandlerCancelledError
from actors.runtime.handler_run import HandlerRun, name_of
from actors.runtime.loop_future import LoopFuture
from actors.runtime.mailbox import Mailbox, refuse
from actors.runtime.readings import readings_of
from actors.runtime.stop_event import StopEvent
from config.request_ids import REQUEST_ID

log = logging.getLogger("taskmon.runtime")
# What Pykka's actors log, ours log in the same words and under the same name.
pykka_log = logging.getLogger("pykka")

MESSAGES_PER_TURN = 32
SECONDS_PER_TURN = 0.01
"""After so many messages, or once they have taken so many seconds, an actor lets others have the loop."""

_ON_START = ProxyCall(("on_start",), (), {})  # for the log, which names what took so long


class LoopActor(pykka.Actor):
    """An actor whose messages are handled one after the other on a loop, some at each turn.

    `on_receive` may be a coroutine function. Its coroutine then runs as an `asyncio.Task`, and this
    actor handles nothing else until it has ended: not a request to stop, either. `on_start`,
    `on_stop` and `on_failure` are plain functions. All run in a copy of the context in which the
    actor was started, whoever sends the message; only REQUEST_ID is the sender's.

    A handler that fails answers its asker with the exception; where nobody asked the actor dies, and
    `on_failure` is called. An exit (`SystemExit`, `KeyboardInterrupt`, any other `BaseException`)
    stops this actor and tells all that are listed to stop.

    It lives as long as it is listed or somebody holds its ref; one that nobody can reach any more is
    collected, without `on_stop`.
    """

    loop: ClassVar[asyncio.AbstractEventLoop | None] = None
    """The loop to run on; None means the one that runs where `start()` is called."""

    listed: ClassVar[bool] = True
    """Whether `start()` puts actors of this class in Pykka's ActorRegistry.

    That is a list, on which every start and stop takes time proportional to its length: False for
    actors of which there are many. `stop_all()` and an exit elsewhere do not reach those that are
    not listed; whoever starts them keeps their refs and stops them.
    """

    messages_per_turn: ClassVar[int] = MESSAGES_PER_TURN
    """More for an actor that hears of many others: else they have a turn each while it hears of a few, and
    what it has not heard of yet piles up. SECONDS_PER_TURN bounds its turns all the same."""

    slow_after: ClassVar[float] = 0.05
    """Seconds in one stretch after which a handler is logged as slow."""

    actor_inbox: Mailbox

    # Mangled names: subclasses have a loop, a context and turns of their own.
    __stop_first = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor_stopped = self.actor_ref.actor_stopped = StopEvent()
        # Set here and not when they change: what the first thirty instances of a class have from the start,
        # all of them have in a few words, and anything later makes a whole dictionary of each.
        self.__starting = False
        self._handler_run: HandlerRun | None = None
        """The coroutine handler under way, for `describe_actors()`."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in ("on_start", "on_stop", "on_failure"):
            if inspect.iscoroutinefunction(getattr(cls, name)):
                raise TypeError(
                    f"{cls.__name__}.{name} is a coroutine function, which nobody would await: make it a "
                    "plain function, and send what has to be awaited as a message."
                )

    # --- what Pykka leaves open

    @classmethod
    def start(cls, *args: Any, **kwargs: Any) -> pykka.ActorRef[Self]:
        """Start an actor; `on_start` runs at the loop's next pass. See `listed`.

        Raises:
            ActorNotStartedError: no loop runs here and `loop` is not set, or it has closed.
        """
        if cls.listed:
            return super().start(*args, **kwargs)
        actor = cls(*args, **kwargs)
        pykka_log.debug("Starting %s", actor)
        actor._start_actor_loop()
        return actor.actor_ref

    @staticmethod
    def _create_actor_inbox() -> Mailbox:
        return Mailbox()

    @staticmethod
    def _create_future() -> LoopFuture[Any]:
        return LoopFuture()

    def _start_actor_loop(self) -> None:
        try:
            self.__loop = self.loop if self.loop is not None else asyncio.get_running_loop()
            self.__context = contextvars.copy_context()
            self.__readings = readings_of(self.__loop)
            self.actor_inbox.bind(self.__loop, self.__wake)
            self.__schedule(self.__first_turn)
        except RuntimeError as error:
            self.__die_unheard()
            raise ActorNotStartedError(
                f"{self} was not started ({error}): start it from a coroutine, or set "
                f"{type(self).__name__}.loop to an open loop."
            ) from error

    def stop(self) -> None:
        """Stop once what is in the mailbox has been handled; in `on_start`, before any message is handled."""
        if self.__starting:
            self.__stop_first = True
        else:
            super().stop()

    def child_work(self) -> Iterable[asyncio.Task[Any]]:
        """The child work under way, for `describe_actors()` to show. A class that has any overrides this."""
        return ()

    def about(self) -> str:
        """Whose actor it is, for `describe_actors()` to show. A class with many actors overrides this."""
        return ""

    # --- turns

    def __schedule(self, callback: Callable[[], None]) -> None:
        if asyncio._get_running_loop() is self.__loop:
            self.__loop.call_soon(callback, context=self.__context)
        else:
            self.__loop.call_soon_threadsafe(callback, context=self.__context)

    def __wake(self, envelope: Envelope[Any] | None = None) -> None:
        """Schedule a turn, on account of this envelope. On any thread.

        Raises:
            ActorDeadError: the loop has closed, so the actor has died, and there is no asker to be told.
        """
        try:
            self.__schedule(self.__turn)
        except RuntimeError:
            if not self.__loop.is_closed():
                raise
            self.__die_unheard()
            if (
                envelope is not None
                and envelope.reply_to is None
                and not isinstance(envelope.message, _ActorStop)
            ):
                raise ActorDeadError(f"{self} cannot handle the message: its loop has closed") from None

    def __first_turn(self) -> None:
        self.__starting = True
        began = self.__loop.time()
        try:
            self._actor_loop_setup()
        except asyncio.CancelledError:
            self._handle_failure(*sys.exc_info())
        except BaseException as error:  # noqa: BLE001  (the exits, which Pykka lets through)
            self.__stop_all(error, None)
        finally:
            self.__starting = False
            self.__note(began, _ON_START)
        if self.__stop_first and not self.actor_stopped.is_set():
            self.__handle(Envelope(_ActorStop()))
        self.__turn()

    def __turn(self) -> None:
        """Handle what waits, up to the limit; while a coroutine handler is under way, nothing.

        The turn then stays due, so that no put schedules another, and the handler's end takes it.
        """
        mailbox = self.actor_inbox
        if self._handler_run is not None or mailbox.closed:
            return
        mailbox.begin_turn()
        began = self.__loop.time()
        for number in range(1, self.messages_per_turn + 1):
            if self.actor_stopped.is_set():
                break
            taken = mailbox.take()
            if taken is None:
                break
            envelope, request_id = taken
            if REQUEST_ID.get() != request_id:  # most have but one, and each setting makes a new context
                REQUEST_ID.set(request_id)  # in this actor's context, for this message and what it starts
            if not self.__handle(envelope):
                break
            if number == self.messages_per_turn or self.__loop.time() - began > SECONDS_PER_TURN:
                if mailbox.claim_turn():
                    self.__wake()
                break
        if self.actor_stopped.is_set():
            self.__finish()
        seconds = self.__loop.time() - began
        if seconds > self.__readings.longest_turn:
            self.__readings.longest_turn = seconds

    def __handle(self, envelope: Envelope[Any]) -> bool:
        """Whether the handler has ended; False when it is a coroutine, now under way."""
        message, reply_to = envelope.message, envelope.reply_to
        response, error = self.__call(message)
        if error is not None:
            self.__failed(error, message, reply_to)
        elif isinstance(response, CoroutineType):
            self.__begin_run(HandlerRun(message, response, self.__note), reply_to)
            return False
        elif reply_to is not None:
            _answer(reply_to, response)
        return True

    def __call(self, message: Any) -> tuple[Any, BaseException | None]:
        # In a frame of its own: the traceback of what is raised keeps this frame, and with it
        # whatever it knows, which must not be the future that will hold the exception.
        began = self.__loop.time()
        try:
            return self._handle_receive(message), None
        except BaseException as error:  # noqa: BLE001  (judged by the caller)
            return None, error
        finally:
            self.__note(began, message)

    def __note(self, began: float, message: Any) -> None:
        """A handler, or a step of one, has held the loop since then."""
        seconds = self.__loop.time() - began
        if seconds > self.__readings.longest_turn:
            self.__readings.longest_turn = seconds
        if seconds > self.slow_after:
            log.warning(
                "%s held the loop for %.0f ms with %s: everything else stood still. Slow work belongs in an "
                "executor, or in child work with awaits between its parts.",
                type(self).__name__,
                seconds * 1000,
                name_of(message),
            )

    # --- coroutine handlers

    def __begin_run(self, run: HandlerRun, reply_to: pykka.Future[Any] | None) -> None:
        self._handler_run = run
        name = f"{type(self).__name__} handles {name_of(run.message)}"
        run.work = self.__loop.create_task(run.run(), name=name, context=self.__context)
        # By a callback, not in the coroutine: cancelled before its first step, it would never get there.
        run.work.add_done_callback(functools.partial(self.__end_run, run, reply_to), context=self.__context)

    def __end_run(self, run: HandlerRun, reply_to: pykka.Future[Any] | None, work: asyncio.Task[Any]) -> None:
        self._handler_run = run.work = None
        run.coroutine.close()  # it may never have begun
        if run.fatal is not None:
            self.__failed(run.fatal, run.message, reply_to)
        elif work.cancelled():
            self.__failed(asyncio.CancelledError(), run.message, reply_to)
        elif (error := work.exception()) is not None:
            self.__failed(error, run.message, reply_to)
        elif reply_to is not None:
            _answer(reply_to, work.result())
        self.__turn()

    # --- failures and the end

    def __failed(self, error: BaseException, message: Any, reply_to: pykka.Future[Any] | None) -> None:
        """The failure policy, Pykka's but for cancellation: that is a failure like others, and no exit."""
        if isinstance(error, asyncio.CancelledError):
            cancelled = HandlerCancelledError(
                f"{self} did not finish with {name_of(message)}: it, or what it waited for, was cancelled."
            )
            cancelled.__cause__ = error
            error = cancelled
        if not isinstance(error, Exception):
            self.__stop_all(error, reply_to)
        elif reply_to is not None:
            pykka_log.info(f"Exception returned from {self} to caller:", exc_info=error)
            _answer(reply_to, error=error)
        else:
            self._handle_failure(type(error), error, error.__traceback__)
            try:
                self.on_failure(type(error), error, error.__traceback__)
            except (Exception, asyncio.CancelledError):  # noqa: BLE001  (as Pykka: it is dead already)
                self._handle_failure(*sys.exc_info())
            except BaseException as worse:  # noqa: BLE001
                self.__stop_all(worse, None)

    def _stop(self) -> None:
        try:
            super()._stop()
        except asyncio.CancelledError:  # from `on_stop`: a failure like others
            self._handle_failure(*sys.exc_info())

    def __stop_all(self, error: BaseException, reply_to: pykka.Future[Any] | None) -> None:
        """An exit: stop this actor at once, and tell all that are listed, the newest first."""
        pykka_log.debug(f"{error!r} in {self}. Stopping all actors.")
        if not self.actor_stopped.is_set():
            try:
                self._stop()
            except BaseException:  # noqa: BLE001  (one exit is enough; this one is logged)
                self._handle_failure(*sys.exc_info())
        for ref in reversed(ActorRegistry.get_all()):
            try:
                ref.tell(_ActorStop())
            except ActorDeadError:
                log.debug("%s had stopped already", ref)
        if reply_to is not None:
            dead = ActorDeadError(f"{self.actor_ref} was stopped by {error!r} while handling the message")
            dead.__cause__ = error
            _answer(reply_to, error=dead)

    def __die_unheard(self) -> None:
        """There is no loop to take a turn on: no hook is called, and what waits in the mailbox is refused."""
        ActorRegistry.unregister(self.actor_ref)
        self.actor_stopped.set()
        self.__finish()

    def __finish(self) -> None:
        """Refuse what comes from now on, then what has come; nothing falls in between."""
        if self.actor_inbox.close(functools.partial(refuse, str(self.actor_ref))):
            self._actor_loop_teardown()


def _answer(reply_to: pykka.Future[Any], value: Any = None, error: BaseException | None = None) -> None:
    try:
        if error is None:
            reply_to.set(value)
        else:
            reply_to.set_exception((type(error), error, error.__traceback__))
    except queue.Full:
        log.warning("an answer was given twice: whoever asked had settled the future, and goes without ours")
