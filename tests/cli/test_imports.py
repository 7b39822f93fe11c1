"""What a command costs before it does anything: it imports what it uses, and not the service."""

import json
import os
import subprocess
import sys

import click
import pytest

import run
from cli.commands.groups import Later
from tests.cli.launcher import ROOT

OF_THE_SERVICE = {"tornado", "pykka", "pydantic", "msgpack", "actors", "fleet", "service", "store", "web"}
OF_ASKING = {"aiohttp", "asyncio", "rich"}
IMPORTED = """
import json, sys
import run
sys.argv = ["taskmon", *sys.argv[1:]]
try:
    run.main()
except SystemExit:
    pass
print("\\nimported", json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def imported_by(*words: str, **environment: str) -> set[str]:
    """The packages that a process has imported when it has come to the end of this command line."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, *words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": "/nowhere", "XDG_STATE_HOME": "/nowhere", **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return set(json.loads(done.stdout.rpartition("imported ")[2]))


def standing_for() -> list[Later]:
    return [command for command in run.commands.commands.values() if isinstance(command, Later)]


@pytest.mark.parametrize("words", [("tasks",), ("servers", "list"), ("abort", "1", "--json")], ids=" ".join)
def test_a_command_that_asks_a_service_does_not_import_the_service(words: tuple[str, ...]) -> None:
    found = imported_by(*words)
    assert "aiohttp" in found, "the command did not come so far as to ask"
    assert not found & OF_THE_SERVICE


@pytest.mark.parametrize("words", [("--help",), ("--version",)], ids=" ".join)
def test_what_asks_nobody_imports_next_to_nothing(words: tuple[str, ...]) -> None:
    assert not imported_by(*words) & (OF_THE_SERVICE | OF_ASKING)


def test_a_shell_that_completes_the_name_of_a_command_does_not_import_it() -> None:
    found = imported_by(_TASKMON_COMPLETE="bash_complete", COMP_WORDS="taskmon ", COMP_CWORD="1")
    assert not found & (OF_THE_SERVICE | OF_ASKING)


@pytest.mark.parametrize("later", standing_for(), ids=lambda later: str(later.name))
def test_what_stands_for_a_command_says_what_it_says(later: Later) -> None:
    command = later.imported()
    assert (command.name, command.get_short_help_str(200)) == (later.name, later.short_help)
    assert isinstance(command, click.Command)


def test_every_command_is_found_by_its_name() -> None:
    assert {"serve", "account", "store", "simulate", "config", "demo", "tasks"} <= set(run.commands.commands)
