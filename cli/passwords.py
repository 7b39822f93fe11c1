"""Asking whoever types a command for a password."""

import getpass
import os
import sys

import click


def ask_for_password(name: str) -> str:
    """The new password for the account `name`: of TASKMON_PASSWORD, of a terminal, or of standard input.

    On a terminal it is asked for twice; else it is the first line of standard input.

    Raises:
        click.ClickException: none was given, or two that differ.
    """
    first = password_from("TASKMON_PASSWORD", f"Password for {name}: ")
    if "TASKMON_PASSWORD" in os.environ or not sys.stdin.isatty():
        return first
    if getpass.getpass("Once more: ") != first:
        raise click.ClickException("The two passwords are not the same; no account was added.")
    return first


def password_from(variable: str, prompt: str) -> str:
    """A password: of this variable of the environment, of a terminal, or the first line of standard input.

    Raises:
        click.ClickException: none was given.
    """
    given = os.environ.get(variable)
    if given is not None:
        return given
    if sys.stdin.isatty():
        return getpass.getpass(prompt)
    given = sys.stdin.readline().rstrip("\r\n")
    if not given:
        raise click.ClickException(
            f"No password was given: set {variable}, or write it to standard input, on one line."
        )
    return given
