"""`aggregates`: sets of systems that are reset together."""

import click

from cli.client.answer import inside, last, link
from cli.client.errors import CommandError
from cli.client.fleet import Fleet
from cli.client.members import resources_at
from cli.client.service import Service
from cli.commands.desk import Desk, asking
from cli.commands.groups import ListingGroup
from cli.output.widths import Column
from cli.output.words import power_text

COLUMNS = (Column("AGGREGATE", gives=True), Column("NAME", gives=True), Column("SYSTEMS", right=True))
SYSTEM_COLUMNS = (Column("SYSTEM", gives=True), Column("NAME", gives=True), Column("POWER"))
TARGETS = click.argument("targets", metavar="TARGETS...", nargs=-1)
ALL = click.option("--all", "everything", is_flag=True, help="All systems of the service.")
NAME = click.argument("name", metavar="AGGREGATE")


@click.group(cls=ListingGroup)
def aggregates() -> None:
    """Sets of systems that are reset together; without a command: list."""


@aggregates.command("list")
@asking
async def aggregates_list(desk: Desk) -> None:
    """List aggregates. In a pipe: a line for each, with tabs between id, name and number of systems."""
    async with desk.service() as service:
        await service.aggregates()
        found = await resources_at(service, await Fleet(service).aggregate_uris())
    if desk.output.as_json:
        desk.output.document(found)
    elif not found:
        desk.output.note("No aggregates.")
    else:
        short = desk.output.short([last(link(one)) for one in found])
        desk.output.table(
            COLUMNS,
            (
                [short[last(link(one))], str(one.get("Name") or ""), len(one.get("Elements") or [])]
                for one in found
            ),
        )


@aggregates.command("show")
@NAME
@asking
async def aggregates_show(desk: Desk, name: str) -> None:
    """Show the systems of an aggregate. In a pipe: a line for each, with tabs between id, name and power."""
    async with desk.service() as service:
        await service.aggregates()
        found = await service.read(await Fleet(service).aggregate(name))
        if desk.output.as_json:
            desk.output.document(found)
            return
        elements = [link(one) for one in found.get("Elements") or []]
        systems = await resources_at(service, elements)
    if not systems:
        desk.output.note("It has no systems.")
        return
    short = desk.output.short([last(link(one)) for one in systems])
    desk.output.table(
        SYSTEM_COLUMNS,
        (
            [
                short[last(link(one))],
                str(one.get("Name") or ""),
                power_text(str(one.get("PowerState") or "unknown")),
            ]
            for one in systems
        ),
    )


@aggregates.command("create")
@TARGETS
@ALL
@asking
async def aggregates_create(desk: Desk, targets: tuple[str, ...], everything: bool) -> None:
    """Make an aggregate of systems; its id is printed. TARGETS are as for `reset`."""
    async with desk.service() as service:
        collection = await service.aggregates()
        body = await _elements(service, targets, everything)
        answer = (await service.client.post(collection, body)).expect(201)
    if desk.output.as_json:
        desk.output.document(answer.body)
    else:
        desk.output.say(last(answer.location or link(answer.body)))


@aggregates.command("delete")
@click.argument("names", metavar="AGGREGATE...", nargs=-1, required=True)
@asking
async def aggregates_delete(desk: Desk, names: tuple[str, ...]) -> None:
    """Delete aggregates; their systems stay."""
    deleted = []
    async with desk.service() as service:
        await service.aggregates()
        fleet = Fleet(service)
        for name in names:
            try:
                uri = await fleet.aggregate(name)
                (await service.client.delete(uri)).expect(200, 204)
            except CommandError as error:
                desk.complain(error)
                continue
            deleted.append(uri)
            if not desk.output.as_json:
                desk.output.say(last(uri))
    if desk.output.as_json:
        desk.output.document([{"@odata.id": uri} for uri in deleted])


@aggregates.command("add")
@NAME
@TARGETS
@ALL
@asking
async def aggregates_add(desk: Desk, name: str, targets: tuple[str, ...], everything: bool) -> None:
    """Put systems into an aggregate. TARGETS are as for `reset`."""
    await _change(desk, name, targets, everything, "#Aggregate.AddElements")


@aggregates.command("remove")
@NAME
@TARGETS
@ALL
@asking
async def aggregates_remove(desk: Desk, name: str, targets: tuple[str, ...], everything: bool) -> None:
    """Take systems out of an aggregate. TARGETS are as for `reset`."""
    await _change(desk, name, targets, everything, "#Aggregate.RemoveElements")


async def _change(desk: Desk, name: str, targets: tuple[str, ...], everything: bool, action: str) -> None:
    async with desk.service() as service:
        await service.aggregates()
        uri = await Fleet(service).aggregate(name)
        target = str(inside(await service.read(uri), "Actions", action).get("target") or "")
        if not target:
            raise service.lacks(f"action {action.removeprefix('#')}")
        body = await _elements(service, targets, everything)
        (await service.client.post(target, body)).expect(200, 204)
        now = await service.read(uri)
    count = len(now.get("Elements") or [])
    if desk.output.as_json:
        desk.output.document(now)
    else:
        desk.output.note(f"{last(uri)} has {count} {'system' if count == 1 else 'systems'} now.")


async def _elements(service: Service, targets: tuple[str, ...], everything: bool) -> dict[str, object]:
    found = await Fleet(service).targets(targets, everything=everything)
    return {"Elements": [{"@odata.id": uri} for uri in found.systems]}
