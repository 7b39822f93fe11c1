"""Which subtasks of a parent begin now, and which when those before them are under way."""

from collections.abc import Iterable, Iterator

from actors.tasks.task import TaskId

AT_ONCE = 50
"""How many subtasks of one parent are at their beginning at a time. What ten thousand need for it at the
same moment (a record on its way to the store and back, each) is memory that the process does not get rid of
again, and a loop that has no time for anybody else."""


class Beginnings:
    """The subtasks that their parents want to begin. For TaskRegistry alone.

    One is at its beginning from when it is told to begin until its first change is heard of, or until it is
    heard that there will be none; then the next of the same parent has its turn. They begin in the order in
    which they were asked for.
    """

    def __init__(self) -> None:
        self._parents: dict[TaskId, _Row] = {}

    def ask(self, parent: TaskId, task_ids: Iterable[TaskId]) -> list[TaskId]:
        """These shall begin, after those that were asked for before them; which of them do now."""
        row = self._parents.setdefault(parent, _Row())
        row.to_come += task_ids
        return list(row.next())

    def is_under_way(self, parent: TaskId, task_id: TaskId) -> list[TaskId]:
        """This subtask is not at its beginning any more; which ones begin in its place."""
        row = self._parents.get(parent)
        if row is None or task_id not in row.at_beginning:
            return []
        row.at_beginning.discard(task_id)
        begin = list(row.next())
        if not row.at_beginning:
            del self._parents[parent]
        return begin

    def forget(self, parent: TaskId) -> None:
        """None of this parent begins any more."""
        self._parents.pop(parent, None)


class _Row:
    """The subtasks of one parent."""

    __slots__ = ("at_beginning", "position", "to_come")

    def __init__(self) -> None:
        self.to_come: list[TaskId] = []
        self.position = 0
        self.at_beginning: set[TaskId] = set()

    def next(self) -> Iterator[TaskId]:
        while len(self.at_beginning) < AT_ONCE and self.position < len(self.to_come):
            task_id = self.to_come[self.position]
            self.position += 1
            self.at_beginning.add(task_id)
            yield task_id
