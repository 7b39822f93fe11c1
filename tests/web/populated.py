"""The service with its real actors, over scripted servers; people, and things of theirs for every route."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from actors import NewSubscription, Privilege, ResetType, Subscription, SystemId, Task, Viewer
from actors.access.account_changes import NewAccount
from actors.tasks.errors import ServerUnreachableError
from tests.actors.house import ADMIN, House, a_house, order
from tests.web.client import Client
from tests.web.conftest import SERVICE_UUID, listening
from tests.web.rules import CUSTOM, ROLES
from tests.web.standins import PASSWORD
from web.app import make_app
from web.readiness import Readiness
from web.services import Services, WebOptions

CONNECTION = {"ConnectionMethod": {"@odata.id": "/redfish/v1/AggregationService/ConnectionMethods/Redfish"}}
HELD, BROKEN = "held:443", "broken:443"
LISTENER = "https://192.0.2.1/events"
"""In a network for documentation (RFC 5737): nobody is there, and nothing is sent there either."""
FEW = 10


@dataclass(frozen=True)
class Person:
    """Somebody with an account and an open session."""

    viewer: Viewer
    token: str


@dataclass
class Populated:
    """Where it listens, and who lives there. A server that is held never answers a reset."""

    base: str
    house: House
    held: SystemId
    broken: SystemId
    expired: str
    """The token of a session that has run out."""
    _people: dict[tuple[str, bool], Person] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def nobodies(self) -> dict[str, Client]:
        """Those whose credentials do not hold, by what is wrong with them."""
        nobody = Client(self.base)
        return {
            "no credentials": nobody,
            "an unknown user": nobody.as_role("stranger"),
            "a wrong token": nobody.with_token("f" * 64),
            "an expired session": nobody.with_token(self.expired),
        }

    def client(self, person: Person) -> Client:
        return Client(self.base).with_token(person.token)

    async def person(self, role: str, *, other: bool = False) -> Person:
        """Always the same one of this role, or always the same other one."""
        if (role, other) not in self._people:
            self._people[role, other] = await self.new_person(role)
        return self._people[role, other]

    async def new_person(self, role: str) -> Person:
        name = f"{role}-{next(self._numbers)}"
        await self.house.actors.accounts.create(NewAccount(name=name, password=PASSWORD, role=role))
        _, token = await self.house.actors.gate.login(name, PASSWORD, "")
        return Person(await self.house.actors.gate.by_token(token), token)

    # --- things

    async def path_of(self, path: str, owner: Person) -> str:
        """The path with the ids of new things of this person's, in the state that the route is for."""
        for name in await self._ids(path, owner):
            path = re.sub(r"\{\w+\}", name, path, count=1)
        assert "{" not in path, f"tests/web/populated.py makes nothing for {path}: add it there"
        return path

    async def _ids(self, path: str, owner: Person) -> list[str]:
        actors, number = self.house.actors, next(self._numbers)
        steps = path.removeprefix("/redfish/v1").split("/")[1:]
        match steps:
            case ["taskmon", _] | ["TaskService", "Tasks", _]:
                return [(await self._live(owner)).id]
            case ["TaskService", "Tasks", _, "Actions", "Oem", "Taskmon.Retry"]:
                return [(await self._failed(owner)).id]
            case ["TaskService", "Tasks", _, *_]:
                task = await self._live(owner)
                (subtask,) = await self.house.subtasks(task)
                return [task.id, subtask.id]
            case ["SessionService", "Sessions", "{id}"]:
                assert owner.viewer.session is not None
                return [owner.viewer.session]
            case ["AccountService", "Accounts", "{id}"]:
                return [owner.viewer.account]
            case ["AccountService", "Roles", "{id}"]:
                return [(await actors.roles.create(ADMIN, f"Role-{number}", [Privilege.LOGIN])).id]
            case ["EventService", "Subscriptions", "{id}", *_]:
                return [(await self._subscription(owner)).id]
            case ["AggregationService", "Aggregates", "{id}", *action]:
                elements = [] if "Aggregate.AddElements" in action else [self.held]
                return [(await actors.fleet.create_aggregate(elements)).id]
            case ["AggregationService", "AggregationSources", "{id}"]:
                (system,) = await self.house.add(f"server-{number}:443")
                return [(await actors.fleet.system(system)).source]
            case ["AggregationService", "ConnectionMethods", _]:
                return ["Redfish"]
            case ["Systems", "{id}", *_]:
                return [self.held]
            case ["SchemaStore", *_]:
                return ["Task.json"]
            case ["JsonSchemas", _]:
                return ["Task"]
            case ["Registries", *_]:
                return ["Base", "Base.1.13.0"]
            case _:
                return []

    async def _subscription(self, owner: Person) -> Subscription:
        """A new one; of the earlier ones the last few stay, for there may not be any number."""
        events = self.house.actors.events
        for old in events.subscriptions(ADMIN)[:-FEW]:
            await events.unsubscribe(old.id, ADMIN)
        return await events.subscribe(NewSubscription(destination=LISTENER), owner.viewer)

    async def _live(self, owner: Person) -> Task:
        """A task with one subtask, which waits for a server that is held."""
        operations = self.house.actors.operations
        return await operations.reset(order(owner.viewer), [self.held], ResetType.FORCE_OFF)

    async def _failed(self, owner: Person) -> Task:
        """A task that has ended, and has a subtask that failed."""
        operations = self.house.actors.operations
        asked = await operations.reset(order(owner.viewer), [self.broken], ResetType.FORCE_OFF)
        return await self.house.ended(asked)

    async def body_for(self, path: str, method: str) -> dict[str, Any] | None:
        """A body that is right for this method of this route, ever a new one; an empty one where none is
        known."""
        if method not in ("POST", "PATCH", "PUT"):
            return None
        number = next(self._numbers)
        held = [{"@odata.id": f"/redfish/v1/Systems/{self.held}"}]
        match method, path.removeprefix("/redfish/v1/").removesuffix("/Members"):
            case "POST", "SessionService/Sessions":
                return {"UserName": (await self.person("Operator")).viewer.name, "Password": PASSWORD}
            case "POST", "AccountService/Accounts":
                return {"UserName": f"new-{number}", "Password": PASSWORD, "RoleId": "ReadOnly"}
            case "POST", "AccountService/Roles":
                return {"RoleId": f"New-{number}", "AssignedPrivileges": ["Login"]}
            case "POST", "EventService/Subscriptions":
                return {"Destination": LISTENER, "Protocol": "Redfish"}
            case "POST", "EventService/Actions/EventService.SubmitTestEvent":
                return {"MessageId": "TaskEvent.1.0.TaskStarted", "MessageArgs": ["task1"]}
            case "PATCH", "EventService":
                return {"DeliveryRetryAttempts": number % 100}
            case "PATCH", "EventService/Subscriptions/{id}":
                return {"Context": f"context {number}"}
            case "POST", "AggregationService/Aggregates":
                return {"Elements": held}
            case "POST", "AggregationService/AggregationSources":
                host = f"new-{number}:443"
                self.house.servers.add(host)
                return {"HostName": host, "UserName": "root", "Password": "calvin", "Links": CONNECTION}
            case "POST", "AggregationService/Actions/AggregationService.Reset":
                return {"TargetURIs": held, "ResetType": "ForceOff"}
            case "POST", action if action.endswith("Elements"):
                return {"Elements": held}
            case "POST", action if action.endswith(".Reset"):
                return {"ResetType": "ForceOff"}
            case "PATCH", "TaskService":
                return {"TaskAutoDeleteTimeoutMinutes": 1000 + number}
            case "PATCH", "SessionService":
                return {"SessionTimeout": 1800}
            case "PATCH", "AccountService":
                return {"AccountLockoutThreshold": 10}
            case "PATCH", "AccountService/Accounts/{id}":
                return {"Password": f"another horse {number}"}
            case "PATCH", "AccountService/Roles/{id}":
                return {"AssignedPrivileges": ["Login", "ConfigureSelf"]}
            case "PATCH", "AggregationService/AggregationSources/{id}":
                return {"UserName": f"root-{number}"}
            case _:
                return {}


@asynccontextmanager
async def populated() -> AsyncIterator[Populated]:
    """The service, with its custom roles, two servers, and a reset that the held one never answers."""
    async with a_house() as house:
        actors = house.actors
        for role in CUSTOM:
            await actors.roles.create(ADMIN, role, [Privilege(name) for name in sorted(ROLES[role])])
        (held,), (broken,) = await house.add(HELD), await house.add(BROKEN)
        house.servers.servers[BROKEN].fails["reset"] = lambda: ServerUnreachableError("https://x/", "Broken.")
        services = Services(
            gate=actors.gate,
            accounts=actors.accounts,
            roles=actors.roles,
            account_settings=actors.account_settings,
            tasks=actors.tasks,
            fleet=actors.fleet,
            operations=actors.operations,
            events=actors.events,
            streams=actors.streams,
            settings=actors.settings,
            clock=house.clock,
            readiness=Readiness(),
            uuid=SERVICE_UUID,
        )
        async with listening(make_app(services, WebOptions())) as port:
            found = Populated(f"http://127.0.0.1:{port}", house, held, broken, "")
            found.expired = (await found.new_person("Administrator")).token
            house.clock.move(actors.gate.session_timeout)
            house.servers.servers[HELD].gates["reset"] = asyncio.Event()
            arrival = asyncio.create_task(house.servers.hears("reset", HELD))
            await actors.operations.reset_system(order(), held, ResetType.FORCE_OFF)
            await arrival
            yield found
