"""Texts that somebody wrote without their quotes: `TaskState eq Exception` reads as two properties."""

from collections.abc import Collection, Iterator

from actors import InvalidRequestError, Message
from web.query.filters import Both, Comparison, Either, Expression, Negation, Path


def all_parts(expression: Expression) -> Iterator[Expression]:
    """The expression itself, and all that it is made of."""
    yield expression
    match expression:
        case Both(parts) | Either(parts):
            inside: tuple[Expression, ...] = parts
        case Negation(part):
            inside = (part,)
        case Comparison(_, left, right):
            inside = (left, right)
        case _:
            return
    for one in inside:
        yield from all_parts(one)


def be_quoted(expression: Expression, properties: Collection[str]) -> None:
    """Whether every word that is compared with a property is a property itself; these are all there are.

    Two properties may be compared. A word that is none would be null for every resource, so that the answer
    would be right and of no use to whoever forgot the quotes.

    Raises:
        InvalidRequestError: one is none: it says which, and that a text stands in quotes.
    """
    for part in all_parts(expression):
        match part:
            case Comparison(_, Path((known, *_)), Path((word,))) if known in properties:
                _be_property(word, properties)
            case Comparison(_, Path((word,)), Path((known, *_))) if known in properties:
                _be_property(word, properties)


def _be_property(word: str, properties: Collection[str]) -> None:
    if word not in properties:
        raise InvalidRequestError(
            Message(
                "QueryParameterValueFormatError",
                (word[:80], "$filter"),
                detail=f"{word[:80]} stands where a value is expected, and is no property.",
                resolution_here=f"Put a text into single quotes: '{word[:80]}'.",
            )
        )
