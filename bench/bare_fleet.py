"""The limit of a whole reset: a bare `aiohttp` loop that sends given requests to given servers.

    python -m bench.bare_fleet FILE

FILE is a JSON object: `ca` (a file), `concurrency` (requests under way at once), `pauses` (seconds before
the second look after the action, the third, …) and `servers`: of each `host`, `user`, `password`, and
`requests`, a list of `[method, path]` in their order. It is a process of its own, like the service, and
prints `seconds` and the `processor` time of these, as a JSON object. Nothing is saved or told, and only a
status of 400 or more is an error.
"""

import asyncio
import json
import resource
import ssl
import sys
import time
from pathlib import Path
from typing import Any, Final

import aiohttp

ACTION: Final = "/Actions/"
SESSIONS: Final = "/Sessions"


async def run(plan: dict[str, Any]) -> dict[str, float]:
    """Seconds until every server has answered every request, and what they took of the processor."""
    trust = ssl.create_default_context(cafile=plan["ca"])
    connector = aiohttp.TCPConnector(limit=plan["concurrency"], ssl=trust)
    async with aiohttp.ClientSession(connector=connector) as session:
        began, used = time.perf_counter(), time.process_time()
        await asyncio.gather(*(_serve(session, server, plan["pauses"]) for server in plan["servers"]))
        return {"seconds": time.perf_counter() - began, "processor": time.process_time() - used}


async def _serve(session: aiohttp.ClientSession, server: dict[str, Any], pauses: list[float]) -> None:
    headers: dict[str, str] = {}
    looks = -1  # after the action
    for method, path in server["requests"]:
        body = None
        if path.endswith(SESSIONS):
            body = {"UserName": server["user"], "Password": server["password"]}
        elif ACTION in path:
            body, looks = {"ResetType": "ForceRestart"}, 0
        elif looks >= 0:
            if looks:
                await asyncio.sleep(pauses[min(looks, len(pauses)) - 1])
            looks += 1
        url = f"https://{server['host']}{path}"
        async with session.request(method, url, json=body, headers=headers) as answer:
            await answer.read()
            answer.raise_for_status()
            if path.endswith(SESSIONS):
                headers = {"X-Auth-Token": answer.headers["X-Auth-Token"]}


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    print(json.dumps(asyncio.run(run(json.loads(Path(sys.argv[1]).read_bytes())))))
