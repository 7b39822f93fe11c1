"""The service's own TLS certificate, for when none is configured: self-signed, made once."""

import ipaddress
import logging
import re
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from actors.tasks.errors import TaskmonError
from store.folder import PRIVATE_FILE, PUBLIC_FILE, DataFolder, unusable, write_once

log = logging.getLogger(__name__)

VALID_FOR = timedelta(days=3650)
CLOCKS_DIFFER_BY = timedelta(days=1)
WARN_WITHIN = timedelta(days=30)
_HOST_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.IGNORECASE)


class CertificateUnusableError(TaskmonError):
    """The certificate or its key in the data folder cannot be used."""


def ensure_certificate(folder: Path) -> tuple[Path, Path]:
    """The paths of the certificate and of its key in this data folder; both are made if they are not there.

    It is for localhost, 127.0.0.1, ::1 and the host name, and a client that trusts exactly this
    certificate accepts it. One that ends within 30 days, or has ended, is logged as a warning and
    stays: removing both files makes new ones at the next start.

    Raises:
        CertificateUnusableError: one of the files is damaged, or they do not belong together.
        FolderUnusableError: they cannot be read or written.
    """
    certificate_file, key_file = DataFolder(folder).tls_certificate, DataFolder(folder).tls_key
    with unusable(key_file, "read or written"):
        # The key comes first: a start that was cut short in between goes on with it.
        if not key_file.exists() and not certificate_file.exists():
            write_once(key_file, _new_key(), PRIVATE_FILE)
        key = _load_key(key_file)
    with unusable(certificate_file, "read or written"):
        if not certificate_file.exists():
            write_once(certificate_file, _new_certificate(key, datetime.now(UTC)), PUBLIC_FILE)
        certificate = _load_certificate(certificate_file)
    if certificate.public_key() != key.public_key():
        raise CertificateUnusableError(
            f"The certificate {certificate_file} and the key {key_file} do not belong together. {_REMEDY}"
        )
    _see_to_its_end(certificate, certificate_file)
    return certificate_file, key_file


_REMEDY = "Put back the pair from a backup, or remove both, and the next start makes new ones."


def _new_key() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    if not path.exists():
        raise CertificateUnusableError(f"There is a certificate, but its key {path} is missing. {_REMEDY}")
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise CertificateUnusableError(f"The key {path} cannot be read: {error}. {_REMEDY}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CertificateUnusableError(f"The key {path} is not one that this service has made. {_REMEDY}")
    return key


def _load_certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError as error:
        raise CertificateUnusableError(
            f"The certificate {path} cannot be read: {error}. {_REMEDY}"
        ) from error


def _new_certificate(key: ec.EllipticCurvePrivateKey, now: datetime) -> bytes:
    host = socket.gethostname()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"taskmon on {host}"[:64])])
    # Not a CA: rustls and Firefox refuse a CA's certificate as a server's own. As the trust anchor of
    # itself alone it need not be one: OpenSSL takes it with X509_STRICT too (test_certificate.py), and so
    # does Go. What is not a CA must not have keyCertSign either (RFC 5280, 4.2.1.3).
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCKS_DIFFER_BY)
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_for_signatures(), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_names(host)), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM)


def _names(host: str) -> list[x509.GeneralName]:
    """What clients may call the service by. A host name that no certificate can hold is left out."""
    names = ["localhost"]
    if host.lower() != "localhost" and len(host) <= 253 and _HOST_NAME.fullmatch(host):
        names.append(host)
    return [
        *(x509.DNSName(name) for name in names),
        x509.IPAddress(ipaddress.IPv4Address("127.0.0.1")),
        x509.IPAddress(ipaddress.IPv6Address("::1")),
    ]


def _for_signatures() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _see_to_its_end(certificate: x509.Certificate, path: Path) -> None:
    end = certificate.not_valid_after_utc
    left = end - datetime.now(UTC)
    if left < WARN_WITHIN:
        log.warning(
            "The certificate %s %s on %s. To have a new one made, remove it and %s and start again; "
            "clients must then be given the new one.",
            path,
            "ends" if left > timedelta() else "has ended",
            end.date().isoformat(),
            DataFolder(path.parent).tls_key,
        )
