"""A Redfish Message: an entry of the catalogue with its arguments and what is special this time."""

from dataclasses import dataclass, replace
from datetime import datetime

from actors.access.records import AccountId, Viewer
from actors.access.rules import may_see
from actors.tasks.catalogue import CATALOGUE, Health

ANOTHER_TASK = "another task"
"""What a message calls a task that its reader may not see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A task that a message speaks of: its id (of a subtask also its parent's), for those who may see what
    belongs to `owner`."""

    task: str
    owner: AccountId
    parent: str | None = None

    def named_for(self, viewer: Viewer) -> str:
        """The task by its id, or as another one."""
        if not may_see(viewer, self.owner):
            return ANOTHER_TASK
        return f"task {self.task}" if self.parent is None else f"task {self.parent} (subtask {self.task})"


@dataclass(frozen=True, slots=True)
class Message:
    """One Redfish Message: an entry of the catalogue, its arguments, and what is special this time.

    What is stored of it is the key and all that is not the catalogue's, whose words for a key never change.
    `detail` is a sentence (or a few) that follows the catalogue's text; `resolution`, if given,
    replaces the catalogue's; `properties` name what in the request it is about; `at` is when it
    was recorded on a task. `mention` is the task that the detail calls "another task".
    """

    key: str
    args: tuple[str, ...] = ()
    detail: str = ""
    resolution_here: str = ""
    properties: tuple[str, ...] = ()
    at: datetime | None = None
    mention: Mention | None = None

    def __post_init__(self) -> None:
        if len(self.args) != CATALOGUE[self.key].arguments:
            raise ValueError(
                f"{self.key} takes {CATALOGUE[self.key].arguments} arguments, not {len(self.args)}"
            )

    @property
    def message_id(self) -> str:
        """The MessageId, with two version numbers."""
        return CATALOGUE[self.key].message_id

    @property
    def severity(self) -> Health:
        return CATALOGUE[self.key].severity

    @property
    def text(self) -> str:
        """The sentence for a person: the catalogue's, then the detail."""
        text = CATALOGUE[self.key].text.format(*self.args)
        return f"{text} {self.detail}" if self.detail else text

    def seen_by(self, viewer: Viewer) -> "Message":
        """The message as this viewer reads it: who may see the task that it mentions is told its id."""
        if self.mention is None:
            return self
        name = self.mention.named_for(viewer)
        return replace(self, detail=self.detail.replace(ANOTHER_TASK, name, 1), mention=None)

    @property
    def resolution(self) -> str:
        """What to do now, as a sentence."""
        return self.resolution_here or CATALOGUE[self.key].resolution
