"""`kill -9` at each named step of a task's life: nothing acknowledged is lost, no action is sent twice.

The service names its steps, see `stepping_serve`. A first life tells a story unharmed; each further one is
killed at a step of it, and the next finds what it left. `make crash KILLS=200 SEED=1` does more of it: each
step first, then later occurrences.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import pytest

from tests.service import Simulator
from tests.system.crash_house import AT_START, CrashHouse, Kill
from tests.system.promises import actions_sent
from tests.system.step_story import SERVERS

KILLS = int(os.environ.get("KILLS", "20"))
SEED = int(os.environ.get("SEED", "0"))
HOUSES = 2
"""Services at once, each with servers of its own, which share the steps."""
OF_THE_STORY = KILLS - KILLS // 3
"""Every third kill meets a start, or what goes on after it."""
ENOUGH = 12
"""Kills with which both steps of a start are surely met."""
DECISIVE = (
    "reset:",
    "commit:reset_server Running sending:",
    "commit:reset_server Running accepted:",
    "cancel_task:",
)


def in_order(names: Counter[str], chance: random.Random) -> Iterator[Kill]:
    """Each step once, those first that decide what is sent, then occurrences at random without end."""
    steps = sorted(names)
    chance.shuffle(steps)
    steps.sort(key=lambda step: not step.startswith(DECISIVE))
    yield from map(Kill, steps)
    while True:
        step = chance.choice(steps)
        yield Kill(step, chance.randint(1, names[step]))


@pytest.mark.timeout(120 + 10 * KILLS)
def test_nothing_is_lost_and_nothing_sent_twice_at_whatever_step_it_is_killed(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    with ExitStack() as stack:
        simulators = [
            stack.enter_context(
                Simulator(tmp_path / f"servers{n}", SERVERS, transition="0.05-0.1", seed=SEED)
            )
            for n in range(HOUSES)
        ]
        houses = [
            CrashHouse(tmp_path / f"service{n}", simulator, random.Random(chance.random()))
            for n, simulator in enumerate(simulators)
        ]
        names = Counter(houses[0].unharmed())
        kills = list(islice(in_order(names, chance), OF_THE_STORY))
        shares: Sequence[Sequence[Kill]] = [kills[n::HOUSES] for n in range(HOUSES)]
        with ThreadPoolExecutor(HOUSES) as lives:
            for life in [
                lives.submit(house.go_through, share) for house, share in zip(houses, shares, strict=True)
            ]:
                life.result()
        sent = sum(actions_sent(simulator) for simulator in simulators)
    happened = [kill for house in houses for kill in house.kills]
    killed_at = {kill.step for kill in happened}
    promises = [house.story.promises for house in houses]
    print(
        f"{len(happened)} kills at {len(killed_at & names.keys())} of the story's {len(names)} named steps "
        f"and {len(killed_at - names.keys())} of starts, seed {SEED}: "
        f"{sum(promised.acknowledged for promised in promises)} tasks acknowledged, "
        f"{sent} actions sent, each once"
    )
    assert {kill.step for kill in kills} <= killed_at, "a step was not come to again"
    assert KILLS < ENOUGH or set(AT_START) <= killed_at, "no start was killed at its commit"
