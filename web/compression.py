"""Answers in gzip, for who asks for it and where it is worth it.

A strong tag names the bytes of one representation, so what is packed needs a tag of its own (RFC 9110,
8.8.3.3). The tags of single resources are what If-Match repeats, and must not depend on how they were
fetched: what has such a tag is never packed. What is large are collections and expanded answers, whose tags
nobody sends with a change and which are told apart by their ending, and what has no tag: schemas, metadata,
errors. No body holds a secret, so its length gives none away.
"""

import gzip
from typing import Final

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import OutputTransform

from web.accept import weight_of

LEAST: Final = 1400
"""Bytes of the smallest body that is packed: what is smaller goes in one packet anyway."""
MOST: Final = 2 * 1024 * 1024
"""Bytes of the largest: packing is done on the loop, and holds it for 4 to 14 ms for each MiB."""
LEVEL: Final = 1
"""The quickest, in a quarter of the time of the usual 6: 1,000 expanded tasks shrink to a twentieth."""
PACKED: Final = '-gzip"'
"""How the tag of a packed collection or expanded answer ends."""


class Gzip(OutputTransform):
    """Packs the whole answers of one request, if its client takes them."""

    def __init__(self, request: HTTPServerRequest) -> None:
        self._headers = request.headers

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """The answer as it goes out. A cache is told what it depends on, packed or not."""
        headers.add("Vary", "Accept-Encoding")
        tag = headers.get("ETag")
        if finishing and chunk and (is_worth(self._headers, chunk) if tag is None else tag.endswith(PACKED)):
            headers["Content-Encoding"] = "gzip"
            chunk = packed(chunk)
            headers["Content-Length"] = str(len(chunk))
        return status_code, headers, chunk


def packed(body: bytes) -> bytes:
    """The body in gzip: the same bytes every time."""
    return gzip.compress(body, LEVEL, mtime=0)


def is_worth(asked: HTTPHeaders, body: bytes) -> bool:
    """Whether a body is packed for a request with these headers."""
    return LEAST <= len(body) <= MOST and takes_gzip(asked.get("Accept-Encoding", ""))


def collection_tag(tag: str, asked: HTTPHeaders, body: bytes) -> str:
    """The tag of a collection, or of an expanded answer, with this body, for a request with these headers."""
    return tag[:-1] + PACKED if is_worth(asked, body) else tag


def takes_gzip(accept_encoding: str) -> bool:
    """Whether Accept-Encoding lets gzip in: by its name, else by `*`; with a weight above 0."""
    weights = {}
    for part in accept_encoding.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weights[name] = weight_of(parameters)
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0
