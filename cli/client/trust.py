"""Whom to trust at the other end: TLS contexts, and the fingerprint of who was not trusted."""

import asyncio
import hashlib
import ssl
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from cli.client.errors import CommandError

FINGERPRINT_WITHIN = 5.0


def tls_context(ca: str, *, insecure: bool) -> ssl.SSLContext | Literal[True]:
    """What checks certificates by this file, or not at all, or as the system does.

    That is True: aiohttp has such a context already, and to read all those authorities again takes time.

    Raises:
        CommandError: the file holds no certificate, or cannot be read.
    """
    if insecure:
        return _trusting_all()
    if not ca:
        return True
    try:
        return ssl.create_default_context(cafile=ca)
    except FileNotFoundError:
        raise CommandError(f"The certificate file {ca} is not there: log in again with --ca.") from None
    except (ssl.SSLError, OSError) as error:
        raise CommandError(f"{ca} is no file with certificates in PEM form ({error}).") from None


def _trusting_all() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def fingerprint_at(url: str) -> str:
    """The SHA-256 fingerprint of the certificate that is shown there; an empty string if none can be had."""
    parts = urlsplit(url)
    context = _trusting_all()
    try:
        async with asyncio.timeout(FINGERPRINT_WITHIN):
            _, writer = await asyncio.open_connection(parts.hostname, parts.port or 443, ssl=context)
            try:
                shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return ""
    return _spelled(shown)


def _spelled(certificate: bytes) -> str:
    digest = hashlib.sha256(certificate).hexdigest().upper()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def absolute(ca: Path | None) -> str:
    """This file by a path that is good from every folder; an empty string for none."""
    return str(ca.resolve()) if ca else ""
