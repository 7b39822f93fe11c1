"""`reset`: systems, one or many, in batches where the service can."""

from difflib import get_close_matches
from typing import Any

import click
from click.shell_completion import CompletionItem

from cli.client.answer import Answer, Resource, inside, last
from cli.client.errors import CommandError, LackingError, usage
from cli.client.fleet import Fleet, Targets
from cli.client.service import Service
from cli.commands.desk import Desk, asking
from cli.commands.starting import start, started
from cli.commands.waiting import with_wait

RESET_TYPES = (
    "On", "ForceOff", "GracefulShutdown", "GracefulRestart", "ForceRestart", "Nmi", "ForceOn",
    "PushPowerButton", "PowerCycle", "Suspend", "Pause", "Resume", "FullPowerCycle", "Sleep", "Hibernate",
)  # fmt: skip


class ResetType(click.ParamType[str]):
    """One of Redfish's reset types; upper and lower case are the same."""

    name = "TYPE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        for known in RESET_TYPES:
            if known.lower() == str(value).lower():
                return known
        near = get_close_matches(str(value), RESET_TYPES, n=1)
        meant = f" Did you mean {near[0]}?" if near else ""
        sentence = f"{value!r} is no reset type.{meant} There are {', '.join(RESET_TYPES)}."
        raise click.BadParameter(sentence, ctx, param)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        begun = incomplete.lower()
        return [CompletionItem(known) for known in RESET_TYPES if known.lower().startswith(begun)]


class MaxFailures(click.ParamType[int | str]):
    """A number of servers, or a percentage of them."""

    name = "N|N%"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        text = str(value).strip()
        number = text.removesuffix("%")
        if not number.isascii() or not number.isdecimal() or int(number) < 1:
            self.fail(f"{text!r} is neither a number of servers nor a percentage such as 10%.", param, ctx)
        return text if text.endswith("%") else int(number)


@click.command()
@click.argument("targets", metavar="TARGETS...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All systems of the service.")
@click.option(
    "--type",
    "reset_type",
    required=True,
    type=ResetType(),
    help="What to do.",
)
@click.option("--batch", type=click.IntRange(min=1), help="So many at a time (default: all at once).")
@click.option("--delay", type=click.IntRange(min=0), metavar="SECONDS", help="Pause between batches.")
@click.option("--max-failures", type=MaxFailures(), help="When so many have failed, no further batch begins.")
@with_wait
@asking
async def reset(
    desk: Desk,
    targets: tuple[str, ...],
    everything: bool,
    reset_type: str,
    batch: int | None,
    delay: int | None,
    max_failures: int | str | None,
    wait: bool,
    timeout: float | None,
    patience: float,
) -> None:
    """Reset systems, one or many.

    The id of the task is printed. TARGETS are names, ids (or how they begin), hosts or URIs of systems,
    or of an aggregate.
    """
    if delay is not None and batch is None:
        raise usage("--delay is the pause between batches: say --batch as well.")
    more: dict[str, Any] = {}
    if batch is not None:
        more["BatchSize"] = batch
    if delay is not None:
        more["DelayBetweenBatchesInSeconds"] = delay
    if max_failures is not None:
        more["Oem"] = {"Taskmon": {"MaxFailures": max_failures}}
    async with desk.service() as service:
        if max_failures is not None and not service.is_taskmon:
            raise LackingError(
                f"{service.client.url} has no stop rule: --max-failures works with taskmon only."
            )
        found = await Fleet(service).targets(targets, everything=everything)
        answers = await _reset(desk, service, found, reset_type, more)
        if answers:
            await started(desk, service, answers, wait=wait, timeout=timeout, patience=patience)


async def _reset(
    desk: Desk, service: Service, targets: Targets, reset_type: str, more: dict[str, Any]
) -> list[tuple[str, Answer]]:
    """Ask for it in the one request that does it; where there is none, system by system."""
    body = {"ResetType": reset_type, **more}
    if not targets.systems:
        raise CommandError("There is no system to reset.")
    if targets.aggregate:
        aggregate = await service.read(targets.aggregate)
        target = _action(aggregate, "#Aggregate.Reset")
        if target:
            return [(last(targets.aggregate), await start(service, target, body))]
    together = await _together(service) if len(targets.systems) > 1 or more else ""
    if together:
        links = [{"@odata.id": uri} for uri in targets.systems]
        return [(f"{len(links)} systems", await start(service, together, {**body, "TargetURIs": links}))]
    if more:
        raise LackingError(
            f"{service.client.url} has no aggregation service, and so resets one system at a time, "
            f"without batches."
        )
    answers = []
    for uri in targets.systems:
        try:
            system = await service.read(uri)
            target = _action(system, "#ComputerSystem.Reset")
            if not target:
                raise LackingError(f"{last(uri)} cannot be reset: it has no such action.")
            answers.append((last(uri), await start(service, target, body)))
        except CommandError as error:
            if len(targets.systems) == 1:
                raise
            desk.complain(error)
    return answers


async def _together(service: Service) -> str:
    """Where many systems are reset by one request; an empty string where that cannot be done."""
    if not service.has_aggregation:
        return ""
    return _action(await service.aggregation(), "#AggregationService.Reset")


def _action(resource: Resource, name: str) -> str:
    return str(inside(resource, "Actions", name).get("target") or "")
