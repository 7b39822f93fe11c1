"""Records as bytes: exact, versioned, and refused with a sentence when they cannot be read."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

import msgpack  # type: ignore[import-untyped]
import pytest
from hypothesis import given

from actors.access.records import Account
from actors.events.records import Event
from actors.inventory.records import AS_SET, Source, System
from actors.tasks.errors import StoreUnavailableError
from actors.tasks.messages import Mention, Message
from actors.tasks.payload import Payload
from actors.tasks.ports import Record
from actors.tasks.task import Abort, Result, Task
from store import codec
from store.codec import KINDS, RecordUnreadableError, decode, encode
from store.event_codec import decode_event, encode_event
from store.packing import Fields, Kind
from tests.store.records import (
    NOON,
    OWNER,
    a_delivery,
    a_request_key,
    a_role,
    a_session,
    a_source,
    a_subscription,
    a_system,
    a_task,
    an_account,
    an_aggregate,
    events,
    later,
    records,
    some_settings,
)

ONE_OF_EACH: list[Record] = [
    a_task(),
    an_account("ann"),
    a_role(),
    a_session(),
    a_source("bmc:443"),
    a_system(),
    an_aggregate(),
    some_settings(),
    a_request_key(a_task().id),
    a_subscription(),
    a_delivery(a_subscription().id),
]


@given(records)
def test_every_record_comes_back_as_it_was(record: Record) -> None:
    assert decode(type(record), encode(record)) == record


@given(events)
def test_every_event_comes_back_as_it_was(event: Event) -> None:
    assert decode_event(encode_event(event)) == event


def test_there_is_a_record_of_each_kind_here() -> None:
    assert {type(record) for record in ONE_OF_EACH} == set(KINDS)


@pytest.mark.parametrize("record", ONE_OF_EACH, ids=lambda record: type(record).__name__)
def test_the_version_comes_first_and_every_field_is_stored(record: Record) -> None:
    version, *stored = msgpack.unpackb(encode(record), timestamp=3)
    assert version == KINDS[type(record)].version
    assert len(stored) == len(fields(record))


def test_every_field_of_what_is_inside_a_task_is_stored() -> None:
    mention = Mention(task="task7", owner=OWNER)
    message = Message("Success", detail="So it was.", at=NOON, mention=mention)
    task = replace(
        a_task(),
        messages=(message,),
        abort=Abort(by="ann", at=NOON),
        result=Result(http_status=201, messages=(message,), source=a_source("bmc:443")),
    )
    _, *stored = msgpack.unpackb(encode(task), timestamp=3)
    names = [field.name for field in fields(Task)]
    inside = {name: value for name, value in zip(names, stored, strict=True) if isinstance(value, list)}
    assert len(inside["payload"]) == len(fields(Payload))
    assert len(inside["messages"][0]) == len(fields(Message))
    assert len(inside["messages"][0][-1]) == len(fields(Mention))
    assert len(inside["abort"]) == len(fields(Abort))
    assert len(inside["result"]) == len(fields(Result))
    assert len(inside["result"][2]) == 1 + len(fields(Source))


def test_a_time_is_exact_and_comes_back_as_utc() -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    moment = datetime(2026, 12, 31, 23, 59, 59, 999999, india)
    kept = decode(Task, encode(replace(a_task(), started=moment)))
    assert kept.started == moment
    assert kept.started.utcoffset() == timedelta()
    assert kept.started.microsecond == 999999


class Moment(datetime):
    """A time of a class of its own, as libraries that hold or correct the time hand them out."""


@pytest.mark.parametrize("year", [1, 1969, 2026, 9999])
def test_a_time_of_a_derived_class_is_stored_as_the_time_it_is(year: int) -> None:
    moment = (year, 12, 31, 23, 59, 59, 999999, UTC)
    derived, plain = (replace(a_task(), started=kind(*moment)) for kind in (Moment, datetime))
    stored = encode(derived)
    assert stored == encode(replace(plain, id=derived.id))
    assert type(decode(Task, stored).started) is datetime


def test_any_mapping_will_do_as_input() -> None:
    task = replace(a_task(), input=MappingProxyType({"inner": MappingProxyType({"a": 1})}))
    assert decode(Task, encode(task)).input == {"inner": {"a": 1}}


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        (replace(a_task(), started=datetime(2026, 1, 1)), "needs its zone"),  # noqa: DTZ001 - the point
        (replace(a_task(), started=Moment(2026, 1, 1)), "needs its zone"),
        (replace(a_task(), input={"number": 2**64}), "longer than 64 bits"),
        (replace(a_task(), input={"odd": {1}}), "type set"),
        (replace(a_task(), input={"odd": object()}), "type object"),
    ],
)
def test_what_cannot_be_stored_is_named(bad: Task, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as told:
        encode(bad)
    assert str(bad.id) in str(told.value)
    # and what comes next is none the worse for it
    assert decode(Task, encode(a_task())).operation == "reset"


def test_a_task_is_compact() -> None:
    assert len(encode(a_task())) < 300


# --- versions


def test_a_newer_version_is_refused_with_a_sentence() -> None:
    _, *stored = msgpack.unpackb(encode(an_account("ann")), timestamp=3)
    newer = msgpack.packb([3, *stored, "a field of later"], datetime=True)
    with pytest.raises(RecordUnreadableError, match=r"Account has version 3 .* up to version 2\. Start"):
        decode(Account, newer)


def test_a_newer_source_inside_a_result_is_refused_too() -> None:
    task = replace(a_task(), result=Result(http_status=201, source=a_source("bmc:443")))
    version, *stored = msgpack.unpackb(encode(task), timestamp=3)
    (result,) = (field for field in stored if isinstance(field, list) and field[:1] == [201])
    result[2][0] = 7
    with pytest.raises(RecordUnreadableError, match="Source has version 7"):
        decode(Task, msgpack.packb([version, *stored], datetime=True))


def test_a_task_from_before_there_was_a_retry_has_none() -> None:
    task = a_task()
    version, *stored = msgpack.unpackb(encode(task), timestamp=3)
    assert version == 4
    assert decode(Task, msgpack.packb([2, *stored[:-3]], datetime=True)) == task


def test_a_source_of_the_first_version_is_trusted_as_is_set_for_all() -> None:
    source = a_source("bmc:443")
    fields = [source.id, 1, source.host, source.address, source.user_name, source.password, [], source.added]
    assert decode(Source, msgpack.packb([1, *fields], datetime=True)) == source
    assert source.trust == AS_SET


def test_an_account_of_the_first_version_is_enabled_and_open() -> None:
    ann = an_account("ann")
    first = msgpack.packb([1, ann.id, 1, "ann", ann.role, ann.password_hash, NOON], datetime=True)
    assert decode(Account, first) == ann
    assert (ann.enabled, ann.password_change_required, ann.locked) == (True, False, None)


def test_old_records_get_what_later_versions_added(monkeypatch: pytest.MonkeyPatch) -> None:
    # As if `role` had come with version 2, and been renamed for everybody in version 3.
    def role_came(old: Fields) -> Fields:
        return [*old, "operator"]

    def roles_got_capitals(old: Fields) -> Fields:
        return [*old[:-1], old[-1].capitalize()]

    def account(stored: Fields) -> Account:
        account_id, revision, name, password_hash, created, role = stored
        return Account(
            id=account_id,
            revision=revision,
            name=name,
            role=role,
            password_hash=password_hash,
            created=created,
        )

    def stored_fields(of: Account) -> Fields:
        return (of.id, of.revision, of.name, of.password_hash, of.created, of.role)

    kind = Kind("Account", stored_fields, account, (role_came, roles_got_capitals))
    monkeypatch.setitem(codec.KINDS, Account, kind)
    ann = an_account("ann")
    first = msgpack.packb([1, ann.id, 1, "ann", ann.password_hash, NOON], datetime=True)
    second = msgpack.packb([2, ann.id, 1, "ann", ann.password_hash, NOON, "readOnly"], datetime=True)
    assert decode(Account, first) == ann
    assert decode(Account, second).role == "Readonly"
    assert decode(Account, encode(replace(ann, role="Auditor"))).role == "Auditor"
    assert msgpack.unpackb(encode(ann), timestamp=3)[0] == 3


def test_a_task_from_before_messages_could_mention_others_is_read() -> None:
    messages = (Message("Success", at=NOON), Message("TaskStarted", ("task1",), detail="So it was."))
    for result in (None, Result(http_status=200, messages=messages)):
        task = replace(a_task(), messages=messages, result=result)
        _, *stored = msgpack.unpackb(encode(task), timestamp=3)
        for told in (stored[15], stored[18][1] if result else []):
            for message in told:
                assert message.pop() is None
        assert decode(Task, msgpack.packb([1, *stored[:-3]], datetime=True)) == task


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\xc1",
        encode(an_account("ann"))[:-3],
        encode(an_account("ann")) + b"\x00",
        encode(an_aggregate()),
        msgpack.packb("text"),
        msgpack.packb(["1"]),
        msgpack.packb([0]),
        msgpack.packb([1]),
    ],
)
def test_damage_is_told_as_such(damage: bytes) -> None:
    with pytest.raises(RecordUnreadableError) as told:
        decode(Account, damage)
    assert isinstance(told.value, StoreUnavailableError)
    assert "stored Account" in str(told.value)


def test_a_value_of_no_enumeration_is_damage() -> None:
    system = a_system()
    version, *stored = msgpack.unpackb(encode(replace(system, seen=later(1))), timestamp=3)
    stored[11] = "Exploded"
    with pytest.raises(RecordUnreadableError, match="Exploded"):
        decode(System, msgpack.packb([version, *stored], datetime=True))
