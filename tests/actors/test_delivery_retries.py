"""What is tried again and when, by each of the four policies, and what suspending and resuming do."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from actors import ATTEMPTS, EVENT_SERVICE, INTERVAL, NotFoundError, RetryPolicy, SubscriptionChange
from actors.events.ports import EventPost
from actors.events.retries import LONGEST_BACKOFF
from actors.tasks.errors import NotDeliveredError
from tests.actors.failing_store import once
from tests.actors.listening import never_answers, refuses
from tests.actors.post_office import NEW, OPERATOR, URL, PostOffice, names

HOUR, DAY = 3600.0, 86_400.0


class Office(PostOffice):
    """One whose listener refuses everything, and notes when it did."""

    def __init__(self) -> None:
        super().__init__(retry_attempts=3, retry_interval=60)
        self.times: list[float] = []
        self.refuse()

    def refuse(self) -> None:
        async def does(post: EventPost) -> None:
            self.times.append(self.loop.time())
            await refuses(post)

        self.destinations.does = does

    def take(self) -> None:
        async def does(_: EventPost) -> None:
            self.times.append(self.loop.time())

        self.destinations.does = does

    @property
    def pauses(self) -> list[float]:
        return [round(after - before, 1) for before, after in zip(self.times, self.times[1:], strict=False)]


@pytest.fixture
def office() -> Iterator[Office]:
    office = Office()
    yield office
    office.close()


def test_terminate_after_retries_removes_the_subscription(office: Office) -> None:
    made = office.subscribe(replace(NEW, retry_policy=RetryPolicy.TERMINATE))
    office.emit("a")
    office.pass_time(3 * 60 - 1)
    state = office.parts.events.delivery(made.id)
    assert (state.failed, state.pending) == (3, 1)
    assert "HTTP status 500" in state.last_error
    assert state.last_failure is not None
    office.pass_time(DAY)
    assert office.pauses == [60.0, 60.0, 60.0], "one attempt, and three retries"
    with pytest.raises(NotFoundError):
        office.parts.events.subscription(made.id, OPERATOR)
    assert office.do(office.store.subscriptions()) == []
    assert office.do(office.store.deliveries()) == []
    assert office.parts.events.counts.ended == {"removed": 1}
    assert office.parts.events.counts.failures == {"Refused": 4}


def test_suspend_retries_suspends_it_and_it_can_be_resumed_with_all_that_it_missed(office: Office) -> None:
    made = office.subscribe(replace(NEW, retry_policy=RetryPolicy.SUSPEND))
    office.emit("a", "b")
    office.pass_time(HOUR)
    assert office.pauses == [60.0, 60.0, 60.0]
    suspended = office.parts.events.subscription(made.id, OPERATOR)
    assert suspended.suspended
    assert "4 attempts" in suspended.suspended_why
    assert "HTTP status 500" in suspended.suspended_why
    assert office.parts.events.counts.ended == {"suspended": 1}
    office.emit("c")
    office.restart()
    office.pass_time(HOUR)
    assert len(office.times) == 4, "nothing is sent to it"
    office.do(office.parts.events.resume(made.id, OPERATOR))
    office.pass_time(HOUR)
    assert len(office.times) == 8, "it has as many attempts as at first"
    office.take()
    office.do(office.parts.events.resume(made.id, OPERATOR))
    office.pass_time(1)
    assert office.told() == ["a", "b", "c"]
    assert office.parts.events.delivery(made.id).last_error == ""


def test_retry_forever_goes_on_at_the_interval(office: Office) -> None:
    office.subscribe(replace(NEW, retry_policy=RetryPolicy.FOREVER))
    office.emit("a")
    office.pass_time(3000)
    assert office.pauses == [60.0] * 50
    office.take()
    office.emit("b")
    office.pass_time(60)
    assert office.told() == ["a", "b"]


def test_retry_forever_with_backoff_waits_longer_each_time_up_to_a_limit(office: Office) -> None:
    office.subscribe(replace(NEW, retry_policy=RetryPolicy.BACKOFF))
    office.emit("a")
    office.pass_time(DAY)
    assert office.pauses[:8] == [60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 3600.0, 3600.0]
    assert max(office.pauses) == LONGEST_BACKOFF
    office.take()
    office.pass_time(3600)
    assert office.told() == ["a"]
    office.refuse()
    office.times.clear()
    office.emit("b")
    office.pass_time(200)
    assert office.pauses == [60.0, 120.0], "after a success they begin anew"


def test_one_success_and_the_attempts_count_anew(office: Office) -> None:
    made = office.subscribe()
    for task in names(range(5)):
        office.refuse()
        office.emit(task)
        office.pass_time(3 * 60 - 10)
        assert office.parts.events.delivery(made.id).failed == 3
        office.take()
        office.pass_time(60)
    assert office.told() == names(range(5))


def test_what_comes_while_one_fails_goes_along_in_order(office: Office) -> None:
    office.subscribe()
    office.emit("a", "b")
    office.pass_time(70)
    office.emit("c")
    office.take()
    office.pass_time(60)
    assert office.told() == ["a", "b", "c"]
    assert office.numbers() == [1, 2, 3]


def test_over_a_restart_the_attempts_and_the_pause_go_on(office: Office) -> None:
    made = office.subscribe()
    office.emit("a")
    for _ in range(6):
        office.pass_time(20)
        office.restart()
    assert office.pauses == [60.0, 60.0]
    assert office.parts.events.delivery(made.id).failed == 3
    office.pass_time(DAY)
    assert office.pauses == [60.0, 60.0, 60.0]


def test_what_clients_set_is_at_once_in_effect(office: Office) -> None:
    office.subscribe(replace(NEW, retry_policy=RetryPolicy.SUSPEND))
    office.emit("a")
    office.pass_time(10)
    office.do(office.kept.change(EVENT_SERVICE, {INTERVAL: 15}))
    office.pass_time(6)
    assert office.pauses == [15.0]
    office.do(office.kept.change(EVENT_SERVICE, {INTERVAL: 1000, ATTEMPTS: 2}))
    office.pass_time(900)
    assert office.pauses == [15.0]
    office.pass_time(DAY)
    assert office.pauses == [15.0, 1000.0]
    office.restart()
    assert (office.parts.events.retry_attempts, office.parts.events.retry_interval) == (2, 1000)


def test_what_a_client_changes_is_tried_at_once(office: Office) -> None:
    made = office.subscribe()
    office.emit("a")
    office.pass_time(10)
    office.take()
    office.do(office.parts.events.change(made.id, SubscriptionChange(headers={"X-Key": "right"}), OPERATOR))
    office.pass_time(0.5)
    assert office.told() == ["a"]


def test_a_policy_that_was_changed_meanwhile_counts(office: Office) -> None:
    made = office.subscribe()
    office.emit("a")
    office.pass_time(170)
    change = SubscriptionChange(retry_policy=RetryPolicy.FOREVER)
    office.do(office.parts.events.change(made.id, change, OPERATOR))
    office.pass_time(DAY)
    assert not office.parts.events.subscription(made.id, OPERATOR).suspended
    assert len(office.times) > 1000


def test_nothing_is_sent_once_it_is_suspended_and_what_was_on_its_way_comes_again(office: Office) -> None:
    made = office.subscribe()
    office.destinations.does = never_answers
    office.emit("a")
    office.pass_time(1)
    office.do(office.parts.events.suspend(made.id, OPERATOR))
    office.take()
    office.emit("b")
    office.pass_time(DAY / 2)
    assert (office.attempts(), office.told()) == (1, [])
    office.do(office.parts.events.resume(made.id, OPERATOR))
    office.pass_time(1)
    assert office.told() == ["a", "b"]


def test_one_can_be_resumed_with_what_is_young_enough_or_with_nothing(office: Office) -> None:
    made = office.subscribe()
    office.take()
    for since, expected in (
        (timedelta(seconds=150), ["t1", "t2"]),
        (timedelta(0), []),
        (None, names(range(3))),
    ):
        office.destinations.taken.clear()
        office.do(office.parts.events.suspend(made.id, OPERATOR))
        for task in names(range(3)):
            office.emit(task)
            office.pass_time(60)
        office.do(office.parts.events.resume(made.id, OPERATOR, since))
        office.pass_time(1)
        assert office.told() == expected
        assert office.parts.events.delivery(made.id).pending == 0


def test_giving_up_waits_for_a_store_that_is_not_there(office: Office) -> None:
    made = office.subscribe(replace(NEW, retry_policy=RetryPolicy.SUSPEND))
    office.emit("a")
    office.pass_time(170)
    office.store.refuses = once(lambda changes: "suspended_why" in repr(changes))
    office.pass_time(20)
    assert not office.parts.events.subscription(made.id, OPERATOR).suspended
    office.pass_time(60)
    assert office.parts.events.subscription(made.id, OPERATOR).suspended


def test_each_kind_of_failure_is_counted(office: Office) -> None:
    kinds = iter(["Unreachable", "TooSlow", "TooSlow"])

    async def does(_: EventPost) -> None:
        if (kind := next(kinds, None)) is not None:
            raise NotDeliveredError("It was not to be.", kind)

    office.destinations.does = does
    office.subscribe()
    office.emit("a")
    office.pass_time(DAY)
    assert office.told() == ["a"]
    assert office.parts.events.counts.failures == {"Unreachable": 1, "TooSlow": 2}
    assert office.attempts(URL) == 4
