"""How a command ends that did not do what it was asked for."""

from collections.abc import Sequence
from typing import NoReturn

import click

BAD_USAGE, FAILED = 2, 1
"""Exit statuses: the command line or the settings are wrong; anything else went wrong."""


def fail(sentence: str, status: int) -> NoReturn:
    """Tell what was wrong on standard error, and end with this exit status."""
    fail_with_all([sentence], status)


def fail_with_all(sentences: Sequence[str], status: int) -> NoReturn:
    """The same for several findings, a line each."""
    for sentence in sentences:
        click.echo(f"taskmon: {sentence}", err=True)
    raise SystemExit(status)
