"""What the body of a request may hold, said as data; checking it reports every mistake at once.

A shape is a mapping from property names to kinds of values (`web.kinds`). Annotations of OData
(`@odata.…`) are passed over. How a mistake is told depends on the request: actions have Messages of their
own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Protocol

import orjson

from actors import REDACTED, InvalidRequestError, MaxFailures, Message, redacted, system_at
from web.errors import MOST_MESSAGES, shown
from web.kinds import (
    FINGERPRINT,
    NUMBER_OR_PERCENTAGE,
    Choice,
    Choices,
    Fingerprint,
    Flag,
    Kind,
    LinkTo,
    Nested,
    NumberOrPercentage,
    Seconds,
    Shape,
    Special,
    SystemLinks,
    Text,
    Whole,
)


class Words(Protocol):
    """How mistakes are told: `name` is the property's path from the top of the body, with slashes.

    An unknown property is told of by its own `name`, and by the path `within` which it stands.
    """

    def unknown(self, within: str, name: str, way_out: str) -> Message: ...
    def missing(self, name: str) -> Message: ...
    def wrong_type(self, value: str, name: str, way_out: str) -> Message: ...
    def wrong_format(self, value: str, name: str, way_out: str) -> Message: ...
    def not_in_list(self, value: str, name: str, way_out: str) -> Message: ...
    def wrong_value(self, name: str, detail: str, way_out: str) -> Message: ...


@dataclass(frozen=True, slots=True)
class ActionWords:
    """The Messages about the parameters of an action, such as `Aggregate.Reset`."""

    action: str

    def unknown(self, within: str, name: str, way_out: str) -> Message:
        path = within + _in_pointer(name)
        return _about(path, "ActionParameterUnknown", (self.action, shown(name)), way_out)

    def missing(self, name: str) -> Message:
        return _about(name, "ActionParameterMissing", (self.action, name))

    def wrong_type(self, value: str, name: str, way_out: str) -> Message:
        return _about(name, "ActionParameterValueTypeError", (value, name, self.action), way_out)

    def wrong_format(self, value: str, name: str, way_out: str) -> Message:
        return _about(name, "ActionParameterValueFormatError", (value, name, self.action), way_out)

    def not_in_list(self, value: str, name: str, way_out: str) -> Message:
        return _about(name, "ActionParameterValueNotInList", (value, name, self.action), way_out)

    def wrong_value(self, name: str, detail: str, way_out: str) -> Message:
        return _about(name, "ActionParameterValueError", (name, self.action), way_out, detail)


@dataclass(frozen=True, slots=True)
class CreateWords:
    """The Messages about the properties of a resource that is to be made."""

    def unknown(self, within: str, name: str, way_out: str) -> Message:
        return _about(within + _in_pointer(name), "PropertyUnknown", (shown(name),), way_out)

    def missing(self, name: str) -> Message:
        return _about(name, "CreateFailedMissingReqProperties", (name,))

    def wrong_type(self, value: str, name: str, way_out: str) -> Message:
        return _about(name, "PropertyValueTypeError", (value, name), way_out)

    def wrong_format(self, value: str, name: str, way_out: str) -> Message:
        return _about(name, "PropertyValueFormatError", (value, name), way_out)

    def not_in_list(self, value: str, name: str, way_out: str) -> Message:
        return _about(name, "PropertyValueNotInList", (value, name), way_out)

    def wrong_value(self, name: str, detail: str, way_out: str) -> Message:
        return _about(name, "PropertyValueError", (name,), way_out, detail)


@dataclass(frozen=True, slots=True)
class PatchWords(CreateWords):
    """The Messages about the properties of a resource that is to be changed; some can only be read."""

    read_only: frozenset[str]

    def unknown(self, within: str, name: str, way_out: str) -> Message:
        if within + name in self.read_only:
            return _about(name, "PropertyNotWritable", (name,))
        return CreateWords.unknown(self, within, name, way_out)


def read_properties(
    body: Mapping[str, Any], shape: Shape, words: Words, within: str = ""
) -> tuple[dict[str, Any], list[Message]]:
    """The values of those properties of the body that are right, and the mistakes in the others.

    Of an object that has a shape of its own, its properties are taken or left out one by one. A list with a
    mistake anywhere in it is left out as a whole. `within` is the path of the object that the body is.
    """
    values: dict[str, Any] = {}
    mistakes: list[Message] = []
    for name in body:
        before = len(mistakes)
        if before > MOST_MESSAGES:
            break
        kind = shape.get(name)
        if isinstance(kind, Nested) and isinstance(body[name], Mapping):
            inner, wrong = read_properties(body[name], kind.shape, words, f"{within}{name}/")
            mistakes += wrong
            if inner or not wrong:
                values[name] = inner
            continue
        found = _read({name: body[name]}, shape, words, within, mistakes)
        if len(mistakes) == before:
            values |= found
    return values, mistakes


def read_body(body: Mapping[str, Any], shape: Shape, words: Words) -> dict[str, Any]:
    """The values of the body that the shape knows; a property that was not given is not in it.

    Raises:
        InvalidRequestError: with a Message for each mistake, in the order of the shape, then of the body;
            of very many mistakes the first.
    """
    mistakes: list[Message] = []
    values = _read(body, shape, words, "", mistakes)
    if mistakes:
        raise InvalidRequestError(*mistakes)
    return values


def _read(
    body: Mapping[str, Any], shape: Shape, words: Words, within: str, mistakes: list[Message]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, kind in shape.items():
        if name in body:
            values[name] = _value(body[name], kind, words, within + name, mistakes)
        elif kind.required:
            mistakes.append(words.missing(within + name))
    for name in body:
        if len(mistakes) > MOST_MESSAGES:
            break
        if name not in shape and "@odata." not in name:
            mistakes.append(words.unknown(within, name, _unknown_way_out(name, shape)))
    return values


def _value(value: Any, kind: Kind, words: Words, name: str, mistakes: list[Message]) -> Any:
    """The value as the handler wants it. After a mistake, which is added to the list, it means nothing."""
    match kind, value:
        case Text(), str():
            if not 0 < len(value) <= kind.longest:
                detail = "It is empty." if not value else f"It has {len(value)} characters."
                way_out = f"Give a string of 1 to {kind.longest} characters."
                mistakes.append(words.wrong_value(name, detail, way_out))
            return value
        case Text(), _:
            told = REDACTED if kind.secret else echo(value)
            mistakes.append(words.wrong_type(told, name, "Give a string."))
        case Choice(), str():
            if value in kind.values.__members__.values():
                return kind.values(value)
            mistakes.append(words.not_in_list(shown(value), name, f"Give one of {', '.join(kind.values)}."))
        case Choice(), _:
            mistakes.append(words.wrong_type(echo(value), name, f"Give one of {', '.join(kind.values)}."))
        case Choices(), list() if not kind.least <= len(value) <= MOST_MESSAGES:
            way_out = f"Give a list of {', '.join(kind.values)}."
            mistakes.append(words.wrong_value(name, f"It has {len(value)} entries.", way_out))
        case Choices(), list():
            way_out = f"Give a list of {', '.join(kind.values)}."
            known = kind.values.__members__.values()
            for index, entry in enumerate(value):
                if entry not in known:
                    told = shown(entry) if isinstance(entry, str) else echo(entry)
                    mistakes.append(words.not_in_list(told, f"{name}/{index}", way_out))
            return [kind.values(entry) for entry in value if entry in known]
        case Choices(), _:
            way_out = f"Give a list of {', '.join(kind.values)}."
            mistakes.append(words.wrong_type(echo(value), name, way_out))
        case Flag(nullable=True), None:
            return None
        case Flag(), bool():
            if kind.only is not None and value is not kind.only:
                mistakes.append(words.not_in_list(echo(value), name, f"Give {echo(kind.only)}."))
            return value
        case Flag(), _:
            mistakes.append(
                words.wrong_type(
                    echo(value), name, f"Give true or false{', or null' if kind.nullable else ''}."
                )
            )
        case Fingerprint(), str():
            digits = value.replace(":", "").lower()
            if not re.fullmatch("[0-9a-f]{64}", digits):
                mistakes.append(words.wrong_format(shown(value), name, FINGERPRINT))
            return digits
        case Fingerprint(nullable=True), None:
            return None
        case Fingerprint(), _:
            mistakes.append(words.wrong_type(echo(value), name, FINGERPRINT))
        case Whole(), int() if not isinstance(value, bool):
            if not kind.least <= value <= kind.most:
                way_out = f"Give a whole number from {kind.least} to {kind.most}."
                mistakes.append(words.wrong_value(name, f"{value} is out of range.", way_out))
            return value
        case Whole(nullable=True), None:
            return None
        case Whole(), _:
            or_null = ", or null" if kind.nullable else ""
            way_out = f"Give a whole number, {kind.least} or more{or_null}."
            mistakes.append(words.wrong_type(echo(value), name, way_out))
        case Seconds(), int() | float() if not isinstance(value, bool):
            if not 0 < value <= kind.most:
                mistakes.append(words.wrong_value(name, f"{value} is out of range.", _seconds(kind)))
            return float(value)
        case Seconds(), _:
            mistakes.append(words.wrong_type(echo(value), name, _seconds(kind)))
        case NumberOrPercentage(), int() | str() if not isinstance(value, bool):
            try:
                return MaxFailures.read(value)
            except ValueError:
                mistakes.append(
                    words.wrong_format(shown(value), name, NUMBER_OR_PERCENTAGE)
                    if isinstance(value, str)
                    else words.wrong_value(name, f"{value} is out of range.", NUMBER_OR_PERCENTAGE)
                )
        case NumberOrPercentage(), _:
            mistakes.append(words.wrong_type(echo(value), name, NUMBER_OR_PERCENTAGE))
        case SystemLinks(), list() if len(value) > kind.most:
            way_out = f"Give {kind.most} at the most."
            mistakes.append(words.wrong_value(name, f"It has {len(value)} entries.", way_out))
        case SystemLinks(), list():
            return _systems(value, words, name, mistakes)
        case SystemLinks(), _:
            way_out = 'Give a list of links, [{"@odata.id": "/redfish/v1/Systems/…"}].'
            mistakes.append(words.wrong_type(echo(value), name, way_out))
        case LinkTo(), _:
            way_out = f'Give {{"@odata.id": "{kind.uri}"}}.'
            uri = _link_uri(value)
            if uri is None:
                mistakes.append(words.wrong_type(echo(value), name, way_out))
            elif uri.removesuffix("/") != kind.uri:
                mistakes.append(words.not_in_list(shown(uri), name, way_out))
            return uri
        case Special(), _:
            return kind.read(value, words, name, mistakes)
        case Nested(), Mapping():
            return _read(value, kind.shape, words, f"{name}/", mistakes)
        case Nested(), _:
            mistakes.append(words.wrong_type(echo(value), name, "Give an object."))
    return None


def _seconds(kind: Seconds) -> str:
    return f"Give a number of seconds above 0, {kind.most} at the most."


def _systems(entries: list[Any], words: Words, name: str, mistakes: list[Message]) -> list[Any]:
    systems = []
    for index, entry in enumerate(entries):
        if len(mistakes) > MOST_MESSAGES:  # more are not told of, and a body may hold a million
            break
        systems.append(_system(entry, words, f"{name}/{index}", mistakes))
    return systems


def _system(entry: Any, words: Words, name: str, mistakes: list[Message]) -> Any:
    uri = _link_uri(entry)
    if uri is None:
        way_out = 'Give {"@odata.id": "/redfish/v1/Systems/…"}.'
        mistakes.append(words.wrong_type(echo(entry), name, way_out))
        return None
    system = system_at(uri)
    if system is None:
        way_out = "Name a system of the collection /redfish/v1/Systems."
        mistakes.append(words.wrong_format(shown(uri), name, way_out))
    return system


def _link_uri(value: Any) -> str | None:
    match value:
        case str():
            return value
        case {"@odata.id": str() as uri}:
            return uri
        case _:
            return None


def echo(value: Any) -> str:
    """What was sent, as JSON, cut to a line; what is named like a secret in it is blotted out."""
    return shown(orjson.dumps(redacted(value), default=str).decode()) if value != "" else '""'


def _unknown_way_out(name: str, shape: Shape) -> str:
    near = get_close_matches(name, shape, n=1)
    return f"Write {near[0]}, or take it out." if near else f"Take it out; known are {', '.join(shape)}."


def _in_pointer(name: str) -> str:
    """A name as a step of a JSON pointer (RFC 6901), no longer than a line."""
    return shown(name).replace("~", "~0").replace("/", "~1")


def _about(name: str, key: str, args: tuple[str, ...], way_out: str = "", detail: str = "") -> Message:
    return Message(key, args, detail=detail, resolution_here=way_out, properties=(name,))
