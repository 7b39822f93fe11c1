"""Addresses, options and identities: what is given by a number and a seed, and what is refused."""

import pytest

from fleet.simulator import SimulatorError, SimulatorOptions, parse_transition
from fleet.simulator.addresses import CAPACITY, address_of, index_of, is_loopback
from fleet.simulator.identity import credentials, fraction, identity
from fleet.simulator.redact import redacted


def test_addresses_are_told_apart_and_found_again() -> None:
    numbers = [*range(1_000), 10_000, 64_515, 64_516, CAPACITY - 1]

    addresses = [address_of(number) for number in numbers]

    assert addresses[:2] == ["127.0.0.1", "127.0.0.2"]
    assert addresses[253:255] == ["127.0.0.254", "127.0.1.1"]
    assert addresses[-1] == "127.255.255.254"
    assert len(set(addresses)) == len(numbers)
    assert [index_of(address) for address in addresses] == numbers


@pytest.mark.parametrize("address", ["127.0.0.0", "127.0.0.255", "10.0.0.1", "128.0.0.1", "0.0.0.0"])  # noqa: S104
def test_no_server_has_such_an_address(address: str) -> None:
    assert index_of(address) is None


@pytest.mark.parametrize(
    ("address", "loopback"),
    [("127.0.0.1", True), ("127.255.255.255", True), ("126.0.0.1", False), ("192.168.0.127", False)],
)
def test_what_is_loopback(address: str, loopback: bool) -> None:
    assert is_loopback(address) is loopback


@pytest.mark.parametrize(
    ("text", "transition"),
    [("0.5-2", (0.5, 2.0)), ("0-0.01", (0.0, 0.01)), ("3-3", (3.0, 3.0)), (".5-1", (0.5, 1.0))],
)
def test_a_transition_is_min_max(text: str, transition: tuple[float, float]) -> None:
    assert parse_transition(text) == transition


@pytest.mark.parametrize("text", ["", "2", "-", "1-", "-1", "1--2", "a-b", "1-2-3", "0.5:2", "1e3-2e3"])
def test_another_text_is_no_transition(text: str) -> None:
    with pytest.raises(SimulatorError, match="MIN-MAX"):
        parse_transition(text)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"servers": -1}, "--servers is -1"),
        ({"dead": -1}, "--dead is -1"),
        ({"servers": CAPACITY + 1}, "has room for"),
        ({"servers": CAPACITY, "dead": 1}, "has room for"),
        ({"port": 65_536}, "--port is 65536"),
        ({"port": -1}, "--port is -1"),
        ({"transition": (2.0, 1.0)}, "shortest time first"),
        ({"transition": (0.0, float("inf"))}, "shortest time first"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(SimulatorError, match=sentence):
        SimulatorOptions(**options)  # type: ignore[arg-type]


def test_one_seed_gives_one_fleet_and_another_gives_another() -> None:
    fleet = [identity(7, index) for index in range(100)]

    assert fleet == [identity(7, index) for index in range(100)]
    assert fleet != [identity(8, index) for index in range(100)]
    for value in ("password", "uuid", "serial_number", "user_name"):
        assert len({getattr(one, value) for one in fleet}) == 100, value
    assert [credentials(7, index)[1] for index in range(100)] == [one.password for one in fleet]


def test_fractions_spread_over_the_whole_range() -> None:
    fractions = sorted(fraction(1, "transition", number) for number in range(1_000))

    assert 0 <= fractions[0] < 0.02
    assert 0.98 < fractions[-1] < 1
    assert fraction(1, "transition", 5) == fraction(1, "transition", 5)


def test_secrets_are_taken_out_at_any_depth() -> None:
    body = {
        "UserName": "u",
        "Password": "p",
        "a": [{"newPASSWORD": {"x": "p"}, "b": [["p", {"Token": "p"}]]}],
    }

    assert redacted(body) == {
        "UserName": "u",
        "Password": "***",
        "a": [{"newPASSWORD": "***", "b": [["p", {"Token": "***"}]]}],
    }
