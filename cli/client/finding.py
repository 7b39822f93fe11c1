"""Finding the task that somebody means."""

import re
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from cli.client.answer import last
from cli.client.errors import CommandError, GoneError, LackingError, usage
from cli.client.http import with_query
from cli.client.members import members_of, uris_of
from cli.client.service import Service
from cli.client.tasks import Task

MOST_NAMED: Final = 10
OWN_ID: Final = re.compile(r"task[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
"""A whole id of a task of taskmon: `task` and a random UUID (RFC 9562, version 4)."""
ON_PAGE: Final = "/tasks/"
"""What the dashboard's address has before the id of a task, behind the `#`."""


async def find_task(service: Service, given: str) -> Task:
    """The task that is meant, by whatever of it can be copied, in whatever state it is.

    That is its id or how that begins, its URI, that of its monitor, a URL of these, or where the dashboard
    shows it.

    Raises:
        GoneError: there is none, and it was named by a URI or by a whole id of taskmon.
        CommandError: there is none, or there are several.
    """
    if not given.strip():
        raise usage("Say which task: by its id or how that begins, or by its URI.")
    if not is_uri(given):
        return await _task_named(service, given)
    if (task := await task_at(service, given)) is not None:
        return task
    path = service.client.path_of(given)
    # A monitor of a task that cannot be found may show it all the same.
    answer = await service.client.get(path)
    if answer.status in (404, 410):
        raise GoneError(service.client.url, path)
    answer.expect(200, 202)
    if "TaskState" in answer.body:
        return Task({"@odata.id": path, **answer.body})
    raise CommandError(f"{service.client.url}{path} is no task.")


def is_uri(given: str) -> bool:
    """Whether this is the URI or the URL of something, and no id."""
    return given.startswith(("/", "http://", "https://"))


async def task_at(service: Service, uri: str) -> Task | None:
    """The task at this URI, or that has it as its monitor; None where the tasks of the service tell of none.

    The monitor itself is not read: when its task has ended it answers for the operation, and at some services
    it is gone after that.

    Raises:
        GoneError: this is where the dashboard shows a task that is gone.
    """
    path = service.client.path_of(uri).rstrip("/")
    shown = urlsplit(uri).fragment.partition("?")[0]
    if service.is_taskmon and shown.startswith(ON_PAGE):
        return await _task_named(service, unquote(shown.removeprefix(ON_PAGE)))
    try:
        collection = (await service.tasks()).rstrip("/")
    except LackingError:
        return None
    if path.startswith(f"{collection}/"):
        answer = await service.client.get(path)
        return Task(answer.body) if answer.status == 200 and "TaskState" in answer.body else None
    # Many services give both the same id.
    answer = await service.client.get(f"{collection}/{last(path)}")
    task = Task(answer.body)
    if answer.status == 200 and task.monitor and service.client.path_of(task.monitor) == path:
        return task
    if service.is_taskmon:
        return None
    for found in map(Task, (await members_of(service, collection)).resources):
        if found.monitor and service.client.path_of(found.monitor) == path:
            return found
    return None


async def _task_named(service: Service, given: str) -> Task:
    """The task of this id, or the one whose id begins so."""
    collection = (await service.tasks()).rstrip("/")
    answer = await service.client.get(f"{collection}/{quote(given, safe='')}")
    if answer.status == 200 and "TaskState" in answer.body:
        return Task(answer.body)
    if answer.status not in (400, 404):
        answer.expect(200)
    if service.is_taskmon and OWN_ID.fullmatch(given):
        raise GoneError(service.client.url, f"{collection}/{given}")
    # Other services ignore an option that is not theirs, and send all.
    text = {"taskmon.text": given} if service.is_taskmon else {}
    uris = [
        uri
        for uri in await uris_of(service, with_query(collection, **text))
        if last(uri).startswith(given) or last(uri).removeprefix("task").startswith(given)
    ]
    if not uris:
        raise CommandError(f"{service.client.url} has no task {given} that you may see.")
    if len(uris) > 1:
        named = ", ".join(map(last, uris[:MOST_NAMED]))
        more = f", and {len(uris) - MOST_NAMED} more" if len(uris) > MOST_NAMED else ""
        raise CommandError(f"Several tasks begin with {given}: {named}{more}.")
    return Task(await service.read(uris[0]))
