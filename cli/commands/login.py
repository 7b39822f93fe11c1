"""`login` and `logout`: sessions with services."""

import sys
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import click

from cli.client.answer import Answer, last, link, words_of
from cli.client.errors import CommandError, ExpiredError, RefusedError, usage
from cli.client.http import Client, Place
from cli.client.kept import Kept
from cli.client.service import Service, at_root
from cli.client.trust import absolute
from cli.commands.desk import PASSWORD, Desk, asking, place_of, tidy
from cli.passwords import password_from
from cli.prompts import typed

NO_SESSIONS = frozenset({404, 405, 501})


@click.command()
@click.argument("url")
@click.option("--user", envvar="TASKMON_USER", help="Who logs in (else it is asked for on a terminal).")
@click.option(
    "--ca",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Certificate, PEM, that the service must prove itself by.",
)
@click.option("--insecure", is_flag=True, help="Trust whatever certificate it shows.")
@asking
async def login(desk: Desk, url: str, user: str | None, ca: Path | None, insecure: bool) -> None:
    """Log in to the service at URL.

    The session is kept, in a file that only you can read; the password is not. It is taken from
    TASKMON_PASSWORD; else it is asked for on a terminal; else it is the first line of standard input.
    """
    if ca and insecure:
        raise usage("--ca and --insecure exclude each other.")
    place = Place(url=tidy(url), ca=absolute(ca), insecure=insecure)
    async with Client(place) as client:
        service = await at_root(client)
        name = user or await _asked_for()
        password = await password_from(PASSWORD, f"Password of {name} at {place.url}: ")
        answer = await _log_in(service, name, password)
    if answer is None:
        await _check_basic(place, name, password)
    kept = Kept(
        url=place.url,
        user=name,
        session=_session_of(client, answer) if answer else "",
        token=answer.headers["x-auth-token"] if answer else "",
        ca=place.ca,
        insecure=insecure,
    )
    await _replace(desk, kept)
    if desk.output.as_json:
        desk.output.document({"Url": kept.url, "User": kept.user, "Session": kept.session or None})
    elif answer:
        desk.output.note(f"Logged in at {kept.url} as {name}; the session is kept in {desk.sessions.file}.")
    else:
        desk.output.note(f"{kept.url} takes {name} with this password.")
    if place.url.startswith("http:") and not is_this_machine(place.url):
        desk.output.warn(f"{kept.url} is not encrypted: what is sent there can be read on the way.")
    if insecure:
        desk.output.warn(f"The certificate of {kept.url} is not checked.")
    if answer is None:
        desk.output.warn(
            f"{kept.url} has no sessions: nothing secret is kept, and each command takes the password "
            f"from {PASSWORD}, or asks for it."
        )


@click.command()
@click.option("--all", "everywhere", is_flag=True, help="At all services.")
@asking
async def logout(desk: Desk, everywhere: bool) -> None:
    """End the session, at the service and here."""
    chosen = desk.sessions.all() if everywhere else [desk.sessions.find(tidy(desk.url) if desk.url else "")]
    for kept in chosen:
        desk.sessions.remove(kept.url)
        try:
            await _close(kept)
        except CommandError as error:
            desk.complain(
                CommandError(
                    f"The session is forgotten here; at {kept.url} it stays until it expires: {error}"
                )
            )
        else:
            desk.output.note(f"Logged out at {kept.url}.")
    if desk.output.as_json:
        desk.output.document({"LoggedOut": [kept.url for kept in chosen]})


async def _asked_for() -> str:
    """The user name, which is asked for on a terminal until one is typed."""
    name: str | None = ""
    while name == "" and sys.stdin.isatty():
        name = await typed("User: ")
    if not name:
        raise usage("Say who logs in with --user, or set TASKMON_USER.")
    return name


async def _log_in(service: Service, user: str, password: str) -> Answer | None:
    """The answer with the new session; None where the service has no sessions."""
    sessions = link(service.root, "Links", "Sessions")
    if not sessions and not link(service.root, "SessionService"):
        return None
    sessions = sessions or link(await service.read(link(service.root, "SessionService")), "Sessions")
    answer = await service.client.post(sessions, {"UserName": user, "Password": password})
    if answer.status in NO_SESSIONS:
        return None
    if answer.status in (400, 401, 403):
        # How to log in is what the Resolution of such an answer tells, and here somebody does.
        words = words_of(answer.body, resolution=False) or answer.words
        sentence = f"{service.client.url} refused the login of {user}: {words}"
        raise RefusedError(sentence, answer.status)
    answer.expect(200, 201)
    if "x-auth-token" not in answer.headers:
        raise CommandError(f"{service.client.url} opened a session and sent no token for it.")
    return answer


def _session_of(client: Client, answer: Answer) -> str:
    """The URI of the new session; an empty string where the service does not tell, and it cannot be ended."""
    uri = answer.location or link(answer.body)
    return client.path_of(uri) if uri else ""


def is_this_machine(url: str) -> bool:
    """Whether what is sent to this URL does not leave the machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


async def _check_basic(place: Place, user: str, password: str) -> None:
    """See that the service takes these Basic credentials.

    Raises:
        RefusedError: it does not.
    """
    async with Client(
        Place(url=place.url, ca=place.ca, insecure=place.insecure, user=user, password=password)
    ) as client:
        service = await at_root(client)
        await service.read(await service.systems())


async def _replace(desk: Desk, kept: Kept) -> None:
    """Keep the new session; one that it takes the place of is ended, for nobody will use it again."""
    before = next((one for one in desk.sessions.all() if one.url == kept.url), None)
    desk.sessions.put(kept)
    if before is not None and before.token and before.session != kept.session:
        try:
            await _close(before)
        except CommandError:
            desk.output.note(f"The session before it ({last(before.session)}) stays until it expires.")


async def _close(kept: Kept) -> None:
    if not kept.session:
        return
    async with Client(await place_of(kept)) as client:
        try:
            (await client.delete(kept.session)).expect(200, 202, 204, 404)
        except ExpiredError:
            return  # it had ended already
