"""What a server is told apart by: everything seeded, so that one seed always gives the same fleet."""

import base64
from dataclasses import dataclass
from hashlib import blake2b
from uuid import UUID

from fleet.simulator.addresses import address_of

MODELS = (("Contoso", "Rackline 2200"), ("Fabrikam", "Node S4"), ("Northwind", "Quad 8e"))
"""Invented makers and their models: a fleet is rarely of one kind."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a server is and who may log in to it."""

    address: str
    user_name: str
    password: str
    uuid: UUID
    serial_number: str
    manufacturer: str
    model: str

    @property
    def basic(self) -> bytes:
        """The credentials as the Authorization header carries them, after the word Basic."""
        return base64.b64encode(f"{self.user_name}:{self.password}".encode())


def digest(seed: int, *what: object) -> bytes:
    """32 bytes that look random and are always the same for the same seed and things."""
    return blake2b(":".join(map(str, (seed, *what))).encode(), digest_size=32).digest()


def fraction(seed: int, *what: object) -> float:
    """A number from 0 up to, not including, 1, always the same for the same seed and things.

    A hash instead of a generator kept for each server: 10,000 of those are 25 MB.
    """
    return int.from_bytes(digest(seed, *what)[:7], "big") / (1 << 56)


def credentials(seed: int, index: int) -> tuple[str, str]:
    """The user name and the password of the server with this number."""
    return f"bmc{index + 1}", f"Bmc-{digest(seed, 'password', index).hex()[:20]}"


def identity(seed: int, index: int) -> Identity:
    """Who the server with this number is."""
    user_name, password = credentials(seed, index)
    raw = digest(seed, "identity", index)
    manufacturer, model = MODELS[raw[16] % len(MODELS)]
    return Identity(
        address=address_of(index),
        user_name=user_name,
        password=password,
        uuid=UUID(bytes=raw[:16], version=4),
        serial_number=f"SIM{raw[17:22].hex().upper()}",
        manufacturer=manufacturer,
        model=model,
    )
