"""Answers in gzip: who gets them, and what their tags are."""

import gzip
from dataclasses import dataclass

import orjson
import pytest

from tests.web.conftest import Service
from tests.web.raw import BASIC, RawAnswer, Wire, head
from tests.web.standins import a_task
from web.compression import LEAST, takes_gzip

TASKS = "/redfish/v1/TaskService/Tasks"
SCHEMA = "/redfish/v1/SchemaStore/en/Task.json"


@dataclass(frozen=True)
class Asked:
    """One request over a wire of its own."""

    service: Service

    async def __call__(self, path: str, *headers: str, method: str = "GET") -> RawAnswer:
        async with await Wire.open(self.service.port) as wire:
            await wire.send(head(method, path, BASIC, *headers))
            return await wire.answer(head=method == "HEAD")


@pytest.fixture
def ask(service: Service) -> Asked:
    service.tasks.add(*(a_task() for _ in range(100)))
    return Asked(service)


@pytest.mark.parametrize(
    "path", [TASKS, f"{TASKS}?$expand=.", "/redfish/v1/?$expand=*", SCHEMA, "/redfish/v1/$metadata"]
)
async def test_what_is_large_is_packed_for_who_asks(ask: Asked, path: str) -> None:
    plain = await ask(path)
    packed = await ask(path, "Accept-Encoding: gzip, deflate")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    assert len(plain.body) >= LEAST
    assert len(packed.body) < len(plain.body) / 2
    tags = [answer.headers.get("etag", "") for answer in (packed, plain)]
    unpacked = gzip.decompress(packed.body).replace(tags[0].encode()[1:-1], tags[1].encode()[1:-1])
    assert unpacked == plain.body
    only_head = await ask(path, "Accept-Encoding: gzip", method="HEAD")
    for name in ("content-encoding", "content-length", "etag", "vary"):
        assert only_head.headers.get(name) == packed.headers.get(name)


async def test_a_packed_collection_has_a_tag_of_its_own(ask: Asked) -> None:
    plain, packed = await ask(TASKS), await ask(TASKS, "Accept-Encoding: gzip")
    assert packed.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'
    assert orjson.loads(gzip.decompress(packed.body))["@odata.etag"] == packed.headers["etag"]
    again = await ask(TASKS, "Accept-Encoding: gzip")
    assert again.body == packed.body
    known = await ask(TASKS, "Accept-Encoding: gzip", f"If-None-Match: {packed.headers['etag']}")
    assert (known.status, known.headers["etag"]) == (304, packed.headers["etag"])


async def test_a_single_resource_has_one_tag_and_is_never_packed(ask: Asked) -> None:
    """If-Match repeats it, wherever it was read."""
    task = a_task(target="/" + "x" * 3 * LEAST)
    ask.service.tasks.add(task)
    for path in (f"{TASKS}/{task.id}", "/redfish/v1/"):
        plain, asked = await ask(path), await ask(path, "Accept-Encoding: gzip")
        assert "content-encoding" not in asked.headers
        assert (asked.headers["etag"], asked.body) == (plain.headers["etag"], plain.body)


async def test_what_is_small_is_not_packed(ask: Asked) -> None:
    for path in ("/redfish", "/redfish/v1/Systems", "/redfish/v1/Nothing"):
        answer = await ask(path, "Accept-Encoding: gzip")
        assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("", False),
        ("identity", False),
        ("gzip", True),
        ("x-gzip", True),
        ("br, GZIP;q=0.1", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("*", True),
        ("*;q=0", False),
        ("gzip;q=what", True),
        (",;,=;q", False),
        ("gzipped", False),
    ],
)
def test_who_takes_gzip(header: str, takes: bool) -> None:
    assert takes_gzip(header) == takes
