"""Every operation that a task can run, by name."""

from collections.abc import Mapping

from actors.operations.add_server import AddServer
from actors.operations.operation import Operation
from actors.operations.remove_server import RemoveServer
from actors.operations.reset import Reset
from actors.operations.reset_server import ResetLimits, ResetServer


def operations(limits: ResetLimits) -> Mapping[str, Operation]:
    """The table. To add an operation, write its file and name it here."""
    all_of_them: tuple[Operation, ...] = (Reset(), ResetServer(limits), AddServer(), RemoveServer())
    return {operation.name: operation for operation in all_of_them}
