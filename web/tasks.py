"""The task service: tasks and subtasks as resources."""

from actors import Task
from web.errors import no_such_resource
from web.handler import RedfishHandler
from web.render.tasks import subtask_collection, task_collection, task_resource, task_service


class TaskServiceHandler(RedfishHandler):
    async def get(self) -> None:
        self.send(task_service(self.services.clock.now()), "TaskService")


class TasksHandler(RedfishHandler):
    async def get(self) -> None:
        self.send(task_collection(await self.services.tasks.list(self.viewer)), "TaskCollection")


class DeletingHandler(RedfishHandler):
    """What DELETE of a task, a subtask or a monitor has in common."""

    async def delete_task(self, task: Task) -> None:
        """Answer 204 when nothing more goes to a server for this task; X-Abort-Reason says why."""
        reason = self.request.headers.get("X-Abort-Reason", "")
        await self.services.tasks.delete(task.id, self.viewer, reason)
        self.send_nothing()


class TaskHandler(DeletingHandler):
    """A task that is no subtask; a subtask is found below its parent."""

    async def get(self, task_id: str) -> None:
        self.send(task_resource(await self._task(task_id)), "Task")

    async def delete(self, task_id: str) -> None:
        await self.delete_task(await self._task(task_id))

    async def _task(self, task_id: str) -> Task:
        task = await self.services.tasks.find(task_id, self.viewer)
        if task.parent is not None:
            raise no_such_resource(self.request.path)
        return task


class SubTasksHandler(RedfishHandler):
    async def get(self, task_id: str) -> None:
        parent = await self.services.tasks.find(task_id, self.viewer)
        subtasks = await self.services.tasks.subtasks(parent.id, self.viewer)
        self.send(subtask_collection(parent.id, subtasks), "TaskCollection")


class SubTaskHandler(DeletingHandler):
    async def get(self, parent_id: str, task_id: str) -> None:
        self.send(task_resource(await self._subtask(parent_id, task_id)), "Task")

    async def delete(self, parent_id: str, task_id: str) -> None:
        await self.delete_task(await self._subtask(parent_id, task_id))

    async def _subtask(self, parent_id: str, task_id: str) -> Task:
        task = await self.services.tasks.find(task_id, self.viewer)
        if task.parent != parent_id:
            raise no_such_resource(self.request.path)
        return task
