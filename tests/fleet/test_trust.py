"""Servers that are trusted otherwise than is set for all: unchecked, checked, or by one certificate alone."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from actors.inventory.records import Trust
from actors.tasks.errors import ServerUnreachableError
from tests.fleet.stub_fleet import a_fleet, certificates
from tests.fleet.stub_server import SYSTEM

OTHER = "ab" * 32


def pin_of(folder: Path) -> str:
    _, own_file = certificates(folder)
    return x509.load_pem_x509_certificate(own_file.read_bytes()).fingerprint(hashes.SHA256()).hex()


async def test_the_pinned_certificate_is_enough_whoever_signed_it(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, ca_file=None) as fleet:
        assert await fleet.at(trust=Trust(pin=pin_of(tmp_path))).system_paths() == (SYSTEM,)


@pytest.mark.parametrize("verify", [None, True, False])
async def test_nothing_is_sent_to_a_server_with_another_certificate(
    tmp_path: Path, verify: bool | None
) -> None:
    async with a_fleet(tmp_path, verify=False) as fleet:
        with pytest.raises(ServerUnreachableError) as refused:
            await fleet.at(trust=Trust(verify=verify, pin=OTHER)).system_paths()
        assert OTHER in str(refused.value)
        assert pin_of(tmp_path) in str(refused.value)
        assert fleet.server.address in str(refused.value)
        assert fleet.server.seen == []
        assert fleet.pool.open == 0


async def test_a_source_may_be_checked_or_not_whatever_the_settings_say(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, ca_file=None) as fleet:
        assert await fleet.at(trust=Trust(verify=False)).system_paths() == (SYSTEM,)
    async with a_fleet(tmp_path, ca_file=None, verify=False) as fleet:
        assert await fleet.at().system_paths() == (SYSTEM,)
        with pytest.raises(ServerUnreachableError, match="is not trusted"):
            await fleet.at(trust=Trust(verify=True)).system_paths()


async def test_an_open_connection_serves_only_those_of_the_same_trust(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        await fleet.at(trust=Trust(verify=False)).system_paths()
        heard = len(fleet.server.seen)
        with pytest.raises(ServerUnreachableError):
            await fleet.at(trust=Trust(pin=OTHER)).system_paths()
        assert len(fleet.server.seen) == heard
        await fleet.at(trust=Trust(pin=pin_of(tmp_path))).system_paths()
        await fleet.at().system_paths()


async def test_who_waits_for_a_place_gets_none_of_another_trust(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, max_connections=1) as fleet:
        await fleet.at(trust=Trust(verify=False)).system_paths()
        with pytest.raises(ServerUnreachableError):
            await fleet.at(trust=Trust(pin=OTHER)).system_paths()
        assert await fleet.at().system_paths() == (SYSTEM,)
