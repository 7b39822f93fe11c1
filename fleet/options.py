"""How the servers outside are reached, and whose certificates are believed."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path


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


def trust(options: FleetOptions) -> ssl.SSLContext:
    """The TLS context that every connection shares. Reads files, so it is made once, at the start.

    Raises:
        ValueError: `ca_file` cannot be read as certificates; the sentence says what to do.
    """
    context = ssl.create_default_context()
    # Python 3.13 made this the default. Management controllers' authorities often lack an extension or two,
    # and whether a server is trusted must not depend on the version of Python.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if options.ca_file is not None:
        try:
            context.load_verify_locations(cafile=options.ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise ValueError(
                f"fleet.ca_file: {options.ca_file} cannot be read as certificates in PEM form "
                f"({error.strerror or error}). Name a file that holds them, or leave the setting out."
            ) from error
    if not options.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
