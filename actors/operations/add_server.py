"""The operation `add_server`: meets a server, learns its systems, and makes it an aggregation source."""

import string

from actors.access.roles import Privilege
from actors.inventory.inventory import Inventory, with_seen
from actors.inventory.records import Source, SourceId, System, SystemId, Trust
from actors.inventory.server_events import created
from actors.operations.clocks import ClockRangError, Clocks, Timeouts
from actors.operations.failures import message_of
from actors.operations.operation import Decision, Operation, Outcome, Policy, failure
from actors.tasks.context import Context
from actors.tasks.errors import ServerError
from actors.tasks.messages import Message
from actors.tasks.ports import Emit, Login, Save, SeenSystem
from actors.tasks.task import SEALED, Result, Task

ID_CHARACTERS = frozenset(string.ascii_letters + string.digits + "!$&'()*+,-.:;@_")
"""What may stand in a URI that is handed out without being encoded, less `=`, which encodes the rest."""


LONGEST_ANSWER = 30.0
"""Seconds for each thing that is asked of it, repetitions included."""


class AddServer(Operation):
    """Input: `source` (its id to be), `host`, `address`, `user_name`, the sealed password, and `verify` and
    `pin` of its trust, which tasks of older versions do not have."""

    name = "add_server"
    needs = (Privilege.CONFIGURE_MANAGER,)
    not_again = "The password was erased with its end; add the server with a new request."

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeouts = timeouts

    async def run(self, context: Context) -> Outcome:
        """Nothing is added unless all of it could be read; then all of it is, with the task's end."""
        clocks = Clocks(context, self._timeouts)
        await context.started()
        clocks.saw("none of its systems had been read")
        try:
            async with clocks.working():
                return await self._meet(context, clocks)
        except ClockRangError as rang:
            host = context.task.input["host"]
            slow = Message("OperationTimeout", detail=f"{rang}; {host}: {clocks.seen}.")
            return failure(slow, summary=f"{host} was not added: {slow.text}")

    def after_stop(self, task: Task) -> Decision:
        """It only reads, so it is done again from its beginning."""
        return Decision(Policy.GO_ON, f"{task.input['host']} is read once more from the beginning.")

    def claims(self, task: Task, inventory: Inventory) -> frozenset[str]:
        return frozenset({task.input["address"]})

    async def _meet(self, context: Context, clocks: Clocks) -> Outcome:
        given = context.task.input
        trust = Trust(verify=given.get("verify"), pin=given.get("pin", ""))
        server = context.server_at(
            Login(
                address=given["address"],
                user_name=given["user_name"],
                password=context.unseal(given[SEALED]),
                trust=trust,
            ),
            LONGEST_ANSWER,
        )
        await context.running(percent=10)
        try:
            paths = await server.system_paths()
            seen = []
            for number, path in enumerate(paths, start=1):
                seen.append(await server.system(path))
                clocks.saw(f"{number} of its {len(paths)} systems had been read")
                await context.note(percent=10 + 85 * number // len(paths))
        except ServerError as error:
            await context.forget_server(given["address"])
            message = message_of(error)
            return failure(message, summary=f"{given['host']} was not added: {message.text}")
        if len({one.id_there for one in seen}) < len(seen):
            strange = Message(
                "ResourceAtUriInUnknownFormat",
                (f"https://{given['address']}{paths[0].rpartition('/')[0]}",),
                detail="Two of its systems have the same Id.",
            )
            return failure(strange, summary=f"{given['host']} was not added: {strange.text}")
        now = context.clock.now()
        source_id = SourceId(given["source"])
        systems = [
            with_seen(
                System(
                    id=system_id(source_id, one), source=source_id, path=one.path, name=one.name, seen=now
                ),
                one,
                now,
            )
            for one in seen
        ]
        source = Source(
            id=source_id,
            host=given["host"],
            address=given["address"],
            user_name=given["user_name"],
            password=given[SEALED],
            systems=tuple(system.id for system in systems),
            added=now,
            trust=trust,
        )
        count = "1 system" if len(systems) == 1 else f"{len(systems)} systems"
        return Outcome(
            failed=False,
            result=Result(http_status=201, messages=(Message("Created"),), source=source),
            detail=f"{given['host']} was added, with {count}.",
            changes=(
                Save(source),
                *(Save(system) for system in systems),
                Emit(created(source, *systems, at=now)),
            ),
        )


def system_id(source: SourceId, seen: SeenSystem) -> SystemId:
    """`{source id}.{its id at the server}`; what may not stand in a URI is written as `=` and hexadecimal."""
    safe = "".join(
        character if character in ID_CHARACTERS else "".join(f"={byte:02X}" for byte in character.encode())
        for character in seen.id_there
    )
    return SystemId(f"{source}.{safe}")
