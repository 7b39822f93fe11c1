"""Which tasks a client wants to see, in words of records; `page_of` says what an answer is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from actors.access.records import AccountId
from actors.tasks.task import Task, TaskId

NOT_ENDED = datetime(1, 1, 1, tzinfo=UTC)
"""What the end of a task is compared as while it has none: the value that clients are shown."""


class TaskField(StrEnum):
    """What of a record a store compares by itself; the values are the names of a Task's fields."""

    ID = "id"
    STATE = "state"
    STATUS = "status"
    STARTED = "started"
    ENDED = "ended"
    OWNER = "owner"
    OPERATION = "operation"
    TARGET = "target"


class Relation(StrEnum):
    """How two values are compared: Redfish's words for it."""

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"


@dataclass(frozen=True, slots=True)
class Compared:
    """A field against a value: an aware time for STARTED and ENDED, text for the others."""

    field: TaskField
    relation: Relation
    value: str | datetime


@dataclass(frozen=True, slots=True)
class Every:
    """All of these; of none, always."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of these at least; of none, never."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Not this."""

    part: "Condition"


Condition = Compared | Every | OneOf | Not


@dataclass(frozen=True, slots=True)
class TaskCursor:
    """A place between tasks, which stays where it is while tasks come and go.

    Tasks are ordered by `started` (microseconds since 1970) and, at the same instant, by `place`, the
    order of their first commits; subtasks by `place` alone.
    """

    started: int
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskQuery:
    """Top-level tasks (of this owner, if one is given), or with `parent` the subtasks of that one.

    Of those, what meets `condition`, has `text` in its id or target (ASCII letters in either case) and
    passes `accepts`, which is asked of each record, outside the loop's thread, and so must be pure.
    `backwards` turns the order round, which is newest first for tasks, and the order of commits for
    subtasks. What follows `after`, without the first `skip`, at most `limit`.
    """

    owner: AccountId | None = None
    parent: TaskId | None = None
    condition: Condition | None = None
    text: str = ""
    accepts: Callable[[Task], bool] | None = None
    backwards: bool = False
    after: TaskCursor | None = None
    skip: int = 0
    limit: int
    records: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it asks for all there are, so that their number is known without reading them."""
        part = self.parent is not None and self.owner is not None
        return not part and self.condition is None and not self.text and self.accepts is None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPage:
    """`ids` in their order, with their `tasks` if the query asked for records.

    `total` is how many meet the query, whatever `after`, `skip` and `limit` say. `more` is where the next
    page begins, None after the last.
    """

    ids: tuple[TaskId, ...]
    tasks: tuple[Task, ...] = ()
    total: int
    more: TaskCursor | None = None


_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds_of(moment: datetime) -> int:
    """The moment in microseconds since 1970, UTC."""
    gone = moment - _BEGINNING
    return (gone.days * 86_400 + gone.seconds) * 1_000_000 + gone.microseconds


def folded(text: str) -> str:
    """The text with ASCII letters in lower case, and all others as they are."""
    return "".join(char.lower() if char.isascii() else char for char in text)


def meets(task: Task, condition: Condition) -> bool:
    """Whether the record meets the condition."""
    match condition:
        case Every(parts):
            return all(meets(task, part) for part in parts)
        case OneOf(parts):
            return any(meets(task, part) for part in parts)
        case Not(part):
            return not meets(task, part)
        case Compared(field, relation, value):
            found = getattr(task, field)
            return holds(relation, NOT_ENDED if found is None else found, value)


def holds(relation: Relation, left: object, right: object) -> bool:
    """Whether two values of one kind stand in this relation."""
    match relation:
        case Relation.EQ:
            return left == right
        case Relation.NE:
            return left != right
        case Relation.GT:
            return left > right  # type: ignore[operator, no-any-return]
        case Relation.GE:
            return left >= right  # type: ignore[operator, no-any-return]
        case Relation.LT:
            return left < right  # type: ignore[operator, no-any-return]
        case Relation.LE:
            return left <= right  # type: ignore[operator, no-any-return]


def page_of(placed: Sequence[tuple[int, Task]], query: TaskQuery) -> TaskPage:
    """The page from all tasks with their places, by looking at each: what every store must answer."""

    def key(one: tuple[int, Task]) -> tuple[int, int]:
        place, task = one
        return (0 if query.parent else microseconds_of(task.started), place)

    newest_first = (query.parent is None) != query.backwards
    found = sorted((one for one in placed if _is_asked(one[1], query)), key=key, reverse=newest_first)
    rest = found
    if query.after:
        mark = (0 if query.parent else query.after.started, query.after.place)
        rest = [one for one in found if (key(one) < mark if newest_first else key(one) > mark)]
    shown = rest[query.skip : query.skip + query.limit]
    more = None
    if shown and len(rest) > query.skip + query.limit:
        place, last = shown[-1]
        more = TaskCursor(microseconds_of(last.started), place)
    return TaskPage(
        ids=tuple(task.id for _, task in shown),
        tasks=tuple(task for _, task in shown) if query.records else (),
        total=len(found),
        more=more,
    )


def _is_asked(task: Task, query: TaskQuery) -> bool:
    if task.parent != query.parent or (query.owner is not None and task.owner != query.owner):
        return False
    if query.condition is not None and not meets(task, query.condition):
        return False
    text = folded(query.text)
    if text and text not in folded(task.id) and text not in folded(task.target):
        return False
    return query.accepts is None or query.accepts(task)
