"""One listening socket for all simulated servers: accepting, and telling them apart by the local address."""

import asyncio
import errno
import logging
import socket
import ssl
from collections.abc import Callable

from tornado.iostream import SSLIOStream

from fleet.simulator.addresses import index_of, is_loopback
from fleet.simulator.attendance import reset_at_close
from fleet.simulator.errors import SimulatorError

log = logging.getLogger(__name__)

EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - whoever comes from outside 127.0.0.0/8 is sent away
BACKLOG = 16_384
"""Connections that may wait for being accepted; the system cuts this to its own limit."""
AT_ONCE = 64
"""Connections accepted before others on the loop have their turn."""
CHUNK = 8192
"""Bytes that are read at once; requests are small, and Tornado clears so much memory for each read."""
PAUSE = 0.1
"""Seconds without accepting when the process has no file descriptors left."""
_NO_DESCRIPTORS = (errno.EMFILE, errno.ENFILE)


def hold_port(port: int) -> socket.socket:
    """A socket that has this port on every local address, listening to nobody yet; port 0 is any free one.

    Raises:
        SimulatorError: the port cannot be had.
    """
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.setblocking(False)
    try:
        if port:
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind((EVERY_ADDRESS, port))
        # A simulator that has ended leaves connections behind, which must not stop the next one on its port.
        # Set only now where any port will do: before, it would let in a port that somebody else holds.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    except OSError as error:
        held.close()
        raise SimulatorError(
            f"Port {port} cannot be used ({error.strerror}): stop what uses it, or give another --port."
        ) from error
    return held


class Listener:
    """Accepts connections on a held port, and hands those to a simulated server over to `connected`.

    `connected` is called with the number of the server and the stream, whose TLS handshake is still to come.
    Connections from outside 127.0.0.0/8, to no simulated server, or to one that `is_away` are closed at once.
    """

    def __init__(
        self,
        held: socket.socket,
        context: ssl.SSLContext,
        servers: int,
        is_away: Callable[[int], bool],
        connected: Callable[[int, SSLIOStream], None],
    ) -> None:
        self._socket = held
        self._context = context
        self._servers = servers
        self._is_away = is_away
        self._connected = connected
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to accept.

        Raises:
            SimulatorError: another process listens on the port.
        """
        try:
            self._socket.listen(BACKLOG)
        except OSError as error:
            port = self._socket.getsockname()[1]
            raise SimulatorError(
                f"Port {port} cannot be used ({error.strerror}): stop what uses it, or give another --port."
            ) from error
        self._loop.add_reader(self._socket, self._accept)

    def stop(self) -> None:
        """Accept no more, and give the port back. Connections that are open stay open."""
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _accept(self) -> None:
        for _ in range(AT_ONCE):
            try:
                connection, peer = self._socket.accept()
            except BlockingIOError:
                return
            except ConnectionError:
                continue  # the client has left before its turn came
            except OSError as error:
                if error.errno not in _NO_DESCRIPTORS:
                    raise
                self._rest()
                return
            self._receive(connection, peer[0])

    def _rest(self) -> None:
        log.warning("No file descriptor is left for another connection: raise the limit of open files.")
        self._loop.remove_reader(self._socket)
        self._pause = self._loop.call_later(PAUSE, self._loop.add_reader, self._socket, self._accept)

    def _receive(self, connection: socket.socket, peer: str) -> None:
        index = index_of(connection.getsockname()[0]) if is_loopback(peer) else None
        if index is None or index >= self._servers or self._is_away(index):
            reset_at_close(connection)
            connection.close()
            return
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            secured = self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        except OSError:  # the client has left meanwhile
            connection.close()
            return
        self._connected(index, SSLIOStream(secured, read_chunk_size=CHUNK))
