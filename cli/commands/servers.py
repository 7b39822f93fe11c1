"""`servers`: those that the service manages; adding and removing them."""

import click

from cli.client.answer import Answer, Resource, last, link
from cli.client.errors import CommandError
from cli.client.fleet import Fleet
from cli.client.members import members_of
from cli.client.service import Service
from cli.commands.desk import Desk, asking
from cli.commands.groups import ListingGroup
from cli.commands.starting import start, started
from cli.commands.waiting import with_wait
from cli.output.widths import Column
from cli.output.words import power_text
from cli.passwords import password_from

SERVER_PASSWORD = "TASKMON_SERVER_PASSWORD"  # noqa: S105 (the name of a variable)
COLUMNS = (
    Column("HOST", gives=True),
    Column("SYSTEM", gives=True),
    Column("NAME", gives=True),
    Column("POWER"),
    Column("MODEL", gives=True),
)


@click.group(cls=ListingGroup)
def servers() -> None:
    """The servers that it manages; without a command: list."""


@servers.command("list")
@asking
async def servers_list(desk: Desk) -> None:
    """List servers with their systems, as the service last saw them.

    In a pipe: a line for each system, with tabs between host, system, name, power state and model.
    """
    async with desk.service() as service:
        fleet = Fleet(service)
        sources = await fleet.sources()
        systems = {link(one): one for one in await fleet.systems()}
    lines = list(_lines(sources, systems))
    output = desk.output
    if output.as_json:
        output.document(
            [
                {"HostName": host, "AggregationSource": source, "System": system}
                for host, source, system in lines
            ]
        )
        return
    if not lines:
        output.note("No servers.")
        return
    hosts = any(host for host, _, _ in lines) or not output.for_a_person
    short = output.short([last(link(system)) for _, _, system in lines if system])
    output.table(
        COLUMNS if hosts else COLUMNS[1:],
        (
            [
                *([host or ""] if hosts else []),
                short[last(link(system))] if system else "",
                str(system.get("Name") or "") if system else "",
                power_text(str(system.get("PowerState") or "unknown")) if system else "",
                str(system.get("Model") or "") if system else "",
            ]
            for host, _, system in lines
        ),
    )


Line = tuple[str | None, str | None, Resource | None]


def _lines(sources: list[Resource], systems: dict[str, Resource]) -> list[Line]:
    """Each source with each of its systems, then the systems that are of no source."""
    lines: list[Line] = []
    rest = dict(systems)
    for source in sources:
        accessed = [link(one) for one in source.get("Links", {}).get("ResourcesAccessed") or []]
        mine: list[Resource | None] = [rest.pop(uri) for uri in accessed if uri in rest]
        for system in mine or [None]:
            lines.append((str(source.get("HostName") or ""), link(source), system))
    lines.extend((None, None, system) for system in rest.values())
    return lines


@servers.command("add")
@click.argument("hosts", metavar="HOST...", nargs=-1, required=True)
@click.option("--user", required=True, help="The user name at the servers.")
@with_wait
@asking
async def servers_add(
    desk: Desk, hosts: tuple[str, ...], user: str, wait: bool, timeout: float | None, patience: float
) -> None:
    """Add servers, each by HOST or HOST:PORT.

    The id of each task is printed. Their password is taken from TASKMON_SERVER_PASSWORD; else it is asked
    for on a terminal; else it is the first line of standard input.
    """
    async with desk.service() as service:
        collection = await service.sources()
        method = await _redfish_method(service)
        password = await password_from(SERVER_PASSWORD, f"Password of {user} at the servers: ")
        answers: list[tuple[str, Answer]] = []
        for host in hosts:
            body = {
                "HostName": host,
                "UserName": user,
                "Password": password,
                "Links": {"ConnectionMethod": {"@odata.id": method}},
            }
            try:
                answers.append((host, await start(service, collection, body)))
            except CommandError as error:
                desk.complain(error)
        if answers:
            await started(desk, service, answers, wait=wait, timeout=timeout, patience=patience)


@servers.command("remove")
@click.argument("names", metavar="SERVER...", nargs=-1, required=True)
@with_wait
@asking
async def servers_remove(
    desk: Desk, names: tuple[str, ...], wait: bool, timeout: float | None, patience: float
) -> None:
    """Remove servers, each by its host, id or URI; the id of each task is printed."""
    async with desk.service() as service:
        await service.sources()  # which says so where there are none
        fleet = Fleet(service)
        chosen = [await fleet.source(name) for name in names]
        answers = []
        for source in chosen:
            try:
                answer = await start(service, link(source), None, method="DELETE")
            except CommandError as error:
                desk.complain(error)
            else:
                answers.append((str(source.get("HostName") or last(link(source))), answer))
        if answers:
            await started(desk, service, answers, wait=wait, timeout=timeout, patience=patience)


async def _redfish_method(service: Service) -> str:
    """The connection method for servers that speak Redfish."""
    collection = link(await service.aggregation(), "ConnectionMethods")
    methods = (await members_of(service, collection)).resources if collection else []
    for method in methods:
        if method.get("ConnectionMethodType") == "Redfish":
            return link(method)
    raise service.lacks("connection method for Redfish servers")
