"""Where servers may be: what is refused when one is added, and again when its name has been looked up."""

import asyncio
import socket
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from actors.tasks.errors import ServerUnreachableError
from fleet.networks import Networks
from tests.fleet.stub_fleet import StubFleet, a_fleet

METADATA = "169.254.169.254"


def networks(*listed: str) -> Networks:
    return Networks([ip_network(one) for one in listed])


@pytest.mark.parametrize("host", ["10.0.0.5", "127.0.0.1", "127.3.2.1", "::1", "fd12::5", "8.8.8.8", "bmc7"])
def test_by_default_servers_may_be_anywhere(host: str) -> None:
    assert networks().allow(host)


@pytest.mark.parametrize(
    "host",
    [
        METADATA,
        "169.254.0.1",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "100.100.100.200",
        "168.63.129.16",
        "0.0.0.1",
        "::",
        "224.0.0.1",
        "255.255.255.255",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "64:ff9b:1::a9fe:a9fe",
        "::ffff:0:a9fe:a9fe",
        "::a9fe:a9fe",
        "192.0.0.192",
        *("0xA9FEA9FE", "0xa9.0xfe.0xa9.0xfe", "2852039166", "0251.0376.0251.0376", "025177524776"),
        *("169.254.43518", "169.16689662", "0xa9.254.0251.254", "169.254.169.254.", "0", "0x0"),
        *("\uff11\uff16\uff19.254.169.254", "0xC00000C0", "::ffff:192.0.0.192"),
    ],
)
def test_what_is_special_must_be_named_itself(host: str) -> None:
    assert not networks().allow(host)
    assert not networks("0.0.0.0/0", "::/0").allow(host)


def test_a_special_network_that_is_named_is_allowed() -> None:
    assert networks("169.254.7.0/24").allow("169.254.7.1")
    assert networks("169.254.7.0/24").allow("::ffff:169.254.7.1")
    assert not networks("169.254.7.0/24").allow(METADATA)
    assert networks("fe80::/10").allow("fe80::1%eth0")


def test_a_list_leaves_out_what_is_not_in_it() -> None:
    listed = networks("10.1.0.0/16", "fd12::/64")
    assert listed.allow("10.1.2.3")
    assert listed.allow("fd12::1")
    assert listed.allow("bmc7")  # which is looked up when a connection is opened
    assert listed.allow("0x0a010203")
    for host in ("0x0a020001", "2130706433", "10.2.0.1", "127.0.0.1", "::1", "fd13::1", METADATA):
        assert not listed.allow(host)


async def test_the_pool_says_where_a_server_may_be(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, networks=[ip_network("127.0.0.0/8")]) as fleet:
        assert fleet.pool.may_be_at("127.0.0.9:443")
        assert not fleet.pool.may_be_at("10.0.0.1:443")
        assert not fleet.pool.may_be_at("[::1]:443")
        assert await fleet.at().system_paths()


async def test_nothing_is_sent_to_an_address_that_is_not_listed(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, networks=[ip_network("10.0.0.0/8")]) as fleet:
        with pytest.raises(
            ServerUnreachableError, match=r"no server may be at 127\.0\.0\.1.*fleet\.networks"
        ):
            await fleet.at().system_paths()
        assert fleet.pool.open == 0


class Names:
    """A name server that answers what the test says, and counts how often it is asked."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.addresses: list[str] = []
        self.asked = 0
        patch.setattr(asyncio.get_running_loop(), "getaddrinfo", self._getaddrinfo)

    async def _getaddrinfo(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked += 1
        assert host == "bmc7.test"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in self.addresses]


def named(fleet: StubFleet) -> str:
    """The address of the stub server, by its name."""
    return f"bmc7.test:{fleet.server.address.rpartition(':')[2]}"


async def test_a_name_is_looked_at_by_where_it_leads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when it leads elsewhere the second time; and of its addresses only those that may be are used."""
    async with a_fleet(tmp_path, verify=False) as fleet:
        names, address = Names(monkeypatch), named(fleet)
        names.addresses = [METADATA, "127.0.0.1"]
        assert await fleet.at(address=address).system_paths()
        assert names.asked == 1
        await fleet.pool.forget(address)
        names.addresses = [METADATA]
        heard = len(fleet.server.seen)
        with pytest.raises(ServerUnreachableError, match=rf"no server may be at {METADATA}"):
            await fleet.at(address=address).system_paths()
        assert names.asked == 2
        assert len(fleet.server.seen) == heard


async def test_the_next_address_is_tried_where_one_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_fleet(tmp_path, verify=False) as fleet:
        names, address = Names(monkeypatch), named(fleet)
        names.addresses = ["127.99.99.99", "127.0.0.1"]  # nobody listens on the first
        assert await fleet.at(address=address).system_paths()
        await fleet.pool.forget(address)
        names.addresses = ["127.99.99.99"]
        with pytest.raises(ServerUnreachableError, match="connection refused"):
            await fleet.at(address=address).system_paths()
