"""Another process on a data folder, for tests: `python -m tests.store.child WHAT FOLDER`."""

import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path

from actors.tasks.errors import TaskmonError
from actors.tasks.ports import Save
from store.folder import DataFolder
from store.sqlite import open_store
from tests.store.records import a_task, an_account

SUBTASKS = 3
COMMITTERS = 20
SINGLE_COMMITS = 5


async def add_account(folder: Path) -> None:
    """Store one account, `ann`."""
    store = await open_store(folder)
    await store.commit(Save(an_account("ann", account_id=f"account-of-{os.getpid()}")))
    await store.close()


async def commit_until_killed(folder: Path) -> None:
    """Commit tasks with their subtasks for ever; each id is printed once its commit has returned."""
    store = await open_store(folder)

    async def committer() -> None:
        while True:
            task = replace(a_task(), subtasks=SUBTASKS)
            await store.commit(Save(task), *(Save(a_task(parent=task.id)) for _ in range(SUBTASKS)))
            print(task.id, flush=True)

    await asyncio.gather(*(committer() for _ in range(COMMITTERS)))


async def commit_one_by_one(folder: Path) -> None:
    """Commit a few tasks, none before the commit of the last has returned and its id is printed."""
    store = await open_store(folder)
    for _ in range(SINGLE_COMMITS):
        task = a_task()
        await store.commit(Save(task))
        print(task.id, flush=True)
    await store.close()


async def hold(folder: Path) -> None:
    """Lock the folder, say so, and hold it until standard input ends."""
    with DataFolder(folder).lock():
        print("held", flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    jobs = {job.__name__: job for job in (add_account, commit_until_killed, commit_one_by_one, hold)}
    try:
        asyncio.run(jobs[sys.argv[1]](Path(sys.argv[2])))
    except TaskmonError as error:
        sys.exit(f"{type(error).__name__}: {error}")
