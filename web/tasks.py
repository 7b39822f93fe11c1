"""The task service: tasks and subtasks as resources."""

from functools import partial
from typing import Any, Final

from actors import (
    AUTO_DELETE,
    LONGEST_KEPT,
    LONGEST_REASON,
    MONITOR_EXPIRY,
    RETRY,
    Again,
    Task,
    TaskId,
    TaskPage,
    TaskQuery,
    task_uri,
)
from actors import TASK_SERVICE as SERVICE
from web.body import ActionWords, read_body
from web.errors import no_such_resource
from web.etags import digest_tag, revision_tag
from web.handler import RedfishHandler
from web.kinds import Choice, Shape, Text, Whole
from web.models import Collection, TaskService
from web.operations import OperationHandler
from web.patching import PatchHandler
from web.query.tasks import next_page, task_query
from web.received import header_text
from web.render.tasks import (
    CANCEL,
    DELETE_ENDED,
    subtask_collection,
    task_collection,
    task_resource,
    task_service,
)
from web.uris import TASKS, subtasks_uri
from web.waiting import WaitingHandler

NOTHING: Final[Shape] = {}
WHICH: Final[Shape] = {"Subtasks": Choice(Again)}
TASK_SERVICE_PATCH: Final[Shape] = {
    AUTO_DELETE: Whole(least=1, most=LONGEST_KEPT),
    MONITOR_EXPIRY: Whole(most=60 * LONGEST_KEPT, nullable=True),
}
REASON: Final[Shape] = {"Reason": Text(longest=LONGEST_REASON)}


class TaskServiceHandler(PatchHandler):
    async def get(self) -> None:
        shown, etag, _ = self._now()
        self.send(shown, "TaskService", etag=etag)

    async def patch(self) -> None:
        shown, etag, revision = self._now()
        expected = self.expected(etag, revision)
        values, mistakes = self.read_patch(TASK_SERVICE_PATCH, shown.keys())
        await self.services.settings.change(SERVICE, values, expected)
        shown, etag, _ = self._now()
        self.send_patched(shown, "TaskService", etag=etag, mistakes=mistakes)

    def _now(self) -> tuple[TaskService, str, int]:
        """The resource, its tag, which does not go with the time, and the revision of what is set."""
        revision = self.services.settings.of(SERVICE).revision
        shown = task_service(self.services.clock.now(), self.services.tasks.rules)
        return shown, digest_tag({**shown, "DateTime": revision}), revision


class DeleteEndedHandler(RedfishHandler):
    """TaskService.DeleteAllCompletedTasks: what has ended goes, as far as it is the client's to delete."""

    async def post(self) -> None:
        read_body(self.json_object(), NOTHING, ActionWords(DELETE_ENDED))
        await self.services.tasks.delete_ended(self.viewer)
        self.send_nothing()


class PagedHandler(RedfishHandler):
    """Collections of tasks: the store finds the members of a page."""

    def asked(self, *, subtasks: bool = False) -> TaskQuery:
        """What the query of this request asks of the store."""
        return task_query(self.query, self.web_options.page_size, subtasks=subtasks)

    def send_page(self, body: Collection, page: TaskPage) -> None:
        """Answer with this page, whose `$filter`, `$skip` and `$top` the store has seen to."""
        known = {task_uri(task.id, task.parent): partial(_tagged, task) for task in page.tasks}
        self.send_found(body, "TaskCollection", known)


def _tagged(task: Task) -> dict[str, Any]:
    """A member of a page as its own GET sends it."""
    return {"@odata.etag": revision_tag(task.revision), **task_resource(task)}


class TasksHandler(PagedHandler):
    async def get(self) -> None:
        patience = self.web_options.query_timeout
        page = await self.services.tasks.page(self.viewer, self.asked(), patience)
        self.send_page(task_collection(page, next_page(self.query, TASKS, page)), page)


class DeletingHandler(RedfishHandler):
    """What DELETE of a task, a subtask or a monitor has in common."""

    async def delete_task(self, task: Task) -> None:
        """Answer 204 when nothing more goes to a server for this task; X-Abort-Reason says why.

        If-Match names the tag of the task, also at its monitor, which has none of its own.
        """
        self.expected(revision_tag(task.revision), task.revision)
        reason = header_text(self.request.headers.get("X-Abort-Reason", ""))
        self.audit_abort(task, reason)
        await self.services.tasks.delete(task.id, self.viewer, reason)
        self.send_nothing()

    def audit_abort(self, task: Task, reason: str) -> None:
        """Which task, how it was, and why."""
        self.audited |= {"task": task.id, "state": task.state, "operation": task.operation}
        if reason:
            self.audited["reason"] = reason


class NamedTaskHandler(DeletingHandler):
    """What stands at or below the URI of a task: of a subtask, below that of its parent and nowhere else."""

    async def named(self, *ids: str) -> Task:
        """The task with this one id, or the subtask with its parent's id and its own.

        Raises:
            NotFoundError, NotAllowedError: as `Tasks.find`.
            Refusal: 404, for it is not found there.
        """
        task = await self.services.tasks.find(ids[-1], self.viewer)
        if task.parent != (ids[0] if len(ids) > 1 else None):
            raise no_such_resource(self.request.path)
        return task


class TaskHandler(NamedTaskHandler, WaitingHandler):
    """A task, or a subtask below its parent."""

    async def get(self, *ids: str) -> None:
        task = await self.awaited_task(await self.named(*ids))
        etag = revision_tag(task.revision)
        if not self.is_known(etag):  # the most asked of all: nothing is made for who has it
            self.send(task_resource(task), "Task", etag=etag)
        self.keep_answer(task, self.services.tasks.at_hand)

    async def delete(self, *ids: str) -> None:
        await self.delete_task(await self.named(*ids))


class CancelHandler(NamedTaskHandler):
    """Taskmon.Cancel: the abort that DELETE does, of a task whose record is to stay."""

    async def post(self, *ids: str) -> None:
        given = read_body(self.json_object(), REASON, ActionWords(CANCEL))
        task = await self.named(*ids)
        self.audit_abort(task, given.get("Reason", ""))
        await self.services.tasks.cancel(task.id, self.viewer, given.get("Reason", ""))
        self.send_nothing()


class RetryHandler(OperationHandler):
    """Taskmon.Retry: a new task over what failed of this one."""

    post = OperationHandler.answer_with_task

    async def start(self, task_id: str) -> Task:
        body = self.json_object()
        given = read_body(body, WHICH, ActionWords(RETRY))
        which = given.get("Subtasks", Again.FAILED)
        return await self.services.operations.retry(self.order(body, RETRY), task_id, which=which)


class SubTasksHandler(PagedHandler):
    async def get(self, task_id: str) -> None:
        patience = self.web_options.query_timeout
        asked = self.asked(subtasks=True)
        page = await self.services.tasks.subtask_page(task_id, self.viewer, asked, patience)
        parent = TaskId(task_id)
        body = subtask_collection(parent, page, next_page(self.query, subtasks_uri(parent), page))
        self.send_page(body, page)
