"""The service with its real gate, for tests of who is let in and what is theirs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from actors import Viewer
from actors.access.access import Access
from actors.events.limits import EventLimits
from tests.web.access import an_access
from tests.web.client import Client
from tests.web.eventing import LIMITS, EventHouse, an_event_house
from tests.web.standin_operations import StandInOperations
from tests.web.standins import PASSWORD, HeldClock, StandInFleet, StandInTasks, account
from web.readiness import Readiness
from web.services import Services

SESSIONS = "/redfish/v1/SessionService/Sessions"


@dataclass(frozen=True)
class Guarded:
    """Where it listens, and what decides on access."""

    port: int
    access: Access
    house: EventHouse

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def nobody(self) -> Client:
        """A client without credentials."""
        return Client(self.base)

    @property
    def admin(self) -> Client:
        return self.nobody.as_role("Administrator")

    @property
    def operator(self) -> Client:
        return self.nobody.as_role("Operator")

    @property
    def reader(self) -> Client:
        return self.nobody.as_role("ReadOnly")

    def viewer(self, role: str) -> Viewer:
        """The account of this role as one who asks."""
        found = self.access.standing(account(role))
        assert found is not None
        return found

    async def token(self, name: str) -> str:
        """The token of a new session."""
        answer = await self.nobody.post(SESSIONS, {"UserName": name, "Password": PASSWORD})
        assert answer.status == 201
        return answer.headers["X-Auth-Token"]

    async def session(self, name: str) -> str:
        """The URI of a new session."""
        answer = await self.nobody.post(SESSIONS, {"UserName": name, "Password": PASSWORD})
        assert answer.status == 201
        return answer.headers["Location"]


@asynccontextmanager
async def services_with_gate(
    limits: EventLimits = LIMITS,
) -> AsyncIterator[tuple[Services, Access, EventHouse]]:
    """Services of stand-ins, but for the gate, the accounts, the roles and events."""
    tasks, fleet = StandInTasks(), StandInFleet()
    async with an_access() as access, an_event_house(access, limits) as house:
        yield (
            Services(
                gate=access.gate,
                accounts=access.accounts,
                roles=access.roles,
                account_settings=access.settings,
                tasks=tasks,
                fleet=fleet,
                operations=StandInOperations(tasks, fleet),
                events=house.events,
                streams=house.streams,
                settings=access.kept,
                clock=HeldClock(),
                readiness=Readiness(),
                uuid="5b1fbe2f-6f1c-4a33-8d5c-0b6d51b2b7a1",
            ),
            access,
            house,
        )
