"""The redirect listener of the real service, and the first connection by TLS, which holds nobody up."""

import re
import ssl
from pathlib import Path

import aiohttp

from tests.service import Service


async def test_who_asks_by_plain_http_is_led_to_the_service(tmp_path: Path) -> None:
    with Service(tmp_path, {"web.redirect_port": 0}) as service:
        said = re.search(r"plain HTTP is redirected from (http://\S+)", service.log)
        assert said is not None
        trusted = aiohttp.TCPConnector(ssl=service_context(service))
        async with aiohttp.ClientSession(connector=trusted) as client:
            async with client.get(f"{said[1]}/redfish/v1", allow_redirects=False) as answer:
                assert answer.status == 308
                assert answer.headers["Location"] == f"{service.url}/redfish/v1"
            async with client.get(f"{said[1]}/redfish/v1") as answer:
                assert (answer.status, (await answer.json())["Id"]) == (200, "RootService")
        assert "slow" not in service.log.lower()


def service_context(service: Service) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(service.certificate))
