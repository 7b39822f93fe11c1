"""The table of states: every pair of state and event either moves or raises, and every live state can end."""

import itertools

import pytest

from actors.tasks.errors import IllegalTransitionError
from actors.tasks.states import BEFORE_WORK, LIVE, TERMINAL, TRANSITIONS, TaskEvent, TaskState, after

# Written down once more, by hand: what the life of a task is, seen from outside.
S = TaskState
LEADS_TO = {
    S.NEW: {S.NEW, S.PENDING, S.STARTING, S.CANCELLING, S.CANCELLED, S.EXCEPTION},
    S.PENDING: {S.PENDING, S.STARTING, S.CANCELLING, S.CANCELLED, S.EXCEPTION},
    S.STARTING: {S.STARTING, S.RUNNING, S.INTERRUPTED, S.CANCELLING, S.COMPLETED, S.EXCEPTION},
    S.RUNNING: {S.RUNNING, S.INTERRUPTED, S.CANCELLING, S.COMPLETED, S.EXCEPTION},
    S.INTERRUPTED: {S.INTERRUPTED, S.STARTING, S.CANCELLING, S.EXCEPTION},
    S.CANCELLING: {S.CANCELLING, S.CANCELLED, S.COMPLETED, S.EXCEPTION},
}


@pytest.mark.parametrize(("state", "event"), [*itertools.product(TaskState, TaskEvent)])
def test_every_pair_moves_as_written_or_raises(state: TaskState, event: TaskEvent) -> None:
    try:
        following = after(state, event)
    except IllegalTransitionError:
        assert event not in TRANSITIONS[state]
    else:
        assert state not in TERMINAL
        assert following in LEADS_TO[state]


def test_an_ended_state_has_no_way_out() -> None:
    assert {S.COMPLETED, S.EXCEPTION, S.CANCELLED, S.KILLED} == TERMINAL
    for state, event in itertools.product(TERMINAL, TaskEvent):
        with pytest.raises(IllegalTransitionError):
            after(state, event)


def test_live_states_lead_where_they_should_and_nowhere_else() -> None:
    assert {state: set(TRANSITIONS[state].values()) for state in LIVE} == LEADS_TO


def test_no_event_leads_to_the_deprecated_state() -> None:
    assert all(S.KILLED not in ways.values() for ways in TRANSITIONS.values())


@pytest.mark.parametrize("state", sorted(LIVE))
def test_the_service_can_always_end_a_live_record(state: TaskState) -> None:
    assert after(state, TaskEvent.FAILED) is S.EXCEPTION


@pytest.mark.parametrize("state", sorted(LIVE - {S.CANCELLING}))
def test_every_live_state_can_be_aborted(state: TaskState) -> None:
    assert after(state, TaskEvent.ABORT_BEGUN) is S.CANCELLING
    if state in BEFORE_WORK:
        assert after(state, TaskEvent.ABORTED) is S.CANCELLED
