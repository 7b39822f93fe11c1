"""The systems that the servers manage."""

from typing import Final

from actors import ResetType, Task
from web.body import ActionWords, read_body
from web.handler import RedfishHandler
from web.kinds import Choice, Shape
from web.oem import task_oem, timeouts
from web.operations import OperationHandler
from web.render.fleet import system_collection, system_resource

RESET: Final = "ComputerSystem.Reset"
RESET_ONE: Final[Shape] = {"ResetType": Choice(ResetType, required=True), "Oem": task_oem()}


class SystemsHandler(RedfishHandler):
    async def get(self) -> None:
        self.send(system_collection(self.services.fleet.systems()), "ComputerSystemCollection")


class SystemHandler(RedfishHandler):
    async def get(self, system_id: str) -> None:
        self.send(system_resource(await self.services.fleet.system(system_id)), "ComputerSystem")


class SystemResetHandler(OperationHandler):
    """ComputerSystem.Reset"""

    post = OperationHandler.answer_with_task

    async def start(self, system_id: str) -> Task:
        body = self.json_object()
        given = read_body(body, RESET_ONE, ActionWords(RESET))
        order = self.order(body, RESET, timeouts(given))
        return await self.services.operations.reset_system(order, system_id, given["ResetType"])
