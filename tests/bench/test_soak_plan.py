"""The plan of a soak: the seed reproduces it, and every kind of thing happens where it may."""

import pytest

from bench.soak.plan import (
    CYCLE,
    FAULTS,
    LAST_KILL,
    LULL,
    WARM_UP,
    End,
    Faults,
    Follow,
    Move,
    Plan,
    Reset,
    Touch,
    make_plan,
)
from fleet.simulator.fault_rules import parse_faults

LONG = make_plan(seed=1, seconds=1800, servers=2000)


def resets(plan: Plan) -> list[Reset]:
    return [step for step in plan.steps if isinstance(step, Reset)]


def test_a_seed_reproduces_the_plan_and_another_is_another_plan() -> None:
    assert make_plan(7, 120, 200) == make_plan(7, 120, 200)
    digests = {make_plan(*of).digest for of in ((7, 120, 200), (8, 120, 200), (7, 121, 200), (7, 120, 201))}
    assert len(digests) == 4
    assert make_plan(7, 120, 200).digest in digests


@pytest.mark.parametrize(("seconds", "servers"), [(30, 8), (120, 200), (1800, 2000)])
def test_steps_come_in_order_within_the_time_and_at_servers_that_there_are(
    seconds: float, servers: int
) -> None:
    plan = make_plan(3, seconds, servers)
    moments = [step.at for step in plan.steps]
    assert moments == sorted(moments)
    assert moments[0] >= 0
    assert moments[-1] <= seconds
    for step in resets(plan):
        assert len(set(step.targets)) == len(step.targets) > 0
        assert set(step.targets) <= set(range(servers))
        assert 0 <= step.batch <= len(step.targets)
    assert any(len(step.targets) == servers for step in resets(plan)), "all servers at once are never reset"
    assert all(step.server in plan.movable for step in plan.steps if isinstance(step, Move))
    assert plan.movable.start >= servers // 2
    assert plan.movable.stop == servers


@pytest.mark.parametrize(("seconds", "least"), [(30, 2), (120, 2), (1800, 20)])
def test_it_is_killed_and_stopped_and_in_the_first_half_only(seconds: float, least: int) -> None:
    ends = make_plan(5, seconds, 100).ends
    assert len(ends) >= least
    assert {end.signal for end in ends} == {"SIGKILL", "SIGTERM"}
    assert all(0 < end.at < LAST_KILL * seconds for end in ends)


def test_the_last_half_of_a_long_plan_is_that_of_a_process_that_has_warmed_up() -> None:
    assert max(end.at for end in LONG.ends) <= 1800 / 2 - WARM_UP


def test_each_cycle_of_a_long_plan_has_a_sweep_and_a_lull_without_work_and_faults() -> None:
    sweeps = [step for step in resets(LONG) if len(step.targets) == 2000]
    assert [int(step.at // CYCLE) for step in sweeps] == list(range(int(1800 / CYCLE)))
    assert {(step.batch, step.follow) for step in sweeps[::2]} == {(0, Follow.POLL)}
    assert len({(step.batch > 0, step.follow) for step in sweeps[1::2]}) > 3
    assert all(step.at % CYCLE < CYCLE - LULL for step in LONG.steps if isinstance(step, Reset | Move))
    faulty = False
    for step in LONG.steps:
        if isinstance(step, Faults):
            faulty = bool(step.kinds)
        elif step.at % CYCLE > CYCLE - LULL:
            assert not faulty


def test_everything_happens_in_a_long_plan() -> None:
    assert {step.follow for step in resets(LONG)} == set(Follow)
    assert {bool(step.batch) for step in resets(LONG)} == {True, False}
    assert any(step.max_failures for step in resets(LONG))
    assert any(step.repeated for step in resets(LONG))
    assert any(step.after == 0 for step in resets(LONG))
    assert {step.what for step in LONG.steps if isinstance(step, Touch)} == {
        "read",
        "wrong",
        "retry",
        "recheck",
    }
    assert {type(step) for step in LONG.steps} == {Reset, Touch, Move, Faults, End}


def test_faults_are_on_and_off_in_turn_and_off_at_the_end_and_all_are_rules() -> None:
    faults = [step for step in LONG.steps if isinstance(step, Faults)]
    assert [bool(step.kinds) for step in faults] == [True, False] * (len(faults) // 2)
    assert {kind for step in faults for kind in step.kinds} == set(FAULTS)
    assert len(parse_faults(list(FAULTS.values()))) == len(FAULTS)


def test_too_few_servers_are_refused() -> None:
    with pytest.raises(ValueError, match="four servers"):
        make_plan(1, 60, 3)
