"""The `$filter` of a stream: which events it wants (DSP0266, "Server-sent events", "$filter").

The grammar is that of every other `$filter`; the properties are those of the event that is chosen by.
`SubordinateResources eq true` anywhere in it lets OriginResource mean what is below that resource, too.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from actors import InvalidRequestError, Message
from web.errors import shown
from web.event_values import way_out
from web.query.evaluate import matches
from web.query.filters import Both, Comparison, Either, Expression, Literal, Negation, Path
from web.query.unquoted import all_parts, be_quoted

PROPERTIES: Final = (
    "EventFormatType",
    "EventType",
    "MessageId",
    "OriginResource",
    "RegistryPrefix",
    "ResourceType",
    "Severity",
    "SubordinateResources",
)
SUBORDINATE: Final = Path(("SubordinateResources",))


class StreamFilter:
    """What a filter makes of events."""

    def __init__(self, expression: Expression) -> None:
        """
        Raises:
            InvalidRequestError: it names a property that events are not chosen by, or compares one with a
                value that no event has.
        """
        _check(expression)
        below = any(_says_below(one) is True for one in _comparisons(expression))
        self._expression = _in_terms_of_facts(expression, below=below)

    def wants(self, facts: Mapping[str, Any]) -> bool:
        """Whether it lets an event with these facts through (see `frames.facts_of`)."""
        return matches(self._expression, facts)


def _comparisons(expression: Expression) -> Iterator[Comparison]:
    return (one for one in all_parts(expression) if isinstance(one, Comparison))


def _check(expression: Expression) -> None:
    be_quoted(expression, PROPERTIES)
    for part in all_parts(expression):
        if isinstance(part, Path) and "/".join(part.names) not in PROPERTIES:
            raise _refused(
                "/".join(part.names),
                "Events are not chosen by that property.",
                f"Filter by {', '.join(PROPERTIES)}.",
            )
    for one in _comparisons(expression):
        for path, literal in ((one.left, one.right), (one.right, one.left)):
            if isinstance(path, Path) and isinstance(literal, Literal):
                _check_value(path, literal.value)


def _check_value(path: Path, value: object) -> None:
    (name,) = path.names
    if path == SUBORDINATE:
        if not isinstance(value, bool):
            raise _refused(_written(value), f"{name} is true or false.", f"Write {name} eq true.")
    elif not isinstance(value, str):
        raise _refused(_written(value), f"{name} is a text.", f"Write {name} eq '…'.")
    elif help_out := way_out(name, value):
        raise _refused(value, f"No event has that {name}.", help_out)


def _written(value: object) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _says_below(one: Comparison) -> bool | None:
    """What this comparison says of SubordinateResources; None where it is about something else."""
    for path, literal in ((one.left, one.right), (one.right, one.left)):
        if path == SUBORDINATE and isinstance(literal, Literal):
            return literal.value is True
    return None


def _in_terms_of_facts(expression: Expression, *, below: bool) -> Expression:
    def deeper(part: Expression) -> Expression:
        return _in_terms_of_facts(part, below=below)

    match expression:
        case Both(parts):
            return Both(tuple(map(deeper, parts)))
        case Either(parts):
            return Either(tuple(map(deeper, parts)))
        case Negation(part):
            return Negation(deeper(part))
        case Comparison() as one if _says_below(one) is not None:
            return Literal(True)
        case Comparison(relation, left, right):
            return Comparison(relation, deeper(left), deeper(right))
        case Path(("OriginResource",)) if below:
            return Path(("OriginOrAbove",))
        case _ if expression == SUBORDINATE:
            return Literal(True)
        case _:
            return expression


def _refused(value: str, detail: str, advice: str) -> InvalidRequestError:
    return InvalidRequestError(
        Message(
            "QueryParameterValueFormatError",
            (shown(value), "$filter"),
            detail=detail,
            resolution_here=advice,
        )
    )
