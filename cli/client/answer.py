"""An answer of a Redfish service, and what can be read from any of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from cli.client.errors import RefusedError

Resource = dict[str, Any]
"""A JSON object as the service sent it."""

MOST_MESSAGES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer. Names of headers are in lower case; `body` is empty where no JSON object was sent."""

    request: str
    status: int
    headers: Mapping[str, str]
    body: Resource
    is_json: bool

    @property
    def location(self) -> str:
        return self.headers.get("location", "")

    @property
    def retry_after(self) -> float | None:
        """The seconds that Retry-After asks to wait, whether it says so or names a time."""
        return seconds_of(self.headers.get("retry-after", ""))

    @property
    def waited(self) -> bool:
        """Whether the service has honoured `Prefer: wait`."""
        return "wait=" in self.headers.get("preference-applied", "")

    @property
    def words(self) -> str:
        """What the service itself says is wrong; without such words, the HTTP status."""
        return words_of(self.body) or f"HTTP status {self.status}."

    def expect(self, *statuses: int) -> "Answer":
        """This answer.

        Raises:
            RefusedError: its HTTP status is none of these.
        """
        if self.status in statuses:
            return self
        raise RefusedError(f"{self.request} was refused with {self.status}: {self.words}", self.status)


def seconds_of(retry_after: str) -> float | None:
    """What a Retry-After comes to, from now on; None where it cannot be understood."""
    text = retry_after.strip()
    if text.isdecimal():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def words_of(body: Mapping[str, Any], *, resolution: bool = True) -> str:
    """The sentences of an error object; an empty string where there are none.

    The Resolution of a single message is among them, unless it is left out by `resolution`.
    """
    error = body.get("error")
    holder = error if isinstance(error, dict) else body
    told = []
    extended = holder.get("@Message.ExtendedInfo")
    messages = [one for one in extended if isinstance(one, dict)] if isinstance(extended, list) else []
    for message in messages[:MOST_MESSAGES]:
        told.append(str(message.get("Message") or message.get("MessageId") or ""))
        if resolution and len(messages) == 1 and message.get("Resolution"):
            told.append(str(message["Resolution"]))
    if len(messages) > MOST_MESSAGES:
        told.append(f"({len(messages) - MOST_MESSAGES} more messages.)")
    if not any(told) and isinstance(error, dict):
        told = [str(error.get("message", ""))]
    return " ".join(part.strip() for part in told if part.strip())


def parsed(content: bytes) -> tuple[Resource, bool]:
    """The JSON object in this body, and whether there is one."""
    try:
        body = json.loads(content) if content.strip() else {}
    except ValueError:
        return {}, False
    return (body, True) if isinstance(body, dict) else ({}, False)


def link(resource: Mapping[str, Any], *names: str) -> str:
    """The `@odata.id` behind these names, one inside the other; an empty string where there is none."""
    found: Any = resource
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    uri = found.get("@odata.id") if isinstance(found, dict) else found
    return uri if isinstance(uri, str) else ""


def inside(resource: Mapping[str, Any], *names: str) -> Resource:
    """The object behind these names, one inside the other; an empty one where there is none."""
    found: Any = resource
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def last(uri: str) -> str:
    """The last part of a URI: the id of a member of a collection."""
    return uri.rstrip("/").rpartition("/")[2]
