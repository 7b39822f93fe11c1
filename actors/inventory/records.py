"""Servers, their systems and aggregates as they are stored.

An aggregation source is a server's Redfish service: an address and credentials. A system is one of
the machines that it manages, most often the only one. An aggregate is a named set of systems.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

SourceId = NewType("SourceId", str)
SystemId = NewType("SystemId", str)
AggregateId = NewType("AggregateId", str)


class ResetType(StrEnum):
    """Redfish's `Resource.ResetType`."""

    ON = "On"
    FORCE_OFF = "ForceOff"
    GRACEFUL_SHUTDOWN = "GracefulShutdown"
    GRACEFUL_RESTART = "GracefulRestart"
    FORCE_RESTART = "ForceRestart"
    NMI = "Nmi"
    FORCE_ON = "ForceOn"
    PUSH_POWER_BUTTON = "PushPowerButton"
    POWER_CYCLE = "PowerCycle"
    SUSPEND = "Suspend"
    PAUSE = "Pause"
    RESUME = "Resume"
    FULL_POWER_CYCLE = "FullPowerCycle"
    SLEEP = "Sleep"
    HIBERNATE = "Hibernate"


class PowerState(StrEnum):
    """Redfish's `Resource.PowerState`."""

    ON = "On"
    OFF = "Off"
    POWERING_ON = "PoweringOn"
    POWERING_OFF = "PoweringOff"
    PAUSED = "Paused"
    SLEEPING = "Sleeping"
    HIBERNATING = "Hibernating"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """How a server shows that it is the right one.

    `verify` says whether its certificate must be signed by somebody trusted; None is as the settings have it.
    With a `pin`, the SHA-256 of a certificate in DER as 64 hexadecimal digits in lower case, it must be that
    very certificate instead, whoever signed it.
    """

    verify: bool | None = None
    pin: str = ""


AS_SET = Trust()
"""As the settings have it for all servers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A server's Redfish service.

    `host` is its HostName as clients see it and `address` the same in one spelling, `host:port` in lower
    case: no two sources have the same. `password` is sealed; only the vault opens it.
    """

    id: SourceId
    revision: int = 1
    host: str
    address: str
    user_name: str
    password: bytes
    systems: tuple[SystemId, ...] = ()
    added: datetime
    trust: Trust = AS_SET


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A machine that a source manages, with what was last seen of it.

    The id is `{source id}.{its id at the server}`; `path` is its URI at the server and `reset_uri`
    the target of its reset action there (empty: it offers none). `reset_types` is empty where the server
    does not say which it supports.
    """

    id: SystemId
    revision: int = 1
    source: SourceId
    path: str
    name: str
    uuid: str = ""
    manufacturer: str = ""
    model: str = ""
    serial_number: str = ""
    reset_uri: str = ""
    reset_types: tuple[ResetType, ...] = ()
    power_state: PowerState | None = None
    last_reset: str = ""
    seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """A set of systems that are reset together, in the order in which they were put in."""

    id: AggregateId
    revision: int = 1
    elements: tuple[SystemId, ...]
    created: datetime
