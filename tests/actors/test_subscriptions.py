"""Subscriptions: made, seen, changed and removed by who may, and each change stored before it holds."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from actors import (
    ChangedError,
    InvalidRequestError,
    NewSubscription,
    NotAllowedError,
    NotFoundError,
    RetryPolicy,
    SubscriptionChange,
    TestMessage,
)
from actors.access.records import AccountId
from actors.events.changes import LONGEST_CONTEXT, MOST_HEADERS
from actors.events.events import Outside, open_deliveries
from actors.events.feed import Feed
from actors.events.limits import EventLimits
from actors.events.records import BEGINNING, EventNumber, ResourceType
from actors.events.retries import ATTEMPTS, INTERVAL
from actors.events.service import Events
from actors.settings.kept import KeptSettings
from actors.tasks.ports import Emit
from store.memory import MemoryStore
from tests.actors.house import ADMIN, HeldClock, PlainVault, viewer
from tests.actors.listening import ScriptedDestinations, render_plainly
from tests.store.records import an_event

OPERATOR, OTHER = viewer("op", "Operator"), viewer("other", "Operator")
NEW = NewSubscription(destination="https://listener.example/events")
KEY = "a key of enough length"


def fail(name: str) -> None:
    raise AssertionError(f"{name} failed")


class Office:
    """The service of events, with a feed that the test fills."""

    def __init__(self, store: MemoryStore, feed: Feed, destinations: ScriptedDestinations) -> None:
        self.store = store
        self.clock = HeldClock()
        self.feed = feed
        self.destinations = destinations
        self.events: Events


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    store = MemoryStore()
    await store.commit(Emit([an_event(number, at=HeldClock().now()) for number in range(4)]))
    async with AsyncExitStack() as stack:
        office = Office(store, Feed(store, EventNumber(4)), ScriptedDestinations())
        outside = Outside(
            store=store,
            clock=office.clock,
            vault=PlainVault(),
            destinations=office.destinations,
            render=render_plainly,
        )
        limits = EventLimits(max_subscriptions=3)
        kept = await KeptSettings.load(store)
        deliveries = await open_deliveries(outside, office.feed, lambda _: None, kept, limits, stack, fail)
        office.events = deliveries.events
        yield office


async def test_one_is_stored_with_all_that_was_asked_for_and_its_secrets_sealed(office: Office) -> None:
    new = replace(
        NEW,
        context="mine",
        retry_policy=RetryPolicy.SUSPEND,
        verify_certificate=False,
        include_origin=True,
        headers={"Authorization": "Bearer swordfish", "X-Site": ""},
        signing_key=KEY,
    )
    made = await office.events.subscribe(new, OPERATOR)
    assert await office.store.subscriptions() == [made]
    assert (made.owner, made.destination, made.context) == (OPERATOR.account, NEW.destination, "mine")
    assert (made.retry_policy, made.verify_certificate, made.include_origin) == (
        "SuspendRetries",
        False,
        True,
    )
    assert made.after == 4, "it begins with what comes next"
    assert made.headers is not None
    assert made.signing_key is not None
    assert b"swordfish" not in made.headers
    assert PlainVault().unseal(made.signing_key) == KEY
    assert "swordfish" not in repr(new)
    assert KEY not in repr(new)


async def test_who_may_see_one_is_its_owner_and_who_manages_accounts(office: Office) -> None:
    events = office.events
    mine, theirs = await events.subscribe(NEW, OPERATOR), await events.subscribe(NEW, OTHER)
    assert events.subscriptions(OPERATOR) == [mine]
    assert events.subscriptions(ADMIN) == [mine, theirs]
    assert events.subscription(mine.id, ADMIN) == mine
    for act in (
        events.change(theirs.id, SubscriptionChange(context="stolen"), OPERATOR),
        events.unsubscribe(theirs.id, OPERATOR),
        events.suspend(theirs.id, OPERATOR),
        events.resume(theirs.id, OPERATOR),
    ):
        with pytest.raises(NotAllowedError):
            await act
    with pytest.raises(NotAllowedError):
        events.subscription(theirs.id, OPERATOR)
    with pytest.raises(NotFoundError):
        events.subscription("none", ADMIN)
    assert await office.store.subscriptions() == [mine, theirs]


async def test_there_are_no_more_than_may_be_however_many_ask_at_once(office: Office) -> None:
    outcomes = await asyncio.gather(
        *(office.events.subscribe(NEW, OPERATOR) for _ in range(5)), return_exceptions=True
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, NotAllowedError)]
    assert len(refused) == 2
    assert "max_subscriptions allows 3" in str(refused[0])
    assert len(await office.store.subscriptions()) == 3


@pytest.mark.parametrize(
    ("wrong", "about", "says"),
    [
        ({"destination": "https://x/" + "a" * 3000}, "Destination", "2048"),
        ({"context": "c" * (LONGEST_CONTEXT + 1)}, "Context", "4096"),
        ({"headers": {"Evil\r\nX": "1"}}, "HttpHeaders", "character"),
        ({"headers": {"": "1"}}, "HttpHeaders", "character"),
        ({"headers": {"X-A": "swordfish\r\nHost: other"}}, "HttpHeaders", "X-A"),
        ({"headers": {"X-A": "swordfish\n"}}, "HttpHeaders", "X-A"),
        ({"headers": {"X-A": "swordfish\0"}}, "HttpHeaders", "X-A"),
        ({"headers": {"X-A": " swordfish"}}, "HttpHeaders", "X-A"),
        ({"headers": {"HOST": "swordfish"}}, "HttpHeaders", "HOST"),
        ({"headers": {"Content-Length": "0"}}, "HttpHeaders", "Content-Length"),
        ({"headers": {"transfer-encoding": "chunked"}}, "HttpHeaders", "transfer-encoding"),
        ({"headers": {"Connection": "close"}}, "HttpHeaders", "Connection"),
        ({"headers": {"X-Taskmon-Signature": "sha256=0"}}, "HttpHeaders", "X-Taskmon-Signature"),
        ({"headers": {"X-A": "1", "x-a": "2"}}, "HttpHeaders", "twice"),
        ({"headers": {f"X-{n}": "1" for n in range(MOST_HEADERS + 1)}}, "HttpHeaders", "32"),
        ({"headers": {"X-A": "v" * 9000}}, "HttpHeaders", "8192"),
        ({"signing_key": "swordfish"}, "Oem/Taskmon/SigningKey", "16"),
    ],
)
async def test_what_will_not_do_is_refused_by_its_name_and_no_secret_is_repeated(
    office: Office, wrong: Mapping[str, object], about: str, says: str
) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        await office.events.subscribe(replace(NEW, **wrong), OPERATOR)  # type: ignore[arg-type]
    (message,) = refused.value.messages
    assert message.properties == (about,)
    assert says in message.text
    assert "swordfish" not in message.text
    assert await office.store.subscriptions() == []


async def test_a_destination_that_may_not_be_is_refused_with_the_reason(office: Office) -> None:
    office.destinations.why = "No listener may be at 169.254.169.254."
    with pytest.raises(InvalidRequestError, match=r"169\.254\.169\.254"):
        await office.events.subscribe(NEW, OPERATOR)


async def test_a_change_is_all_or_nothing_and_for_the_revision_that_it_was_meant_for(office: Office) -> None:
    events = office.events
    made = await events.subscribe(replace(NEW, headers={"X-A": "1"}, signing_key=KEY), OPERATOR)
    changed = await events.change(made.id, SubscriptionChange(context="new", signing_key=""), OPERATOR, 1)
    assert changed == replace(made, revision=2, context="new", signing_key=None)
    with pytest.raises(ChangedError):
        await events.change(made.id, SubscriptionChange(context="newer"), OPERATOR, 1)
    with pytest.raises(InvalidRequestError):
        await events.change(made.id, SubscriptionChange(context="newer", headers={"Host": "x"}), OPERATOR)
    with pytest.raises(ChangedError):
        await events.unsubscribe(made.id, OPERATOR, 1)
    assert await office.store.subscriptions() == [changed]
    assert (await events.change(made.id, SubscriptionChange(headers={}), ADMIN)).headers is None
    await events.unsubscribe(made.id, OPERATOR, 3)
    assert await office.store.subscriptions() == []
    with pytest.raises(NotFoundError):
        await events.unsubscribe(made.id, OPERATOR)


async def test_one_that_is_resumed_goes_on_with_what_is_young_enough(office: Office) -> None:
    events, store, clock = office.events, office.store, office.clock
    made = await events.subscribe(NEW, OPERATOR)
    assert made.after == 4

    async def after(since: timedelta | None) -> int:
        await events.suspend(made.id, OPERATOR)
        await events.suspend(made.id, OPERATOR)  # which changes nothing
        suspended = events.subscription(made.id, OPERATOR)
        assert (suspended.suspended, suspended.suspended_why) == (True, "")
        await events.resume(made.id, OPERATOR, since)
        resumed = events.subscription(made.id, OPERATOR)
        assert (resumed.suspended, resumed.revision) == (False, suspended.revision + 1)
        await events.resume(made.id, OPERATOR, timedelta(0))  # which changes nothing
        assert await store.subscriptions() == [resumed]
        return resumed.after

    for _ in range(3):
        clock.move(100)
        await store.commit(Emit([an_event(0, at=clock.now())]))
    office.feed.add(await store.events_after(EventNumber(4), 10))
    assert await after(None) == 4
    assert await after(timedelta(days=10**6)) == 4
    assert await after(timedelta(seconds=150)) == 5
    assert await after(timedelta(seconds=50)) == 6
    assert await after(timedelta(0)) == 7
    assert await after(timedelta(days=1)) == 7, "it does not go back behind where it was"


async def test_how_far_one_has_been_told_is_seen(office: Office) -> None:
    made = await office.events.subscribe(NEW, OPERATOR)
    await office.store.commit(Emit([an_event(1), an_event(2)]))
    office.feed.add(await office.store.events_after(EventNumber(4), 10))
    state = office.events.delivery(made.id)
    assert (state.told, state.pending, state.failed, state.delivered) == (4, 2, 0, 0)
    assert office.events.pending == 2
    await office.events.suspend(made.id, OPERATOR)
    assert office.events.pending == 0
    with pytest.raises(NotFoundError):
        office.events.delivery(type(made.id)("none"))


async def test_a_test_event_goes_into_the_outbox(office: Office) -> None:
    message = TestMessage(message_id="Taskmon.1.0.TestEvent", text="Hello.", event_id="7")
    await office.events.submit_test(message, "", OPERATOR)
    await office.events.submit_test(message, "/redfish/v1/Systems/1", OPERATOR)
    found = [entry.event for entry in await office.store.events_after(EventNumber(4), 10)]
    assert [event.origin for event in found] == ["/redfish/v1/EventService", "/redfish/v1/Systems/1"]
    for event in found:
        assert (event.message, event.owner) == (message, None)
        assert event.resource_type is ResourceType.EVENT_SERVICE


async def test_the_subscriptions_of_an_account_go_with_it(office: Office) -> None:
    kept = await office.events.subscribe(NEW, OTHER)
    for _ in range(2):
        await office.events.subscribe(NEW, OPERATOR)
    await office.events.forget_account(OPERATOR.account)
    await office.events.forget_account(AccountId("nobody"))
    assert await office.store.subscriptions() == [kept]
    await office.store.close()
    await office.events.forget_account(OTHER.account)  # which is said in the log, and fails nobody


async def test_the_settings_of_retries_are_at_once_in_effect(office: Office) -> None:
    events = office.events
    assert (events.retry_attempts, events.retry_interval) == (3, 60)
    events.apply({ATTEMPTS: 5})
    events.apply({INTERVAL: 7, ATTEMPTS: 0})
    assert (events.retry_attempts, events.retry_interval) == (0, 7)
    assert office.feed.beginning == BEGINNING + 4
