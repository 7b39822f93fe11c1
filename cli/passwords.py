"""Asking whoever types a command for a password."""

import getpass
import os
import sys

import click

from cli.lines import as_text, line_from
from cli.prompts import typed


def ask_for_password(name: str) -> str:
    """The new password for the account `name`: of TASKMON_PASSWORD, of a terminal, or of standard input.

    On a terminal it is asked for twice; else it is the first line of standard input.

    Raises:
        click.ClickException: none was given, or two that differ.
    """
    variable = "TASKMON_PASSWORD"
    given = os.environ.get(variable)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        return _in_it(sys.stdin.readline().rstrip("\r\n"), variable)
    first = getpass.getpass(f"Password for {name}: ")
    if getpass.getpass("Once more: ") != first:
        raise click.ClickException("The two passwords are not the same; no account was added.")
    return first


async def password_from(variable: str, prompt: str) -> str:
    """A password: of this variable of the environment, of a terminal, or the first line of standard input.

    Raises:
        click.ClickException: none was given.
    """
    given = os.environ.get(variable)
    if given is not None:
        return given
    if sys.stdin is None:  # it was closed
        return _in_it("", variable)
    if not sys.stdin.isatty():
        line = await line_from(sys.stdin.fileno())
        return _in_it(as_text(line, sys.stdin.encoding), variable)
    given = await typed(prompt, shown=False)
    if given is None:
        raise click.ClickException(f"No password was given: type it, or set {variable}.")
    return given


def _in_it(line: str, variable: str) -> str:
    """The line of standard input, where there is anything in it."""
    if not line:
        raise click.ClickException(
            f"No password was given: set {variable}, or write it to standard input, on one line."
        )
    return line
