"""A Redfish server that nobody here wrote: sushy-tools' emulator is added, reset, and confirms it itself.

It has Basic credentials only, its resets take a random time of up to eleven seconds, and it offers Nmi but
answers 501.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.interop.emulator import SYSTEMS, Emulator
from tests.interop.plain import SOURCES, Plain, plain_client, task_of, until
from tests.service import Service

pytestmark = pytest.mark.timeout(120)

ON_1, ON_2, OFF_1, RESTARTED, INTERRUPTED = UUIDS = tuple(
    f"{number:08x}-5afe-4c0d-8e5e-7f1f2e3d4c5b" for number in range(1, 6)
)
WITHIN = 40.0
"""Seconds for an effect of at most eleven, and the last of our ever rarer looks at it."""


@dataclass
class Outside:
    """The emulator, a service that has added it, and the service's URI of each of its systems."""

    emulator: Emulator
    plain: Plain
    source: str
    ours: dict[str, str]


@pytest.fixture(scope="module")
def outside(no_proxy: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    folder = tmp_path_factory.mktemp("outside")
    powers = {uuid: "Off" if uuid == OFF_1 else "On" for uuid in UUIDS}
    with (
        Emulator(folder / "emulator", powers) as emulator,
        Service(folder, {"fleet.ca_file": emulator.certificate, "fleet.power_max_age": 1}) as service,
        plain_client(service) as plain,
    ):
        final = plain.follow(plain.ask_to_add(emulator.line))
        assert final.status_code == 201, final.text
        links = [link["@odata.id"] for link in final.json()["Links"]["ResourcesAccessed"]]
        ours = {plain.read(link)["UUID"]: link for link in links}
        yield Outside(emulator, plain, final.headers["Location"], ours)


def resets_heard(emulator: Emulator) -> Counter[tuple[str, int]]:
    """How often each system was sent a reset that was answered with this status."""
    return Counter(
        (path.removeprefix(f"{SYSTEMS}/").partition("/")[0], status)
        for method, path, status in emulator.heard
        if method == "POST" and path.endswith("/Actions/ComputerSystem.Reset")
    )


def test_its_systems_have_become_ours(outside: Outside) -> None:
    plain, emulator = outside.plain, outside.emulator
    source = plain.read(outside.source)
    assert source["HostName"] == emulator.host_name
    assert source["Password"] is None
    assert set(outside.ours) == set(UUIDS)
    assert set(plain.members("/redfish/v1/Systems")) == set(outside.ours.values())
    for uuid, system in outside.ours.items():
        there, here = emulator.system(uuid), plain.read(system)
        assert here["Id"] == f"{source['Id']}.{there['Id']}"
        assert {name: here[name] for name in ("Name", "Manufacturer", "PowerState")} == {
            name: there[name] for name in ("Name", "Manufacturer", "PowerState")
        }
        reset, reset_there = (one["Actions"]["#ComputerSystem.Reset"] for one in (here, there))
        offered = "ResetType@Redfish.AllowableValues"
        assert reset[offered] == reset_there[offered]
    # It has no sessions, and so was never asked for one.
    assert not [path for _, path, _ in emulator.heard if "Session" in path]


def test_its_systems_are_reset_and_it_confirms_their_power(outside: Outside) -> None:
    plain, emulator, ours = outside.plain, outside.emulator, outside.ours
    before = resets_heard(emulator)
    three = (ON_1, ON_2, OFF_1)
    aggregate = plain.aggregate([ours[uuid] for uuid in three])

    switching_off = plain.reset(aggregate, "ForceOff", BatchSize=2)
    restarting = plain.reset(ours[RESTARTED], "ForceRestart")
    interrupting = plain.reset(ours[INTERRUPTED], "Nmi")

    # What fails is a failure, and is told with the server's own words.
    failed = plain.follow(interrupting)
    assert failed.status_code == 400
    assert "501" in failed.text
    assert "Power state Nmi is not supported" in failed.text
    task = plain.read(task_of(interrupting))
    assert (task["TaskState"], task["TaskStatus"]) == ("Exception", "Critical")

    assert plain.task_in(task_of(switching_off), within=WITHIN)["TaskState"] == "Completed"
    assert {uuid: emulator.power(uuid) for uuid in three} == dict.fromkeys(three, "Off")
    assert plain.follow(switching_off).status_code == 200

    switching_on = plain.reset(aggregate, "On")
    # A restart that was not seen would be Completed with a warning: this one was.
    restart = plain.task_in(task_of(restarting), within=WITHIN)
    assert (restart["TaskState"], restart["TaskStatus"]) == ("Completed", "OK")
    assert emulator.power(RESTARTED) == "On"

    on = plain.task_in(task_of(switching_on), within=WITHIN)
    assert (on["TaskState"], on["PercentComplete"]) == ("Completed", 100)
    subtasks = [plain.read(member) for member in plain.members(on["SubTasks"]["@odata.id"])]
    assert [one["TaskState"] for one in subtasks] == ["Completed"] * 3
    assert {uuid: emulator.power(uuid) for uuid in three} == dict.fromkeys(three, "On")
    assert {uuid: plain.power(ours[uuid]) for uuid in three} == dict.fromkeys(three, "On")

    # Each action went out once, whatever became of it.
    assert resets_heard(emulator) - before == {
        **{(uuid, 204): 2 for uuid in three},
        (RESTARTED, 204): 1,
        (INTERRUPTED, 501): 1,
    }


def test_an_aggregate_whose_systems_all_fail_says_how_many(outside: Outside) -> None:
    plain = outside.plain
    two = [outside.ours[ON_1], outside.ours[ON_2]]
    accepted = plain.reset_systems(two, "Nmi")
    failed = plain.follow(accepted)
    assert failed.status_code == 400
    error = failed.json()["error"]
    assert error["message"] == ("one or more of the reset actions failed, check sub tasks for more info.")
    assert any("2 of 2 servers failed" in one["Message"] for one in error["@Message.ExtendedInfo"])
    assert plain.follow(accepted).json() == failed.json()
    subtasks = plain.members(f"{task_of(accepted)}/SubTasks")
    assert [plain.read(one)["TaskState"] for one in subtasks] == ["Exception"] * 2


def test_with_a_wrong_password_nothing_is_added(outside: Outside) -> None:
    plain = outside.plain
    sources = plain.members(SOURCES)
    port = outside.emulator.host_name.rpartition(":")[2]
    line = {**outside.emulator.line, "HostName": f"localhost:{port}", "Password": "wrong"}
    accepted = plain.ask_to_add(line)
    failed = plain.follow(accepted)
    assert failed.status_code == 400  # neither 401 nor 403: those would be about the client's own
    assert f"localhost:{port} was not added" in failed.json()["error"]["message"]
    assert plain.read(task_of(accepted))["TaskState"] == "Exception"
    assert plain.members(SOURCES) == sources
    assert "wrong" not in plain.get(task_of(accepted)).text


def test_what_is_known_of_it_is_refreshed_when_it_is_asked_for(outside: Outside) -> None:
    """What others do to a server is seen too."""
    plain, emulator = outside.plain, outside.emulator
    system = outside.ours[RESTARTED]
    emulator.reset(RESTARTED, "ForceOff")
    until(lambda: emulator.power(RESTARTED) == "Off" or None, "an emulator that is Off", WITHIN)
    until(lambda: plain.power(system) == "Off" or None, "a system that is seen Off", WITHIN)
