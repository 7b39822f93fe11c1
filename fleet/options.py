"""How the servers outside are reached, and whose certificates are believed."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from actors.inventory.records import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetOptions:
    """Times are in seconds.

    `connect_timeout` covers name, TCP and TLS, `read_timeout` an answer from its request to its last
    byte; waiting for a place among the connections counts towards neither. `retries` is how often a
    read is repeated, after `retry_pause` and then twice as long each time. A connection is closed
    after `idle_time` without use. `networks` is the list of those that servers may be in (`fleet.networks`).
    """

    ca_file: Path | None = None
    verify: bool = True
    max_connections: int = 500
    connect_timeout: float = 5
    read_timeout: float = 30
    retries: int = 2
    user_agent: str = "taskmon"
    per_server: int = 4
    idle_time: float = 10
    retry_pause: float = 0.25
    networks: Sequence[IPv4Network | IPv6Network] = ()


class Contexts:
    """The TLS contexts that connections are made with, by what their servers have to show."""

    def __init__(self, options: FleetOptions) -> None:
        """Reads files, so there is one of it, made at the start.

        Raises:
            ValueError: `ca_file` cannot be read as certificates; the sentence says what to do.
        """
        self._verifying = _verifying(options.ca_file)
        self._trusting = _trusting()
        self._verify = options.verify

    def of(self, trust: Trust) -> ssl.SSLContext:
        """The context for a server of that trust.

        With a pin no signature is looked at: what the server shows is compared after the handshake, before
        anything is sent.
        """
        verify = self._verify if trust.verify is None else trust.verify
        return self._verifying if verify and not trust.pin else self._trusting


def read_authorities(options: FleetOptions) -> None:
    """Read ahead what `Contexts` needs; it takes time, and a thread other than the loop's may do it.

    Raises:
        ValueError: as `Contexts`.
    """
    _verifying(options.ca_file)


@lru_cache(maxsize=1)
def _verifying(ca_file: Path | None) -> ssl.SSLContext:
    """Servers and listeners share it: reading the system's authorities takes a third of a second for some."""
    context = ssl.create_default_context()
    # Python 3.13 made this the default. Management controllers' authorities often lack an extension or two,
    # and whether a server is trusted must not depend on the version of Python.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise ValueError(
                f"fleet.ca_file: {ca_file} cannot be read as certificates in PEM form "
                f"({error.strerror or error}). Name a file that holds them, or leave the setting out."
            ) from error
    return context


def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
