"""What looks at a server say of its reset, for every reset type and power state."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.inventory.records import PowerState, ResetType
from actors.operations.effect import ACCEPTED_ONLY, GOALS, RESTARTS, Effect, Observation
from actors.tasks.ports import SeenSystem

ON, OFF = PowerState.ON, PowerState.OFF
BEFORE, LATER = "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"


def seen(power: PowerState | None, last_reset: str = "") -> SeenSystem:
    return SeenSystem(id_there="1", path="/x", name="x", power_state=power, last_reset=last_reset)


def test_every_reset_type_has_an_effect_and_only_one() -> None:
    assert set(GOALS) | RESTARTS | ACCEPTED_ONLY == set(ResetType)
    assert len(GOALS) + len(RESTARTS) + len(ACCEPTED_ONLY) == len(ResetType)


@pytest.mark.parametrize("reset_type", GOALS)
@pytest.mark.parametrize("power", [*PowerState, None])
def test_a_goal_is_reached_in_its_state_and_in_no_other(
    reset_type: ResetType, power: PowerState | None
) -> None:
    effect = Observation(reset_type, seen(ON), settle=5).see(seen(power), since_acceptance=100)
    assert (effect is Effect.REACHED) == (power is GOALS[reset_type])
    assert effect is not Effect.NOT_OBSERVED


@pytest.mark.parametrize("reset_type", sorted(RESTARTS))
class TestRestarts:
    def test_on_after_off_is_reached(self, reset_type: ResetType) -> None:
        observation = Observation(reset_type, seen(ON), settle=5)
        assert observation.see(seen(ON), 0.1) is Effect.AWAITED
        assert observation.see(seen(PowerState.POWERING_OFF), 0.2) is Effect.AWAITED
        assert observation.see(seen(ON), 0.3) is Effect.REACHED

    def test_on_from_off_is_reached(self, reset_type: ResetType) -> None:
        assert Observation(reset_type, seen(OFF), settle=5).see(seen(ON), 0.1) is Effect.REACHED

    def test_a_later_reset_time_is_reached(self, reset_type: ResetType) -> None:
        observation = Observation(reset_type, seen(ON, BEFORE), settle=5)
        assert observation.see(seen(ON, BEFORE), 0.1) is Effect.AWAITED
        assert observation.see(seen(ON, LATER), 0.2) is Effect.REACHED

    def test_times_are_compared_as_times(self, reset_type: ResetType) -> None:
        observation = Observation(reset_type, seen(ON, "2026-01-01T01:00:00+01:00"), settle=5)
        assert observation.see(seen(ON, "2026-01-01T00:00:00Z"), 0.1) is Effect.AWAITED

    def test_on_all_the_time_is_not_observed_once_settled(self, reset_type: ResetType) -> None:
        observation = Observation(reset_type, seen(ON), settle=5)
        assert observation.see(seen(ON), 4.9) is Effect.AWAITED
        assert observation.see(seen(ON), 5.0) is Effect.NOT_OBSERVED

    def test_no_power_state_is_no_sight_of_a_restart(self, reset_type: ResetType) -> None:
        observation = Observation(reset_type, seen(None), settle=5)
        assert observation.see(seen(None), 1) is Effect.AWAITED
        assert observation.see(seen(ON), 2) is Effect.AWAITED

    def test_off_is_never_the_end(self, reset_type: ResetType) -> None:
        assert Observation(reset_type, seen(ON), settle=5).see(seen(OFF), 100) is Effect.AWAITED


@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_a_server_calls_a_time_nothing_breaks(before: str, now: str) -> None:
    Observation(ResetType.FORCE_RESTART, seen(ON, before), settle=5).see(seen(ON, now), 1)
