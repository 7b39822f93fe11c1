"""The query string as a frozen `Query`: what is asked, found right in its form and within bounds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from actors import InvalidRequestError, Message, TaskCursor
from web.query.filters import Expression, FilterError, parse_filter

LONGEST_QUERY: Final = 8192
MOST_LEVELS: Final = 6
LARGEST_NUMBER: Final = 10**12
MOST_SELECTED: Final = 100
LONGEST_TEXT: Final = 200
NEWEST, OLDEST = "newest", "oldest"

_EXPAND: Final = re.compile(r"([.*~])(?:\(\$levels=([^()]{1,20})\))?")
_SELECTED: Final = re.compile(r"\*|[A-Za-z@#][\w@#.\-]*(?:/[\w@#.\-]+)*", re.ASCII)
_CURSOR: Final = re.compile(r"(-?\d{1,18})\.(\d{1,18})")
_SAFE: Final = "!$'()*,-./:;@_~"
"""What of a value needs no escape in a URI: what Redfish allows there, but no `&`, `=`, `+`."""

_KNOWN: Final = frozenset(
    {
        "$filter",
        "$top",
        "$skip",
        "$select",
        "$expand",
        "only",
        "taskmon.order",
        "taskmon.text",
        "taskmon.after",
    }
)


class UnknownOptionError(ValueError):
    """An option of OData's (`$…`) that this service does not have."""

    def __init__(self, option: str) -> None:
        super().__init__(option)
        self.option = option


@dataclass(frozen=True, slots=True)
class Expand:
    """`which` is `.`, `*` or `~`; so many `levels` deep."""

    which: str
    levels: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a query string asks for; None, False and empty: not asked.

    `given` are the options that are understood, decoded, in their order.
    """

    given: tuple[tuple[str, str], ...] = ()
    filter: Expression | None = None
    top: int | None = None
    skip: int = 0
    select: tuple[tuple[str, ...], ...] = ()
    expand: Expand | None = None
    only: bool = False
    order: str = ""
    text: str = ""
    after: TaskCursor | None = None

    @property
    def asks_of_members(self) -> bool:
        """Whether it asks for what only a collection has."""
        return any(name in ("$filter", "$top", "$skip") for name, _ in self.given)

    def next_link(self, path: str, new: Mapping[str, str]) -> str:
        """The URI of the next page: this query with other options, and its `$skip` only if among these."""
        kept = [(name, value) for name, value in self.given if name != "$skip" and name not in new]
        pieces = [f"{name}={quote(value, safe=_SAFE)}" for name, value in (*kept, *new.items())]
        return f"{path}?{'&'.join(pieces)}"


NO_QUERY: Final = Query()


def parse_query(text: str) -> Query:
    """What the query part of a URI asks for. Options that are not known and have no `$` are ignored.

    Raises:
        UnknownOptionError: an option with `$` is not known.
        InvalidRequestError: a value is not what its option takes, or options exclude one another.
    """
    if len(text) > LONGEST_QUERY:
        detail = f"It may have {LONGEST_QUERY} characters, and has {len(text)}."
        raise InvalidRequestError(Message("QueryParameterValueError", ("query",), detail=detail))
    given: dict[str, str] = {}
    for piece in text.split("&"):
        raw_name, _, raw = piece.partition("=")
        name = _decoded(raw_name)
        if name not in _KNOWN:
            if name.startswith("$"):
                raise UnknownOptionError(name)
            continue
        if name in given:
            raise _excluded(f"{name} is given twice.", "Give each option once.")
        given[name] = _decoded(raw)
    return _made(given)


def _decoded(raw: str) -> str:
    """The value as it was meant. A client writes blanks as `%20`, or as `+`: then its pluses are `%2B`."""
    if "+" in raw and "%20" not in raw:
        raw = raw.replace("+", " ")
    return unquote(raw, errors="replace")


def _made(given: dict[str, str]) -> Query:
    if given.get("only"):
        raise InvalidRequestError(
            Message("QueryParameterValueError", ("only",), resolution_here="Send only without a value.")
        )
    if "only" in given:
        others = [name for name in given if name not in ("only", "$expand", "$select")]
        if others:
            raise _excluded(f"only goes with $expand and $select alone, not with {', '.join(others)}.")
    if "$skip" in given and "taskmon.after" in given:
        raise _excluded("taskmon.after says where a page begins already, so $skip cannot go with it.")
    return Query(
        given=tuple(given.items()),
        filter=_filter(given["$filter"]) if "$filter" in given else None,
        top=_number(given["$top"], "$top") if "$top" in given else None,
        skip=_number(given["$skip"], "$skip") if "$skip" in given else 0,
        select=_selected(given["$select"]) if "$select" in given else (),
        expand=_expand(given["$expand"]) if "$expand" in given else None,
        only="only" in given,
        order=_order(given["taskmon.order"]) if "taskmon.order" in given else "",
        text=_text(given.get("taskmon.text", "")),
        after=_cursor(given["taskmon.after"]) if "taskmon.after" in given else None,
    )


def _filter(text: str) -> Expression:
    try:
        return parse_filter(text)
    except FilterError as error:
        raise _format("$filter", text, f"{error}.", "Mend the filter at that place.") from None


def _number(text: str, option: str) -> int:
    if not (text.isascii() and text.removeprefix("-").isdecimal()):
        raise InvalidRequestError(
            Message(
                "QueryParameterValueTypeError",
                (_shown(text), option),
                resolution_here="Send a whole number of 0 or more.",
            )
        )
    if len(text) > 13 or not 0 <= (number := int(text)) <= LARGEST_NUMBER:
        raise _out_of_range(option, text, f"0 to {LARGEST_NUMBER}")
    return number


def _selected(text: str) -> tuple[tuple[str, ...], ...]:
    found: list[tuple[str, ...]] = []
    position = 1
    for piece in text.split(","):
        name = piece.strip(" ")
        if not _SELECTED.fullmatch(name):
            detail = f"No name of a property stands at character {position}."
            raise _format("$select", text, detail, "Name properties, with commas between them.")
        found.append(tuple(name.split("/")))
        position += len(piece) + 1
        if len(found) > MOST_SELECTED:
            raise _format("$select", text, f"It may name {MOST_SELECTED} properties.", "Name fewer.")
    return tuple(found)


def _expand(text: str) -> Expand:
    match = _EXPAND.fullmatch(text)
    if match is None:
        raise _format("$expand", text, "", "Send one of . * ~ and, if wanted, ($levels=1) behind it.")
    which, levels = match.groups()
    if levels is None:
        return Expand(which)
    wanted = _number(levels, "$levels")
    if not 1 <= wanted <= MOST_LEVELS:
        raise _out_of_range("$levels", levels, f"1 to {MOST_LEVELS}")
    return Expand(which, wanted)


def _order(text: str) -> str:
    if text not in (NEWEST, OLDEST):
        raise _format("taskmon.order", text, "", f"Send {NEWEST} or {OLDEST}.")
    return text


def _text(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        detail = f"It may have {LONGEST_TEXT} characters."
        raise _format("taskmon.text", text, detail, "Send a shorter part of the id or target.")
    return text


def _cursor(text: str) -> TaskCursor:
    match = _CURSOR.fullmatch(text) if text.isascii() else None
    if match is None:
        raise _format("taskmon.after", text, "", "Use the Members@odata.nextLink of a page as it is.")
    return TaskCursor(int(match[1]), int(match[2]))


def _shown(text: str) -> str:
    cut = text if len(text) <= 80 else f"{text[:80]}…"
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in cut)


def _format(option: str, value: str, detail: str, advice: str) -> InvalidRequestError:
    return InvalidRequestError(
        Message(
            "QueryParameterValueFormatError", (_shown(value), option), detail=detail, resolution_here=advice
        )
    )


def _out_of_range(option: str, value: str, limits: str) -> InvalidRequestError:
    return InvalidRequestError(Message("QueryParameterOutOfRange", (_shown(value), option, limits)))


def _excluded(detail: str, advice: str = "") -> InvalidRequestError:
    return InvalidRequestError(Message("QueryCombinationInvalid", detail=detail, resolution_here=advice))
