"""What may be asked of a subscription, what it becomes by that, and what stands against it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from actors.events.records import EventChoice, EventNumber, RetryPolicy, Subscription
from actors.tasks.errors import InvalidRequestError, NotFoundError
from actors.tasks.messages import Message
from actors.tasks.ports import Vault

LONGEST_DESTINATION: Final = 2048
LONGEST_CONTEXT: Final = 4096
MOST_HEADERS: Final = 32
LONGEST_HEADERS: Final = 8192
"""Characters of all headers of one subscription, names and values."""
SHORTEST_KEY, LONGEST_KEY = 16, 1024
"""Characters of a signing key."""
SIGNING_KEY: Final = "Oem/Taskmon/SigningKey"

OURS: Final = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-taskmon-signature",
        "x-taskmon-timestamp",
    }
)
"""Headers that the service writes itself, in lower case, or that say how a message ends: no client may."""

_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110, "token"
_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?|")  # of visible ASCII, trimmed


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubscription:
    """What a client says of a subscription that is to be made. Requests to it carry the `headers`, and are
    signed with the `signing_key` if there is one."""

    destination: str
    context: str = ""
    choice: EventChoice = field(default_factory=EventChoice)
    include_origin: bool = False
    retry_policy: RetryPolicy = RetryPolicy.TERMINATE
    verify_certificate: bool = True
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    signing_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionChange:
    """What a client wants to be different; None stays as it is. An empty `signing_key` takes it away, and
    `headers` take the place of all there were."""

    context: str | None = None
    include_origin: bool | None = None
    retry_policy: RetryPolicy | None = None
    verify_certificate: bool | None = None
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    signing_key: str | None = field(default=None, repr=False)


def changed_by(subscription: Subscription, change: SubscriptionChange, vault: Vault) -> Subscription:
    """The subscription after this change, its secrets sealed.

    Raises:
        InvalidRequestError: it cannot be so.
    """

    def new(given: bool | None, present: bool) -> bool:
        return present if given is None else given

    return replace(
        subscription,
        revision=subscription.revision + 1,
        context=subscription.context if change.context is None else _context(change.context),
        include_origin=new(change.include_origin, subscription.include_origin),
        retry_policy=change.retry_policy or subscription.retry_policy,
        verify_certificate=new(change.verify_certificate, subscription.verify_certificate),
        headers=subscription.headers if change.headers is None else sealed_headers(change.headers, vault),
        signing_key=(
            subscription.signing_key if change.signing_key is None else sealed_key(change.signing_key, vault)
        ),
    )


def check(new: NewSubscription, why_not: str) -> None:
    """Whether such a subscription can be, but for its secrets; `why_not` is why its destination may not be.

    Raises:
        InvalidRequestError: it cannot.
    """
    if len(new.destination) > LONGEST_DESTINATION:
        why_not = f"It has more than {LONGEST_DESTINATION} characters."
    if why_not:
        raise wrong("Destination", why_not, "Give the URL of a listener, beginning with https:// or http://.")
    _context(new.context)


def sealed_headers(headers: Mapping[str, str], vault: Vault) -> bytes | None:
    """The headers as they are stored; None where there are none.

    Raises:
        InvalidRequestError: HTTP has no such header, or it is not the client's to set. What the value was is
            not said.
    """
    if len(headers) > MOST_HEADERS or sum(map(len, [*headers, *headers.values()])) > LONGEST_HEADERS:
        raise wrong(
            "HttpHeaders", f"There may be {MOST_HEADERS} headers of {LONGEST_HEADERS} characters together."
        )
    seen: set[str] = set()
    for name, value in headers.items():
        if not _NAME.fullmatch(name):
            raise wrong("HttpHeaders", "The name of a header has a character that HTTP does not allow there.")
        if name.lower() in OURS:
            raise wrong("HttpHeaders", f"The header {name} is written by the service itself.")
        if name.lower() in seen:
            raise wrong("HttpHeaders", f"The header {name} is given twice.")
        if not _VALUE.fullmatch(value):
            raise wrong(
                "HttpHeaders",
                f"The value of the header {name[:100]} may have visible ASCII, and spaces between.",
            )
        seen.add(name.lower())
    return vault.seal(json.dumps(dict(headers))) if headers else None


def sealed_key(key: str, vault: Vault) -> bytes | None:
    """The signing key as it is stored; None where it is empty.

    Raises:
        InvalidRequestError: it is too short to protect anything, or too long.
    """
    if not key:
        return None
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise wrong(SIGNING_KEY, f"A key has {SHORTEST_KEY} to {LONGEST_KEY} characters, or none.")
    return vault.seal(key)


def suspended(subscription: Subscription, why: str = "") -> Subscription:
    """The subscription, told nothing any more."""
    return replace(subscription, revision=subscription.revision + 1, suspended=True, suspended_why=why[:500])


def resumed(subscription: Subscription, after: EventNumber) -> Subscription:
    """The subscription, told again of what comes behind this number, and behind what it has been told."""
    return replace(
        subscription,
        revision=subscription.revision + 1,
        suspended=False,
        suspended_why="",
        after=max(after, subscription.after),
    )


def wrong(about: str, detail: str, resolution: str = "") -> InvalidRequestError:
    """That this property cannot be so; the value itself may be a secret."""
    return InvalidRequestError(
        Message(
            "PropertyValueError",
            (about,),
            detail=detail,
            resolution_here=resolution,
            properties=(about,),
        )
    )


def no_such_subscription(subscription_id: str) -> NotFoundError:
    """That there is no subscription with this id."""
    return NotFoundError(Message("ResourceNotFound", ("EventDestination", subscription_id[:100])))


def _context(context: str) -> str:
    if len(context) > LONGEST_CONTEXT:
        raise wrong("Context", f"It has more than {LONGEST_CONTEXT} characters.")
    return context
