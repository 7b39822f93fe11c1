"""Every operation that a task can run, by name."""

from collections.abc import Mapping

from actors.operations.add_server import AddServer
from actors.operations.clocks import Timeouts
from actors.operations.operation import Operation
from actors.operations.remove_server import RemoveServer
from actors.operations.reset import Reset
from actors.operations.reset_server import ResetLimits, ResetServer


def operations(reset: ResetLimits, add_server: Timeouts, remove_server: Timeouts) -> Mapping[str, Operation]:
    """The table. To add an operation, write its file and name it here."""
    all_of_them: tuple[Operation, ...] = (
        Reset(),
        ResetServer(reset),
        AddServer(add_server),
        RemoveServer(remove_server),
    )
    return {operation.name: operation for operation in all_of_them}
