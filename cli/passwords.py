"""Asking whoever types a command for a new password."""

import getpass
import os
import sys

import click


def ask_for_password(name: str) -> str:
    """The password for the account `name`: of TASKMON_PASSWORD, of a terminal, or of standard input.

    On a terminal it is asked for twice; else it is the first line of standard input.

    Raises:
        click.ClickException: none was given, or two that differ.
    """
    given = os.environ.get("TASKMON_PASSWORD")
    if given is not None:
        return given
    if not sys.stdin.isatty():
        given = sys.stdin.readline().rstrip("\r\n")
        if not given:
            raise click.ClickException(
                "No password was given: set TASKMON_PASSWORD, or write it to standard input, on one line."
            )
        return given
    first = getpass.getpass(f"Password for {name}: ")
    if getpass.getpass("Once more: ") != first:
        raise click.ClickException("The two passwords are not the same; no account was added.")
    return first
