"""The kinds of values that requests about events hold, and no others do."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from actors import ROOT, Message
from web.body import Words, echo
from web.errors import MOST_MESSAGES, shown
from web.event_values import way_out
from web.kinds import Special
from web.query.filters import moment_of

_DURATION: Final = re.compile(
    r"P(?=.)(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,9}(?:\.\d{1,6})?)S)?)?"
)
_MESSAGE_ID: Final = re.compile(r"[A-Za-z]\w{0,99}(\.\w{1,100}){1,5}")
_HERE: Final = re.compile(rf"{re.escape(ROOT)}(/(?!\.{{1,2}}(?:/|$))[^\s/?#]+)*/?")
_TEXT: Final = {"type": "string"}

Read = Callable[[Any, Words, str, list[Message]], Any]


def text(longest: int, default: str = "") -> Special:
    """A string, which may be empty; null is `default`."""

    def read(value: Any, words: Words, name: str, mistakes: list[Message]) -> str:
        if value is None:
            return default
        if not isinstance(value, str):
            mistakes.append(words.wrong_type(echo(value), name, "Give a string."))
        elif len(value) > longest:
            detail = f"It has {len(value)} characters."
            mistakes.append(words.wrong_value(name, detail, f"Give {longest} characters at the most."))
        return str(value)

    return Special(read, {"anyOf": [{**_TEXT, "maxLength": longest}, {"type": "null"}]})


def texts(longest: int = 1024) -> Special:
    """A list of any strings."""

    def one(value: str, words: Words, name: str, mistakes: list[Message]) -> str:
        if len(value) > longest:
            detail = f"It has {len(value)} characters."
            mistakes.append(words.wrong_value(name, detail, f"Give {longest} characters at the most."))
        return value

    return _listed(one, _TEXT)


def known(which: str) -> Special:
    """A list of values of a property by which events are chosen, each of which some event can have."""

    def one(value: str, words: Words, name: str, mistakes: list[Message]) -> str:
        if advice := way_out(which, value):
            mistakes.append(words.not_in_list(shown(value), name, advice))
        return value

    return _listed(one, _TEXT)


def _listed(one: Read, schema: dict[str, Any]) -> Special:
    def read(value: Any, words: Words, name: str, mistakes: list[Message]) -> tuple[str, ...]:
        if not isinstance(value, list):
            mistakes.append(words.wrong_type(echo(value), name, "Give a list of strings."))
            return ()
        if len(value) > MOST_MESSAGES:
            detail = f"It has {len(value)} entries."
            mistakes.append(words.wrong_value(name, detail, f"Give {MOST_MESSAGES} at the most."))
            return ()
        found = []
        for index, entry in enumerate(value):
            place = f"{name}/{index}"
            if isinstance(entry, str):
                found.append(one(entry, words, place, mistakes))
            else:
                mistakes.append(words.wrong_type(echo(entry), place, "Give a string."))
        return tuple(found)

    return Special(read, {"type": "array", "items": schema, "maxItems": MOST_MESSAGES})


def origin() -> Special:
    """The URI of a resource of this service, or nothing."""
    advice = f"Give the URI of a resource of this service, {ROOT}/…."

    def read(value: Any, words: Words, name: str, mistakes: list[Message]) -> str:
        if not isinstance(value, str):
            mistakes.append(words.wrong_type(echo(value), name, advice))
            return ""
        if value and not _HERE.fullmatch(value):
            mistakes.append(words.wrong_format(shown(value), name, advice))
        return value

    return Special(read, _TEXT)


def origins() -> Special:
    """A list of resources of this service, each a link or its URI; their URIs, in order."""
    advice = f'Give links to resources of this service, [{{"@odata.id": "{ROOT}/…"}}].'

    def read(value: Any, words: Words, name: str, mistakes: list[Message]) -> tuple[str, ...]:
        if not isinstance(value, list):
            mistakes.append(words.wrong_type(echo(value), name, advice))
            return ()
        if len(value) > MOST_MESSAGES:
            detail = f"It has {len(value)} entries."
            mistakes.append(words.wrong_value(name, detail, f"Give {MOST_MESSAGES} at the most."))
            return ()
        found = []
        for index, entry in enumerate(value):
            uri = entry.get("@odata.id") if isinstance(entry, dict) and len(entry) == 1 else entry
            if not isinstance(uri, str):
                mistakes.append(words.wrong_type(echo(entry), f"{name}/{index}", advice))
            elif not _HERE.fullmatch(uri):
                mistakes.append(words.wrong_format(shown(uri), f"{name}/{index}", advice))
            else:
                found.append(uri)
        return tuple(found)

    link = {"type": "object", "properties": {"@odata.id": _TEXT}, "required": ["@odata.id"]}
    return Special(read, {"type": "array", "items": {"anyOf": [link, _TEXT]}, "maxItems": MOST_MESSAGES})


def http_headers() -> Special:
    """A list of objects with one header each (V3); the headers by name. No value is ever repeated."""
    advice = 'Give a list of objects with one header each, [{"Authorization": "…"}].'

    def read(value: Any, words: Words, name: str, mistakes: list[Message]) -> dict[str, str]:
        found: dict[str, str] = {}
        if not isinstance(value, list):
            mistakes.append(words.wrong_type("…", name, advice))
            return found
        for index, entry in enumerate(value[:MOST_MESSAGES]):
            pairs = list(entry.items()) if isinstance(entry, dict) else []
            if not pairs or not all(isinstance(one, str) for _, one in pairs):
                mistakes.append(words.wrong_type("…", f"{name}/{index}", advice))
                continue
            for header, one in pairs:
                if header in found:
                    detail = f"The header {shown(header)} is given twice."
                    mistakes.append(words.wrong_value(f"{name}/{index}", detail, "Give each header once."))
                found[header] = one
        if len(value) > MOST_MESSAGES:
            detail = f"It has {len(value)} entries."
            mistakes.append(words.wrong_value(name, detail, f"Give {MOST_MESSAGES} at the most."))
        return found

    one = {"type": "object", "additionalProperties": {**_TEXT, "writeOnly": True}, "minProperties": 1}
    return Special(read, {"type": "array", "items": one, "maxItems": MOST_MESSAGES})


def message_id() -> Special:
    """A MessageId of any registry."""
    advice = "Give a MessageId, such as TaskEvent.1.0.TaskStarted."

    def read(value: Any, words: Words, name: str, mistakes: list[Message]) -> str:
        if not isinstance(value, str):
            mistakes.append(words.wrong_type(echo(value), name, advice))
        elif not _MESSAGE_ID.fullmatch(value):
            mistakes.append(words.wrong_format(shown(value), name, advice))
        return str(value)

    return Special(read, {**_TEXT, "pattern": f"^{_MESSAGE_ID.pattern}$"})


def moment() -> Special:
    """A Redfish date-time."""
    advice = "Give a time such as 2026-01-02T03:04:05Z."

    def read(value: Any, words: Words, name: str, mistakes: list[Message]) -> Any:
        if not isinstance(value, str):
            mistakes.append(words.wrong_type(echo(value), name, advice))
            return None
        found = moment_of(value)
        if found is None:
            mistakes.append(words.wrong_format(shown(value), name, advice))
        return found

    return Special(read, {**_TEXT, "format": "date-time"})


def duration() -> Special:
    """A Redfish duration, as a timedelta."""
    advice = "Give a duration such as PT30M or P1DT12H."

    def read(value: Any, words: Words, name: str, mistakes: list[Message]) -> timedelta | None:
        if not isinstance(value, str):
            mistakes.append(words.wrong_type(echo(value), name, advice))
            return None
        match = _DURATION.fullmatch(value)
        if match is None:
            mistakes.append(words.wrong_format(shown(value), name, advice))
            return None
        return timedelta(**{unit: float(number) for unit, number in match.groupdict().items() if number})

    return Special(read, {**_TEXT, "pattern": r"^P(\d+D)?(T(\d+H)?(\d+M)?(\d+(.\d+)?S)?)?$"})
