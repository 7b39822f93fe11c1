"""What of a filter on tasks the store can compare by itself, and what remains to be asked of each task.

The fields are those that `TaskField` names. Their values as clients see them and as they are stored
compare alike, so it makes no difference to the answer who compares.
"""

from datetime import datetime
from typing import Final

from actors import Compared, Condition, Every, Not, OneOf, Relation, TaskField
from web.query.filters import Both, Comparison, Either, Expression, Literal, Negation, Path, moment_of

FIELDS: Final = {
    ("Id",): TaskField.ID,
    ("TaskState",): TaskField.STATE,
    ("TaskStatus",): TaskField.STATUS,
    ("StartTime",): TaskField.STARTED,
    ("EndTime",): TaskField.ENDED,
    ("Oem", "Taskmon", "Owner"): TaskField.OWNER,
    ("Oem", "Taskmon", "Operation"): TaskField.OPERATION,
    ("Oem", "Taskmon", "Target"): TaskField.TARGET,
}
_TIMES: Final = frozenset({TaskField.STARTED, TaskField.ENDED})
_TURNED_ROUND: Final = {
    Relation.EQ: Relation.EQ,
    Relation.NE: Relation.NE,
    Relation.GT: Relation.LT,
    Relation.GE: Relation.LE,
    Relation.LT: Relation.GT,
    Relation.LE: Relation.GE,
}


def pushed_down(expression: Expression) -> tuple[Condition | None, Expression | None]:
    """What the store is to compare, and what of the filter is left (None: nothing)."""
    parts = expression.parts if isinstance(expression, Both) else (expression,)
    stored: list[Condition] = []
    left: list[Expression] = []
    for part in parts:
        condition = _condition(part)
        if condition is None:
            left.append(part)
        else:
            stored.append(condition)
    rest = left[0] if len(left) == 1 else Both(tuple(left)) if left else None
    return (Every(tuple(stored)) if stored else None), rest


def _condition(expression: Expression) -> Condition | None:
    match expression:
        case Both(parts) | Either(parts):
            made = [_condition(part) for part in parts]
            known = tuple(one for one in made if one is not None)
            if len(known) < len(made):
                return None
            return Every(known) if isinstance(expression, Both) else OneOf(known)
        case Negation(part):
            inside = _condition(part)
            return None if inside is None else Not(inside)
        case Comparison(relation, Path(names), Literal(value)) if names in FIELDS:
            return _compared(FIELDS[names], relation, value)
        case Comparison(relation, Literal(value), Path(names)) if names in FIELDS:
            return _compared(FIELDS[names], _TURNED_ROUND[relation], value)
        case _:
            return None


def _compared(field: TaskField, relation: Relation, value: object) -> Condition | None:
    if field in _TIMES:
        moment = moment_of(value) if isinstance(value, str) else value
        return Compared(field, relation, moment) if isinstance(moment, datetime) else None
    # A text that is a date-time is compared as one, which is for the filter itself to do.
    if isinstance(value, str) and moment_of(value) is None:
        return Compared(field, relation, value)
    return None
