"""A server's Redfish service, on one errand: what the actors ask of it, as requests and their meaning."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from actors.inventory.records import ResetType
from actors.tasks.errors import ServerNotUnderstoodError, ServerRefusedError, ServerTaskFailedError
from actors.tasks.ports import Accepted, SeenSystem, SeenTask
from fleet.documents import (
    FAILED_STATES,
    RUNNING_STATES,
    Document,
    action_info,
    link,
    members,
    path_of,
    percent_of_task,
    reset_types_of_info,
    seen_system,
    state_of_task,
)
from fleet.http import Address, Answer
from fleet.logins import Known
from fleet.troubles import foreign_uri, not_understood, task_failed
from fleet.visit import NOT_FOUND, Visit

MOST_PAGES = 100
MOST_SYSTEMS = 10_000
MOST_ACTION_INFOS = 1_000
NEXT = "Members@odata.nextLink"
ACCEPTED = 202
GONE = 410
SAYS_NOTHING_OF_THE_TASK = frozenset({401, 403, NOT_FOUND, 429, 502, 503, 504})
"""Statuses of a monitor by which the server speaks of itself; any other error is the task's own."""


class Client:
    """Implements `Server`; see there for the promises."""

    def __init__(self, address: Address, known: Known, visit: Callable[[], Visit]) -> None:
        """`visit` makes the dealings for one call."""
        self._address = address
        self._known = known
        self._visit = visit

    @contextmanager
    def staying(self) -> Iterator[None]:
        """See `Server`."""
        with self._known.stay:
            yield

    async def system_paths(self) -> Sequence[str]:
        """See `Server`. Members that lead to other servers are left out."""
        with self._visit() as visit:
            answer = await visit.root()
            path = link(answer.document(), self._address, "Systems")
            if path is None:
                raise not_understood(answer.request, "names no systems in its service root")
            found: dict[str, None] = {}
            pages: set[str] = set()
            while (
                path is not None
                and path not in pages
                and len(pages) < MOST_PAGES
                and len(found) < MOST_SYSTEMS
            ):
                pages.add(path)
                answer = await visit.get(path)
                document = answer.document()
                found.update(dict.fromkeys(members(document, self._address, MOST_SYSTEMS - len(found))))
                path = path_of(document.get(NEXT), self._address)
        if not found:
            raise not_understood(answer.request, "has no systems")
        return tuple(found)

    async def system(self, path: str) -> SeenSystem:
        """See `Server`. What an action info says is read once and remembered."""
        with self._visit() as visit:
            document = await visit.document(self._path(path))
            seen = seen_system(document, path, self._address)
            info = action_info(document, self._address)
            if info is None:
                return seen
            return replace(seen, reset_types=await self._reset_types(visit, info))

    async def reset(self, reset_uri: str, reset_type: ResetType) -> Accepted:
        """See `Server`. Where a 202 gives no URI of this server to follow, there is no monitor."""
        with self._visit() as visit:
            answer = await visit.act("POST", self._path(reset_uri), {"ResetType": str(reset_type)})
        return Accepted(monitor=self._monitor(answer)) if answer.status == ACCEPTED else Accepted()

    async def task_seen(self, monitor: str) -> SeenTask:
        """See `Server`. The monitor may be a task monitor or a Task. The state in its body, if any, is
        believed before its HTTP status: some servers answer 202 for ever, and a Task is never 202."""
        with self._visit() as visit:
            try:
                answer = await visit.get(self._path(monitor))
            except ServerRefusedError as error:
                if error.status == GONE:
                    raise ServerRefusedError(error.uri, str(error), NOT_FOUND) from error
                if error.status in SAYS_NOTHING_OF_THE_TASK:
                    raise
                raise ServerTaskFailedError(error.uri, str(error)) from error
            document = _document(answer)
            state, status = state_of_task(document)
            if state in FAILED_STATES or (state == "Completed" and status == "Critical"):
                ended_as = f"{state} ({status})" if status else state
                raise task_failed(answer.request, ended_as, visit.said(answer))
        ended = state == "Completed" or (answer.status != ACCEPTED and state not in RUNNING_STATES)
        return SeenTask(ended=ended, state=state, percent=percent_of_task(document))

    async def cancel_task(self, monitor: str) -> None:
        """See `Server`."""
        with self._visit() as visit:
            await visit.act("DELETE", self._path(monitor), fine={NOT_FOUND, GONE})

    def _path(self, uri: str) -> str:
        path = path_of(uri, self._address)
        if path is None:
            raise foreign_uri(self._address)
        return path

    async def _reset_types(self, visit: Visit, info: str) -> tuple[ResetType, ...]:
        """What this action info says; nothing where the server does not give it."""
        if self._known.reset_types is None:
            self._known.reset_types = {}
        known = self._known.reset_types
        if info not in known:
            try:
                types = reset_types_of_info(await visit.document(info))
            except (ServerRefusedError, ServerNotUnderstoodError):
                types = ()
            if len(known) >= MOST_ACTION_INFOS:
                known.clear()
            known[info] = types
        return known[info]

    def _monitor(self, answer: Answer) -> str:
        """The Location, else the Task in the body."""
        path = path_of(answer.headers.get("location"), self._address)
        if path is None and "TaskState" in (document := _document(answer)):
            path = link(document, self._address)
        return path or ""


def _document(answer: Answer) -> Document:
    """The answer's JSON object; empty where it holds none, which is no error where none is needed."""
    try:
        return answer.document()
    except ServerNotUnderstoodError:
        return {}
