"""How tasks are shown: in a list, one by itself, and as a line."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from rich.text import Text

from cli.client.answer import last
from cli.client.tasks import Tally, Task, severity_of
from cli.colours import BAD, QUIET
from cli.output.output import Cell, Output
from cli.output.widths import Column
from cli.output.words import clean, health_text, span, state_text

COLUMNS = (
    Column("ID"),
    Column("STATE"),
    Column("STATUS"),
    Column("DONE", right=True),
    Column("WHAT", gives=True),
    Column("TARGET", gives=True, spare=True),
    Column("STARTED"),
    Column("TOOK", right=True, spare=True),
)


def rows(output: Output, tasks: Sequence[Task]) -> Iterator[list[Cell]]:
    """A row of COLUMNS for each: ids that are short and targets without their paths for a person."""
    short = output.short([task.id for task in tasks])
    for task in tasks:
        state = state_text(task.state, task.status, ascii_only=output.ascii_only)
        yield [
            short[task.id],
            state if output.for_a_person else task.state,
            health_text(task.status) if output.for_a_person else task.status,
            "" if task.percent is None else f"{task.percent} %" if output.for_a_person else task.percent,
            task.what,
            thing(task.target) if output.for_a_person else task.target,
            task.started,
            took(task) if output.for_a_person else task.ended,
        ]


def took(task: Task) -> str:
    """How long it has taken, or takes so far."""
    if task.started is None or (task.has_ended and task.ended is None):
        return ""
    return span(
        ((task.ended if task.has_ended and task.ended else datetime.now(UTC)) - task.started).total_seconds()
    )


def thing(target: str) -> str:
    """What a target URI names, without the way there and the action."""
    return last(target.partition("/Actions/")[0]) or target


def summary(task: Task, tally: Tally | None = None) -> str:
    """A task in a line, for pipes: id, state, status, percentage, subtasks."""
    parts = [task.id, task.state, task.status or "-", "-" if task.percent is None else f"{task.percent}%"]
    if tally is not None:
        parts.append(f"{tally.ended} of {tally.total}, {tally.failed} failed")
    return "\t".join(parts)


def show(output: Output, task: Task, tally: Tally | None, failed: Sequence[tuple[str, Task]]) -> None:
    """All of a task that a person wants to know. With each that failed comes what its server is known by."""
    _row(output, "task", task.id)
    state = state_text(task.state, task.status, ascii_only=output.ascii_only)
    if task.status:
        state = Text.assemble(state, "  ", health_text(task.status))
    _row(output, "state", state)
    if task.percent is not None:
        _row(output, "done", f"{task.percent} %")
    _row(output, "what", task.what)
    _row(output, "target", task.target)
    _row(output, "started", output.time(task.started))
    if task.has_ended:
        _row(output, "ended", output.time(task.ended))
    _row(output, "took" if task.has_ended else "so far", took(task))
    _row(output, "monitor", task.monitor)
    if tally is not None:
        _row(output, "subtasks", told(tally))
    _story(output, task)
    for host, one in failed:
        words = Text.assemble((f"{clean(host)}  ", BAD), clean(one.last_words))
        _row(output, "failed", words)


def _story(output: Output, task: Task) -> None:
    """Its messages: for a person behind their times, in a pipe the time is a field more."""
    times = [output.time(when) for when in task.message_times]
    width = max(map(len, times), default=0)
    for message, when in zip(task.messages, times, strict=True):
        severity = severity_of(message) or "OK"
        text = Text(clean(message.get("Message") or message.get("MessageId") or ""))
        if severity != "OK":
            text = Text.assemble(health_text(severity), "  ", text)
        if output.for_a_person and width:
            text = Text.assemble((f"{when:>{width}}  ", QUIET), text)
        _row(output, "message", text, "" if output.for_a_person else when)


def told(tally: Tally) -> str:
    """How the subtasks do, in words."""
    parts = [f"{tally.completed} completed"] if tally.completed else []
    parts += [f"{tally.failed} failed"] if tally.failed else []
    parts += [f"{tally.aborted} aborted"] if tally.aborted else []
    rest = tally.total - tally.ended
    parts += [f"{rest} to go"] if rest > 0 else []
    return f"{tally.total}: {', '.join(parts) or 'none'}"


def _row(output: Output, label: str, what: str | Text, when: str = "") -> None:
    text = what if isinstance(what, Text) else Text(clean(what))
    if not text.plain:
        return
    if when:
        output.fields(label, text, when)
    else:
        output.labelled(label, text)
