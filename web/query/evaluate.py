"""Whether a resource, as it is sent, meets a filter.

A property that is not there is null. Values of two kinds are unequal and have no order. Date-times are
compared as moments, also where one is written in quotes. Through an array a path leads to each element (or to
one, by its number), and a comparison holds if it holds for one of them; `ne` is always the contrary of `eq`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from actors import Relation, holds
from web.query.filters import Both, Comparison, Either, Expression, Literal, Negation, Path, Value, moment_of


def matches(expression: Expression, resource: Mapping[str, Any]) -> bool:
    """Whether the resource meets the filter. Never raises."""
    match expression:
        case Both(parts):
            return all(matches(part, resource) for part in parts)
        case Either(parts):
            return any(matches(part, resource) for part in parts)
        case Negation(part):
            return not matches(part, resource)
        case Comparison(relation, left, right):
            return _compared(relation, left, right, resource)
        case Literal(value):
            return value is True
        case Path():
            return any(value is True for value in _values(expression, resource))


def properties_in(expression: Expression) -> frozenset[str]:
    """The properties at the top of a resource that the filter looks at."""
    match expression:
        case Both(parts) | Either(parts):
            return frozenset().union(*map(properties_in, parts))
        case Negation(part):
            return properties_in(part)
        case Comparison(_, left, right):
            return properties_in(left) | properties_in(right)
        case Path(names):
            return frozenset(names[:1])
        case Literal():
            return frozenset()


def _compared(relation: Relation, left: Expression, right: Expression, resource: Mapping[str, Any]) -> bool:
    if relation is Relation.NE:
        return not _compared(Relation.EQ, left, right, resource)
    ours, theirs = _values(left, resource), _values(right, resource)
    return any(stand(relation, one, other) for one in ours for other in theirs)


def _values(operand: Expression, resource: Mapping[str, Any]) -> list[Any]:
    """What the operand stands for; at least one value, null if there is none."""
    if isinstance(operand, Literal):
        return [operand.value]
    if not isinstance(operand, Path):
        return [matches(operand, resource)]
    found: list[Any] = [resource]
    for name in operand.names:
        deeper: list[Any] = []
        for value in found:
            if isinstance(value, list | tuple):
                if name.isdecimal():
                    deeper += value[int(name) : int(name) + 1] if len(name) < 10 else []
                    continue
                inside: list[Any] = list(value)
            else:
                inside = [value]
            deeper += [one[name] for one in inside if isinstance(one, Mapping) and name in one]
        found = deeper
    flat: list[Any] = []
    for value in found:
        if isinstance(value, list | tuple):
            flat += value
        else:
            flat.append(value)
    return flat or [None]


def stand(relation: Relation, left: Value, right: Value) -> bool:
    """Whether two single values stand in this relation (any but `ne`)."""
    if isinstance(left, str | datetime) and isinstance(right, str | datetime):
        one, other = _moment(left), _moment(right)
        if one is not None and other is not None:
            return holds(relation, one, other)
        if isinstance(left, datetime) or isinstance(right, datetime):
            return False
        return holds(relation, str(left), str(right))
    if isinstance(left, bool) or isinstance(right, bool) or left is None or right is None:
        return relation is Relation.EQ and left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return holds(relation, left, right)
    return False


def _moment(value: str | datetime) -> datetime | None:
    return value if isinstance(value, datetime) else moment_of(value)
