"""What a query asks of Tasks and SubTasks, in the words of the store, and where the next page is."""

from collections.abc import Callable

from actors import Task, TaskPage, TaskQuery
from web.query.evaluate import matches, properties_in
from web.query.filters import Expression
from web.query.parse import NEWEST, OLDEST, Query
from web.query.pushdown import pushed_down
from web.render.tasks import task_properties


def task_query(query: Query, page_size: int, *, subtasks: bool = False) -> TaskQuery:
    """The page that the query asks for, of `page_size` members at the most.

    Unless it says otherwise Tasks come newest first, and SubTasks in their own order, which is oldest first.
    """
    condition, rest = pushed_down(query.filter) if query.filter is not None else (None, None)
    return TaskQuery(
        condition=condition,
        accepts=None if rest is None else _shows(rest),
        text=query.text,
        backwards=query.order == (NEWEST if subtasks else OLDEST),
        after=query.after,
        skip=query.skip,
        limit=page_size if query.top is None else min(query.top, page_size),
        records=query.expand is not None and query.expand.which != "~",
    )


def _shows(expression: Expression) -> Callable[[Task], bool]:
    names = properties_in(expression)
    return lambda task: matches(expression, task_properties(task, names))


def next_page(query: Query, path: str, page: TaskPage) -> str:
    """The URI of the page behind this one, with all else that was asked for; empty if this is the last."""
    if page.more is None:
        return ""
    return query.next_link(path, {"taskmon.after": f"{page.more.started}.{page.more.place}"})
