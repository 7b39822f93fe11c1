"""Events and subscriptions as they are stored.

An event tells of one change, and is written to the outbox in the transaction of that change. A
subscription says who wants to be told where; how far it has been told is its delivery.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from actors.access.records import AccountId
from actors.tasks.catalogue import Health
from actors.tasks.messages import Message

EventNumber = NewType("EventNumber", int)
"""The place of an event in the outbox: 1, 2, 3 … in the order of the commits, never used twice."""

SubscriptionId = NewType("SubscriptionId", str)

BEGINNING: Final = EventNumber(0)
"""What is before the first event."""


class ResourceType(StrEnum):
    """The types of the resources that events are about, by their schemas' names."""

    TASK = "Task"
    SYSTEM = "ComputerSystem"
    SOURCE = "AggregationSource"
    EVENT_SERVICE = "EventService"
    EVENT_DESTINATION = "EventDestination"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestMessage:
    """What a client asked `SubmitTestEvent` to tell, in its own words; like a Message to those who show it.

    `event_id` is the EventId to be told, or empty for that of the outbox; `timestamp` is the EventTimestamp,
    or None for when it was submitted.
    """

    __test__ = False  # of SubmitTestEvent, and no test of pytest's

    message_id: str
    args: tuple[str, ...] = ()
    text: str = ""
    severity: Health = Health.OK
    event_type: str = ""
    event_id: str = ""
    timestamp: datetime | None = None
    resolution: str = "None."


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that has happened: `message` tells of it, `at` is when.

    `origin` is the URI of the resource that it is about, of the type `resource_type`. `owner` is the account
    whose events these are; None: everybody may be told who can log in.
    """

    message: Message | TestMessage
    origin: str
    resource_type: ResourceType
    owner: AccountId | None = None
    at: datetime

    @property
    def event_type(self) -> str:
        """The EventType, which Redfish has deprecated and still asks for."""
        if isinstance(self.message, TestMessage):
            return self.message.event_type or "Other"
        return _EVENT_TYPES.get(self.message.key, "StatusChange")

    @property
    def timestamp(self) -> datetime:
        """The EventTimestamp."""
        told = self.message.timestamp if isinstance(self.message, TestMessage) else None
        return told or self.at

    @property
    def registry_prefix(self) -> str:
        """The message registry of its MessageId."""
        return self.message.message_id.partition(".")[0]


_EVENT_TYPES: Final = {"ResourceCreated": "ResourceAdded", "ResourceRemoved": "ResourceRemoved"}


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """An event with its number."""

    number: EventNumber
    event: Event


class RetryPolicy(StrEnum):
    """Redfish's `DeliveryRetryPolicy`: what is done when all attempts at a delivery have failed."""

    TERMINATE = "TerminateAfterRetries"
    SUSPEND = "SuspendRetries"
    FOREVER = "RetryForever"
    BACKOFF = "RetryForeverWithBackoff"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventChoice:
    """Which events somebody wants: those that meet every criterion given; an empty one is met by all.

    `registries` are registry prefixes. `message_ids` are whole MessageIds or, for any version, the registry
    and the key. `origins` are URIs, with all below them if `subordinate`.
    """

    registries: tuple[str, ...] = ()
    excluded_registries: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    excluded_message_ids: tuple[str, ...] = ()
    resource_types: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    subordinate: bool = False
    event_types: tuple[str, ...] = ()
    severities: tuple[Health, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A destination that is told of events by POST, as its owner asked for it.

    `headers` are those that go with each request, a JSON object of names and values, sealed; `signing_key` is
    what the requests are signed with, sealed; each is None where there is none. `suspended` says whether it
    is told nothing, and `suspended_why` why, a sentence: empty where a client asked for it. Events up to the
    number `after` are not for it: it was made, or is to go on, behind them.
    """

    id: SubscriptionId
    revision: int = 1
    owner: AccountId
    destination: str
    context: str = ""
    choice: EventChoice = EventChoice()
    include_origin: bool = False
    retry_policy: RetryPolicy = RetryPolicy.TERMINATE
    verify_certificate: bool = True
    headers: bytes | None = None
    signing_key: bytes | None = None
    suspended: bool = False
    suspended_why: str = ""
    after: EventNumber = BEGINNING
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How far a subscription has been told; its id is the subscription's.

    `told` is the number of the last event that the destination has taken, or that it is not to get. `failed`
    counts the attempts since the last success, and `last_error` is why the last of them failed, a sentence.
    """

    id: SubscriptionId
    revision: int = 1
    told: EventNumber
    last_success: datetime | None = None
    last_failure: datetime | None = None
    last_error: str = ""
    failed: int = 0
    delivered: int = 0
