"""What an operation is: what a task does, from its input to its outcome."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from actors.access.rules import AnyOf
from actors.inventory.inventory import Inventory
from actors.tasks.messages import Message
from actors.tasks.ports import Change
from actors.tasks.task import Result, Task

if TYPE_CHECKING:
    from actors.tasks.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an operation ended.

    `messages` are added to the task before its last one, `detail` is a sentence that goes with the
    last. `warning`: all was done, and there is something to tell. `cut_short`: it failed before it had run to
    its end, and its percentage stays where it is. `changes` are committed together with
    the task's end. `settle` computes such changes from the inventory as it is at that moment, while
    nothing else changes it; for what concerns records that others may be changing too.
    """

    failed: bool
    result: Result
    messages: tuple[Message, ...] = ()
    detail: str = ""
    warning: bool = False
    cut_short: bool = False
    changes: tuple[Change, ...] = ()
    settle: Callable[[Inventory], Sequence[Change]] | None = None


FAILURE_STATUS = 400
"""The HTTP status of a failed operation: below 500, which clients would retry for half a minute,
and neither 401 nor 403, after which they would log in again."""


def failure(
    *messages: Message, summary: str = "", changes: tuple[Change, ...] = (), cut_short: bool = False
) -> Outcome:
    """The outcome of an operation that failed, told by `messages`; `summary` is its monitor's sentence."""
    general = Message("GeneralError", detail=summary or " ".join(message.text for message in messages[:1]))
    return Outcome(
        failed=True,
        result=Result(http_status=FAILURE_STATUS, messages=(general, *messages)),
        messages=messages,
        detail=summary,
        changes=changes,
        cut_short=cut_short,
    )


def success(
    *messages: Message,
    warning: bool = False,
    detail: str = "",
    changes: tuple[Change, ...] = (),
) -> Outcome:
    """The outcome of an action that was carried out; `messages` tell what is worth looking at."""
    return Outcome(
        failed=False,
        result=Result(http_status=200, messages=(Message("Success"), *messages)),
        messages=messages,
        warning=warning,
        detail=detail,
        changes=changes,
    )


class Policy(Enum):
    """What becomes of work that a stop of the service cut off."""

    GO_ON = "goes on"
    """Nothing is in doubt: the work goes on from its checkpoint."""
    ASK = "asks"
    """What became of something that was sent is not known: the server is asked, and nothing is sent again."""
    END = "ends"
    """It cannot go on, and ends as failed."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A policy, and the sentence that tells of it on the task."""

    policy: Policy
    sentence: str


class Operation(Protocol):
    """One kind of work. An instance serves all tasks of its kind and keeps nothing of any of them.

    Derive from it: what is not defined then has the careful answer.
    """

    name: str
    needs: AnyOf
    """One of these privileges is needed to start it."""
    not_again: str = ""
    """Why a task of this kind cannot be done again from its record: a sentence, or nothing."""

    async def run(self, context: "Context") -> Outcome:
        """Do the work of `context.task` and say how it ended.

        It reaches servers through the context only. Cancelled, it must end at the next await; an
        exception that it lets out ends the task as failed, by the service's own fault. After a stop of
        the service it is run again for tasks that `after_stop` does not end, with the checkpoint that was
        saved last.
        """

    def after_stop(self, task: Task) -> Decision:
        """What becomes of this task, whose work had begun when the service stopped."""
        return Decision(
            Policy.END,
            f"The service stopped while the task was {task.state}; "
            "what it had begun is not known to be done.",
        )

    def holds(self, task: Task, inventory: Inventory) -> Sequence[str]:
        """The systems that this task holds once its work has begun."""
        return ()

    def claims(self, task: Task, inventory: Inventory) -> frozenset[str]:
        """What no other task may claim while this one is live."""
        return frozenset()

    def left_unknown(self, task: Task) -> str:
        """What is not known when the work of this task is stopped now: a sentence, or nothing."""
        return ""
