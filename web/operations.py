"""What handlers have in common whose request becomes a task."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from actors import (
    NO_TIMEOUTS,
    KeyedRequest,
    NotFoundError,
    Order,
    Task,
    TaskId,
    Timeouts,
    monitor_uri,
    payload_of,
)
from web.errors import idempotency_key_refused
from web.handler import RedfishHandler
from web.preferences import preferred_return
from web.render.messages import accepted
from web.render.tasks import task_resource
from web.retry_after import retry_after

KEY: Final = "Idempotency-Key"
PRINTABLE: Final = re.compile("[!-~]{1,255}")


class OperationHandler(RedfishHandler):
    """A handler does `start`, and names the method that does `answer_with_task`; all else is here."""

    _keyed: KeyedRequest | None = None

    start: Callable[..., Awaitable[Task]]
    """Read the request, whose path has these ids, and have its task recorded."""

    async def answer_with_task(self, *ids: str) -> None:
        """202 once the task is recorded; a request with a key that was sent before has its task already."""
        key = self._key()
        if key is None:
            self._send_accepted(await self.start(*ids))
            return

        async def start(keyed: KeyedRequest) -> Task:
            self._keyed = keyed
            return await self.start(*ids)

        request = f"{self.request.method} {self.request.path}\n".encode() + self.body_bytes()
        made = await self.services.operations.once(self.viewer, key, request, start)
        self._send_accepted(made if isinstance(made, Task) else await self._still_there(made))

    def order(
        self,
        body: Mapping[str, Any] | None = None,
        action: str = "",
        timeouts: Timeouts = NO_TIMEOUTS,
    ) -> Order:
        """Who asks, by which request, and what it says of the task's clocks."""
        request = self.request
        payload = payload_of(request.method or "", request.path, request.headers.get_all(), body)
        return Order(viewer=self.viewer, payload=payload, action=action, timeouts=timeouts, keyed=self._keyed)

    def _key(self) -> str | None:
        """The key by which the request names itself; in the quotes of a structured field, or without.

        As draft-ietf-httpapi-idempotency-key-header has it, and as most clients send it.
        """
        given = self.request.headers.get_list(KEY)
        if not given:
            return None
        key = given[0].strip()
        if len(key) > 1 and key[0] == key[-1] == '"':
            key = key[1:-1]
        if len(given) > 1 or not PRINTABLE.fullmatch(key):
            raise idempotency_key_refused()
        return key

    async def _still_there(self, task_id: TaskId) -> Task | TaskId:
        """The task itself where it is needed, unless it has been deleted."""
        if not self._wants_representation():
            return task_id
        try:
            return await self.services.tasks.find(task_id, self.viewer)
        except NotFoundError:
            return task_id

    def _send_accepted(self, made: Task | TaskId) -> None:
        """202: the monitor's path, and the whole task if `Prefer: return=representation` asks for it."""
        task = made if isinstance(made, Task) else None
        seconds = retry_after(task, self.services.clock.now(), self.web_options.retry_after)
        if seconds is not None:
            self.set_header("Retry-After", str(seconds))
        task_id = made.id if isinstance(made, Task) else made
        self.audited["task"] = task_id
        location = monitor_uri(task_id)
        if isinstance(made, Task) and self._wants_representation():
            self.set_header("Preference-Applied", "return=representation")
            self.send(task_resource(made), "Task", status=202, location=location)
        else:
            self.send(accepted(task_id), status=202, location=location)

    def _wants_representation(self) -> bool:
        return preferred_return(self.request.headers) == "representation"
