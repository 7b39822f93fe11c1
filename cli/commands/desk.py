"""What every command that asks a service has: its options, its session, its output, its end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any, Concatenate, Final, NoReturn, ParamSpec
from urllib.parse import urlsplit

import click

from cli.client.errors import CommandError, usage
from cli.client.http import Client, Place
from cli.client.kept import Kept, Sessions, default_file
from cli.client.service import Service, at_root
from cli.exits import BY_SIGNAL, Exit
from cli.interruption import interruptible
from cli.output.output import Output
from cli.passwords import password_from

Options = ParamSpec("Options")
PASSWORD: Final = "TASKMON_PASSWORD"  # noqa: S105 (the name of a variable)


class Desk:
    """What one run of a command works with."""

    def __init__(self, output: Output, url: str) -> None:
        self.output = output
        self.sessions = Sessions(default_file())
        self.url = url
        self.exit = Exit.OK
        """The exit status, once the command has done what it does."""
        self.when_interrupted = ""
        """What is said when a signal ends the command here."""

    @asynccontextmanager
    async def service(self) -> AsyncIterator[Service]:
        """The service that is asked, by the session that is kept."""
        kept = self.sessions.find(tidy(self.url) if self.url else "")
        async with Client(await place_of(kept)) as client:
            yield await at_root(client)

    def complain(self, error: CommandError) -> None:
        """Tell of one that failed, where the command goes on with others."""
        self.output.warn(str(error))
        self.exit = max(self.exit, error.exit)


async def place_of(kept: Kept) -> Place:
    """Where to ask, and by which credentials: those of a service without sessions are asked for each time."""
    place = Place(url=kept.url, ca=kept.ca, insecure=kept.insecure, token=kept.token, user=kept.user)
    if kept.token:
        return place
    password = await password_from(PASSWORD, f"Password of {kept.user} at {kept.url}: ")
    return Place(url=kept.url, ca=kept.ca, insecure=kept.insecure, user=kept.user, password=password)


def tidy(url: str) -> str:
    """The URL of a service as it is kept: with a scheme, without a path.

    Raises:
        CommandError: it is no URL of a service.
    """
    whole = url if "://" in url else f"https://{url}"
    try:
        parts = urlsplit(whole)
        is_one = parts.scheme in ("https", "http") and parts.hostname and parts.port != 0 and not parts.query
    except ValueError:
        is_one = False
    if not is_one:
        raise usage(f"{url} is no URL of a service: give one such as https://host:8443.")
    whole = whole.rstrip("/")
    for ending in ("/redfish/v1", "/redfish"):
        whole = whole.removesuffix(ending)
    return whole


def asking(
    function: Callable[Concatenate[Desk, Options], Awaitable[None]],
) -> Callable[Options, None]:
    """A command from a coroutine function: with --json, --utc and --service, run, and ended as it should."""

    @wraps(function)
    def command(*args: Options.args, **options: Options.kwargs) -> None:
        as_json, utc, url = (options.pop(name) for name in ("as_json", "utc", "service_url"))
        desk = Desk(Output(as_json=bool(as_json), utc=bool(utc)), str(url or ""))
        _end(asyncio.run(_run(desk, function(desk, *args, **options))))

    described: Any = command
    for option in (
        click.option(
            "--service",
            "service_url",
            metavar="URL",
            envvar="TASKMON_SERVICE",
            help="Which service, of several logged in to.",
        ),
        click.option("--utc", is_flag=True, help="Times in UTC, not how long ago."),
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
    ):
        described = option(described)
    return described  # type: ignore[no-any-return]


async def _run(desk: Desk, work: Awaitable[None]) -> int:
    with interruptible() as interruption:
        try:
            await work
        except CommandError as error:
            desk.output.warn(str(error))
            return error.exit
        except asyncio.CancelledError:
            if interruption.signal is None:
                raise
            if desk.when_interrupted:
                desk.output.warn(desk.when_interrupted)
            return BY_SIGNAL + interruption.signal
    return desk.exit


def _end(status: int) -> NoReturn:
    raise SystemExit(int(status))
