"""Tasks as any Redfish service shows them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cli.client.answer import Resource, inside, last, link
from cli.client.errors import RefusedError
from cli.client.members import count_of, members_of
from cli.client.service import Service

ENDED: Final = frozenset({"Completed", "Exception", "Cancelled", "Killed"})
"""The states of a task that goes no further. `Interrupted` and `Suspended` may go on."""
ABORTED: Final = frozenset({"Cancelled", "Killed"})
CANCEL, RETRY = "#Taskmon.Cancel", "#Taskmon.Retry"


@dataclass(frozen=True, slots=True)
class Task:
    """A Task resource, read."""

    body: Resource

    @property
    def uri(self) -> str:
        return link(self.body)

    @property
    def id(self) -> str:
        return str(self.body.get("Id") or last(self.uri))

    @property
    def state(self) -> str:
        return str(self.body.get("TaskState") or "Unknown")

    @property
    def status(self) -> str:
        return str(self.body.get("TaskStatus") or "")

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    @property
    def percent(self) -> int | None:
        """None: the service does not tell."""
        told = self.body.get("PercentComplete")
        return max(0, min(100, int(told))) if isinstance(told, int | float) else None

    @property
    def what(self) -> str:
        """What is done: the operation, or the name of the task."""
        return str(inside(self.body, "Oem", "Taskmon").get("Operation") or self.body.get("Name") or "")

    @property
    def target(self) -> str:
        """What it is done to; an empty string where the service does not tell."""
        told = inside(self.body, "Oem", "Taskmon").get("Target") or inside(self.body, "Payload").get(
            "TargetUri"
        )
        return str(told or "")

    @property
    def started(self) -> datetime | None:
        return moment(self.body.get("StartTime"))

    @property
    def ended(self) -> datetime | None:
        return moment(self.body.get("EndTime"))

    @property
    def monitor(self) -> str:
        return link(self.body, "TaskMonitor")

    @property
    def subtasks(self) -> str:
        """The collection of its subtasks; an empty string where it has none."""
        return link(self.body, "SubTasks")

    @property
    def messages(self) -> list[Resource]:
        told = self.body.get("Messages")
        return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []

    @property
    def message_times(self) -> list[datetime | None]:
        """When each of its messages was recorded, None where the service does not tell."""
        told = inside(self.body, "Oem", "Taskmon").get("MessageTimes")
        times = [moment(one) for one in told] if isinstance(told, list) else []
        return [times[at] if at < len(times) else None for at in range(len(self.messages))]

    @property
    def last_words(self) -> str:
        """What its latest Message says."""
        return str(self.messages[-1].get("Message") or "") if self.messages else ""

    @property
    def failure(self) -> str:
        """What says best why it failed: with subtasks the first complaint, else the latest Message."""
        told = [one for one in self.messages if severity_of(one) not in ("", "OK")] if self.subtasks else []
        return str(told[0].get("Message") or "") if told else self.last_words

    def action(self, name: str) -> str:
        """Where to POST one of its OEM actions; an empty string where it does not have it."""
        return str(inside(self.body, "Actions", "Oem", name).get("target") or "")


@dataclass(frozen=True, slots=True)
class Tally:
    """How many subtasks there are, and how the ended ones did."""

    total: int
    completed: int
    failed: int
    aborted: int

    @property
    def ended(self) -> int:
        return self.completed + self.failed + self.aborted


def severity_of(message: Resource) -> str:
    """How grave a Message is."""
    return str(message.get("MessageSeverity") or message.get("Severity") or "")


def moment(text: object) -> datetime | None:
    """A Redfish time; None for none, and for the one that stands for 'not yet'."""
    try:
        read = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    read = read if read.tzinfo else read.replace(tzinfo=UTC)
    return read if read.year > 1 else None


async def tally_of(service: Service, task: Task) -> Tally | None:
    """How its subtasks do; None for a task without any, and where the service does not tell."""
    if not task.subtasks:
        return None
    try:
        if service.filters:
            states = {
                state: await count_of(service, task.subtasks, _filter=f"TaskState eq '{state}'")
                for state in ("Completed", "Exception", "Cancelled")
            }
            total = await count_of(service, task.subtasks)
            return Tally(total, states["Completed"], states["Exception"], states["Cancelled"])
        found = [Task(one) for one in (await members_of(service, task.subtasks)).resources]
    except RefusedError:  # it went meanwhile
        return None
    return Tally(
        len(found),
        sum(one.state == "Completed" for one in found),
        sum(one.state == "Exception" for one in found),
        sum(one.state in ABORTED for one in found),
    )
