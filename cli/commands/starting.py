"""Beginning what becomes a task, and telling of it."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from cli.client.answer import Answer
from cli.client.errors import RefusedError, UnreachableError
from cli.client.following import Followed, accepted
from cli.client.service import Service
from cli.commands.desk import Desk
from cli.commands.waiting import tell, told, wait_for
from cli.output.tasks import COLUMNS, rows


async def start(service: Service, target: str, body: object, method: str = "POST") -> Answer:
    """Ask for something that becomes a task.

    Where no answer comes, taskmon is asked once more under the same key, which makes no second task; another
    service is not.

    Raises:
        RefusedError: the service does not do it.
        UnreachableError: no answer came. If the request was sent, it says that it may have been taken up.
    """
    headers = {"Prefer": "return=representation", "Idempotency-Key": str(uuid.uuid4())}
    try:
        answer = await _asked(service, method, target, body, headers)
    except UnreachableError as error:
        if not error.sent:
            raise
        sentence = (
            f"{error} Whether it was taken up is not known: look at `taskmon tasks` before you repeat it."
        )
        raise UnreachableError(sentence, sent=True) from None
    if answer.status >= 400:
        raise RefusedError(
            f"{service.client.url} refused it ({answer.status}): {answer.words}", answer.status
        )
    return answer


async def _asked(
    service: Service, method: str, target: str, body: object, headers: Mapping[str, str]
) -> Answer:
    try:
        return await service.client.ask(method, target, body, headers=headers)
    except UnreachableError as error:
        if not (error.sent and service.is_taskmon):
            raise
    return await service.client.ask(method, target, body, headers=headers)


async def started(
    desk: Desk,
    service: Service,
    answers: list[tuple[str, Answer]],
    *,
    wait: bool,
    timeout: float | None,
    patience: float,
) -> None:
    """Tell what was begun, by label and answer, and with `wait` how it ends."""
    output = desk.output
    what = [await accepted(service, answer, label) for label, answer in answers]
    if not wait:
        if output.as_json:
            output.document(_one_or_all([_begun(one) for one in what]))
            return
        for one in what:
            if one.name:
                output.fields(one.name)
            else:
                output.done(one.label, "done" if one.answer and one.answer.status != 202 else "accepted")
        names = " ".join(one.name for one in what if one.name)
        if names:
            output.note(f"To follow it: taskmon watch {names}")
        return
    ends = await wait_for(desk, service, what, timeout=timeout, patience=patience)
    if output.as_json:
        output.document(_one_or_all([told(end) for end in ends]))
    elif not output.moves:
        output.table(COLUMNS, rows(output, [end.task for end in ends if end.task]))
    tell(desk, ends)


def _begun(one: Followed) -> Any:
    """The Task that has begun; where none is shown, its monitor; where there is none, what was answered."""
    if one.task is not None:
        return one.task.body
    return one.answer.body if one.answer is not None else {"TaskMonitor": one.uri}


def _one_or_all(bodies: Sequence[Any]) -> Any:
    return bodies[0] if len(bodies) == 1 else list(bodies)
