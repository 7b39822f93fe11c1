"""The message registries that the catalogue is taken from, each as an extract: the messages emitted here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from actors.tasks.catalogue import BASE, CATALOGUE, RESOURCE_EVENT, TASK_EVENT, TASKMON, Template


@dataclass(frozen=True, slots=True)
class MessageRegistry:
    """A message registry as it is published: whose it is, which version, and what is emitted of it."""

    prefix: str
    version: str
    """Three numbers, of which a MessageId has the first two."""
    name: str
    owner: str
    description: str
    messages: Mapping[str, Template]
    """By key, in the order of the catalogue."""

    @property
    def short(self) -> str:
        """Prefix and two numbers, as a MessageId begins: `Base.1.13`."""
        return f"{self.prefix}.{self.version.rpartition('.')[0]}"


def _messages(short: str) -> dict[str, Template]:
    return {key: template for key, template in CATALOGUE.items() if template.registry == short}


def _extract(version: str, short: str, what: str) -> MessageRegistry:
    """The part of a registry of DMTF that is emitted here, under that registry's own version."""
    prefix = short.partition(".")[0]
    return MessageRegistry(
        prefix,
        version,
        f"{what} Message Registry (extract)",
        "DMTF",
        f"An extract of DMTF's {prefix} message registry {version}: the messages that this service emits. "
        "Keys, arguments and severities are the registry's; the texts are the service's own words for them.",
        _messages(short),
    )


MESSAGE_REGISTRIES: Final = (
    _extract("1.13.0", BASE, "Base"),
    _extract("1.0.3", TASK_EVENT, "Task Event"),
    _extract("1.2.1", RESOURCE_EVENT, "Resource Event"),
    MessageRegistry(
        "Taskmon",
        "1.0.0",
        "Taskmon Message Registry",
        "taskmon",
        "The messages of this service for which DMTF's registries have none.",
        _messages(TASKMON),
    ),
)
"""Every message of the catalogue is in one of these."""
