"""What subscribers are told of servers: that they come and go, and how their power state changes."""

from datetime import datetime

from actors.events.records import Event, ResourceType
from actors.inventory.records import PowerState, Source, System, SystemId
from actors.tasks.messages import Message
from actors.uris import source_uri, system_uri


def created(source: Source, *systems: System, at: datetime) -> tuple[Event, ...]:
    """That a source was added, and then each of its systems."""
    message = Message("ResourceCreated")
    return (
        _of_source(source, message, at),
        *(_of_system(system.id, message, at) for system in systems),
    )


def removed(source: Source, at: datetime) -> tuple[Event, ...]:
    """That the systems of a source are gone, and then the source itself."""
    message = Message("ResourceRemoved")
    return (
        *(_of_system(system, message, at) for system in source.systems),
        _of_source(source, message, at),
    )


def power_changed(system: System, at: datetime) -> Event | None:
    """That the system has come into its power state; None where the registry ResourceEvent has no message."""
    match system.power_state:
        case PowerState.ON:
            key = "ResourcePoweredOn"
        case PowerState.OFF:
            key = "ResourcePoweredOff"
        case PowerState.POWERING_ON:
            key = "ResourcePoweringOn"
        case PowerState.POWERING_OFF:
            key = "ResourcePoweringOff"
        case PowerState.PAUSED:
            key = "ResourcePaused"
        case _:
            return None
    return _of_system(system.id, Message(key, (system_uri(system.id),)), at)


def _of_source(source: Source, message: Message, at: datetime) -> Event:
    return Event(message=message, origin=source_uri(source.id), resource_type=ResourceType.SOURCE, at=at)


def _of_system(system: SystemId, message: Message, at: datetime) -> Event:
    return Event(message=message, origin=system_uri(system), resource_type=ResourceType.SYSTEM, at=at)
