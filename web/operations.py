"""What handlers have in common whose request becomes a task."""

from collections.abc import Mapping
from typing import Any

from actors import Order, Task, monitor_uri, payload_of
from web.handler import RedfishHandler
from web.render.messages import accepted
from web.render.tasks import task_resource


class OperationHandler(RedfishHandler):
    """Makes the order for an operation, and answers 202 once its task is recorded."""

    def order(self, body: Mapping[str, Any] | None = None, action: str = "") -> Order:
        """Who asks, by which request."""
        request = self.request
        payload = payload_of(request.method or "", request.path, request.headers.get_all(), body)
        return Order(viewer=self.viewer, payload=payload, action=action)

    def send_accepted(self, task: Task) -> None:
        """202: the monitor's path, and the whole task if `Prefer: return=representation` asks for it."""
        if self.web_options.retry_after is not None:
            self.set_header("Retry-After", str(self.web_options.retry_after))
        location = monitor_uri(task.id)
        if self._wants_representation():
            self.set_header("Preference-Applied", "return=representation")
            self.send(task_resource(task), "Task", status=202, location=location)
        else:
            self.send(accepted(task.id), status=202, location=location)

    def _wants_representation(self) -> bool:
        """RFC 7240: a list of preferences; of several for `return` the first counts."""
        for preference in ",".join(self.request.headers.get_list("Prefer")).split(","):
            name, _, value = preference.partition(";")[0].partition("=")
            if name.strip().lower() == "return":
                return value.strip().strip('"').lower() == "representation"
        return False
