"""Bodies that come in another charset, or packed: they are not guessed at."""

import gzip

import orjson
import pytest

from tests.web.conftest import Service
from tests.web.test_operations import SERVICE_RESET

GOOD = {"TargetURIs": [{"@odata.id": "/redfish/v1/Systems/s1.1"}], "ResetType": "On"}


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json;charset=utf-8", 202),
        ('application/json; Charset="UTF-8"', 202),
        ("application/json; charset=us-ascii", 202),
        ("application/json; charset=", 202),
        ("application/json; version=1", 202),
        ("application/json; charset=latin-1", 415),
        ("application/json;odata=verbose;charset=utf-16", 415),
    ],
)
async def test_a_body_is_utf_8_and_nothing_else(service: Service, content_type: str, status: int) -> None:
    answer = await service.admin.post(SERVICE_RESET, GOOD, Content_Type=content_type)
    assert answer.status == status
    if status == 415:
        assert answer.keys == ["HeaderInvalid"]
        assert "UTF-8" in answer.words
        assert service.operations.orders == []


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "identity, br", "deflate"])
async def test_a_packed_body_is_told_to_come_unpacked(service: Service, coding: str) -> None:
    for body in (gzip.compress(orjson.dumps(GOOD)), orjson.dumps(GOOD)):
        answer = await service.admin.post(
            SERVICE_RESET, body, Content_Type="application/json", Content_Encoding=coding
        )
        assert (answer.status, answer.keys) == (415, ["HeaderInvalid"])
        assert answer.headers["Accept-Encoding"] == "identity"
        assert "Content-Encoding" in answer.words
    assert service.operations.orders == []
    assert (await service.admin.post(SERVICE_RESET, GOOD, Content_Encoding="identity")).status == 202
