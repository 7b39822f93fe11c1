"""docs/cli.md says what is so: every command, option and exit status is there, and nothing that is gone."""

import re

import click

from cli.commands.table import ASKING
from cli.exits import Exit
from tests.cli.launcher import ROOT

PAGE = (ROOT / "docs" / "cli.md").read_text()
EVERYWHERE = {"--json", "--utc", "--service"}


def commands() -> dict[str, click.Command]:
    """Every command that asks a service, by all its words."""
    found: dict[str, click.Command] = {}
    for command in (later.imported() for later in ASKING):
        if isinstance(command, click.Group):
            found |= {f"{command.name} {name}": sub for name, sub in command.commands.items()}
        else:
            found[str(command.name)] = command
    return found


def documented() -> dict[str, str]:
    """The rows of the first table: the words of a command, and all that its row says."""
    rows = re.findall(r"^\| `([a-z ]+?)(?: [A-Z][^`]*)?` \| (.*) \|$", PAGE.partition("## ")[0], re.MULTILINE)
    return dict(rows)


def test_every_command_is_on_the_page_and_nothing_else() -> None:
    assert set(documented()) == {*commands(), "completion"}


def test_every_option_is_on_the_page() -> None:
    missing = []
    for name, command in commands().items():
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not EVERYWHERE & set(parameter.opts):
                missing += [f"{name} {option}" for option in parameter.opts if option not in PAGE]
    assert missing == []


def test_every_option_of_a_row_is_one_of_its_command() -> None:
    known = commands()
    for name, row in documented().items():
        told = set(re.findall(r"--[a-z-]+", row))
        if name in known:
            assert told <= {opt for one in known[name].params for opt in one.opts}, name


def test_every_command_takes_json() -> None:
    for name, command in commands().items():
        options = {option for parameter in command.params for option in parameter.opts}
        assert options >= EVERYWHERE, name


def test_every_exit_status_is_on_the_page() -> None:
    table = PAGE.partition("## Exit status")[2].partition("## ")[0]
    assert {int(number) for number in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)} == {*map(int, Exit)}
