"""Records for tests of the store: plain ones made by hand, and any that hypothesis can think of."""

from datetime import UTC, datetime, timedelta
from itertools import count

from hypothesis import strategies as st

from actors.access.records import Account, AccountId, Role, RoleId, Session, SessionId
from actors.access.roles import Privilege
from actors.events.records import (
    Delivery,
    Event,
    EventChoice,
    EventNumber,
    ResourceType,
    RetryPolicy,
    Subscription,
    SubscriptionId,
    TestMessage,
)
from actors.inventory.records import (
    Aggregate,
    AggregateId,
    PowerState,
    ResetType,
    Source,
    SourceId,
    System,
    SystemId,
    Trust,
)
from actors.settings.records import TASK_SERVICE, ServiceName, ServiceSettings
from actors.tasks.catalogue import CATALOGUE, Health
from actors.tasks.messages import Mention, Message
from actors.tasks.payload import Payload
from actors.tasks.request_keys import RequestKey, RequestKeyId
from actors.tasks.states import TaskState
from actors.tasks.task import Abort, Percent, Result, Task, TaskId, new_task_id

NOON = datetime(2026, 3, 4, 12, 0, 0, 123456, UTC)
OWNER = AccountId("account-1")
_numbers = count(1)


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def a_task(
    *, parent: TaskId | None = None, owner: AccountId = OWNER, started: datetime = NOON, revision: int = 1
) -> Task:
    return Task(
        id=new_task_id(),
        revision=revision,
        parent=parent,
        owner=owner,
        operation="reset",
        target="/redfish/v1/Systems/s1.1",
        input={"reset_type": "ForceRestart", "systems": ["s1.1", "s2.1"]},
        payload=Payload(target_uri="/redfish/v1/Systems/s1.1", http_operation="POST", json_body="{}"),
        started=started,
    )


def an_account(name: str, *, account_id: str = "") -> Account:
    return Account(
        id=AccountId(account_id or f"account-{next(_numbers)}"),
        name=name,
        role="Operator",
        password_hash="$argon2id$…",
        created=NOON,
    )


def a_role() -> Role:
    return Role(
        id=RoleId(f"role-{next(_numbers)}"), privileges=(Privilege.LOGIN, Privilege.CONFIGURE_COMPONENTS)
    )


def a_session(*, created: datetime = NOON) -> Session:
    return Session(
        id=SessionId(f"session-{next(_numbers)}"),
        account=OWNER,
        user_name="ann",
        token_hash=b"\x00\xff" * 16,
        created=created,
        last_used=created,
    )


def a_source(address: str) -> Source:
    return Source(
        id=SourceId(f"s{next(_numbers)}"),
        host=address,
        address=address,
        user_name="root",
        password=b"sealed",
        added=NOON,
    )


def a_system() -> System:
    number = next(_numbers)
    return System(
        id=SystemId(f"s{number}.1"),
        source=SourceId(f"s{number}"),
        path="/redfish/v1/Systems/1",
        name="Server",
        reset_types=(ResetType.ON, ResetType.FORCE_OFF),
        power_state=PowerState.ON,
        seen=NOON,
    )


def a_request_key(task: TaskId, *, at: datetime = NOON) -> RequestKey:
    return RequestKey(
        id=RequestKeyId(f"key-{next(_numbers)}"), task=task, fingerprint=b"\x00\xff" * 16, at=at
    )


def a_subscription() -> Subscription:
    return Subscription(
        id=SubscriptionId(f"subscription-{next(_numbers)}"),
        owner=OWNER,
        destination="https://listener:8443/events",
        choice=EventChoice(registries=("TaskEvent",), severities=(Health.OK,)),
        created=NOON,
    )


def a_delivery(subscription: SubscriptionId) -> Delivery:
    return Delivery(id=subscription, told=EventNumber(7))


def an_event(number: int = 1, *, at: datetime = NOON) -> Event:
    return Event(
        message=Message("TaskStarted", (f"task-{number}",)),
        origin=f"/redfish/v1/TaskService/Tasks/task-{number}",
        resource_type=ResourceType.TASK,
        owner=OWNER,
        at=at,
    )


def an_aggregate() -> Aggregate:
    return Aggregate(
        id=AggregateId(f"rack-{next(_numbers)}"), elements=(SystemId("s1.1"), SystemId("s2.1")), created=NOON
    )


# --- any record; every field varies


def some_settings() -> ServiceSettings:
    return ServiceSettings(id=TASK_SERVICE, values={"TaskAutoDeleteTimeoutMinutes": 90})


_texts = st.text(max_size=20)
_any_text = st.one_of(_texts, st.just("\ud800 half a pair"))
_times = st.datetimes(timezones=st.just(UTC))
_revisions = st.integers(1, 2**62)
_plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | _any_text
    | st.binary(max_size=8)
    | _times,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=6,
)


def _tuples(elements: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(elements, max_size=3).map(tuple)


_mentions = st.builds(Mention, task=_texts, owner=_texts.map(AccountId), parent=st.none() | _texts)


@st.composite
def _messages(draw: st.DrawFn) -> Message:
    key = draw(st.sampled_from(sorted(CATALOGUE)))
    wanted = CATALOGUE[key].arguments
    return Message(
        key,
        tuple(draw(st.lists(_any_text, min_size=wanted, max_size=wanted))),
        detail=draw(_any_text),
        resolution_here=draw(_texts),
        properties=draw(_tuples(_texts)),
        at=draw(st.none() | _times),
        mention=draw(st.none() | _mentions),
    )


_payloads = st.builds(
    Payload,
    target_uri=_texts,
    http_operation=_texts,
    http_headers=_tuples(_texts),
    json_body=_any_text,
)
_many_messages = st.lists(_messages(), max_size=3).map(tuple)
_sources = st.builds(
    Source,
    id=_texts.map(SourceId),
    revision=_revisions,
    host=_texts,
    address=_texts,
    user_name=_texts,
    password=st.binary(max_size=40),
    systems=_tuples(_texts),
    added=_times,
    trust=st.builds(Trust, verify=st.none() | st.booleans(), pin=_texts),
)
_results = st.builds(
    Result,
    http_status=st.integers(100, 599),
    messages=_many_messages,
    source=st.none() | _sources,
)
_tasks = st.builds(
    Task,
    id=_texts.map(TaskId),
    revision=_revisions,
    parent=st.none() | _texts.map(TaskId),
    owner=_texts.map(AccountId),
    operation=_texts,
    target=_texts,
    input=st.dictionaries(_texts, _plain, max_size=3),
    checkpoint=_any_text,
    payload=_payloads,
    subtasks=st.integers(0, 10**6),
    state=st.sampled_from(TaskState),
    status=st.sampled_from(Health),
    percent=st.integers(0, 100).map(Percent),
    started=_times,
    ended=st.none() | _times,
    messages=_many_messages,
    messages_dropped=st.integers(0, 10**6),
    abort=st.none() | st.builds(Abort, by=_texts, at=_times, reason=_any_text),
    result=st.none() | _results,
    retry_of=st.none() | _texts.map(TaskId),
    retried_by=st.none() | _texts.map(TaskId),
    answered=st.none() | _times,
)

records = st.one_of(
    st.builds(
        ServiceSettings,
        id=_texts.map(ServiceName),
        revision=_revisions,
        values=st.dictionaries(
            _texts, st.none() | _texts | st.booleans() | st.integers(0, 2**31), max_size=3
        ),
    ),
    _tasks,
    _sources,
    st.builds(
        Account,
        id=_texts.map(AccountId),
        revision=_revisions,
        name=_texts,
        role=_texts,
        password_hash=_texts,
        created=_times,
        enabled=st.booleans(),
        password_change_required=st.booleans(),
        locked=st.none() | _times,
    ),
    st.builds(
        Role,
        id=_texts.map(RoleId),
        revision=_revisions,
        privileges=st.lists(st.sampled_from(Privilege), max_size=6).map(tuple),
    ),
    st.builds(
        Session,
        id=_texts.map(SessionId),
        revision=_revisions,
        account=_texts.map(AccountId),
        user_name=_texts,
        token_hash=st.binary(max_size=32),
        created=_times,
        last_used=_times,
        origin=_texts,
    ),
    st.builds(
        System,
        id=_texts.map(SystemId),
        revision=_revisions,
        source=_texts.map(SourceId),
        path=_texts,
        name=_texts,
        uuid=_texts,
        manufacturer=_texts,
        model=_texts,
        serial_number=_texts,
        reset_uri=_texts,
        reset_types=st.lists(st.sampled_from(ResetType), max_size=4).map(tuple),
        power_state=st.none() | st.sampled_from(PowerState),
        last_reset=_texts,
        seen=_times,
    ),
    st.builds(
        Aggregate,
        id=_texts.map(AggregateId),
        revision=_revisions,
        elements=_tuples(_texts),
        created=_times,
    ),
    st.builds(
        RequestKey,
        id=_texts.map(RequestKeyId),
        revision=_revisions,
        task=_texts.map(TaskId),
        fingerprint=st.binary(max_size=40),
        at=_times,
    ),
    st.builds(
        Subscription,
        id=_texts.map(SubscriptionId),
        revision=_revisions,
        owner=_texts.map(AccountId),
        destination=_texts,
        context=_any_text,
        choice=st.builds(
            EventChoice,
            registries=_tuples(_texts),
            excluded_registries=_tuples(_texts),
            message_ids=_tuples(_texts),
            excluded_message_ids=_tuples(_texts),
            resource_types=_tuples(_texts),
            origins=_tuples(_texts),
            subordinate=st.booleans(),
            event_types=_tuples(_texts),
            severities=st.lists(st.sampled_from(Health), max_size=3).map(tuple),
        ),
        include_origin=st.booleans(),
        retry_policy=st.sampled_from(RetryPolicy),
        verify_certificate=st.booleans(),
        headers=st.none() | st.binary(max_size=40),
        signing_key=st.none() | st.binary(max_size=40),
        suspended=st.booleans(),
        suspended_why=_any_text,
        after=st.integers(0, 2**62).map(EventNumber),
        created=_times,
    ),
    st.builds(
        Delivery,
        id=_texts.map(SubscriptionId),
        revision=_revisions,
        told=st.integers(0, 2**62).map(EventNumber),
        last_success=st.none() | _times,
        last_failure=st.none() | _times,
        last_error=_any_text,
        failed=st.integers(0, 2**31),
        delivered=st.integers(0, 2**62),
    ),
)

events = st.builds(
    Event,
    message=_messages()
    | st.builds(
        TestMessage,
        message_id=_texts,
        args=_tuples(_any_text),
        text=_any_text,
        severity=st.sampled_from(Health),
        event_type=_texts,
        event_id=_texts,
        timestamp=st.none() | _times,
        resolution=_texts,
    ),
    origin=_texts,
    resource_type=st.sampled_from(ResourceType),
    owner=st.none() | _texts.map(AccountId),
    at=_times,
)
