"""`kill -9` at random moments under load: nothing acknowledged is lost, no action is sent twice, and who has
subscribed is told of all of it.

`make crash KILLS=200 SEED=1` does more of it.
"""

import os
import random
import threading
from pathlib import Path

import pytest

from tests.interop.plain import plain_client
from tests.listener import Listener
from tests.service import Service, Simulator
from tests.system.crash_story import Story
from tests.system.promises import actions_sent
from tests.system.told import Told, check_histories, check_removals, subscribe, trust, until_all_told

KILLS = int(os.environ.get("KILLS", "30"))
SEED = int(os.environ.get("SEED", "0"))
LONGEST_LIFE = 0.8
"""Seconds under load before a kill."""
SERVERS = 8
LISTENING = ("/steady", "/shaky")
"""Paths of a listener: the second answers 500 to every third request."""


@pytest.mark.timeout(120 + 10 * KILLS)
def test_nothing_is_lost_and_nothing_sent_twice_however_often_it_is_killed(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    with (
        Simulator(tmp_path / "servers", SERVERS, transition="0.05-0.3", seed=SEED) as simulator,
        Listener(tmp_path / "listener") as listener,
    ):
        listener.order({"/shaky": "often 500"})
        settings = {
            "fleet.ca_file": trust(tmp_path, simulator.certificate, listener.certificate),
            "events.retry_interval": 1,
            "reset.expected_outage": 2,
            "reset.settle": 0.3,
            "log.level": "warning",
        }
        service = Service(tmp_path / "service", settings)
        with service, plain_client(service) as client:
            for path in LISTENING:
                subscribe(client, listener.url + path)
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
            until_all_told(client, listener, *LISTENING)
            told = [Told(listener.events(path)) for path in LISTENING]
            for one in told:
                assert one.missing == [], "events are lost"
                check_removals(one, story.promises.deleted)
            assert min(told[0].events) == min(told[1].events) == 1
            checked = check_histories(client, told[0])
        sent = actions_sent(simulator)
    promises = story.promises
    print(
        f"{KILLS} kills, seed {SEED}: {promises.acknowledged} tasks acknowledged, "
        f"{len(promises.deleted)} deleted, {sent} actions sent, each once; {len(told[0].events)} events "
        f"told, {told[0].repeats} and {told[1].repeats} of them again, {checked} histories as told"
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
