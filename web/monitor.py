"""The task monitor: 202 while the task goes on, then the operation's own answer, the same every time."""

from actors import Message, Result, Task, monitor_uri, source_uri
from web.render.fleet import source_resource
from web.render.messages import failed_result, success
from web.render.tasks import task_under_way
from web.retry_after import retry_after
from web.tasks import DeletingHandler
from web.waiting import WaitingHandler


class MonitorHandler(DeletingHandler, WaitingHandler):
    async def get(self, task_id: str) -> None:
        task = await self.awaited_result(task_id)
        if task.is_live:
            seconds = retry_after(task, self.services.clock.now(), self.web_options.retry_after)
            if seconds is not None:
                self.set_header("Retry-After", str(seconds))
            self.send(task_under_way(task), "TaskMonitor", status=202, location=monitor_uri(task.id))
            if self.web_options.retry_after == "expected":
                return  # it goes by the time as well: the same answer would soon not be true any more
        else:
            self._send_result(result_of(task))
        self.keep_answer(task, self.services.tasks.monitor_at_hand)

    async def delete(self, task_id: str) -> None:
        await self.delete_task(await self.services.tasks.monitored(task_id, self.viewer, reads=False))

    def _send_result(self, result: Result) -> None:
        """The operation's own status, headers and body, from its result alone: nothing here may change."""
        if result.http_status >= 400:
            self.send(failed_result(result), status=result.http_status)
        elif result.source is not None:
            location = source_uri(result.source.id)
            self.send(
                source_resource(result.source),
                "AggregationSource",
                status=result.http_status,
                location=location,
            )
        elif result.http_status == 204:
            self.send_nothing()
        else:
            self.send(success(result.messages), status=result.http_status)


def result_of(task: Task) -> Result:
    """The result of a task that has ended. One that has none ended by the service's own fault."""
    return task.result or Result(http_status=500, messages=(Message("InternalError"),))
