"""A real server on a loopback socket, with real handlers and stand-ins for the actors."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from tornado.netutil import bind_sockets

from actors.access.access import Access
from actors.events.limits import EventLimits
from tests.web.access import an_access
from tests.web.client import Client
from tests.web.eventing import LIMITS, EventHouse, an_event_house
from tests.web.guarded import Guarded, services_with_gate
from tests.web.standin_operations import StandInOperations
from tests.web.standin_settings import StandInSettings
from tests.web.standins import (
    HeldClock,
    StandInFleet,
    StandInGate,
    StandInTasks,
    a_system,
)
from web.app import RedfishApplication, make_app, make_server
from web.readiness import Readiness
from web.services import Services, WebOptions
from web.under_way import UnderWay

SERVICE_UUID = "5b1fbe2f-6f1c-4a33-8d5c-0b6d51b2b7a1"


@dataclass(frozen=True)
class Service:
    """The service under test: where it listens, and what stands behind it. Accounts and roles are real."""

    port: int
    gate: StandInGate
    access: Access
    tasks: StandInTasks
    fleet: StandInFleet
    operations: StandInOperations
    readiness: Readiness
    under_way: UnderWay
    app: RedfishApplication
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


@pytest.fixture
def web_options() -> WebOptions:
    """What the service is started with; a module overrides it where it needs another."""
    return WebOptions()


@pytest.fixture
async def service(web_options: WebOptions) -> AsyncIterator[Service]:
    """One source `s1` with the systems `s1.1` and `s1.2`; no tasks, no aggregates."""
    gate, tasks, fleet, readiness = StandInGate(), StandInTasks(), StandInFleet(), Readiness()
    operations = StandInOperations(tasks, fleet)
    fleet.add_source("s1", a_system("s1.1"), a_system("s1.2"))
    limits = replace(LIMITS, max_subscriptions=100)
    async with an_access() as access, an_event_house(access, limits) as house:
        services = Services(
            gate=gate,
            accounts=access.accounts,
            roles=access.roles,
            account_settings=access.settings,
            tasks=tasks,
            fleet=fleet,
            operations=operations,
            events=house.events,
            streams=house.streams,
            settings=StandInSettings(tasks, gate),
            clock=HeldClock(),
            readiness=readiness,
            uuid=SERVICE_UUID,
        )
        app = make_app(services, web_options)
        async with listening(app) as port:
            yield Service(port, gate, access, tasks, fleet, operations, readiness, app.under_way, app, house)


@pytest.fixture
def event_limits() -> EventLimits:
    """What of events there may be; a module overrides it where it needs another."""
    return LIMITS


@pytest.fixture
async def guarded(web_options: WebOptions, event_limits: EventLimits) -> AsyncIterator[Guarded]:
    """The service with its real gate; three accounts, one for each role, as the stand-in has them."""
    async with (
        services_with_gate(event_limits) as (services, access, house),
        listening(make_app(services, web_options)) as port,
    ):
        yield Guarded(port, access, house)


@asynccontextmanager
async def listening(app: RedfishApplication) -> AsyncIterator[int]:
    """The application on a free port of 127.0.0.1; the port."""
    server = make_server(app)
    (socket,) = bind_sockets(0, "127.0.0.1")
    server.add_socket(socket)
    yield socket.getsockname()[1]
    server.stop()
    await server.close_all_connections()


@pytest.fixture(autouse=True)
def _nothing_unannounced_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A warning or worse in the log fails the test, unless the test has looked at it and cleared it.

    But for slow turns: how fast the machine is just now is not what these tests are about.
    """
    caplog.set_level(logging.INFO, logger="taskmon.web")
    yield
    loud = [record for record in caplog.get_records("call") if record.levelno >= logging.WARNING]
    assert not [record.getMessage() for record in loud if record.name != "taskmon.runtime"]
