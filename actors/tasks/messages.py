"""A Redfish Message: an entry of the catalogue with its arguments and what is special this time."""

from dataclasses import dataclass
from datetime import datetime

from actors.tasks.catalogue import CATALOGUE, Health


@dataclass(frozen=True, slots=True)
class Message:
    """One Redfish Message: an entry of the catalogue, its arguments, and what is special this time.

    `detail` is a sentence (or a few) that follows the catalogue's text; `resolution`, if given,
    replaces the catalogue's; `properties` name what in the request it is about; `at` is when it
    was recorded on a task.
    """

    key: str
    args: tuple[str, ...] = ()
    detail: str = ""
    resolution_here: str = ""
    properties: tuple[str, ...] = ()
    at: datetime | None = None

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

    @property
    def resolution(self) -> str:
        """What to do now, as a sentence."""
        return self.resolution_here or CATALOGUE[self.key].resolution
