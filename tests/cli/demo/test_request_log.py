"""What the demo reads out of the servers' request log."""

from pathlib import Path

from cli.demo.request_log import heard


def test_only_whole_lines_of_these_tasks_are_counted(tmp_path: Path) -> None:
    log = tmp_path / "requests.jsonl"
    log.write_text('{"task": "sub1"}\n{"task": null}\n{"task": "other"}\n{"task": "sub2"}\n{"task": "sub1"')
    assert heard(log, {"sub1", "sub2"}) == 2
    with log.open("a") as more:
        more.write("}\n")
    assert heard(log, {"sub1", "sub2"}) == 3


def test_nothing_is_heard_in_an_empty_log(tmp_path: Path) -> None:
    log = tmp_path / "requests.jsonl"
    log.touch()
    assert heard(log, {"sub1"}) == 0
