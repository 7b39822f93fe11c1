"""Each subscription is told of what it is for: in order, from its own place on, whatever others do."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import pytest

from actors import Account, EventChoice, Health, NewSubscription, SubscriptionChange, add_account
from actors.events.ports import EventPost, EventRenderer
from actors.events.posting import SIGNATURE, TIMESTAMP, signature
from actors.events.records import Delivery
from actors.events.subscription_actor import SAVED_EVERY
from actors.tasks.errors import KeyUnusableError
from actors.tasks.ports import Change, Remove
from tests.actors.failing_store import once, saves
from tests.actors.house import PlainHasher, PlainVault, a_house, viewer
from tests.actors.listening import never_answers, render_plainly
from tests.actors.post_office import NEW, OPERATOR, OTHER, URL, PostOffice, names


@pytest.fixture
def office() -> Iterator[PostOffice]:
    office = PostOffice(delivery_batch=10)
    yield office
    office.close()


def at(url: str) -> NewSubscription:
    return replace(NEW, destination=url)


def test_one_is_told_of_what_comes_after_it_in_order_by_the_numbers_of_the_outbox(office: PostOffice) -> None:
    office.emit("before")
    made = office.subscribe(replace(NEW, context="mine"))
    office.emit("a", "b")
    office.emit("c")
    office.pass_time(1)
    assert office.told() == ["a", "b", "c"]
    assert office.numbers() == [2, 3, 4]
    assert json.loads(office.destinations.taken[URL][0].body)["Context"] == "mine"
    state = office.parts.events.delivery(made.id)
    assert (state.told, state.pending, state.delivered, state.failed) == (4, 0, 3, 0)
    assert state.last_success is not None
    assert office.stored().told == 4
    counts = office.parts.events.counts
    assert (counts.delivered, counts.requests) == (3, len(office.destinations.taken[URL]))


def test_after_a_restart_it_goes_on_where_it_was(office: PostOffice) -> None:
    office.subscribe()
    office.emit("a", "b")
    office.pass_time(1)
    office.restart()
    office.emit("c")
    office.pass_time(1)
    assert office.told() == ["a", "b", "c"]
    assert office.stored().delivered == 3


def test_what_piles_up_goes_together_in_as_many_requests_as_it_takes(office: PostOffice) -> None:
    office.subscribe()
    for number in range(35):
        office.emit(f"t{number}")
    office.pass_time(2)
    assert office.told() == names(range(35))
    sizes = [len(json.loads(post.body)["Events"]) for post in office.destinations.taken[URL]]
    assert max(sizes) <= 10
    assert len(sizes) <= 6, sizes


def test_what_comes_in_a_moment_goes_together(office: PostOffice) -> None:
    office.subscribe()
    for _ in range(50):
        office.emit("a")
        office.pass_time(0.02)
    office.pass_time(1)
    assert len(office.numbers()) == 50
    assert len(office.destinations.taken[URL]) <= 8


def test_it_is_told_only_of_what_its_owner_may_see_and_wants(office: PostOffice) -> None:
    office.standing[viewer().account] = viewer()
    office.subscribe(at("https://op/"))
    office.subscribe(at("https://admin/"), viewer())
    office.subscribe(replace(at("https://ok/"), choice=EventChoice(severities=(Health.WARNING,))))
    office.emit("mine")
    office.emit("theirs", owner=OTHER)
    office.emit("everybody's", owner=None)
    office.pass_time(1)
    assert office.told("https://op/") == ["mine", "everybody's"]
    assert office.told("https://admin/") == ["mine", "theirs", "everybody's"]
    assert office.attempts("https://ok/") == 0


def test_an_owner_who_may_see_nothing_any_more_is_told_nothing_and_nothing_is_kept_back(
    office: PostOffice,
) -> None:
    made = office.subscribe()
    standing = office.standing.pop(OPERATOR.account)
    office.emit("a")
    office.emit("b", owner=None)
    office.pass_time(1)
    office.standing[OPERATOR.account] = standing
    office.emit("c")
    office.pass_time(1)
    assert office.told() == ["c"]
    assert office.parts.events.delivery(made.id).told == 3


def test_events_for_others_are_passed_without_a_request_and_the_place_is_saved_in_time(
    office: PostOffice,
) -> None:
    made = office.subscribe()
    commits = 0

    def count(changes: tuple[Change, ...]) -> bool:
        nonlocal commits
        commits += saves(Delivery)(changes)
        return False

    office.store.refuses = count
    for _ in range(30):
        office.emit("theirs", owner=OTHER)
    office.pass_time(0)
    assert office.parts.events.delivery(made.id).pending == 0
    assert (office.attempts(), office.stored().told, commits) == (0, 0, 0)
    office.pass_time(SAVED_EVERY)
    assert (office.stored().told, commits) == (30, 1)
    office.pass_time(10 * SAVED_EVERY)
    assert commits == 1, "nothing is saved that is saved already"


def test_one_that_hangs_holds_up_nobody_else_and_keeps_one_request(office: PostOffice) -> None:
    async def does(post: EventPost) -> None:
        if "hangs" in post.url:
            await never_answers(post)

    office.destinations.does = does
    office.subscribe(at("https://hangs/"))
    office.subscribe(at("https://works/"))
    for number in range(40):
        office.emit(f"t{number}")
        office.pass_time(0.3)
    office.pass_time(1)
    assert office.told("https://works/") == names(range(40))
    assert office.attempts("https://hangs/") == 1


def test_what_is_forgotten_meanwhile_is_told_by_a_message_with_the_number_of_the_last_of_it(
    office: PostOffice,
) -> None:
    made = office.subscribe()
    office.do(office.parts.events.suspend(made.id, OPERATOR))
    office.emit(*names(range(1, 21)))
    office.pass_time(0)
    office.forget(15)
    office.feed.feed._recent.clear()  # as after a restart: who is behind reads the outbox
    office.do(office.parts.events.resume(made.id, OPERATOR))
    office.pass_time(1)
    first, *rest = office.destinations.events(URL)
    assert first["MessageId"] == "Taskmon.1.0.EventsLost"
    assert first["MessageArgs"] == ["1", "15"]
    assert first["OriginOfCondition"].endswith(made.id)
    assert office.numbers() == list(range(15, 21))
    assert len(rest) == 5
    assert office.parts.events.counts.lost == 15
    assert office.stored().delivered == 5


def test_a_request_carries_the_headers_and_a_signature_that_the_listener_can_check(
    office: PostOffice,
) -> None:
    key = "a key of enough length"
    office.subscribe(replace(NEW, headers={"Authorization": "Bearer x"}, signing_key=key))
    office.emit("a")
    office.pass_time(0)
    (post,) = office.destinations.taken[URL]
    assert post.headers["Authorization"] == "Bearer x"
    assert post.headers[TIMESTAMP] == str(int(office.clock.now().timestamp()))
    assert post.headers[SIGNATURE] == signature(key, post.headers[TIMESTAMP], post.body)
    assert signature("key", "1", b"{}") == (
        "sha256=1ba6b8171186efc613e8bcc0cbdab2748f24984d7c5a84faa2637afa0e40d224"
    )


def test_secrets_that_cannot_be_opened_are_a_failure_with_a_reason(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = office.subscribe(replace(NEW, headers={"X-A": "1"}))

    def unseal(*_: object) -> str:
        raise KeyUnusableError("It was sealed with the key in /secret/place.")

    monkeypatch.setattr(PlainVault, "unseal", unseal)
    office.emit("a")
    office.pass_time(0)
    state = office.parts.events.delivery(made.id)
    assert "Set them again" in state.last_error
    assert "/secret/place" not in state.last_error
    assert office.parts.events.counts.failures == {"Secrets": 1}


def test_the_origin_is_included_as_its_owner_reads_it(office: PostOffice) -> None:
    office.subscribe(replace(NEW, include_origin=True))
    office.emit("a")
    office.pass_time(0)
    assert [event["Included"] for event in office.destinations.events(URL)] == ["op"]


def test_what_is_changed_is_in_the_next_request(office: PostOffice) -> None:
    made = office.subscribe()
    office.emit("a")
    office.pass_time(1)
    office.do(office.parts.events.change(made.id, SubscriptionChange(context="new"), OPERATOR))
    office.emit("b")
    office.pass_time(1)
    contexts = [json.loads(post.body)["Context"] for post in office.destinations.taken[URL]]
    assert contexts == ["", "new"]


def test_one_that_is_removed_is_sent_nothing_more(office: PostOffice) -> None:
    office.destinations.does = never_answers
    made = office.subscribe()
    office.emit("a")
    office.pass_time(0)
    office.do(office.parts.events.unsubscribe(made.id, OPERATOR))
    office.pass_time(0)
    assert office.parts.team.refs == []
    office.emit("b")
    office.pass_time(100)
    assert office.attempts() == 1
    assert office.do(office.store.deliveries()) == []


def test_a_store_that_fails_for_a_while_costs_repeats_at_most(office: PostOffice) -> None:
    office.subscribe()
    office.store.refuses = saves(Delivery)
    office.emit("a")
    office.pass_time(1)
    office.emit("b")
    office.pass_time(1)
    assert (office.told(), office.stored().told) == (["a", "b"], 0)
    office.store.refuses = lambda _: False
    office.store.stores_and_refuses = once(saves(Delivery))
    office.emit("c")
    office.pass_time(1)
    assert office.told() == ["a", "b", "c"]
    office.pass_time(SAVED_EVERY)
    assert (office.stored().told, office.stored().delivered) == (3, 3)
    office.emit("d")
    office.pass_time(1)
    assert office.stored().told == 4


def test_a_dead_one_is_started_again_after_pauses_that_grow(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    times: list[float] = []

    async def broken(*_: object, **__: object) -> bytes:
        times.append(office.loop.time())
        raise RuntimeError("a fault of ours")

    office.subscribe()
    office.subscribe(at("https://other/"))
    office.render = cast(EventRenderer, broken)
    office.emit("a")
    office.pass_time(40)
    pauses = [round(after - before, 1) for before, after in zip(times[::2], times[2::2], strict=False)]
    assert pauses[:5] == [1.0, 2.0, 4.0, 8.0, 16.0]
    office.render = render_plainly
    office.pass_time(60)
    assert office.told() == ["a"]
    assert office.told("https://other/") == ["a"]
    assert office.lost == []


def test_one_that_is_removed_while_it_is_dead_stays_away(office: PostOffice) -> None:
    async def broken(*_: object, **__: object) -> bytes:
        raise RuntimeError("a fault of ours")

    made = office.subscribe()
    office.render = cast(EventRenderer, broken)
    office.emit("a")
    office.pass_time(0)
    assert office.parts.team.refs == []
    office.do(office.parts.events.unsubscribe(made.id, OPERATOR))
    office.pass_time(100)
    assert office.parts.team.refs == []


def test_at_a_start_the_subscriptions_of_accounts_that_are_gone_go_too(office: PostOffice) -> None:
    kept = office.subscribe(who=OTHER)
    office.subscribe()
    office.kill()
    office.do(office.store.commit(Remove(Account, OPERATOR.account)))
    office.start()
    assert office.do(office.store.subscriptions()) == [kept]
    assert [delivery.id for delivery in office.do(office.store.deliveries())] == [kept.id]


async def test_who_deletes_an_account_deletes_its_subscriptions() -> None:
    async with a_house() as house:
        actors, hasher = house.actors, PlainHasher()
        for name, role in (("ada", "Administrator"), ("bob", "Operator")):
            await add_account(
                house.store, hasher, house.clock, name=name, password=f"password of {name}", role=role
            )
        ada, bob = [await actors.gate.by_password(name, f"password of {name}") for name in ("ada", "bob")]
        hers, his = [await actors.events.subscribe(NEW, one) for one in (ada, bob)]
        assert "SubscriptionActor" in await actors.describe()
        await actors.accounts.delete(bob.account, ada)
        assert actors.events.subscriptions(ada) == [hers]
        assert his not in await house.store.subscriptions()
