"""A secret put into every place where a client can put one is afterwards found nowhere.

What is a secret is another matter than what is a word: a password, a token, a key is told and kept nowhere. A
user's name, a reason or the id of a request is meant to be kept, in the audit for one; of those it is seen
here that they are never in the metrics.
"""

from base64 import b64encode
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import requests

from tests.interop.plain import ROOT, SERVICE_RESET, SESSIONS, SOURCES, TASKS, Plain, plain_client
from tests.service import Service, Simulator

pytestmark = pytest.mark.timeout(180)

CANARY = "c4n4ry-S1ngs-"
WORD = "w0rd-0f-a-cl1ent-"
ACCOUNTS = f"{ROOT}/AccountService/Accounts"


def secrets() -> Iterator[str]:
    """Ever another one, so that the place where one leaks is known."""
    return (f"{CANARY}{number}-x" for number in count())


def put_everywhere(client: Plain, simulator: Simulator, given: Iterator[str]) -> list[requests.Response]:
    """Every request that can carry a secret, right and wrong; what came back."""
    line, system = simulator.inventory[0], client.members(f"{ROOT}/Systems")[0]
    link = {"ConnectionMethod": {"@odata.id": f"{ROOT}/AggregationService/ConnectionMethods/Redfish"}}
    source = {"HostName": line["HostName"], "UserName": "root", "Links": link}
    account = {"UserName": "olga", "RoleId": "Operator", "Password": next(given)}
    answers = [
        client.post(SESSIONS, {"UserName": "admin", "Password": next(given)}),
        client.post(SESSIONS, {"UserName": next(given), "Password": [next(given)]}),
        client.post(SESSIONS, {"UserName": "admin", "Password": {"Password": next(given)}}),
        client.ask("GET", TASKS, **{"X-Auth-Token": next(given)}),
        client.ask("GET", f"{TASKS}?token={next(given)}&password={next(given)}"),
        client.post(ACCOUNTS, account),
        client.post(ACCOUNTS, {**account, "UserName": "otto", "Password": next(given) * 20}),
        client.post(ACCOUNTS, {**account, "UserName": "otto", "Password": [next(given)]}),
        client.post(ACCOUNTS, {**account, "UserName": "otto", "RoleId": "No", "Password": next(given)}),
        client.post(SOURCES, {**source, "HostName": "127.0.0.1:1", "Password": next(given)}),
        client.post(SOURCES, {**source, "HostName": "127.0.0.9:1", "Password": [next(given)]}),
        client.post(SOURCES, {**source, "HostName": "127.0.0.9:1", "Passphrase": next(given)}),
        client.post(SOURCES, {**source, "Password": next(given), "Oem": {"Acme": {"ApiKey": next(given)}}}),
        client.post(
            SERVICE_RESET,
            {
                "TargetURIs": [{"@odata.id": system}],
                "ResetType": "ForceOff",
                "Oem@odata.type": "x",
                "Authorization@odata.note": next(given),
            },
        ),
        client.post(SERVICE_RESET, {"TargetURIs": [system], "ResetType": "On", "Password": next(given)}),
        client.ask("GET", TASKS, **{"Authorization": f"Bearer {next(given)}"}),
        client.ask("GET", TASKS, **{"Authorization": basic("admin", next(given))}),
        client.ask("GET", TASKS, **{"Authorization": basic(WORD, next(given))}),
        client.ask("GET", TASKS, **{"Cookie": f"session={next(given)}"}),
        client.ask("GET", "/metrics", **{"Authorization": f"Bearer {next(given)}"}),
        client.ask("PATCH", f"{ROOT}/AccountService", {"Password": next(given)}),
        client.ask("PATCH", f"{ROOT}/SessionService", {"SessionTimeout": 1800, "Token": next(given)}),
        client.ask("PATCH", f"{ROOT}/TaskService", {"Oem": {"Acme": {"ApiKey": next(given)}}}),
    ]
    olga = answers[5].headers["Location"]
    answers += [
        client.ask("PATCH", olga, {"Password": next(given)}),
        client.ask("PATCH", olga, {"Password": [next(given)]}),
        client.ask("PATCH", olga, {"Password": next(given) * 20}),
    ]
    return answers


def basic(name: str, password: str) -> str:
    """The value of Authorization."""
    return f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"


def say_everywhere(client: Plain) -> list[requests.Response]:
    """Every request in which a client can put a word of its own that is no secret; what came back."""
    system = {"@odata.id": client.members(f"{ROOT}/Systems")[0]}
    words = (f"{WORD}{number}-x" for number in count())
    link = {"ConnectionMethod": {"@odata.id": f"{ROOT}/AggregationService/ConnectionMethods/{next(words)}"}}
    account = {"Password": "long enough a word", "RoleId": "ReadOnly"}
    reset = {"TargetURIs": [system], "ResetType": "On"}
    answers = [
        client.post(SESSIONS, {"UserName": next(words), "Password": "wrong"}),
        client.post(ACCOUNTS, {**account, "UserName": next(words)}),
        client.post(ACCOUNTS, {**account, "UserName": "otto", "RoleId": next(words)}),
        client.post(f"{ROOT}/AccountService/Roles", {"RoleId": next(words), "AssignedPrivileges": ["Login"]}),
        client.post(
            SOURCES, {"HostName": next(words), "UserName": next(words), "Password": "x", "Links": link}
        ),
        client.post(SOURCES, {"HostName": "127.0.0.9:1", "UserName": next(words), "Password": "x"}),
        client.ask("POST", SERVICE_RESET, reset, **{"Idempotency-Key": next(words)}),
        client.ask("POST", SERVICE_RESET, reset, **{"X-Request-Id": next(words), "User-Agent": next(words)}),
        client.post(SERVICE_RESET, {**reset, "ResetType": next(words)}),
        client.post(SERVICE_RESET, {**reset, "TargetURIs": [f"{ROOT}/Systems/{next(words)}"]}),
        client.post(SERVICE_RESET, {**reset, next(words): 1}),
        client.ask("PATCH", f"{ROOT}/TaskService", {next(words): next(words)}),
        client.ask("PATCH", f"{ROOT}/SessionService", {"SessionTimeout": next(words)}),
        client.ask("PATCH", f"{ROOT}/AccountService", {"AccountLockoutThreshold": next(words)}),
        client.get(f"{TASKS}?$filter=Name eq '{next(words)}'"),
        client.get(f"{TASKS}?$filter={next(words)}"),
        client.get(f"{TASKS}?${next(words)}=1"),
        client.get(f"{TASKS}?taskmon.text={next(words)}"),
        client.get(f"{TASKS}/{next(words)}"),
        client.get(f"/{next(words)}"),
        client.get(f"/taskmon/{next(words)}"),
        client.ask("BREW", TASKS),
        client.ask(next(words).upper(), TASKS),
        client.ask("GET", TASKS, **{"If-None-Match": f'"{next(words)}"', "Prefer": next(words)}),
        client.ask("GET", TASKS, **{"OData-Version": next(words), "Accept": next(words)}),
    ]
    for answer in [one for one in answers if one.status_code == 202]:
        cancel = f"{TASKS}/{answer.headers['Location'].rpartition('/')[2]}/Actions/Oem/Taskmon.Cancel"
        answers.append(client.post(cancel, {"Reason": next(words)}))
        answers.append(client.ask("DELETE", answer.headers["Location"], **{"X-Abort-Reason": next(words)}))
    return answers


def test_no_secret_is_kept_or_told(tmp_path: Path) -> None:
    with Simulator(tmp_path / "servers", 1) as simulator:
        settings = {"fleet.ca_file": simulator.certificate, "log.level": "debug"}
        with Service(tmp_path / "service", settings) as service, plain_client(service) as client:
            client.add(simulator.inventory)
            answers = put_everywhere(client, simulator, secrets())
            for answer in answers:
                if answer.status_code == 202:
                    answers.append(client.follow(answer))
                    answers.append(client.get(f"{TASKS}/{answer.headers['Location'].rpartition('/')[2]}"))
            assert {answer.status_code for answer in answers} >= {200, 201, 202, 400, 401}
            said = say_everywhere(client)
            assert {answer.status_code for answer in said} >= {201, 202, 204, 400, 401, 404, 405, 501}
            assert max(answer.status_code for answer in answers + said) <= 501
            metrics = client.get("/metrics").text
            told = "".join(f"{answer.headers} {answer.text}" for answer in answers)
            shown = [client.get(uri).text for uri in client.members(TASKS)]
        kept = {str(file): file.read_bytes() for file in (tmp_path / "service").rglob("*") if file.is_file()}
        assert any(name.endswith("audit.log") for name in kept)
        assert any(name.endswith("taskmon.db") for name in kept)
        assert "taskmon_tasks" in metrics
        assert CANARY not in metrics
        assert WORD.lower() not in metrics.lower()
        assert CANARY not in told
        assert CANARY not in "".join(f"{answer.headers} {answer.text}" for answer in said)
        assert CANARY not in "".join(shown)
        assert CANARY not in service.log
        for name, content in kept.items():
            assert CANARY.encode() not in content, name
