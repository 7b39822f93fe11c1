"""The certificates of the simulated servers: one for each address, made when it is first asked for.

One certificate that names 10,000 addresses is slow to make and grows past what clients take. So each address
has its own, and the server-side SNI callback, which also runs for clients that send no name, picks it by the
local address of the connection.
"""

import datetime
import os
import secrets
import ssl
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = datetime.timedelta(days=90)
CLOCK_SKEW = datetime.timedelta(hours=1)

PEM = serialization.Encoding.PEM
SIGNING_ONLY = {
    "content_commitment": False,
    "key_encipherment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "encipher_only": False,
    "decipher_only": False,
}


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Certificates:
    """A certificate authority of its own, and a TLS context for each address that is asked for.

    All addresses share one key: making a key for each would only take time. Call `close` at the end.
    """

    def __init__(self) -> None:
        now = datetime.datetime.now(datetime.UTC)
        self._begins, self._ends = now - CLOCK_SKEW, now + LIFETIME
        # the random part keeps a client that has seen another run from mixing up the two authorities
        self._issuer = _name(f"taskmon simulator {secrets.token_hex(8)}")
        self._ca_key = ec.generate_private_key(ec.SECP256R1())
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._public_key = self._key.public_key()
        self._issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._ca_key.public_key())
        self._key_id = x509.SubjectKeyIdentifier.from_public_key(self._public_key)
        # ssl reads keys and certificates from files only; these have no place on any disk
        self._key_file = os.memfd_create("taskmon-simulator-key")
        self._file = os.memfd_create("taskmon-simulator-certificate")
        # OpenSSL reads the older format of keys faster, and a key faster from a file of its own
        key_format = serialization.PrivateFormat.TraditionalOpenSSL
        os.write(self._key_file, self._key.private_bytes(PEM, key_format, serialization.NoEncryption()))
        self._contexts: dict[str, ssl.SSLContext] = {}
        self.ca_pem = self._make_ca().public_bytes(PEM)
        """The certificate that signed all others, in PEM."""
        self.listening_context = self._new_context()
        """For wrapping accepted connections; it changes to the context of the local address by itself."""
        self.listening_context.sni_callback = self._choose

    def close(self) -> None:
        """Give back what the operating system lent. Connections that are open stay as they are."""
        os.close(self._file)
        os.close(self._key_file)

    def certificate(self, address: str) -> x509.Certificate:
        """A new certificate for a server at this IPv4 address, signed by the authority."""
        return (
            self._builder(_name(address), self._public_key)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
            .add_extension(self._key_id, critical=False)
            .add_extension(self._issuer_id, critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(digital_signature=True, key_cert_sign=False, crl_sign=False, **SIGNING_ONLY),
                critical=True,
            )
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(self._ca_key, hashes.SHA256())
        )

    def _choose(self, connection: ssl.SSLSocket | ssl.SSLObject, _name: str | None, _context: object) -> None:
        if not isinstance(connection, ssl.SSLSocket):
            raise TypeError("only a connection over a real socket knows its local address")
        address = connection.getsockname()[0]
        context = self._contexts.get(address)
        if context is None:
            context = self._contexts[address] = self._context_for(address)
        connection.context = context

    def _context_for(self, address: str) -> ssl.SSLContext:
        context = self._new_context()
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, self.certificate(address).public_bytes(PEM), 0)
        context.load_cert_chain(f"/proc/self/fd/{self._file}", f"/proc/self/fd/{self._key_file}")
        return context

    @staticmethod
    def _new_context() -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.num_tickets = 0  # nobody here resumes a session, and making tickets takes time
        return context

    def _make_ca(self) -> x509.Certificate:
        public_key = self._ca_key.public_key()
        return (
            self._builder(self._issuer, public_key)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(self._issuer_id, critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(
                x509.KeyUsage(digital_signature=False, key_cert_sign=True, crl_sign=True, **SIGNING_ONLY),
                critical=True,
            )
            .sign(self._ca_key, hashes.SHA256())
        )

    def _builder(self, subject: x509.Name, public_key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._issuer)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._begins)
            .not_valid_after(self._ends)
        )
