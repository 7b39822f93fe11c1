"""The power of a simulated server: every reset from every state, when it shows, and what a later one does."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from fleet.simulator.power import EFFECTS, Effect, Power, PowerState, ResetType, steps_of
from tests.support import lacking

CSDL = Path(__file__).parents[3] / "shared" / "dmtf" / "csdl" / "Resource_v1.xml"
BOOTED = 1_000.0

FINAL = {
    Effect.POWER_ON: PowerState.ON,
    Effect.POWER_OFF: PowerState.OFF,
    Effect.RESTART: PowerState.ON,
    Effect.PAUSE: PowerState.PAUSED,
    Effect.SLEEP: PowerState.SLEEPING,
    Effect.HIBERNATE: PowerState.HIBERNATING,
}


def members(enumeration: str) -> set[str]:
    if not CSDL.exists():
        lacking(f"DMTF's schemas are not at {CSDL.parent}")
    for kind in ET.parse(CSDL).iterfind(".//{*}EnumType"):  # noqa: S314 - a file that lies beside the checkout
        if kind.get("Name") == enumeration:
            return {member.get("Name", "") for member in kind.iterfind("{*}Member")}
    raise AssertionError(f"{CSDL} has no {enumeration}")


def powered(state: PowerState) -> Power:
    power = Power(last_boot=BOOTED)
    ways = {
        PowerState.OFF: ResetType.FORCE_OFF,
        PowerState.PAUSED: ResetType.PAUSE,
        PowerState.SLEEPING: ResetType.SLEEP,
        PowerState.HIBERNATING: ResetType.HIBERNATE,
    }
    if state in ways:
        power.reset(ways[state], now=0, wall=BOOTED, duration=0)
    elif state is PowerState.POWERING_OFF:
        power.reset(ResetType.FORCE_OFF, now=0, wall=BOOTED, duration=1_000)
    elif state is PowerState.POWERING_ON:
        power.reset(ResetType.FORCE_OFF, now=0, wall=BOOTED, duration=0)
        power.reset(ResetType.ON, now=0, wall=BOOTED, duration=1_000)
    assert power.state(0) is state
    return power


def test_every_reset_type_and_power_state_of_redfish_is_there() -> None:
    assert set(ResetType) == members("ResetType")
    assert set(PowerState) == members("PowerState")


def test_every_reset_type_has_an_effect() -> None:
    assert set(EFFECTS) == set(ResetType)


@pytest.mark.parametrize("before", PowerState)
@pytest.mark.parametrize("reset_type", ResetType)
def test_each_reset_ends_as_it_should_from_each_state(reset_type: ResetType, before: PowerState) -> None:
    power = powered(before)

    power.reset(reset_type, now=0, wall=BOOTED, duration=10)

    effect = EFFECTS[reset_type]
    if effect is Effect.NOTHING:
        assert power.state(0) is before
    elif effect is Effect.TOGGLE:
        was_down = before in (PowerState.OFF, PowerState.POWERING_OFF)
        assert power.state(10) is (PowerState.ON if was_down else PowerState.OFF)
    else:
        assert power.state(10) is FINAL[effect]


@pytest.mark.parametrize("duration", [0.0, 0.25, 90.0])
@pytest.mark.parametrize("before", PowerState)
@pytest.mark.parametrize("effect", Effect)
def test_steps_are_in_order_and_end_after_the_duration(
    effect: Effect, before: PowerState, duration: float
) -> None:
    steps = steps_of(effect, before, duration)

    assert [at for at, _ in steps] == sorted(at for at, _ in steps)
    if steps:
        assert steps[-1][0] == duration


@pytest.mark.parametrize("before", [PowerState.ON, PowerState.OFF])
def test_a_restart_passes_through_off_from_on_as_from_off(before: PowerState) -> None:
    power = powered(before)

    power.reset(ResetType.FORCE_RESTART, now=100, wall=BOOTED, duration=9)

    down = PowerState.OFF if before is PowerState.OFF else PowerState.POWERING_OFF
    seen = [power.state(100 + after) for after in (0, 2.9, 3.1, 5.9, 6.1, 8.9, 9)]
    off, coming = PowerState.OFF, PowerState.POWERING_ON
    assert seen == [down, down, off, off, coming, coming, PowerState.ON]


@pytest.mark.parametrize("reset_type", [ResetType.ON, ResetType.FORCE_RESTART, ResetType.PUSH_POWER_BUTTON])
def test_the_last_reset_is_when_the_server_came_on(reset_type: ResetType) -> None:
    power = powered(PowerState.OFF)

    power.reset(reset_type, now=100, wall=5_000, duration=9)

    assert power.last_boot(108.9) == BOOTED
    assert power.last_boot(109) == power.last_boot(500) == 5_009


@pytest.mark.parametrize("reset_type", [ResetType.ON, ResetType.NMI, ResetType.FORCE_OFF, ResetType.PAUSE])
def test_what_does_not_start_a_running_server_leaves_its_last_reset(reset_type: ResetType) -> None:
    power = powered(PowerState.ON)

    power.reset(reset_type, now=100, wall=5_000, duration=9)

    assert power.last_boot(200) == BOOTED


def test_resuming_a_paused_server_is_no_reset() -> None:
    power = powered(PowerState.PAUSED)

    power.reset(ResetType.RESUME, now=100, wall=5_000, duration=9)

    assert [power.state(at) for at in (108, 109)] == [PowerState.PAUSED, PowerState.ON]
    assert power.last_boot(200) == BOOTED


def test_a_later_reset_takes_the_place_of_one_in_transition() -> None:
    power = powered(PowerState.ON)
    power.reset(ResetType.FORCE_RESTART, now=100, wall=5_000, duration=9)

    power.reset(ResetType.FORCE_OFF, now=107, wall=5_007, duration=5)

    assert [power.state(at) for at in (107, 111, 112, 500)] == [
        PowerState.POWERING_OFF,
        PowerState.POWERING_OFF,
        PowerState.OFF,
        PowerState.OFF,
    ]
    assert power.last_boot(500) == BOOTED


def test_nmi_leaves_a_transition_alone() -> None:
    power = powered(PowerState.ON)
    power.reset(ResetType.FORCE_OFF, now=100, wall=5_000, duration=9)

    power.reset(ResetType.NMI, now=105, wall=5_005, duration=9)

    assert [power.state(at) for at in (105, 109)] == [PowerState.POWERING_OFF, PowerState.OFF]
