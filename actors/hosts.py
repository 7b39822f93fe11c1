"""Names and addresses of hosts: what they may look like, and the one spelling that tells them apart."""

import re
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

DEFAULT_PORT = 443
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")


def address_of(host_name: str) -> str:
    """The address, `host:port` in lower case, of a HostName such as `10.0.0.5`, `bmc7:8443`, `[::1]`,
    or a URL `https://bmc7/`.

    Raises:
        ValueError: it is none of these; the sentence says why.
    """
    text = host_name.strip(" ")
    if not text.isprintable():
        raise ValueError("it must not have control characters")
    scheme, separator, rest = text.partition("://")
    if separator:
        if scheme.lower() != "https":
            raise ValueError(f"servers are reached by https only, not by {scheme[:20]}")
        text = rest.removesuffix("/")
    if not text or any(character in text for character in "/?#@\\ ") or not text.isascii():
        raise ValueError("it must be a host name or an IP address, with a port if that is not 443")
    if text.count(":") > 1 and not text.startswith("["):
        text = f"[{text}]"
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("the port must be a number from 1 to 65535, and an IPv6 address valid") from None
    if port == 0 or text.endswith(":"):
        raise ValueError("the port must be a number from 1 to 65535")
    return f"{host_of(host)}:{port or DEFAULT_PORT}"


def host_of(host: str) -> str:
    """This host name (RFC 1123, underscores allowed) or IP address in lower case, as it stands in a URL.

    Raises:
        ValueError: it is neither; the sentence says why.
    """
    try:
        address = ip_address(host)
    except ValueError:
        if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.removesuffix(".").split(".")):
            raise ValueError("it is neither an IP address nor a valid host name") from None
        if host.replace(".", "").isdigit():
            raise ValueError("it looks like an IP address and is none") from None
        return host.lower().removesuffix(".")
    return f"[{address}]" if isinstance(address, IPv6Address) else str(address)
