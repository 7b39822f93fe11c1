"""Reading a faults file, and choosing the rule that acts."""

import json
from pathlib import Path
from typing import Any

import pytest

from fleet.simulator import SimulatorError
from fleet.simulator.fault_rules import FaultKind, FaultRule, parse_faults, read_faults
from fleet.simulator.faults import Faults
from fleet.simulator.server_tasks import TaskFate

SYSTEM = "/redfish/v1/Systems/1"


def faults(*rules: dict[str, Any], servers: int = 10, seed: int = 0) -> Faults:
    return Faults(parse_faults(list(rules)), servers, seed)


def picked(at_work: Faults, server: int = 0, method: str = "GET", path: str = SYSTEM) -> str | None:
    rule = at_work.pick(server, method, path, accepted_reset=method == "POST")
    return None if rule is None else rule.fault.value


def test_a_rule_with_every_key_is_read() -> None:
    rule = {
        "server": "127.0.0.5",
        "method": "post",
        "path": "*Reset",
        "from": 2,
        "count": 3,
        "share": 0.5,
        "fault": "accepted",
        "status": 500,
        "retry_after": 2,
        "seconds": 30,
        "task": "gone",
    }

    assert parse_faults([rule]) == (
        FaultRule(
            server="127.0.0.5",
            method="POST",
            path="*Reset",
            first=2,
            count=3,
            share=0.5,
            fault=FaultKind.ACCEPTED,
            status=500,
            retry_after=2,
            seconds=30.0,
            task=TaskFate.GONE,
        ),
    )


def test_null_is_what_is_not_said() -> None:
    assert parse_faults([{"fault": "hang", "count": None, "seconds": None}]) == parse_faults(
        [{"fault": "hang"}]
    )


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ({}, "a list of rules"),
        (["hang"], "rule 1 must be an object"),
        ([{}], "rule 1 has no `fault`"),
        ([{"fault": "hang"}, {"fault": "hang", "sever": "*"}], "rule 2 has the unknown key `sever`"),
        ([{"fault": "hangs"}], "rule 1: `fault` is 'hangs', but must be one of slow, hang"),
        ([{"fault": 1}], "rule 1: `fault`"),
        ([{"fault": "hang", "server": "10.0.0.1"}], "rule 1: `server`"),
        ([{"fault": "hang", "server": "127.0.1"}], "rule 1: `server`"),
        ([{"fault": "hang", "server": 5}], "rule 1: `server`"),
        ([{"fault": "hang", "method": ""}], "rule 1: `method`"),
        ([{"fault": "hang", "path": 1}], "rule 1: `path`"),
        ([{"fault": "hang", "from": 0}], "rule 1: `from`"),
        ([{"fault": "hang", "from": 1.5}], "rule 1: `from`"),
        ([{"fault": "hang", "count": -1}], "rule 1: `count`"),
        ([{"fault": "hang", "count": True}], "rule 1: `count`"),
        ([{"fault": "hang", "share": 1.1}], "rule 1: `share`"),
        ([{"fault": "hang", "share": "all"}], "rule 1: `share`"),
        ([{"fault": "status", "status": 600}], "rule 1: `status`"),
        ([{"fault": "status", "status": 99}], "rule 1: `status`"),
        ([{"fault": "status", "retry_after": "soon"}], "rule 1: `retry_after`"),
        ([{"fault": "slow", "seconds": -1}], "rule 1: `seconds`"),
        ([{"fault": "accepted", "task": "okay"}], "rule 1: `task` is 'okay', but must be one of ok, fail"),
        ([{"fault": "away", "method": "GET"}], "rule 1: `method` is 'GET', but `away` acts on resets"),
    ],
)
def test_what_makes_no_sense_is_named_by_rule_and_key(rules: object, sentence: str) -> None:
    with pytest.raises(SimulatorError, match=sentence.replace("`", "[`]")):
        parse_faults(rules)


def test_a_file_is_named_when_it_cannot_be_used(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"

    for content, sentence in (
        (b"[", "is not JSON"),
        (b'[{"fault": "?"}]', "cannot be used: rule 1: `fault`"),
    ):
        path.write_bytes(content)
        with pytest.raises(SimulatorError, match=sentence) as caught:
            read_faults(path)
        assert str(path) in str(caught.value)
    with pytest.raises(SimulatorError, match="cannot be read"):
        read_faults(tmp_path / "none.json")


def test_without_a_file_there_are_no_rules() -> None:
    assert read_faults(None) == ()


def test_a_file_is_read_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text(json.dumps([{"fault": "hang"}, {"fault": "reset"}]))

    assert [rule.fault for rule in read_faults(path)] == [FaultKind.HANG, FaultKind.RESET]


def test_the_first_rule_that_matches_and_acts_wins() -> None:
    at_work = faults(
        {"fault": "hang", "method": "DELETE"},
        {"fault": "reset", "path": "/redfish/v1/Systems*", "count": 1},
        {"fault": "drop"},
    )

    assert picked(at_work, path="/redfish/v1/") == "drop"
    assert picked(at_work, method="DELETE") == "hang"
    assert picked(at_work) == "reset"
    assert picked(at_work) == "drop"


def test_from_and_count_are_counted_for_each_server_apart() -> None:
    at_work = faults({"fault": "hang", "from": 2, "count": 2})

    assert [picked(at_work, server=1) for _ in range(5)] == [None, "hang", "hang", None, None]
    assert [picked(at_work, server=2) for _ in range(5)] == [None, "hang", "hang", None, None]


def test_a_rule_does_not_count_what_an_earlier_one_took() -> None:
    at_work = faults(
        {"fault": "status", "count": 1}, {"fault": "hang", "count": 1}, {"fault": "drop", "from": 2}
    )

    assert [picked(at_work) for _ in range(5)] == ["status", "hang", None, "drop", "drop"]


def test_requests_that_do_not_match_are_not_counted() -> None:
    at_work = faults({"fault": "hang", "method": "PATCH", "path": "*/Systems/*", "count": 1})

    assert picked(at_work) is None
    assert picked(at_work, method="PATCH", path="/redfish/v1/Chassis/1") is None
    assert picked(at_work, method="PATCH") == "hang"
    assert picked(at_work, method="PATCH") is None


def test_a_rule_may_name_one_server_with_or_without_its_port() -> None:
    for name in ("127.0.0.5", "127.0.0.5:8443"):
        at_work = faults({"fault": "hang", "server": name})
        assert [picked(at_work, server=number) for number in (3, 4, 5)] == [None, "hang", None]


@pytest.mark.parametrize(("share", "hit"), [(0.1, 10), (0.25, 25), (1.0, 100), (0.001, 1), (0, 0)])
def test_a_share_is_an_exact_number_of_servers(share: float, hit: int) -> None:
    at_work = faults({"fault": "hang", "share": share}, servers=100)

    bad = [number for number in range(100) if picked(at_work, server=number)]

    assert len(bad) == hit
    assert bad == [number for number in range(100) if picked(at_work, server=number)]


def test_the_seed_chooses_the_share() -> None:
    def bad(seed: int) -> list[int]:
        at_work = faults({"fault": "hang", "share": 0.1}, servers=1_000, seed=seed)
        return [number for number in range(1_000) if picked(at_work, server=number)]

    assert bad(1) == bad(1)
    assert bad(1) != bad(2)


@pytest.mark.parametrize("fault", ["accepted", "away"])
def test_some_faults_act_on_accepted_resets_only(fault: str) -> None:
    at_work = faults({"fault": fault, "count": 1})

    assert at_work.pick(0, "POST", SYSTEM, accepted_reset=False) is None
    rule = at_work.pick(0, "POST", SYSTEM, accepted_reset=True)
    assert rule is not None
    assert rule.fault == fault
