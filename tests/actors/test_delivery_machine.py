"""Deliveries, driven at random: each subscription gets what it is for at least once, in order, with the same
EventIds, and is told of what it cannot get any more."""

import json
from dataclasses import replace
from datetime import timedelta

import pykka
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from actors import EventChoice, RetryPolicy, Subscription, SubscriptionId, Viewer
from actors.events.ports import EventPost
from actors.events.records import Delivery
from actors.tasks.errors import NotDeliveredError
from actors.tasks.ports import Change
from tests.actors.failing_store import once, saves
from tests.actors.listening import never_answers
from tests.actors.post_office import NEW, OPERATOR, OTHER, PostOffice

BATCH = 5
INTERVAL = 30
MOST = 4
"""Subscriptions at once."""
PICKS = st.integers(0, 20)
OWNERS = st.sampled_from([OPERATOR, OTHER, None])
POLICIES = st.sampled_from([RetryPolicy.SUSPEND, RetryPolicy.FOREVER, RetryPolicy.BACKOFF])
MOODS = st.sampled_from(["takes", "takes and fails", "refuses", "hangs"])


def is_place(changes: tuple[Change, ...]) -> bool:
    """Whether these changes save how far a subscription is, and nothing else."""
    return len(changes) == 1 and saves(Delivery)(changes)


class Heard:
    """What one listener has been told, and what it ought to be told."""

    def __init__(self, made: Subscription, owner: Viewer, after: int) -> None:
        self.made = made
        self.owner = owner
        self.mood = "takes"
        self.due = after
        """Events from behind this number on are for it."""
        self.excused: set[int] = set()
        """Those that it was resumed behind."""
        self.numbers: list[int] = []
        """The EventIds in the order of their coming, without repeats."""
        self.lost: set[int] = set()
        """Those of which it was told that they are lost."""

    def hear(self, event: dict[str, str]) -> None:
        number = int(event["EventId"])
        if event["MessageId"].endswith("EventsLost"):
            first, last = map(int, event["MessageArgs"])
            assert last == number, "the message about a loss is called by the last of it"
            self.lost |= set(range(first, last + 1))
            return
        if number in self.numbers:
            return
        assert not self.numbers or number > self.numbers[-1], "out of order"
        self.numbers.append(number)


class DeliveryMachine(RuleBasedStateMachine):
    """Listeners, the disk and the process itself do what they like."""

    @initialize()
    def begin(self) -> None:
        self.office = PostOffice(delivery_batch=BATCH, retry_attempts=1, retry_interval=INTERVAL)
        self.office.destinations.does = self.hears
        self.emitted: dict[int, tuple[str, Viewer | None]] = {}
        """The events by their numbers: what they tell, and whose they are."""
        self.forgotten = 0
        self.listeners: dict[str, Heard] = {}

    async def hears(self, post: EventPost) -> None:
        heard = self.listeners[post.url]
        assert not self.is_suspended(heard), "nothing goes to one that is suspended"
        if heard.mood == "refuses":
            raise NotDeliveredError("It refuses.", "Refused")
        if heard.mood == "hangs":
            await never_answers(post)
        events = json.loads(post.body)["Events"]
        assert 0 < len(events) <= BATCH
        for event in events:
            heard.hear(event)
            if not event["MessageId"].endswith("EventsLost"):
                name, owner = self.emitted[int(event["EventId"])]
                assert event["MessageArgs"] == [name], "the same number is the same event"
                assert owner in (None, heard.owner), "it is told of what its owner may not see"
        if heard.mood == "takes and fails":
            raise NotDeliveredError("It has answered 500, after it had taken them.", "Refused")

    def is_suspended(self, heard: Heard) -> bool:
        return self.known(heard).suspended

    def known(self, heard: Heard) -> Subscription:
        return self.office.parts.events.subscription(heard.made.id, heard.owner)

    def picked(self, pick: int) -> Heard:
        return list(self.listeners.values())[pick % len(self.listeners)]

    # --- what happens

    @rule(owner=st.sampled_from([OPERATOR, OTHER]), policy=POLICIES)
    @precondition(lambda self: len(self.listeners) < MOST)
    def subscribe(self, owner: Viewer, policy: RetryPolicy) -> None:
        url = f"https://listener{len(self.listeners)}/"
        new = replace(
            NEW, destination=url, retry_policy=policy, choice=EventChoice(registries=("TaskEvent",))
        )
        made = self.office.subscribe(new, owner)
        self.listeners[url] = Heard(made, owner, len(self.emitted))

    @rule(owners=st.lists(OWNERS, min_size=1, max_size=2 * BATCH))
    def emit(self, owners: list[Viewer | None]) -> None:
        """One commit with events of these owners."""
        events = []
        for owner in owners:
            number = len(self.emitted) + 1
            self.emitted[number] = (f"task{number}", owner)
            events.append((f"task{number}", owner))
        self.office.emit_all(events)

    @rule(pick=PICKS, mood=MOODS)
    @precondition(lambda self: self.listeners)
    def change_mood(self, pick: int, mood: str) -> None:
        self.picked(pick).mood = mood

    @rule(seconds=st.sampled_from([0.0, 0.1, 1.0, 25.0, 70.0]))
    def pass_time(self, seconds: float) -> None:
        self.office.pass_time(seconds)

    @rule()
    def kill(self) -> None:
        """At any moment: what hangs is cut off, and what is not stored is lost."""
        self.office.restart()

    @rule()
    def stop(self) -> None:
        self.office.stop()
        self.office.start()

    @rule()
    def lose_a_commit(self) -> None:
        """The next place is not stored."""
        self.office.store.refuses = once(is_place)

    @rule()
    def doubt_a_commit(self) -> None:
        """The next place is stored, and nobody knows."""
        self.office.store.stores_and_refuses = once(is_place)

    @rule(pick=PICKS)
    @precondition(lambda self: self.listeners)
    def suspend(self, pick: int) -> None:
        heard = self.picked(pick)
        self.office.do(self.office.parts.events.suspend(heard.made.id, heard.owner))

    @rule(pick=PICKS, all_of_it=st.booleans())
    @precondition(lambda self: self.listeners)
    def resume(self, pick: int, all_of_it: bool) -> None:
        heard = self.picked(pick)
        if not all_of_it and self.is_suspended(heard):
            heard.excused |= set(self.emitted)
        since = None if all_of_it else timedelta(0)
        self.office.do(self.office.parts.events.resume(heard.made.id, heard.owner, since))

    @rule(back=st.integers(0, 12))
    def forget(self, back: int) -> None:
        """The outbox loses what is older; the newest it keeps."""
        up_to = max(0, len(self.emitted) - 1 - back)
        if up_to > self.forgotten:
            self.forgotten = up_to
            self.office.forget(up_to)

    # --- what holds

    @invariant()
    def nobody_is_told_what_is_not_for_him(self) -> None:
        for heard in self.listeners.values():
            assert all(number > heard.due for number in heard.numbers)

    @invariant()
    def nothing_is_held_for_anybody(self) -> None:
        if self.listeners:
            assert len(self.office.parts.team.refs) == len(self.listeners)

    def teardown(self) -> None:
        if not hasattr(self, "office"):
            return
        try:
            self.all_is_well()
            for heard in self.listeners.values():
                self.has_all(heard)
        finally:
            self.office.close()
            assert pykka.ActorRegistry.get_all() == []

    def all_is_well(self) -> None:
        """Everybody listens again, for as long as the longest pause."""
        self.office.store.refuses = self.office.store.stores_and_refuses = lambda _: False
        for heard in self.listeners.values():
            heard.mood = "takes"
        self.office.pass_time(0)
        self.office.restart()  # what hangs has been given up
        for heard in self.listeners.values():
            self.office.do(self.office.parts.events.resume(heard.made.id, heard.owner))
        self.office.pass_time(3600 + 60)

    def has_all(self, heard: Heard) -> None:
        due = {
            number
            for number, (_, owner) in self.emitted.items()
            if number > heard.due and owner in (None, heard.owner)
        }
        missing = due - set(heard.numbers) - heard.excused
        assert missing <= heard.lost, f"{missing - heard.lost} never came, and nobody said so"
        assert all(number <= self.forgotten for number in missing), "lost, and still in the outbox"
        state = self.office.parts.events.delivery(SubscriptionId(heard.made.id))
        assert (state.pending, state.failed) == (0, 0)


TestDeliveries = DeliveryMachine.TestCase
TestDeliveries.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, derandomize=True, print_blob=False
)
