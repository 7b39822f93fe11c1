"""Pages of tasks: whose they are is decided by who asks, whatever the query says."""

from dataclasses import replace

import pytest

from actors import NotAllowedError, NotFoundError, Task, TaskQuery
from actors.access.records import AccountId
from tests.actors.house import ADMIN, a_house, viewer
from tests.actors.retained import an_ended_task, stored_tasks
from tests.store.records import a_task

BOB = viewer("bob", "Operator")
PATIENCE = 60.0


def of(owner: AccountId, task: Task) -> Task:
    return replace(task, owner=owner)


async def test_a_page_shows_what_the_viewer_may_see() -> None:
    async with a_house() as house:
        his, hers = of(BOB.account, an_ended_task()), of(AccountId("carol"), an_ended_task())
        await stored_tasks(house.store, his, hers)
        tasks = house.actors.tasks
        for query in (
            TaskQuery(limit=10),
            TaskQuery(limit=10, owner=hers.owner),
            TaskQuery(limit=10, parent=hers.id),
            TaskQuery(limit=10, accepts=lambda _: True),
        ):
            page = await tasks.page(BOB, query, PATIENCE)
            assert (page.ids, page.total) == ((his.id,), 1)
            assert set((await tasks.page(ADMIN, query, PATIENCE)).ids) == {his.id, hers.id}


async def test_a_page_of_subtasks_is_for_who_may_see_the_parent() -> None:
    async with a_house() as house:
        parent = of(BOB.account, replace(an_ended_task(), subtasks=2))
        below = [of(BOB.account, replace(an_ended_task(), parent=parent.id)) for _ in range(2)]
        single = of(BOB.account, an_ended_task())
        await stored_tasks(house.store, parent, *below, single)
        query = TaskQuery(limit=1, records=True, owner=AccountId("carol"))
        tasks = house.actors.tasks
        for who in (BOB, ADMIN):
            page = await tasks.subtask_page(parent.id, who, query, PATIENCE)
            assert (page.tasks, page.total) == ((below[0],), 2)
        with pytest.raises(NotAllowedError):
            await tasks.subtask_page(parent.id, viewer("carol", "Operator"), query, PATIENCE)
        for none in (single.id, "nothing"):
            with pytest.raises(NotFoundError):
                await tasks.subtask_page(none, BOB, query, PATIENCE)


async def test_what_was_removed_is_on_no_page() -> None:
    async with a_house() as house:
        gone, kept = await stored_tasks(
            house.store, of(BOB.account, an_ended_task()), of(BOB.account, an_ended_task())
        )
        (live,) = await stored_tasks(house.store, of(ADMIN.account, a_task()))
        await house.actors.tasks.find(gone, BOB)
        await house.actors.tasks.delete(gone, BOB)
        page = await house.actors.tasks.page(BOB, TaskQuery(limit=10), PATIENCE)
        assert (page.ids, page.total) == ((kept,), 1)
        assert (await house.actors.tasks.page(ADMIN, TaskQuery(limit=10), PATIENCE)).total == 2
        assert live in (await house.actors.tasks.page(ADMIN, TaskQuery(limit=10), PATIENCE)).ids
