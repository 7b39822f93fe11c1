"""The aggregation service and the ways in which servers are reached."""

from collections.abc import Mapping
from typing import Any, Final

from actors import MaxFailures, ResetType, Task
from web.body import ActionWords, read_body
from web.errors import no_such_resource
from web.handler import RedfishHandler
from web.kinds import Choice, NumberOrPercentage, Shape, SystemLinks, Whole
from web.oem import said_under_oem, task_oem, timeouts
from web.operations import OperationHandler
from web.render.fleet import aggregation_service, connection_method, connection_method_collection
from web.uris import REDFISH_METHOD_ID

RESET_IN_BATCHES: Final[Shape] = {
    # Redfish leaves ResetType open; a power action is never guessed here (REDFISH.md Y13).
    "ResetType": Choice(ResetType, required=True),
    "BatchSize": Whole(),
    "DelayBetweenBatchesInSeconds": Whole(),
    "Oem": task_oem(MaxFailures=NumberOrPercentage()),
}
RESET_SYSTEMS: Final[Shape] = {"TargetURIs": SystemLinks(required=True), **RESET_IN_BATCHES}
SERVICE_RESET: Final = "AggregationService.Reset"


def max_failures(given: Mapping[str, Any]) -> MaxFailures | None:
    """The stop rule among the parameters of a reset in batches, if there is one."""
    found: MaxFailures | None = said_under_oem(given).get("MaxFailures")
    return found


class AggregationServiceHandler(RedfishHandler):
    async def get(self) -> None:
        self.send(aggregation_service(), "AggregationService")


class ServiceResetHandler(OperationHandler):
    """AggregationService.Reset"""

    post = OperationHandler.answer_with_task

    async def start(self) -> Task:
        body = self.json_object()
        given = read_body(body, RESET_SYSTEMS, ActionWords(SERVICE_RESET))
        return await self.services.operations.reset(
            self.order(body, SERVICE_RESET, timeouts(given)),
            given["TargetURIs"],
            given["ResetType"],
            batch_size=given.get("BatchSize", 0),
            delay=given.get("DelayBetweenBatchesInSeconds", 0),
            max_failures=max_failures(given),
        )


class ConnectionMethodsHandler(RedfishHandler):
    async def get(self) -> None:
        self.send(connection_method_collection(), "ConnectionMethodCollection")


class ConnectionMethodHandler(RedfishHandler):
    async def get(self, method_id: str) -> None:
        if method_id != REDFISH_METHOD_ID:
            raise no_such_resource(self.request.path)
        self.send(connection_method(self.services.fleet.sources()), "ConnectionMethod")
