"""Every setting: its name, default, range and meaning; durations are in seconds, sizes in bytes."""

import ssl
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FilePath,
    IPvAnyNetwork,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import NoDecode

Seconds = Annotated[float, Field(gt=0, le=86400, allow_inf_nan=False)]


class Section(BaseModel):
    """A section of the settings: an unknown key in it is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WebSettings(Section):
    """The REST interface."""

    host: str = Field("127.0.0.1", min_length=1, description="address to listen on; 0.0.0.0 and :: are all")
    port: int = Field(8443, ge=0, le=65535, description="port to listen on; 0 picks a free one")
    tls: bool = Field(True, description="HTTPS; may be switched off on a loopback host only")
    redirect_port: int | None = Field(
        None,
        validate_default=True,
        ge=0,
        le=65535,
        description="port for plain HTTP that sends everybody to the other; unset: none; 0: a free one",
    )
    cert_file: FilePath | None = Field(
        None, description="certificate (PEM); made in the data folder if unset"
    )
    key_file: FilePath | None = Field(
        None, validate_default=True, description="the certificate's private key (PEM)"
    )
    max_body: int = Field(4 * 1024 * 1024, ge=1024, le=64 * 1024 * 1024, description="largest request body")
    retry_after: int | Literal["expected"] | None = Field(
        None,
        description="Retry-After of a 202: whole seconds, or by what it took so far; unset: as clients want",
    )
    longest_wait: int = Field(
        60, ge=0, le=600, description="most seconds that Prefer: wait may hold an answer; 0: it never waits"
    )
    max_headers: int = Field(
        32 * 1024,
        ge=4096,
        le=1024 * 1024,
        description="largest head of a request; more is refused, much more closes the connection",
    )
    idle_timeout: Seconds = Field(
        300, description="a connection is closed so long after its last answer, if no whole head has come"
    )
    body_timeout: Seconds = Field(120, description="that a client has to send a body, and to take an answer")
    connections_per_address: int = Field(
        2000, ge=1, le=1_000_000, description="most connections of one client; of IPv6, of one /64 network"
    )
    requests_per_second: float = Field(
        0,
        ge=0,
        le=1_000_000,
        allow_inf_nan=False,
        description="most of an account, on average; 0: any number",
    )
    page_size: int = Field(1000, ge=1, le=5000, description="most members of a page of Tasks and of SubTasks")
    query_timeout: Seconds = Field(10, description="that a query may take; then it is answered 503")

    # Of single settings, so that a mistake elsewhere in the section does not hide one here.

    @field_validator("retry_after", mode="before")
    @classmethod
    def _seconds_or_expected(cls, given: object) -> object:
        if given is None or given == "expected":
            return given
        text = str(given)
        if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 3600):
            raise ValueError('it must be whole seconds from 1 to 3600, or "expected"')
        return int(text)

    @field_validator("redirect_port")
    @classmethod
    def _is_another_port(cls, redirect_port: int | None, others: ValidationInfo) -> int | None:
        if redirect_port is None:
            return None
        if redirect_port and redirect_port == others.data.get("port"):
            raise ValueError("it must be another port than web.port, which speaks HTTPS")
        if others.data.get("tls") is False:
            raise ValueError("there is no HTTPS to send anybody to: web.tls is false")
        return redirect_port

    @field_validator("key_file")
    @classmethod
    def _belongs_to_the_certificate(cls, key_file: Path | None, others: ValidationInfo) -> Path | None:
        if "cert_file" not in others.data:
            return key_file  # which is a mistake of its own
        cert_file = others.data["cert_file"]
        if (cert_file is None) != (key_file is None):
            raise ValueError("cert_file and key_file are given together or not at all")
        if cert_file is not None and key_file is not None:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert_file, key_file)
            except OSError as error:
                raise ValueError(
                    f"it cannot be used with {cert_file}: both must be PEM and belong together "
                    f"({error.strerror or error})"
                ) from None
        return key_file

    @field_validator("tls")
    @classmethod
    def _plain_http_stays_on_this_machine(cls, tls: bool, others: ValidationInfo) -> bool:
        host = others.data.get("host")
        if not tls and host is not None and not _is_loopback(host):
            raise ValueError(
                f"false is allowed on a loopback host only, and {host} is none: "
                "passwords would cross the network in the open"
            )
        return tls


class MetricsSettings(Section):
    """What `/metrics` tells, and whom."""

    token: SecretStr | None = Field(
        None,
        min_length=16,
        description="bearer token to read /metrics with from elsewhere; unset: loopback only",
    )


class TaskSettings(Section):
    """How tasks are kept and ended."""

    abort_deadline: Seconds = Field(
        10, description="after an abort, work that has not stopped is ended so late"
    )
    max_retained: int = Field(
        10_000, ge=1, le=1_000_000, description="most tasks that are kept, live ones included, subtasks not"
    )
    auto_delete_minutes: int = Field(
        10_080,
        ge=1,
        le=5_256_000,
        description="minutes after its end at which a task is removed; PATCHed, that wins",
    )
    overwrite_policy: Literal["Oldest", "Manual"] = Field(
        "Oldest",
        description="at max_retained, Oldest removes what ended first, and Manual refuses new tasks",
    )


class EventSettings(Section):
    """Who is told of changes, and how. Where they may be, `fleet.networks` says."""

    retention: float = Field(
        86_400,
        ge=60,
        le=31_536_000,
        allow_inf_nan=False,
        description="that an event can be read after it has happened, by who was not there",
    )
    max_kept: int = Field(200_000, ge=1000, le=10_000_000, description="most events that can be read so")
    max_subscriptions: int = Field(100, ge=0, le=10_000, description="most subscriptions, without streams")
    max_streams: int = Field(1000, ge=0, le=100_000, description="most streams that are open at once")
    heartbeat: Seconds = Field(15, description="between two signs of life on a stream where nothing happens")
    stream_lag: int = Field(
        5000, ge=100, le=1_000_000, description="events that a stream may be behind before it is cut off"
    )
    delivery_timeout: Seconds = Field(10, description="that a destination has to answer")
    delivery_batch: int = Field(100, ge=1, le=1000, description="most events in one request to a destination")
    retry_attempts: int = Field(
        3, ge=0, le=100, description="attempts after the first at a delivery; PATCHed, that wins"
    )
    retry_interval: int = Field(
        60, ge=1, le=86_400, description="seconds between two attempts; PATCHed, that wins"
    )


class FleetSettings(Section):
    """How the servers outside are reached."""

    ca_file: FilePath | None = Field(
        None, description="certificates (PEM) to trust servers by, besides the system's"
    )
    verify: bool = Field(True, description="whether servers' certificates are checked")
    max_connections: int = Field(
        500, ge=1, le=100_000, description="connections open at once, to all servers"
    )
    connect_timeout: Seconds = Field(5, description="for a connection, TLS included")
    read_timeout: Seconds = Field(30, description="for an answer")
    retries: int = Field(
        2, ge=0, le=10, description="how often a read that failed is repeated; an action never is"
    )
    cancel_timeout: Seconds = Field(3, description="for cancelling a server's own task after an abort")
    power_max_age: Seconds = Field(10, description="a power state older than this is asked for anew")
    networks: Annotated[tuple[IPvAnyNetwork, ...], NoDecode] = Field(
        (), description="networks that servers may be in; none: all but link-local and metadata addresses"
    )
    when_busy: Literal["wait", "refuse"] = Field(
        "wait",
        description="a reset of a server that another task holds or waits for waits too, or is refused (503)",
    )

    @field_validator("networks", mode="before")
    @classmethod
    def _listed_with_commas(cls, networks: object) -> object:
        """As the environment has them; a file has a list."""
        if isinstance(networks, str):
            return [network.strip() for network in networks.split(",") if network.strip()]
        return networks

    @field_validator("ca_file")
    @classmethod
    def _holds_certificates(cls, ca_file: Path | None) -> Path | None:
        if ca_file is not None:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=ca_file)
            except OSError as error:
                raise ValueError(
                    f"it holds no certificates in PEM that can be read ({error.strerror or error})"
                ) from None
        return ca_file


class ResetSettings(Section):
    """The operation reset."""

    waiting_timeout: Seconds = Field(86_400, description="for a server that another task holds")
    run_timeout: Seconds = Field(600, description="for one server, from the start of its work to the effect")
    progress_timeout: Seconds = Field(600, description="for one server, without anything new that is seen")
    expected_outage: Seconds = Field(
        300, description="how long after acceptance a server may be out of reach"
    )
    settle: Seconds = Field(5, description="On so long after acceptance is a restart that was not seen")


class AddServerSettings(Section):
    """The operation that adds a server, which waits for no other task."""

    run_timeout: Seconds = Field(600, description="until all of its systems have been read")
    progress_timeout: Seconds = Field(300, description="from one system that was read to the next")


class RemoveServerSettings(Section):
    """The operation that removes a server."""

    waiting_timeout: Seconds = Field(86_400, description="for tasks that hold its systems")
    run_timeout: Seconds = Field(60, description="from when it has them until it is removed")


class ShutdownSettings(Section):
    """A planned stop."""

    grace: Seconds = Field(20, description="that work has to reach a safe point before it is cut off")


class LogSettings(Section):
    """What the service writes of itself."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="the least that is written"
    )
    format: Literal["text", "json"] = Field("text", description="lines for people, or a JSON object each")
    file: Path | None = Field(None, description="file to write to, rotated at 20 MB; unset: standard error")
    audit_file: Path | None = Field(
        None, description="file for the audit, a JSON line a change; unset: audit.log in the data folder"
    )


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
