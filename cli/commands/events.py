"""`events`: the live stream, and who else is told."""

import click
from rich.text import Text

from cli.client.answer import Resource, inside, last, link
from cli.client.errors import usage
from cli.client.members import members_of
from cli.client.patience import Patience
from cli.client.service import Service
from cli.client.stream import Sent, can_be_sent, follow
from cli.client.tasks import moment
from cli.colours import QUIET
from cli.commands.desk import Desk, asking
from cli.output.output import Output
from cli.output.widths import Column
from cli.output.words import absolute, clean, health_text

COLUMNS = (
    Column("ID"),
    Column("DESTINATION", gives=True),
    Column("STATE"),
    Column("HEALTH"),
    Column("CONTEXT", gives=True),
)


@click.command()
@click.option("--follow", "following", is_flag=True, help="The events as they happen, until Ctrl-C.")
@click.option(
    "--since", metavar="ID", default="", help="With --follow: first those after the event with this id."
)
@click.option(
    "--patience",
    type=click.FloatRange(min=0),
    default=120,
    show_default=True,
    metavar="SECONDS",
    help="How long to go on when the service does not answer.",
)
@asking
async def events(desk: Desk, following: bool, since: str, patience: float) -> None:
    """The live stream of events, or who else is told.

    Without --follow the subscriptions are listed, and where they deliver. In a pipe a line of the stream
    has tabs between event id, time, severity, MessageId, origin and message; with --json it is {"Id",
    "Event"}: the id for --since, and the event as it was sent.
    """
    if since and not following:
        raise usage("--since goes with --follow.")
    if not can_be_sent(since):
        raise usage("--since is the id of one event, and none has control characters.")
    async with desk.service() as service:
        if not following:
            await _subscriptions(desk, service)
            return
        uri = str((await service.events()).get("ServerSentEventUri") or "")
        if not uri:
            raise service.lacks("stream of events")
        async for sent in follow(service, uri, since, Patience(patience, desk.output.warn)):
            _show(desk.output, sent)


async def _subscriptions(desk: Desk, service: Service) -> None:
    collection = link(await service.events(), "Subscriptions")
    if not collection:
        raise service.lacks("collection of event subscriptions")
    found = (await members_of(service, collection)).resources
    if desk.output.as_json:
        desk.output.document(found)
    elif not found:
        desk.output.note("No subscriptions; --follow shows the stream.")
    else:
        desk.output.table(COLUMNS, (_row(one) for one in found))


def _row(subscription: Resource) -> list[Text | str | None]:
    status = inside(subscription, "Status")
    return [
        last(link(subscription)),
        str(subscription.get("Destination") or ""),
        str(status.get("State") or ""),
        health_text(str(status.get("Health") or "")),
        str(subscription.get("Context") or ""),
    ]


def _show(output: Output, sent: Sent) -> None:
    if output.as_json:
        output.json_line({"Id": sent.id, "Event": sent.body})
        return
    records = sent.body.get("Events")
    for record in records if isinstance(records, list) else []:
        if isinstance(record, dict):
            _line(output, sent.id, record)


def _line(output: Output, event_id: str, record: Resource) -> None:
    """One record of an event: absolute times, for it stays on the screen."""
    when = absolute(moment(record.get("EventTimestamp")))
    severity = str(record.get("MessageSeverity") or record.get("Severity") or "")
    message_id = str(record.get("MessageId") or record.get("EventType") or "")
    origin = link(record, "OriginOfCondition")
    words = str(record.get("Message") or "")
    if not output.for_a_person:
        output.fields(event_id, when, severity, message_id, origin, words)
        return
    shown = health_text(f"{severity:<8}")
    shown.stylize(health_text(severity).style)
    output.console.print(
        Text.assemble(
            (f"{when[11:] or '-':<9}  ", QUIET),
            shown,
            "  ",
            f"{clean(message_id.rpartition('.')[2]):<20}  ",
            clean(words),
            (f"  {clean(last(origin))}" if origin else "", QUIET),
        ),
        soft_wrap=True,
    )
