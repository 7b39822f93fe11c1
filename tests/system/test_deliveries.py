"""Events come to real listeners over HTTPS, whatever is wrong with them meanwhile, and none is held up by
another: what they received is what the tasks say of themselves."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.interop.plain import TASKS, Plain, plain_client, until
from tests.listener import Listener
from tests.service import Service, Simulator
from tests.system.told import EVENT_SERVICE, Told, check_histories, subscribe, trust, until_all_told

pytestmark = pytest.mark.timeout(300)

KEY = "a key for signing, of enough length"


@dataclass
class Site:
    """A service that tells listeners of its simulated servers."""

    service: Service
    simulator: Simulator
    listener: Listener
    client: Plain
    systems: list[str]

    def reset_all(self, reset_type: str) -> None:
        self.client.follow(self.client.reset_systems(self.systems, reset_type))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with (
        Simulator(folder / "servers", 3, transition="0.05-0.2") as simulator,
        Listener(folder / "listener") as listener,
    ):
        settings = {
            "fleet.ca_file": trust(folder, simulator.certificate, listener.certificate),
            "reset.settle": 0.3,
            "events.delivery_timeout": 1,
            "events.retry_interval": 1,
        }
        with Service(folder / "service", settings) as service, plain_client(service) as client:
            systems = [systems[0] for systems in client.add(simulator.inventory)]
            yield Site(service, simulator, listener, client, systems)


def test_listeners_that_fail_in_every_way_have_all_of_it_once_they_work(site: Site, tmp_path: Path) -> None:
    client, listener = site.client, site.listener
    faults = {"/broken": "status 500", "/hanging": "hang", "/slow": "slow 0.3", "/drops": "drop"}
    listener.order(faults)
    before = client.members(TASKS)
    made = {path: subscribe(client, listener.url + path) for path in ("/sound", *faults)}
    misnamed = listener.url.replace("127.0.0.1", "localhost")
    made["/misnamed"] = subscribe(client, f"{misnamed}/misnamed")
    with Listener(tmp_path / "late", tls=False) as late:  # to have a port that is its own
        elsewhere = late.url
    made["/late"] = subscribe(client, f"{elsewhere}/late")

    for reset_type in ("ForceOff", "On"):
        site.reset_all(reset_type)
    until_all_told(client, listener, "/sound")
    sound = Told(listener.events("/sound"))
    assert sound.missing == []
    for path, says in {
        "/broken": "HTTP status 500",
        "/hanging": "did not answer within 1 s",
        "/drops": "ended the connection",
        "/misnamed": "The certificate of localhost",
        "/late": "connection refused",
    }.items():

        def seen(path: str = path, says: str = says) -> bool | None:
            state = client.read(made[path])["Oem"]["Taskmon"]
            return (says in state["LastError"] and state["FailedAttempts"] > 0) or None

        until(seen, f"the failure of {path} in its delivery state")
        assert client.read(made[path])["Oem"]["Taskmon"]["Pending"] > 0

    listener.order({})
    changed = client.ask("PATCH", made["/misnamed"], {"VerifyCertificate": False})
    assert changed.status_code in (200, 204), changed.text
    with late:
        paths = ["/sound", *faults, "/misnamed"]
        until_all_told(client, listener, *paths)
        until_all_told(client, late, "/late")
        sound = Told(listener.events("/sound"))
        for told in (*(Told(listener.events(path)) for path in paths), Told(late.events("/late"))):
            assert told.missing == []
            assert set(told.events) <= set(sound.events)
        assert check_histories(client, sound, before) == 2 * (1 + len(site.systems))
        state = client.read(made["/broken"])["Oem"]["Taskmon"]
        assert (state["LastError"], state["FailedAttempts"]) == ("", 0)
        assert state["Delivered"] >= len(sound.events) - 2
    for uri in made.values():
        assert client.delete(uri).status_code == 204


def test_what_is_signed_can_be_checked_and_headers_are_never_shown(site: Site) -> None:
    uri = subscribe(
        site.client,
        f"{site.listener.url}/signed",
        HttpHeaders=[{"Authorization": "Bearer swordfish"}],
        Oem={"Taskmon": {"SigningKey": KEY}},
    )
    until_all_told(site.client, site.listener, "/signed")
    heard = site.listener.heard("/signed")[0]
    assert heard["headers"]["Authorization"] == "Bearer swordfish"
    signed = f"{heard['headers']['X-Taskmon-Timestamp']}.{heard['raw']}".encode()
    expected = hmac.new(KEY.encode(), signed, hashlib.sha256).hexdigest()
    assert heard["headers"]["X-Taskmon-Signature"] == f"sha256={expected}"
    shown = json.dumps(site.client.read(uri))
    assert "swordfish" not in shown
    assert KEY not in shown
    assert "swordfish" not in site.service.log
    assert site.client.delete(uri).status_code == 204


def test_what_clients_set_of_retries_is_kept_over_a_restart_and_so_are_subscriptions(site: Site) -> None:
    client, listener = site.client, site.listener
    uri = subscribe(client, f"{listener.url}/kept")
    patched = client.ask("PATCH", EVENT_SERVICE, {"DeliveryRetryIntervalSeconds": 2})
    assert patched.status_code in (200, 204), patched.text
    site.service.stop()
    site.service.start()
    with plain_client(site.service) as again:
        assert again.read(EVENT_SERVICE)["DeliveryRetryIntervalSeconds"] == 2
        assert again.read(uri)["Destination"] == f"{listener.url}/kept"
        until_all_told(again, listener, "/kept")
        assert again.members(TASKS)
        metrics = again.get("/metrics").text
        assert "taskmon_event_subscriptions 1.0" in metrics
        assert "taskmon_events_pending 0.0" in metrics
        assert "taskmon_events_delivered_total" in metrics
        assert listener.url.rpartition("/")[2] not in metrics, "no destination is in a label"
