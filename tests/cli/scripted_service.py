"""A scripted service that somebody can log in to: a root, sessions, and what a test adds."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.cli.person import Person
from tests.cli.scripted_http import Heard, Scripted, ScriptedHttp

JSON = "application/json"
SESSION = {"X-Auth-Token": "t", "Location": "/s/1"}


def shown(body: object, status: int = 200) -> Scripted:
    """The script of a resource that is always the same."""
    return status, JSON, json.dumps(body)


def link(uri: str) -> dict[str, str]:
    return {"@odata.id": uri}


def members(*uris: str) -> Scripted:
    """The script of a collection."""
    return shown({"Members": [link(uri) for uri in uris], "Members@odata.count": len(uris)})


class InTurn:
    """Answers one after the other, the last of them for good: status, headers and body of each."""

    def __init__(self, *answers: tuple[int, dict[str, str], object]) -> None:
        self._answers = list(answers)

    def __call__(self, heard: Heard) -> tuple[int, dict[str, str], str]:
        status, headers, body = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        text = body if isinstance(body, str) else json.dumps(body)
        return status, {"Content-Type": JSON, **headers}, text


@contextmanager
def scripted_service(
    person: Person, root: Mapping[str, Any], script: Mapping[str, Scripted]
) -> Iterator[ScriptedHttp]:
    """A service whose root has this besides, where this person is logged in."""
    whole = {"RedfishVersion": "1.6.0", "Links": {"Sessions": link("/s")}, **root}
    logging_in = {"/redfish/v1/": shown(whole), "/s": InTurn((201, SESSION, {})), **script}
    with ScriptedHttp(logging_in) as service:
        person.well("login", service.url, "--user", "x", TASKMON_PASSWORD="x")
        yield service
