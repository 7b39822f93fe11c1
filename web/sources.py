"""Aggregation sources: servers are added and removed, each as a task."""

from typing import Final

from actors import Task
from web.body import CreateWords, LinkTo, Nested, Shape, Text, read_body
from web.oem import task_oem, timeouts
from web.operations import OperationHandler
from web.render.fleet import source_collection, source_resource
from web.uris import REDFISH_METHOD

NEW_SERVER: Final[Shape] = {
    "HostName": Text(required=True),
    "UserName": Text(required=True),
    "Password": Text(required=True, secret=True),
    "Links": Nested({"ConnectionMethod": LinkTo(REDFISH_METHOD, required=True)}, required=True),
    "Oem": task_oem(),
}


class SourcesHandler(OperationHandler):
    async def get(self) -> None:
        self.send(source_collection(self.services.fleet.sources()), "AggregationSourceCollection")

    post = OperationHandler.answer_with_task

    async def start(self) -> Task:
        body = self.json_object()
        given = read_body(body, NEW_SERVER, CreateWords())
        return await self.services.operations.add_server(
            self.order(body, timeouts=timeouts(given)),
            host=given["HostName"],
            user_name=given["UserName"],
            password=given["Password"],
        )


class SourceHandler(OperationHandler):
    begins_work = OperationHandler.begins_work | {"DELETE"}

    async def get(self, source_id: str) -> None:
        self.send(source_resource(self.services.fleet.source(source_id)), "AggregationSource")

    delete = OperationHandler.answer_with_task

    async def start(self, source_id: str) -> Task:
        return await self.services.operations.remove_server(self.order(), source_id)
