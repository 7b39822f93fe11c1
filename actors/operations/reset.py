"""The operation `reset`: resets many systems, a subtask each, in batches."""

from collections.abc import Iterator, Sequence

from actors.operations.operation import Decision, Operation, Outcome, Policy, failure, success
from actors.tasks.context import Context
from actors.tasks.messages import Message
from actors.tasks.task import Task, TaskId

SUMMARY = "one or more of the reset actions failed, check sub tasks for more info."
"""The specification's own words, "Viewing a task monitor", sample error response."""

NAMED_FAILURES = 10


class Reset(Operation):
    """Input: `batch_size` (0: all at once) and `delay` in seconds."""

    name = "reset"

    async def run(self, context: Context) -> Outcome:
        """A batch begins when the one before has ended and the delay has passed."""
        subtasks = context.subtask_ids
        size = context.task.input["batch_size"] or len(subtasks)
        delay = context.task.input["delay"]
        await context.started(percent=0)
        await context.running()
        batches = list(_batches(subtasks, size))
        for number, batch in enumerate(batches, start=1):
            if context.have_ended(batch):  # before the service was started anew
                continue
            if number > 1 and delay and not context.has_begun(batch):
                await context.note(f"Waiting {delay} s before batch {number} of {len(batches)}.")
                await context.sleep(delay)
            if len(batches) > 1:
                await context.note(f"Batch {number} of {len(batches)} begins: {_servers(len(batch))}.")
            await context.run_subtasks(batch)
        return summed_up(context.failed, context.warned, len(subtasks))

    def after_stop(self, task: Task) -> Decision:
        """What is in doubt is in doubt at its subtasks, and each of them decides for itself."""
        return Decision(Policy.GO_ON, "The reset goes on with the servers that remain.")


def _batches(subtasks: Sequence[TaskId], size: int) -> Iterator[Sequence[TaskId]]:
    for start in range(0, len(subtasks), size):
        yield subtasks[start : start + size]


def _servers(count: int) -> str:
    return "1 server" if count == 1 else f"{count} servers"


def summed_up(failed: Sequence[Task], warned: int, total: int) -> Outcome:
    """What the ends of the subtasks come to for their parent; `failed` are in the order of their ends.

    One that was aborted by itself did not do its work: it counts as failed.
    """
    if failed:
        return failure(*_told(failed, total), summary=SUMMARY)
    done = f"{_servers(total)} {'was' if total == 1 else 'were'} reset"
    if warned:
        return success(warning=True, detail=f"{done}, {warned} with something to look at.")
    return success(detail=f"{done}.")


def _told(failed: Sequence[Task], total: int) -> Iterator[Message]:
    first = failed[0]
    yield Message(
        "OperationFailed",
        detail=f"{len(failed)} of {_servers(total)} failed, first {first.target} (subtask {first.id}).",
        resolution_here="Look at the subtasks named here, mend the cause, and reset those servers again.",
    )
    for task in failed[:NAMED_FAILURES]:
        why = (
            task.result.messages[-1].text if task.result and task.result.messages else f"It is {task.state}."
        )
        yield Message("OperationFailed", detail=f"{task.target}: {why}")
    if len(failed) > NAMED_FAILURES:
        yield Message(
            "OperationFailed", detail=f"{len(failed) - NAMED_FAILURES} more failed; see the subtasks."
        )
