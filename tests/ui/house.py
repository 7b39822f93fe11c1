"""A service with simulated servers behind it, and how a person signs in to its page."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from tests.interop.plain import AGGREGATES, SOURCES, TASKS, Plain, plain_client, task_of
from tests.service import Service, Simulator

ACCOUNTS = "/redfish/v1/AccountService/Accounts"
SESSIONS = "/redfish/v1/SessionService/Sessions"
OTHERS_PASSWORD = "Quite-Long-Secret-7"


class SteadyService(Service):
    """The service on a port that it keeps when it is started again."""

    _port = 0

    def start(self) -> None:
        super().start()
        self._port = int(self.url.rpartition(":")[2])

    def arguments(self) -> Sequence[str]:
        return ["serve", "--data", str(self.data), "--port", str(self._port)]


class House:
    """The service, its servers, and an administrator beside the browser who sees what is so."""

    def __init__(self, service: SteadyService, simulator: Simulator, admin: Plain) -> None:
        self.service, self.simulator, self.admin = service, simulator, admin
        self.systems: list[str] = []

    @property
    def page(self) -> str:
        """Where the dashboard is."""
        return f"{self.service.url}/ui/"

    def add_servers(self, count: int) -> None:
        added = self.admin.add(self.simulator.inventory[:count])
        self.systems = [systems[0] for systems in added]

    def host(self, number: int) -> str:
        """The address of a server, as it is shown."""
        return self.simulator.inventory[number]["HostName"]

    def account(self, name: str, role: str, *, due: bool = False) -> None:
        """An account with `OTHERS_PASSWORD`."""
        body = {"UserName": name, "Password": OTHERS_PASSWORD, "RoleId": role, "PasswordChangeRequired": due}
        made = self.admin.post(ACCOUNTS, body)
        assert made.status_code == 201, made.text

    def reset(self, systems: Sequence[str], reset_type: str = "ForceRestart", **more: object) -> str:
        """The id of the task of a reset of a new group of these systems."""
        accepted = self.admin.reset(self.admin.aggregate(systems), reset_type, **more)
        return task_of(accepted).rpartition("/")[2]

    def ended(self, task_id: str) -> str:
        """The state in which the task ends."""
        return str(self.admin.task_in(f"{TASKS}/{task_id}", within=60)["TaskState"])

    def end_sessions(self, user: str) -> None:
        """End every session of this user, as time would."""
        for uri in self.admin.members(SESSIONS):
            if self.admin.read(uri)["UserName"] == user:
                assert self.admin.delete(uri).status_code == 204

    def system_of(self, host: str) -> str:
        """The first system of the server at this address."""
        sources = [self.admin.read(uri) for uri in self.admin.members(SOURCES)]
        (links,) = (one["Links"]["ResourcesAccessed"] for one in sources if one["HostName"] == host)
        return str(links[0]["@odata.id"])

    def groups(self) -> list[str]:
        return self.admin.members(AGGREGATES)


def sign_in(page: Page, house: House, user: str = "", password: str = "", at: str = "") -> None:
    """Open the page at this address and sign in, as the administrator if nobody is named."""
    page.goto(house.page + at)
    enter(page, user or house.service.user, password or house.service.password)
    page.get_by_role("navigation", name="Views").wait_for()


def enter(page: Page, user: str, password: str) -> None:
    """Fill the form to sign in, and send it."""
    page.get_by_label("User name").fill(user)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


@contextmanager
def a_house(folder: Path, simulator: Simulator, *, add: bool = True) -> Iterator[House]:
    """A service that has all the servers of the simulator, or none yet."""
    settings = {"fleet.ca_file": simulator.certificate, "fleet.power_max_age": 1}
    with SteadyService(folder, settings) as service, plain_client(service) as admin:
        house = House(service, simulator, admin)
        if add:
            house.add_servers(len(simulator.inventory))
        yield house
