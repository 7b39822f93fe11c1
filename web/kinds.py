"""The kinds of values that the body of a request may hold, and what they are called in a shape."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from actors import Message

if TYPE_CHECKING:
    from web.body import Words


@dataclass(frozen=True, slots=True)
class Text:
    """A string, not empty. A secret one is never repeated in a Message."""

    required: bool = False
    secret: bool = False
    longest: int = 1024


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values of an enumeration."""

    values: type[StrEnum]
    required: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """A list of values of an enumeration, `least` of them at the least."""

    values: type[StrEnum]
    required: bool = False
    least: int = 0


@dataclass(frozen=True, slots=True)
class Flag:
    """`true` or `false`, or only one of them; null as well if it is `nullable`."""

    required: bool = False
    only: bool | None = None
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number, `least` or more; null as well if it is `nullable`. `true` is none, nor is 1.0."""

    most: int = 2**31 - 1
    required: bool = False
    least: int = 0
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Seconds:
    """A duration: a number above 0, in seconds, a day at the most; the value is a float."""

    most: int = 86_400
    required: bool = False


@dataclass(frozen=True, slots=True)
class NumberOrPercentage:
    """A whole number, 1 or more, or a text from `1%` to `100%`; the value is a MaxFailures."""

    required: bool = False


@dataclass(frozen=True, slots=True)
class SystemLinks:
    """A list of systems, each `{"@odata.id": URI}` or the URI as a string; their ids, in order.

    It may hold five times the ten thousand systems that the service is made for; checking more would
    hold up everybody else.
    """

    required: bool = False
    most: int = 50_000


@dataclass(frozen=True, slots=True)
class LinkTo:
    """A link to the one resource that it can be."""

    uri: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Nested:
    """An object with a shape of its own."""

    shape: "Shape"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Special:
    """What a function reads that adds mistakes to the list; `schema` is the JSON Schema of that."""

    read: "Callable[[Any, Words, str, list[Message]], Any]"
    schema: Mapping[str, Any]
    required: bool = False


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The SHA-256 of a certificate: 64 hexadecimal digits of either case, colons between them aside; the
    value is the digits in lower case. Null as well if it is `nullable`."""

    required: bool = False
    nullable: bool = False


FINGERPRINT = "Give 64 hexadecimal digits, as `openssl x509 -fingerprint -sha256` prints them."
NUMBER_OR_PERCENTAGE = 'Give a whole number from 1 to 2147483647, or a text from "1%" to "100%".'

Plain = (
    Text
    | Choice
    | Choices
    | Flag
    | Whole
    | Seconds
    | NumberOrPercentage
    | Fingerprint
    | SystemLinks
    | LinkTo
    | Nested
)
Kind = Plain | Special
Shape = Mapping[str, Kind]
