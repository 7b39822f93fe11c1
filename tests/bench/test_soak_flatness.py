"""The judge of flatness: a leak is found, noise and load are none, and no proof is no pass."""

import math
import random

import pytest

from bench.soak.flatness import fault_of, lows_of, slope_of
from bench.soak.plan import CYCLE
from bench.soak.report import FILES, MEMORY, MOST_FILES, MOST_MEMORY, usage_of
from bench.soak.watch import Sample

MINUTES = 15
SEEDS = range(20)


def memory(
    seed: int, leak: float = 0.0, noise: float = 2.0, minutes: float = MINUTES
) -> list[tuple[float, float]]:
    """A reading each second: 90 MiB, the leak a minute, noise above it, and 60 MiB more for every sweep."""
    chance = random.Random(seed)
    readings = []
    for at in range(int(60 * minutes)):
        sweep = 60.0 if at % CYCLE < 35 else 0.0
        readings.append((float(at), 90 + leak * at / 60 + sweep + abs(chance.gauss(0, noise))))
    return readings


@pytest.mark.parametrize("seed", SEEDS)
def test_a_leak_of_one_mib_a_minute_is_found_and_noise_is_none(seed: int) -> None:
    leaking = slope_of(memory(seed, leak=1.0), CYCLE)
    assert leaking is not None
    assert leaking.per_minute == pytest.approx(1.0, abs=0.2)
    assert "it grows" in fault_of(leaking, MEMORY)
    assert fault_of(slope_of(memory(seed), CYCLE), MEMORY) == ""


@pytest.mark.parametrize("seed", SEEDS)
def test_files_that_are_left_open_are_found_and_those_in_use_are_none(seed: int) -> None:
    chance = random.Random(seed)
    in_use = [
        (float(at), 30.0 + chance.randrange(4) + (chance.randrange(200) if at % CYCLE < CYCLE - 20 else 0))
        for at in range(60 * MINUTES)
    ]
    assert fault_of(slope_of(in_use, CYCLE), FILES) == ""
    leaking = [(at, count + 2 * at // 60) for at, count in in_use]
    assert "it grows" in fault_of(slope_of(leaking, CYCLE), FILES)


def test_memory_that_falls_is_no_leak() -> None:
    assert fault_of(slope_of(memory(1, leak=-1.0), CYCLE), MEMORY) == ""


def test_what_cannot_be_told_is_no_pass() -> None:
    wild = [(float(at), 90 + 30 * math.sin(at / 100)) for at in range(60 * MINUTES)]
    assert "too restless" in fault_of(slope_of(wild, CYCLE), MEMORY)
    assert "too few" in fault_of(slope_of(memory(1)[:3], CYCLE), MEMORY)
    assert slope_of([], CYCLE) is None
    assert slope_of([(1.0, 5.0)] * 100, CYCLE) is None


def test_an_exact_line_is_found_exactly() -> None:
    slope = slope_of([(float(at), 10 + at / 60) for at in range(600)], 60)
    assert slope is not None
    assert slope.per_minute == pytest.approx(1.0)
    assert slope.uncertain == pytest.approx(0.0, abs=1e-9)


def test_each_stretch_stands_for_its_lowest() -> None:
    lows = lows_of([(float(at), 5.0 if at % 10 == 7 else 9.0) for at in range(124)], 10)
    assert [at for at, _ in lows] == [10 * number + 7 for number in range(12)]
    assert {low for _, low in lows} == {5.0}


# --- which samples are judged


def samples(seconds: int, leak: float = 0.0, restart: float = 0.4, most: float = 0.0) -> list[Sample]:
    """Of a soak of so many seconds: 90 MiB, and a new life at that share of the time, which begins at 50."""
    found = []
    for at in range(seconds):
        life = 1 if at < restart * seconds else 2
        amount = 90.0 if life == 1 else 50 + leak * at / 60
        found.append(Sample(float(at), life, max(amount, most), 60))
    return found


def test_a_restart_in_the_first_half_is_not_taken_for_a_slope() -> None:
    usage = usage_of(samples(1800), 1800)
    assert usage.judged
    assert usage.faults == ()
    assert usage.memory is not None
    assert usage.memory.per_minute == pytest.approx(0.0)


def test_a_leak_in_the_last_half_fails_a_long_soak_and_a_short_one_only_tells_of_it() -> None:
    (fault,) = usage_of(samples(1800, leak=1.0), 1800).faults
    assert fault.startswith("memory: it grows by +1.0")
    short = usage_of(samples(120, leak=1.0), 120)
    assert not short.judged
    assert short.faults == ()
    assert short.memory is not None
    assert short.memory.per_minute == pytest.approx(1.0)


def test_a_restart_in_the_last_half_is_a_fault() -> None:
    (fault,) = usage_of(samples(1800, restart=0.6), 1800).faults
    assert "started anew" in fault


def test_too_much_fails_a_soak_of_any_length() -> None:
    (fault,) = usage_of(samples(60, most=MOST_MEMORY + 1), 60).faults
    assert "MiB of memory" in fault
    many = [Sample(float(at), 1, 50.0, MOST_FILES + 1) for at in range(60)]
    (fault,) = usage_of(many, 60).faults
    assert "open files" in fault


def test_a_soak_that_noted_nothing_has_shown_nothing() -> None:
    assert usage_of([], 1800).faults
