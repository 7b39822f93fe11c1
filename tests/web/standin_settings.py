"""A stand-in for what clients have set of the services."""

from collections.abc import Mapping
from dataclasses import replace

from actors import TASK_SERVICE, ChangedError, ServiceName, ServiceSettings, Value
from tests.web.standins import StandInTasks


class StandInSettings:
    """Settings of the one service that has any; a change of them is seen in the rules of the tasks."""

    def __init__(self, tasks: StandInTasks) -> None:
        self._tasks = tasks
        self._kept = ServiceSettings(id=TASK_SERVICE, revision=0)

    def of(self, service: ServiceName) -> ServiceSettings:
        assert service == TASK_SERVICE
        return self._kept

    async def change(
        self, service: ServiceName, values: Mapping[str, Value], revision: int | None = None
    ) -> ServiceSettings:
        before = self.of(service)
        if revision not in (None, before.revision):
            raise ChangedError
        self._kept = replace(before, revision=before.revision + 1, values={**before.values, **values})
        self._tasks.rules = self._tasks.rules.with_set(values)
        return self._kept
