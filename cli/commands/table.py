"""All commands that ask a service, in the order in which the help page has them."""

from typing import Final

import click

from cli.commands.abort import abort, retry
from cli.commands.aggregates import aggregates
from cli.commands.events import events
from cli.commands.login import login, logout
from cli.commands.reset import reset
from cli.commands.servers import servers
from cli.commands.tasks import task, tasks
from cli.commands.watch import watch

ASKING: Final[tuple[click.Command, ...]] = (
    login, logout, tasks, task, watch, abort, retry, reset, servers, aggregates, events,
)  # fmt: skip
