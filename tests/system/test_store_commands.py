"""`taskmon store` beside a running service, and a service on what it copied."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from store.folder import DataFolder
from tests.interop.plain import AGGREGATES, SOURCES, TASKS, Plain, plain_client, task_of
from tests.service import Service, Simulator
from tests.system.test_command_line import run

pytestmark = pytest.mark.timeout(120)

COLLECTIONS = (SOURCES, AGGREGATES, TASKS, "/redfish/v1/Systems")


def everything(client: Plain, subtasks_of: str) -> dict[str, Any]:
    """What a client can see of the records, by its path."""
    seen: dict[str, Any] = {}
    for collection in (*COLLECTIONS, f"{subtasks_of}/SubTasks"):
        seen[collection] = client.read(collection)
        for member in client.members(collection):
            seen[member] = client.read(member)
    return seen


def test_a_service_on_the_backup_answers_the_same(tmp_path: Path) -> None:
    backup = tmp_path / "taskmon.backup"
    with Simulator(tmp_path / "servers", 2) as simulator:
        settings = {"fleet.ca_file": simulator.certificate, "fleet.power_max_age": 3600}
        with Service(tmp_path / "one", settings) as service, plain_client(service) as client:
            systems = [systems[0] for systems in client.add(simulator.inventory)]
            accepted = client.reset(client.aggregate(systems), "ForceOff")
            assert client.follow(accepted).status_code == 200
            made = run("store", "backup", str(backup), "--data", str(service.data))
            assert (made.returncode, made.stderr) == (0, "")
            assert made.stdout == f"backup {backup} made, {backup.stat().st_size} bytes\n"
            checked = run("store", "check", "--data", str(service.data))
            assert (checked.returncode, checked.stderr) == (0, "")
            assert checked.stdout.startswith("sound: tasks 5, accounts 1, sessions ")
            assert "sources 2, systems 2, aggregates 1, " in checked.stdout
            expected = everything(client, task_of(accepted))

            again = run("store", "backup", str(backup), "--data", str(service.data))
            assert again.returncode == 1
            (sentence,) = again.stderr.splitlines()
            assert sentence.startswith(f"taskmon: {backup} is there already")

        restored = DataFolder(tmp_path / "two" / "data")
        restored.path.parent.mkdir()
        restored.create()
        shutil.copy(backup, restored.database)
        shutil.copy(DataFolder(service.data).vault_key, restored.vault_key)
        assert run("store", "check", "--data", str(restored.path)).returncode == 0
        with Service(tmp_path / "two", settings) as second, plain_client(second) as client:
            assert everything(client, task_of(accepted)) == expected
            assert client.follow(client.reset(systems[0], "On")).status_code == 200


def test_what_is_wrong_is_told_each_in_a_line(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.database.write_bytes(b"")
    checked = run("store", "check", "--data", str(tmp_path))
    assert (checked.returncode, checked.stdout) == (1, "")
    (line,) = checked.stderr.splitlines()
    assert line.startswith("taskmon: The migrations that made the tables cannot be read")


def test_without_a_database_both_are_refused_and_nothing_is_made(tmp_path: Path) -> None:
    for command in (["backup", str(tmp_path / "backup")], ["check"]):
        ended = run("store", *command, "--data", str(tmp_path / "data"))
        assert (ended.returncode, ended.stdout) == (1, "")
        (line,) = ended.stderr.splitlines()
        assert line.startswith("taskmon: There is no database ")
    assert list(tmp_path.iterdir()) == []
