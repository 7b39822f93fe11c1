"""`kill -9` at random moments under load: nothing acknowledged is lost, no action is sent twice.

`make crash KILLS=200 SEED=1` does more of it.
"""

import os
import random
import threading
from pathlib import Path

import pytest

from tests.interop.plain import plain_client
from tests.service import Service, Simulator
from tests.system.crash_story import Story
from tests.system.promises import actions_sent

KILLS = int(os.environ.get("KILLS", "30"))
SEED = int(os.environ.get("SEED", "0"))
LONGEST_LIFE = 0.8
"""Seconds under load before a kill."""
SERVERS = 8


@pytest.mark.timeout(120 + 10 * KILLS)
def test_nothing_is_lost_and_nothing_sent_twice_however_often_it_is_killed(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    with Simulator(tmp_path / "servers", SERVERS, transition="0.05-0.3", seed=SEED) as simulator:
        settings = {
            "fleet.ca_file": simulator.certificate,
            "reset.expected_outage": 2,
            "reset.settle": 0.3,
            "log.level": "warning",
        }
        service = Service(tmp_path / "service", settings)
        with service, plain_client(service) as client:
            systems = [systems[0] for systems in client.add(simulator.inventory)]
        story = Story(systems, chance)
        for _ in range(KILLS):
            service.start()
            with plain_client(service) as client:
                story.promises.check_all(client)
                _live_and_die(service, story, chance.uniform(0.02, LONGEST_LIFE))
        with service, plain_client(service) as client:
            story.promises.check_all(client)
            story.promises.wait_for_all(client)
            story.promises.check_all(client)
        sent = actions_sent(simulator)
    promises = story.promises
    print(
        f"{KILLS} kills, seed {SEED}: {promises.acknowledged} tasks acknowledged, "
        f"{len(promises.deleted)} deleted, {sent} actions sent, each once"
    )
    assert promises.acknowledged > KILLS // 2


def _live_and_die(service: Service, story: Story, seconds: float) -> None:
    """Load until the kill; what the client found wrong is raised here."""
    over = threading.Event()
    found: list[BaseException] = []

    def act() -> None:
        with plain_client(service) as client:
            try:
                story.tell(client, over)
            except AssertionError as error:
                found.append(error)

    client = threading.Thread(target=act)
    client.start()
    over.wait(seconds)
    service.kill()
    over.set()
    client.join()
    if found:
        raise found[0]
