"""The operation `reset`: resets many systems, a subtask each, in batches."""

from collections.abc import Iterator, Sequence

from actors.access.roles import Privilege
from actors.operations.operation import Decision, Operation, Outcome, Policy, failure, success
from actors.operations.stop_rule import MaxFailures
from actors.tasks.context import Context
from actors.tasks.messages import Message
from actors.tasks.task import Task, TaskId

SUMMARY = "one or more of the reset actions failed, check sub tasks for more info."
"""The specification's own words, "Viewing a task monitor", sample error response."""

NAMED_FAILURES = 10


class Reset(Operation):
    """Input: `batch_size` (0: all at once), `delay` in seconds, `max_failures` (None, or absent: no rule)."""

    name = "reset"
    needs = (Privilege.CONFIGURE_MANAGER, Privilege.CONFIGURE_COMPONENTS)

    async def run(self, context: Context) -> Outcome:
        """A batch begins when the one before has ended and the delay has passed, unless too many failed.

        What has begun in a batch goes on to its end, so the rule stops nothing of the last one.
        """
        subtasks = context.subtask_ids
        size = context.task.input["batch_size"] or len(subtasks)
        delay = context.task.input["delay"]
        given = context.task.input.get("max_failures")
        rule = None if given is None else MaxFailures.read(given)
        await context.started(percent=0)
        await context.running()
        batches = list(_batches(subtasks, size))
        for number, batch in enumerate(batches, start=1):
            if context.have_ended(batch):  # before the service was started anew
                continue
            resumed = context.has_begun(batch)
            if number > 1 and delay and not resumed and not _is_reached(rule, context):
                await context.note(f"Waiting {delay} s before batch {number} of {len(batches)}.")
                await context.sleep(delay, unless_ended=batch)
                if context.have_ended(batch):  # each was aborted by itself: there is nothing to wait for
                    continue
            if number > 1 and not resumed and _is_reached(rule, context):
                await context.stop_rest(
                    f"MaxFailures {given}: {len(context.failed)} of {len(subtasks)} failed."
                )
                break
            if len(batches) > 1:
                await context.note(f"Batch {number} of {len(batches)} begins: {_servers(len(batch))}.")
            await context.run_subtasks(batch)
        return summed_up(context.failed, context.warned, len(subtasks), context.stopped, given)

    def after_stop(self, task: Task) -> Decision:
        """What is in doubt is in doubt at its subtasks, and each of them decides for itself."""
        return Decision(Policy.GO_ON, "The reset goes on with the servers that remain.")


def _is_reached(rule: MaxFailures | None, context: Context) -> bool:
    return rule is not None and rule.reached(len(context.failed), len(context.subtask_ids))


def _batches(subtasks: Sequence[TaskId], size: int) -> Iterator[Sequence[TaskId]]:
    for start in range(0, len(subtasks), size):
        yield subtasks[start : start + size]


def _servers(count: int) -> str:
    return "1 server" if count == 1 else f"{count} servers"


def summed_up(
    failed: Sequence[Task], warned: int, total: int, stopped: int = 0, max_failures: int | str | None = None
) -> Outcome:
    """What the ends of the subtasks come to for their parent; `failed` are in the order of their ends.

    One that was aborted by itself did not do its work: it counts as failed. Those that the stop rule
    `max_failures` ended, `stopped` in number, were not begun and did not fail.
    """
    if failed:
        told = list(_told(failed, total))
        if stopped:
            told.insert(0, _rule_reached(len(failed), total, stopped, max_failures))
        return failure(*told, summary=SUMMARY, cut_short=bool(stopped))
    done = f"{_servers(total)} {'was' if total == 1 else 'were'} reset"
    if warned:
        return success(warning=True, detail=f"{done}, {warned} with something to look at.")
    return success(detail=f"{done}.")


def _rule_reached(failed: int, total: int, stopped: int, max_failures: int | str | None) -> Message:
    return Message(
        "OperationFailed",
        detail=f"The stop rule MaxFailures {max_failures} was reached: {failed} of {_servers(total)} failed, "
        f"{stopped} {'was' if stopped == 1 else 'were'} not begun.",
        resolution_here="Mend the cause, then reset those that failed and those that were not begun.",
    )


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
