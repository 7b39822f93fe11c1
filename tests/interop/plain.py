"""The simplest client: an HTTP session, and the status alone decides. What the tests see the service with."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import requests

from actors import TERMINAL
from tests.service import Service

ROOT = "/redfish/v1"
TASKS = f"{ROOT}/TaskService/Tasks"
SESSIONS = f"{ROOT}/SessionService/Sessions"
AGGREGATES = f"{ROOT}/AggregationService/Aggregates"
SOURCES = f"{ROOT}/AggregationService/AggregationSources"
SERVICE_RESET = f"{ROOT}/AggregationService/Actions/AggregationService.Reset"
REDFISH_METHOD = f"{ROOT}/AggregationService/ConnectionMethods/Redfish"

ENDED = frozenset(str(state) for state in TERMINAL)
SOON = 20.0
"""Seconds within which a task must come to what is waited for."""
PAUSE = 0.1

T = TypeVar("T")


class Plain:
    """Requests with Basic credentials, whose certificates are verified. Close it, or use `plain_client`."""

    def __init__(self, url: str, certificate: Path, user: str, password: str) -> None:
        self.url = url
        self._http = requests.Session()
        # A session takes a bundle from the environment before its own certificate, and a proxy with it.
        self._http.trust_env = False
        self._http.verify = str(certificate)
        self._http.auth = (user, password)

    def close(self) -> None:
        self._http.close()

    # --- requests

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """Any request; `path` is a path of the service, and never a whole URL."""
        assert path.startswith("/"), f"{path!r} is no path"
        return self._http.request(method, self.url + path, json=body, headers=headers, timeout=30)

    def get(self, path: str) -> requests.Response:
        return self.ask("GET", path)

    def read(self, path: str) -> dict[str, Any]:
        """The JSON of a resource that must be there."""
        response = self.get(path)
        assert response.status_code == 200, f"GET {path}: {response.status_code} {response.text}"
        body: dict[str, Any] = response.json()
        return body

    def members(self, collection: str) -> list[str]:
        return [member["@odata.id"] for member in self.read(collection)["Members"]]

    def post(self, path: str, body: Any) -> requests.Response:
        return self.ask("POST", path, body)

    def delete(self, path: str) -> requests.Response:
        return self.ask("DELETE", path)

    def stream(self, path: str) -> requests.Response:
        """An answer that is read as it comes; close it, or use it as a context manager."""
        response = self._http.get(self.url + path, stream=True, timeout=30)
        assert response.status_code == 200, f"GET {path}: {response.status_code} {response.text}"
        return response

    # --- tasks

    def follow(self, accepted: requests.Response) -> requests.Response:
        """The first answer of the monitor other than 202."""
        monitor = monitor_of(accepted)

        def final() -> requests.Response | None:
            response = self.get(monitor)
            return None if response.status_code == 202 else response

        return until(final, f"an end of {monitor}")

    def task_in(self, path: str, states: Iterable[str] = ENDED, within: float = SOON) -> dict[str, Any]:
        """The task, once it is in one of these states (default: ended)."""
        wanted = frozenset(states)

        def there() -> dict[str, Any] | None:
            task = self.read(path)
            return task if task["TaskState"] in wanted else None

        return until(there, f"{path} in one of {sorted(wanted)}", within)

    # --- servers

    def ask_to_add(self, line: dict[str, str]) -> requests.Response:
        """Ask for a server to be added; `line` is one of an inventory."""
        links = {"ConnectionMethod": {"@odata.id": REDFISH_METHOD}}
        return self.post(SOURCES, {**line, "Links": links})

    def add(self, lines: Sequence[dict[str, str]]) -> list[list[str]]:
        """Add these servers; the systems of each, in the same order."""
        asked = [self.ask_to_add(line) for line in lines]
        added = []
        for accepted in asked:
            final = self.follow(accepted)
            assert final.status_code == 201, final.text
            added.append([link["@odata.id"] for link in final.json()["Links"]["ResourcesAccessed"]])
        return added

    def aggregate(self, systems: Sequence[str]) -> str:
        """A new aggregate of these systems."""
        response = self.post(AGGREGATES, {"Elements": [{"@odata.id": system} for system in systems]})
        assert response.status_code == 201, response.text
        return response.headers["Location"]

    def reset(self, resource: str, reset_type: str, **more: object) -> requests.Response:
        """Ask for the reset of a system or an aggregate, which is accepted."""
        response = self.post(reset_target(resource), {"ResetType": reset_type, **more})
        assert response.status_code == 202, response.text
        return response

    def reset_systems(self, systems: Sequence[str], reset_type: str) -> requests.Response:
        """Ask for the reset of these systems, which is accepted."""
        targets = [{"@odata.id": system} for system in systems]
        response = self.post(SERVICE_RESET, {"ResetType": reset_type, "TargetURIs": targets})
        assert response.status_code == 202, response.text
        return response

    def power(self, system: str) -> str:
        return str(self.read(system)["PowerState"])


@contextmanager
def plain_client(service: Service) -> Iterator[Plain]:
    """A client of this service, as its administrator."""
    plain = Plain(service.url, service.certificate, service.user, service.password)
    try:
        yield plain
    finally:
        plain.close()


def until(look: Callable[[], T | None], what: str, within: float = SOON) -> T:
    """What `look` finds, once it finds something; for what goes on in another process."""
    deadline = time.monotonic() + within
    while (found := look()) is None:
        assert time.monotonic() < deadline, f"There was not {what} within {within:g} s."
        time.sleep(PAUSE)
    return found


def monitor_of(accepted: requests.Response) -> str:
    """The task monitor that a 202 names."""
    assert accepted.status_code == 202, accepted.text
    return accepted.headers["Location"]


def task_of(accepted: requests.Response) -> str:
    """The Task of a 202: it has the id of its monitor."""
    return f"{TASKS}/{monitor_of(accepted).rpartition('/')[2]}"


def reset_target(resource: str) -> str:
    """Where to POST the reset of a system or an aggregate, told by its URI."""
    kind = "Aggregate" if resource.startswith(AGGREGATES) else "ComputerSystem"
    return f"{resource}/Actions/{kind}.Reset"
