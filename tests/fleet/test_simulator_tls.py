"""Who reaches a simulated server, and which certificate it shows."""

import asyncio
import contextlib
import socket
import ssl

import pytest
from cryptography import x509

from fleet.simulator import Simulator, SimulatorError, SimulatorOptions
from fleet.simulator.certificates import Certificates
from tests.fleet.simulator_support import connect, outside_address, simulated, trusting
from tests.support import lacking


async def certificate_of(simulator: Simulator, index: int) -> x509.Certificate:
    _, writer = await connect(simulator, index)
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return x509.load_der_x509_certificate(shown)


async def test_each_address_has_its_own_certificate_that_verifies() -> None:
    async with simulated(servers=300) as client:
        for index in (0, 7, 299):
            shown = await certificate_of(client.simulator, index)
            names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            addresses = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
            assert [f"{address}:{client.simulator.port}" for address in addresses] == [
                client.simulator.host_name(index)
            ]
            again = await certificate_of(client.simulator, index)
            assert again.serial_number == shown.serial_number


async def test_a_certificate_is_not_good_for_another_address() -> None:
    async with simulated() as client:
        address, _, port = client.simulator.host_name(0).partition(":")
        context = trusting(client.simulator.ca_pem)
        with pytest.raises(ssl.SSLCertVerificationError, match=r"127\.0\.0\.2"):
            await asyncio.open_connection(address, int(port), ssl=context, server_hostname="127.0.0.2")


async def test_another_run_is_another_authority() -> None:
    other = Certificates()
    other.close()
    async with simulated() as client:
        address, _, port = client.simulator.host_name(0).partition(":")
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.open_connection(
                address, int(port), ssl=trusting(other.ca_pem), server_hostname=address
            )


async def test_an_address_without_a_server_is_closed_at_once() -> None:
    async with simulated(servers=2) as client:
        with pytest.raises((ConnectionError, ssl.SSLError)):
            await asyncio.open_connection(
                "127.0.0.3", client.simulator.port, ssl=trusting(client.simulator.ca_pem)
            )


@pytest.mark.parametrize("to_a_server", [True, False])
async def test_who_comes_from_outside_is_closed_at_once(to_a_server: bool) -> None:
    outside = outside_address()
    if outside is None:
        lacking("this machine has no address outside 127.0.0.0/8 to come from")
    async with simulated() as client:
        loop = asyncio.get_running_loop()
        there = ("127.0.0.1" if to_a_server else outside, client.simulator.port)
        with socket.socket() as coming:
            coming.setblocking(False)
            coming.bind((outside, 0))

            async def first_byte() -> bytes:
                await loop.sock_connect(coming, there)
                return await loop.sock_recv(coming, 1)

            with pytest.raises(ConnectionResetError):
                await first_byte()
        assert (await client.ask("GET", "/redfish/v1/")).status == 200


async def test_dead_lines_name_a_port_where_nobody_listens() -> None:
    async with simulated(servers=2, dead=3) as client:
        inventory = client.simulator.inventory()
        assert len(inventory) == 5
        assert len({line["HostName"] for line in inventory}) == 5
        for line in inventory[2:]:
            address, _, port = line["HostName"].partition(":")
            assert int(port) != client.simulator.port
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(address, int(port))


async def test_a_port_that_is_taken_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SimulatorError, match=f"Port {port} cannot be used"):
            await Simulator(SimulatorOptions(port=port)).start()


async def test_a_port_is_free_again_after_stopping() -> None:
    async with simulated() as client:
        port = client.simulator.port
        assert (await client.ask("GET", "/redfish/v1/")).status == 200
    async with simulated(port=port) as client:
        assert client.simulator.port == port
        assert (await client.ask("GET", "/redfish/v1/")).status == 200


async def test_stopping_closes_open_connections() -> None:
    async with Simulator(SimulatorOptions(servers=1)) as simulator:
        reader, writer = await connect(simulator)
    assert await reader.read() == b""
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
