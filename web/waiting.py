"""Answers that wait: `Prefer: wait=N` (RFC 7240) on a task and on its monitor."""

from collections.abc import Callable

from actors import Task, Wait
from web.etags import is_had, revision_tag
from web.keeping import KeepingHandler
from web.preferences import preferred_wait


class WaitingHandler(KeepingHandler):
    """A handler whose GET can wait until something has changed. A client that leaves ends its wait."""

    _wait: Wait | None = None

    async def awaited_task(self, task: Task) -> Task:
        """This task; where the client asks for that, once its state has changed.

        With If-None-Match, once it is not the one that this names, whatever has changed.
        """
        known = self.request.headers.get("If-None-Match")

        def enough(first: Task, now: Task) -> bool:
            if known is None:
                return now.state is not first.state
            return not is_had(known, revision_tag(now.revision))

        wait = self._begun(enough)
        return task if wait is None else await self.services.tasks.awaited(task.id, self.viewer, wait)

    async def awaited_result(self, task_id: str) -> Task:
        """The task as its monitor shows it; where the client asks for that, once it has ended."""
        reads = self.request.method == "GET"
        wait = self._begun(lambda first, now: False)
        return await self.services.tasks.monitored(task_id, self.viewer, reads=reads, wait=wait)

    def _begun(self, enough: Callable[[Task, Task], bool]) -> Wait | None:
        """The wait that the client prefers; no longer than the service allows, which the answer says."""
        longest = self.web_options.longest_wait
        seconds = preferred_wait(self.request.headers)
        if seconds is None or not longest or self.request.method != "GET" or self.is_within_another:
            return None
        seconds = min(seconds, longest)
        self.set_header("Preference-Applied", f"wait={seconds}")
        self._wait = Wait(seconds, enough)
        return self._wait

    def on_connection_close(self) -> None:
        super().on_connection_close()
        if self._wait is not None:
            self._wait.end()
