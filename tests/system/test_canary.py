"""A secret put into every place where a client can put one is afterwards found nowhere."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import requests

from tests.interop.plain import ROOT, SERVICE_RESET, SESSIONS, SOURCES, TASKS, Plain, plain_client
from tests.service import Service, Simulator

pytestmark = pytest.mark.timeout(180)

CANARY = "c4n4ry-S1ngs-"
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
    ]
    olga = answers[5].headers["Location"]
    answers += [
        client.ask("PATCH", olga, {"Password": next(given)}),
        client.ask("PATCH", olga, {"Password": [next(given)]}),
        client.ask("PATCH", olga, {"Password": next(given) * 20}),
    ]
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
            told = "".join(f"{answer.headers} {answer.text}" for answer in answers)
            shown = [client.get(uri).text for uri in client.members(TASKS)]
        kept = {str(file): file.read_bytes() for file in (tmp_path / "service").rglob("*") if file.is_file()}
        assert any(name.endswith("audit.log") for name in kept)
        assert any(name.endswith("taskmon.db") for name in kept)
        assert CANARY not in told
        assert CANARY not in "".join(shown)
        assert CANARY not in service.log
        for name, content in kept.items():
            assert CANARY.encode() not in content, name
