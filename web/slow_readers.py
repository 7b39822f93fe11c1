"""Clients that do not take their answers, and would hold a connection, and the answer in memory, for ever."""

import asyncio
import logging

from tornado.iostream import IOStream

log = logging.getLogger("taskmon.web")


def have_taken(stream: IOStream, seconds: float) -> None:
    """Close the connection unless all that was written to it has left within so many seconds."""
    if stream.closed() or not stream.writing():  # nearly every answer has left at once
        return
    timer = asyncio.get_running_loop().call_later(seconds, _cut_off, stream)
    stream.write(b"").add_done_callback(lambda _: timer.cancel())


def _cut_off(stream: IOStream) -> None:
    log.info("a connection is closed: its client did not take an answer within web.body_timeout")
    stream.close()
