"""Which request to a simulated server gets which answer, when no fault comes between."""

from collections.abc import Callable

from fleet.simulator import resets, resources
from fleet.simulator.http1 import Answer, Headers, NotJSONError, Request
from fleet.simulator.messages import error, malformed, no_session, not_allowed, not_an_object, not_found
from fleet.simulator.power import ResetType
from fleet.simulator.resources import (
    MONITORS,
    RESET,
    ROOT,
    SESSION_SERVICE,
    SESSIONS,
    SYSTEM,
    SYSTEMS,
    TASK_SERVICE,
    TASKS,
)
from fleet.simulator.server import Server
from fleet.simulator.server_tasks import ServerTask, TaskPhase

Handler = Callable[[Server, Request, float], Answer]
MemberHandler = Callable[[Server, str, float], Answer]
Rendering = Callable[[Server, float], dict[str, object]]

OPEN = {("GET", "/redfish"), ("GET", ROOT), ("HEAD", "/redfish"), ("HEAD", ROOT), ("POST", SESSIONS)}
"""What a server answers to anybody."""


def answer(server: Server, request: Request, now: float) -> Answer:
    """Do what this request asks of this server, and say how it went."""
    path = _canonical(request.path)
    if (request.method, path) not in OPEN and not server.lets_in(request.headers, now):
        return no_session()
    method = "GET" if request.method == "HEAD" else request.method
    handlers = RESOURCES.get(path)
    if handlers is not None:
        handler = handlers.get(method)
        return not_allowed(_allow(handlers)) if handler is None else handler(server, request, now)
    collection, _, member = path.rpartition("/")
    members = MEMBERS.get(collection)
    if members is None or not member:
        return not_found(request.path)
    member_handler = members.get(method)
    return not_allowed(_allow(members)) if member_handler is None else member_handler(server, member, now)


def reset_asked_for(server: Server, request: Request, now: float) -> ResetType | None:
    """The reset that this request would get accepted; None for any other request. Changes nothing."""
    if request.method != "POST" or _canonical(request.path) != RESET:
        return None
    wanted = resets.asked_for(request)
    if isinstance(wanted, Answer) or not server.lets_in(request.headers, now):
        return None
    return wanted


def accepted(task: ServerTask, now: float) -> Answer:
    """The answer to a request that has become this task, and of its monitor while it runs."""
    headers: Headers = (("Location", f"{MONITORS}/{task.id}"), ("Allow", "GET, HEAD, DELETE"))
    if task.retry_after is not None:
        headers += (("Retry-After", str(task.retry_after)),)
    return Answer(202, resources.task(task, now), headers)


def _canonical(path: str) -> str:
    return path[:-1] if path.endswith("/") else path


def _allow(handlers: dict[str, Handler] | dict[str, MemberHandler]) -> str:
    known = list(handlers)
    return ", ".join(["GET", "HEAD", *known[1:]] if known[0] == "GET" else known)


def _reading(render: Rendering, allow: str = "GET, HEAD") -> Handler:
    def read(server: Server, _request: Request, now: float) -> Answer:
        return Answer(200, render(server, now), (("Allow", allow),))

    return read


def _versions(_server: Server, _now: float) -> dict[str, object]:
    return {"v1": f"{ROOT}/"}


def _log_in(server: Server, request: Request, now: float) -> Answer:
    try:
        body = request.json
    except NotJSONError:
        return malformed()
    if not isinstance(body, dict):
        return not_an_object()
    for name in ("UserName", "Password"):
        if name not in body:
            return error(400, "PropertyMissing", f"The property {name} is missing.", f"Send {name}.", name)
    if not server.knows(body["UserName"], body["Password"]):
        return no_session()
    opened = server.sessions.open(now)
    headers = (("Location", f"{SESSIONS}/{opened.id}"), ("X-Auth-Token", opened.token))
    return Answer(201, resources.session(server, opened), headers)


def _read_session(server: Server, session_id: str, _now: float) -> Answer:
    found = server.sessions.find(session_id)
    if found is None:
        return not_found(f"{SESSIONS}/{session_id}")
    return Answer(200, resources.session(server, found), (("Allow", "GET, HEAD, DELETE"),))


def _log_out(server: Server, session_id: str, _now: float) -> Answer:
    return Answer(204) if server.sessions.close(session_id) else not_found(f"{SESSIONS}/{session_id}")


def _reset(server: Server, request: Request, now: float) -> Answer:
    wanted = resets.asked_for(request)
    if isinstance(wanted, Answer):
        return wanted
    server.reset(wanted, now)
    return Answer(204)


def _read_task(server: Server, task_id: str, now: float) -> Answer:
    found = server.tasks.find(task_id, now)
    if found is None:
        return not_found(f"{TASKS}/{task_id}")
    return Answer(200, resources.task(found, now), (("Allow", "GET, HEAD, DELETE"),))


def _read_monitor(server: Server, task_id: str, now: float) -> Answer:
    found = server.tasks.find(task_id, now)
    if found is None:
        return not_found(f"{MONITORS}/{task_id}")
    match found.phase(now):
        case TaskPhase.RUNNING:
            return accepted(found, now)
        case TaskPhase.FAILED:
            told = resources.failure(found)
            return error(400, "OperationFailed", told["Message"], told["Resolution"])
        case _:
            return Answer(204)


def _remove_task(server: Server, task_id: str, now: float) -> Answer:
    if server.tasks.find(task_id, now) is None:
        return not_found(f"{TASKS}/{task_id}")
    server.tasks.remove(task_id)
    return Answer(204)


RESOURCES: dict[str, dict[str, Handler]] = {
    "/redfish": {"GET": _reading(_versions)},
    ROOT: {"GET": _reading(resources.service_root)},
    SESSION_SERVICE: {"GET": _reading(resources.session_service)},
    SESSIONS: {"GET": _reading(resources.sessions, "GET, HEAD, POST"), "POST": _log_in},
    SYSTEMS: {"GET": _reading(resources.systems)},
    SYSTEM: {"GET": _reading(resources.system)},
    RESET: {"POST": _reset},
    TASK_SERVICE: {"GET": _reading(resources.task_service)},
    TASKS: {"GET": _reading(resources.tasks)},
}
MEMBERS: dict[str, dict[str, MemberHandler]] = {
    SESSIONS: {"GET": _read_session, "DELETE": _log_out},
    TASKS: {"GET": _read_task, "DELETE": _remove_task},
    MONITORS: {"GET": _read_monitor, "DELETE": _remove_task},
}
