"""A stand-in for what clients have set of the services."""

from collections.abc import Mapping
from dataclasses import replace

from actors import TASK_SERVICE, ChangedError, ServiceName, ServiceSettings, Value
from tests.web.standins import StandInGate, StandInTasks


class StandInSettings:
    """Settings in a dictionary; a change of them is seen in the rules of the tasks, or at the gate."""

    def __init__(self, tasks: StandInTasks, gate: StandInGate) -> None:
        self._tasks = tasks
        self._gate = gate
        self._kept: dict[ServiceName, ServiceSettings] = {}

    def of(self, service: ServiceName) -> ServiceSettings:
        return self._kept.get(service) or ServiceSettings(id=service, revision=0)

    async def change(
        self, service: ServiceName, values: Mapping[str, Value], revision: int | None = None
    ) -> ServiceSettings:
        before = self.of(service)
        if revision not in (None, before.revision):
            raise ChangedError
        after = replace(before, revision=before.revision + 1, values={**before.values, **values})
        self._kept[service] = after
        if service == TASK_SERVICE:
            self._tasks.rules = self._tasks.rules.with_set(values)
        elif isinstance(timeout := values.get("SessionTimeout"), int):
            self._gate.session_timeout = timeout
        return after
