"""What a row of the catalogue is: one message of a message registry."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias


class Health(StrEnum):
    """How well it went: Redfish's `Health`, which is also a Task's `TaskStatus`."""

    OK = "OK"
    WARNING = "Warning"
    CRITICAL = "Critical"


@dataclass(frozen=True, slots=True)
class Template:
    """One message of a message registry; `{0}`, `{1}` … stand for its arguments."""

    registry: str
    key: str
    severity: Health
    arguments: int
    text: str
    resolution: str

    @property
    def message_id(self) -> str:
        return f"{self.registry}.{self.key}"


Row: TypeAlias = tuple[str, Health, int, str, str]
"""A Template without its registry: key, severity, number of arguments, text, resolution."""

OK, WARNING, CRITICAL = Health.OK, Health.WARNING, Health.CRITICAL
MEND: Final = "Correct the request and send it again."
NONE: Final = "None."
