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

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Generic, TypeVar

import msgpack  # type: ignore[import-untyped]

from actors.access.records import Account, Role, Session
from actors.access.roles import Privilege
from actors.inventory.records import Aggregate, PowerState, ResetType, Source, System
from actors.settings.records import ServiceSettings
from actors.tasks.catalogue import Health
from actors.tasks.errors import StoreUnavailableError
from actors.tasks.messages import Mention, Message
from actors.tasks.payload import Payload
from actors.tasks.ports import Record
from actors.tasks.request_keys import RequestKey
from actors.tasks.states import TaskState
from actors.tasks.task import Abort, Result, Task

R = TypeVar("R", bound=Record)
Fields = Sequence[Any]

# A dictionary is several times faster than calling the enumeration, and there are 10,000 at a time.
_STATES = {state.value: state for state in TaskState}
_HEALTHS = {health.value: health for health in Health}
_PRIVILEGES = {privilege.value: privilege for privilege in Privilege}
_RESET_TYPES = {reset_type.value: reset_type for reset_type in ResetType}
_POWER_STATES: dict[str | None, PowerState | None] = {None: None} | {
    power.value: power for power in PowerState
}


class RecordUnreadableError(StoreUnavailableError):
    """What is stored cannot be made into a record: it is damaged, or a newer program wrote it."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[R]):
    """How one kind of record is stored; `steps[n - 1]` makes fields of version n into version n + 1."""

    name: str
    fields: Callable[[R], Fields]
    record: Callable[[Fields], R]
    steps: tuple[Callable[[Fields], Fields], ...] = ()

    @property
    def version(self) -> int:
        return len(self.steps) + 1


def encode(record: Record) -> bytes:
    """The record as bytes.

    Raises:
        ValueError: it holds something that cannot be stored, such as a time without its zone.
    """
    kind = KINDS[type(record)]
    row = (kind.version, *kind.fields(record))
    stored: bytes
    try:
        try:
            stored = _packers.strict.pack(row)
        except UnicodeEncodeError:
            stored = _packers.lenient.pack(row)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"The {kind.name} {record.id} cannot be stored: {error}.") from error
    return stored


def decode(record_type: type[R], stored: bytes) -> R:
    """The record that these bytes are.

    Raises:
        RecordUnreadableError: they are not such a record, or one of a newer version.
    """
    kind: Kind[R] = KINDS[record_type]
    try:
        version, *fields = msgpack.unpackb(
            stored, timestamp=3, strict_map_key=False, unicode_errors="surrogatepass"
        )
        return _read(kind, version, fields)
    except StoreUnavailableError:
        raise
    except Exception as error:
        raise RecordUnreadableError(
            f"A stored {kind.name} cannot be read ({type(error).__name__}: {error}). "
            "Restore the data folder from a backup, or remove the record."
        ) from error


def _read(kind: Kind[R], version: int, fields: Fields) -> R:
    if not 1 <= version <= kind.version:
        raise RecordUnreadableError(
            f"A stored {kind.name} has version {version} and this program reads up to version "
            f"{kind.version}. Start the newer program that wrote it."
        )
    for step in kind.steps[version - 1 :]:
        fields = step(fields)
    return kind.record(fields)


class _Packers(threading.local):
    """A pair of packers for each thread: one must not be used by two, and making one is not free."""

    def __init__(self) -> None:
        self.strict = msgpack.Packer(datetime=True, default=_plain)
        # Half a UTF-16 pair is legal in JSON; the fast packer refuses it, and no server must break a task.
        self.lenient = msgpack.Packer(datetime=True, default=_plain, unicode_errors="surrogatepass")


def _plain(value: object) -> object:
    match value:
        case Mapping():
            return dict(value)
        case datetime() if value.tzinfo is None:
            raise TypeError(f"the time {value} needs its zone")
        case datetime():  # of a class derived from it: the packer takes over only the class itself
            return msgpack.Timestamp.from_datetime(value)
        case int():
            raise TypeError("a number in it is longer than 64 bits")
        case _:
            raise TypeError(f"a value of type {type(value).__name__} is not a plain one")


_packers = _Packers()


# --- the fields of each kind in the order in which they are stored


def _simple(
    record_type: type[R],
    names: tuple[str, ...],
    steps: tuple[Callable[[Fields], Fields], ...] = (),
    **made_of: Callable[[Any], Any],
) -> Kind[R]:
    """The kind of a flat record; `made_of` makes a field of what msgpack gives back for it."""

    def record(fields: Fields) -> R:
        values = dict(zip(names, fields, strict=True))
        for name, make in made_of.items():
            values[name] = make(values[name])
        return record_type(**values)

    return Kind(record_type.__name__, attrgetter(*names), record, steps)


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
        [_message_fields(message) for message in task.messages],
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
        messages=tuple([_message_from(message) for message in messages]),
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


def _message_fields(message: Message) -> Fields:
    return (
        message.key,
        message.args,
        message.detail,
        message.resolution_here,
        message.properties,
        message.at,
        message.mention and (message.mention.task, message.mention.owner, message.mention.parent),
    )


def _message_from(fields: Fields) -> Message:
    key, args, detail, resolution_here, properties, at, mention = fields
    return Message(
        key,
        tuple(args),
        detail,
        resolution_here,
        tuple(properties),
        at,
        mention and Mention(task=mention[0], owner=mention[1], parent=mention[2]),
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
        [_message_fields(message) for message in result.messages],
        result.source and (_SOURCE.version, *_SOURCE.fields(result.source)),
    )


def _result_from(fields: Fields) -> Result:
    http_status, messages, source = fields
    return Result(
        http_status=http_status,
        messages=tuple([_message_from(message) for message in messages]),
        source=source and _read(_SOURCE, source[0], source[1:]),
    )


def _no_retry(fields: Fields) -> Fields:
    """Version 3 of a Task: it may do another again, and be done again. Before that, none was."""
    return (*fields, None, None)


def _never_answered(fields: Fields) -> Fields:
    """Version 4 of a Task: it says when its monitor first gave the final answer. Before, nobody noted it."""
    return (*fields, None)


_SOURCE = _simple(
    Source,
    ("id", "revision", "host", "address", "user_name", "password", "systems", "added"),
    systems=tuple,
)

KINDS: dict[type, Kind[Any]] = {
    Task: Kind("Task", _task_fields, _task_from, (_messages_mention, _no_retry, _never_answered)),
    Account: _simple(
        Account,
        ("id", "revision", "name", "role", "password_hash", "created", "enabled", "password_change_required",
         "locked"),
        # version 2: accounts can be disabled, locked, and made to change their password
        (lambda fields: (*fields, True, False, None),),
    ),
    Role: _simple(
        Role,
        ("id", "revision", "privileges"),
        privileges=lambda values: tuple([_PRIVILEGES[value] for value in values]),
    ),
    Session: _simple(
        Session,
        ("id", "revision", "account", "user_name", "token_hash", "created", "last_used", "origin"),
    ),
    Source: _SOURCE,
    System: _simple(
        System,
        ("id", "revision", "source", "path", "name", "uuid", "manufacturer", "model", "serial_number",
         "reset_uri", "reset_types", "power_state", "last_reset", "seen"),
        reset_types=lambda values: tuple([_RESET_TYPES[value] for value in values]),
        power_state=_POWER_STATES.__getitem__,
    ),
    Aggregate: _simple(Aggregate, ("id", "revision", "elements", "created"), elements=tuple),
    ServiceSettings: _simple(ServiceSettings, ("id", "revision", "values")),
    RequestKey: _simple(RequestKey, ("id", "revision", "task", "fingerprint", "at")),
}  # fmt: skip
