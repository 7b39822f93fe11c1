"""Who asked for an operation, and by which request."""

from dataclasses import dataclass

from actors.access.records import Viewer
from actors.operations.clocks import NO_TIMEOUTS, Timeouts
from actors.tasks.payload import Payload
from actors.tasks.request_keys import RequestKeyId


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedRequest:
    """A request that named itself by a key, so that it makes one task however often it is sent."""

    id: RequestKeyId
    fingerprint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who asked for an operation, by which request (redacted), the action's name if it is one, and what it
    says of the clocks of its task or subtasks."""

    viewer: Viewer
    payload: Payload
    action: str = ""
    timeouts: Timeouts = NO_TIMEOUTS
    keyed: KeyedRequest | None = None
