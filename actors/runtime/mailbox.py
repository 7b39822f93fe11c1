"""Mailbox: where an actor's messages wait, which wakes the actor when there is something to do."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from pykka import ActorDeadError
from pykka._envelope import Envelope
from pykka.messages import _ActorStop

from config.request_ids import REQUEST_ID

Deliver = Callable[[Envelope[Any]], None]


class Mailbox:
    """An actor's messages, in the order in which they were put; any thread may put.

    Pykka makes it before it can know whose it is, so it is bound when the actor starts. From its
    making until the first turn a turn counts as due: what is put meanwhile is kept and wakes nobody.

    With each message lies the id of the request that it was put for, as it was where it was put.
    """

    __slots__ = ("_due", "_envelopes", "_lock", "_loop", "_refuse", "_wake")

    def __init__(self) -> None:
        # Only while there are any: an empty deque has 0.7 kB, and of most actors the mailbox is empty.
        self._envelopes: deque[tuple[Envelope[Any], str]] | None = None
        self._lock = threading.Lock()
        self._due = True
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: Deliver | None = None
        self._refuse: Deliver | None = None

    def __len__(self) -> int:
        return len(self._envelopes or ())

    def bind(self, loop: asyncio.AbstractEventLoop, wake: Deliver) -> None:
        """From now on call `wake` with an envelope that was put while no turn was due.

        It is called on the putting thread, without the lock. Also, whether or not a turn is due,
        once the loop has closed: the turn that is due will never come.
        """
        self._loop = loop
        self._wake = wake

    def put(self, envelope: Envelope[Any]) -> None:
        """Append a message and wake its actor, or refuse it when the actor is gone.

        Raises:
            ActorDeadError: the actor is gone, and there is no asker who could be told instead.
        """
        with self._lock:
            refuse = self._refuse
            wake = None
            if refuse is None:
                if self._envelopes is None:
                    self._envelopes = deque()
                self._envelopes.append((envelope, REQUEST_ID.get()))
                if not self._due or (self._loop is not None and self._loop.is_closed()):
                    self._due = True
                    wake = self._wake
        if refuse is not None:
            refuse(envelope)
        elif wake is not None:
            wake(envelope)

    def begin_turn(self) -> None:
        """No turn is due any more: what is put from now on asks for another.

        To be called before the first `take()` of a turn. Afterwards, a message put between the last
        take and the call would lie there until the next one came.
        """
        with self._lock:
            self._due = False

    def claim_turn(self) -> bool:
        """Whether there are messages and no turn is due. If so one is due now, the caller's to schedule."""
        with self._lock:
            if self._due or not self._envelopes:
                return False
            self._due = True
            return True

    def take(self) -> tuple[Envelope[Any], str] | None:
        """The oldest message, taken out, with its request's id (may be empty); or None."""
        with self._lock:
            if self._envelopes is None:
                return None
            oldest = self._envelopes.popleft()
            if not self._envelopes:
                self._envelopes = None
            return oldest

    def close(self, refuse: Deliver) -> bool:
        """Let go of the actor; every later put goes to `refuse` instead. What waits stays to be taken.

        False, and without effect, if it is closed already.
        """
        with self._lock:
            if self._refuse is not None:
                return False
            self._refuse = refuse
            self._wake = None
            self._loop = None
            return True

    @property
    def closed(self) -> bool:
        return self._refuse is not None

    def get(self) -> Envelope[Any]:
        """The oldest message, taken out; for Pykka's clean-up, which looks whether there is one before.

        Raises:
            IndexError: there is none; a mailbox on a loop never blocks.
        """
        taken = self.take()
        if taken is None:
            raise IndexError("The mailbox is empty.")
        return taken[0]

    def empty(self) -> bool:
        return not self._envelopes


def refuse(name: str, envelope: Envelope[Any]) -> None:
    """Answer for the actor of that name, which is gone: no to a message, yes to one more request to stop.

    Raises:
        ActorDeadError: nobody waits for an answer, so the sender is told here.
    """
    stop = isinstance(envelope.message, _ActorStop)
    error = ActorDeadError(f"{name} stopped before handling the message")
    if envelope.reply_to is None:
        if not stop:
            raise error
    elif stop:
        envelope.reply_to.set(None)
    else:
        envelope.reply_to.set_exception((ActorDeadError, error, None))
