"""Records as bytes: msgpack arrays with their version number first.

A record is stored as one array: the version of its kind, then its fields in a fixed order. What is
inside another record (a Message, a Payload) is an array too and belongs to that record's version; a
Source inside a Result carries its own. Times are msgpack timestamps: exact to the microsecond,
read back as UTC. Lists and tuples within a task's `input` come back as lists.

To add a field: put it last among the kind's fields (for a Task: in both of its functions), and append to
the kind's `steps` a function that gives old fields its default; the version is the number of steps plus
one. To drop one: leave its place empty. What an older program wrote stays readable; it is rewritten at
its next save.
"""

from typing import Any, TypeVar

from actors.access.records import Account, Role, Session
from actors.access.roles import Privilege
from actors.events.records import Delivery, Subscription
from actors.inventory.records import Aggregate, PowerState, ResetType, Source, System, Trust
from actors.settings.records import ServiceSettings
from actors.tasks.catalogue import Health
from actors.tasks.payload import Payload
from actors.tasks.ports import Record
from actors.tasks.request_keys import RequestKey
from actors.tasks.states import TaskState
from actors.tasks.task import Abort, Result, Task
from store.event_codec import DELIVERY, SUBSCRIPTION
from store.message_codec import message_fields, message_from
from store.packing import Fields, Kind, RecordUnreadableError, pack, read, simple, unpack

__all__ = ["KINDS", "R", "RecordUnreadableError", "decode", "encode"]

R = TypeVar("R", bound=Record)

# A dictionary is several times faster than calling the enumeration, and there are 10,000 at a time.
_STATES = {state.value: state for state in TaskState}
_HEALTHS = {health.value: health for health in Health}
_PRIVILEGES = {privilege.value: privilege for privilege in Privilege}
_RESET_TYPES = {reset_type.value: reset_type for reset_type in ResetType}
_POWER_STATES: dict[str | None, PowerState | None] = {None: None} | {
    power.value: power for power in PowerState
}


def encode(record: Record) -> bytes:
    """The record as bytes; raises as `packing.pack` does."""
    return pack(KINDS[type(record)], record, record.id)


def decode(record_type: type[R], stored: bytes) -> R:
    """The record that these bytes are; raises as `packing.unpack` does."""
    kind: Kind[R] = KINDS[record_type]
    return unpack(kind, stored)


# --- the fields of each kind in the order in which they are stored


def _task_fields(task: Task) -> Fields:
    return (
        task.id,
        task.revision,
        task.parent,
        task.owner,
        task.operation,
        task.target,
        task.input,
        task.checkpoint,
        _payload_fields(task.payload),
        task.subtasks,
        task.state,
        task.status,
        task.percent,
        task.started,
        task.ended,
        [message_fields(message) for message in task.messages],
        task.messages_dropped,
        task.abort and (task.abort.by, task.abort.at, task.abort.reason),
        task.result and _result_fields(task.result),
        task.retry_of,
        task.retried_by,
        task.answered,
    )


def _task_from(fields: Fields) -> Task:
    (task_id, revision, parent, owner, operation, target, given, checkpoint, payload, subtasks,
     state, status, percent, started, ended, messages, dropped, abort, result,
     retry_of, retried_by, answered) = fields  # fmt: skip
    return Task(
        id=task_id,
        revision=revision,
        parent=parent,
        owner=owner,
        operation=operation,
        target=target,
        input=given,
        checkpoint=checkpoint,
        payload=_payload_from(payload),
        subtasks=subtasks,
        state=_STATES[state],
        status=_HEALTHS[status],
        percent=percent,
        started=started,
        ended=ended,
        messages=tuple([message_from(message) for message in messages]),
        messages_dropped=dropped,
        abort=abort and Abort(by=abort[0], at=abort[1], reason=abort[2]),
        result=result and _result_from(result),
        retry_of=retry_of,
        retried_by=retried_by,
        answered=answered,
    )


def _payload_fields(payload: Payload) -> Fields:
    return (payload.target_uri, payload.http_operation, payload.http_headers, payload.json_body)


def _payload_from(fields: Fields) -> Payload:
    target_uri, http_operation, http_headers, json_body = fields
    return Payload(
        target_uri=target_uri,
        http_operation=http_operation,
        http_headers=tuple(http_headers),
        json_body=json_body,
    )


def _messages_mention(fields: Fields) -> Fields:
    """Version 2 of a Task: a Message may mention a task. Before that, none did."""
    *before, messages, dropped, abort, result = fields
    if result is not None:
        http_status, told, source = result
        result = [http_status, [[*message, None] for message in told], source]
    return [*before, [[*message, None] for message in messages], dropped, abort, result]


def _result_fields(result: Result) -> Fields:
    return (
        result.http_status,
        [message_fields(message) for message in result.messages],
        result.source and (_SOURCE.version, *_SOURCE.fields(result.source)),
    )


def _result_from(fields: Fields) -> Result:
    http_status, messages, source = fields
    return Result(
        http_status=http_status,
        messages=tuple([message_from(message) for message in messages]),
        source=source and read(_SOURCE, source[0], source[1:]),
    )


def _no_retry(fields: Fields) -> Fields:
    """Version 3 of a Task: it may do another again, and be done again. Before that, none was."""
    return (*fields, None, None)


def _never_answered(fields: Fields) -> Fields:
    """Version 4 of a Task: it says when its monitor first gave the final answer. Before, nobody noted it."""
    return (*fields, None)


def _source_fields(source: Source) -> Fields:
    return (
        source.id,
        source.revision,
        source.host,
        source.address,
        source.user_name,
        source.password,
        source.systems,
        source.added,
        (source.trust.verify, source.trust.pin),
    )


def _source_from(fields: Fields) -> Source:
    source_id, revision, host, address, user_name, password, systems, added, (verify, pin) = fields
    return Source(
        id=source_id,
        revision=revision,
        host=host,
        address=address,
        user_name=user_name,
        password=password,
        systems=tuple(systems),
        added=added,
        trust=Trust(verify=verify, pin=pin),
    )


def _trusted_as_set(fields: Fields) -> Fields:
    """Version 2 of a Source: it can have a trust of its own. Before that, none had."""
    return (*fields, (None, ""))


_SOURCE = Kind("Source", _source_fields, _source_from, (_trusted_as_set,))

KINDS: dict[type, Kind[Any]] = {
    Task: Kind("Task", _task_fields, _task_from, (_messages_mention, _no_retry, _never_answered)),
    Account: simple(
        Account,
        ("id", "revision", "name", "role", "password_hash", "created", "enabled", "password_change_required",
         "locked"),
        # version 2: accounts can be disabled, locked, and made to change their password
        (lambda fields: (*fields, True, False, None),),
    ),
    Role: simple(
        Role,
        ("id", "revision", "privileges"),
        privileges=lambda values: tuple([_PRIVILEGES[value] for value in values]),
    ),
    Session: simple(
        Session,
        ("id", "revision", "account", "user_name", "token_hash", "created", "last_used", "origin"),
    ),
    Source: _SOURCE,
    System: simple(
        System,
        ("id", "revision", "source", "path", "name", "uuid", "manufacturer", "model", "serial_number",
         "reset_uri", "reset_types", "power_state", "last_reset", "seen"),
        reset_types=lambda values: tuple([_RESET_TYPES[value] for value in values]),
        power_state=_POWER_STATES.__getitem__,
    ),
    Aggregate: simple(Aggregate, ("id", "revision", "elements", "created"), elements=tuple),
    ServiceSettings: simple(ServiceSettings, ("id", "revision", "values")),
    RequestKey: simple(RequestKey, ("id", "revision", "task", "fingerprint", "at")),
    Subscription: SUBSCRIPTION,
    Delivery: DELIVERY,
}  # fmt: skip
