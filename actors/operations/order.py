"""Who asked for an operation, and by which request."""

from dataclasses import dataclass

from actors.access.records import Viewer
from actors.tasks.payload import Payload
from actors.tasks.request_keys import RequestKeyId


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedRequest:
    """A request that named itself by a key, so that it makes one task however often it is sent."""

    id: RequestKeyId
    fingerprint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who asked for an operation, by which request (redacted), and the action's name if it is one."""

    viewer: Viewer
    payload: Payload
    action: str = ""
    keyed: KeyedRequest | None = None
