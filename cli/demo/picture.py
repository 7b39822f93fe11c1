"""What there is to see of a task that is followed: plain data, the same for every way of showing it."""

from dataclasses import dataclass, replace
from enum import Enum
from itertools import chain

from cli.demo.errors import DemoError


class Stage(Enum):
    """Where the reset of one server stands, in at most seven letters.

    An abort stops what had begun, and spares who waited.
    """

    WAITS = "waiting"
    ASKS = "asking"
    AT_WORK = "at work"
    STOPS = "ending"
    DONE = "done"
    WARNED = "warning"
    FAILED = "failed"
    STOPPED = "stopped"
    SPARED = "spared"


ENDED = frozenset({Stage.DONE, Stage.WARNED, Stage.FAILED, Stage.STOPPED, Stage.SPARED})
UNTOUCHED = frozenset({Stage.WAITS, Stage.SPARED})
"""The server has not heard of it."""

_STAGES = {
    "New": Stage.WAITS,
    "Pending": Stage.WAITS,
    "Starting": Stage.ASKS,
    "Running": Stage.AT_WORK,
    "Cancelling": Stage.STOPS,
    "Completed": Stage.DONE,
    "Exception": Stage.FAILED,
    "Cancelled": Stage.STOPPED,
}


def stage_of(state: str, status: str) -> Stage:
    """What a subtask's TaskState and TaskStatus come to.

    Raises:
        DemoError: the state is none that a task of this service can be in.
    """
    stage = _STAGES.get(state)
    if stage is None:
        raise DemoError(f"A subtask is {state}: that is no state in which a reset can be.")
    return Stage.WARNED if stage is Stage.DONE and status != "OK" else stage


@dataclass(frozen=True, slots=True)
class Cell:
    """One server, by its number from 1, and where its reset stands."""

    number: int
    stage: Stage


Batch = tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One look at what is followed. `percent` is what the service says; `seconds` is since the request."""

    state: str
    percent: int
    ended: int
    total: int
    seconds: float
    batches: tuple[Batch, ...] = ()

    def count(self, *stages: Stage) -> int:
        """How many servers are at one of these stages."""
        return sum(cell.stage in stages for cell in chain.from_iterable(self.batches))


ABORTED = "aborted"
"""The state of a picture whose task is gone."""


def aborted(last: Picture) -> Picture:
    """How things are after the abort of a task that was last seen like this."""
    batches = tuple(tuple(map(_aborted, batch)) for batch in last.batches)
    return replace(last, state=ABORTED, batches=batches)


def _aborted(cell: Cell) -> Cell:
    if cell.stage in ENDED:
        return cell
    return Cell(cell.number, Stage.SPARED if cell.stage is Stage.WAITS else Stage.STOPPED)


def begun(batch: Batch) -> bool:
    return any(cell.stage not in UNTOUCHED for cell in batch)


def ended(batch: Batch) -> bool:
    return all(cell.stage in ENDED for cell in batch)


def summed_up(batch: Batch) -> str:
    """How a batch stands, in words, such as "7 done, 1 failed"."""
    counts = ((sum(cell.stage is stage for cell in batch), stage.value) for stage in Stage)
    return ", ".join(f"{count} {word}" for count, word in counts if count)
