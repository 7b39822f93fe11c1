"""For whoever watches over the service, without credentials: whether it lives, and whether it takes on work.

Nothing else is told here, for anybody may ask. These are no Redfish resources.
"""

from web.errors import RETRY_AFTER
from web.handler import RedfishHandler


class AliveHandler(RedfishHandler):
    """200 for as long as the process answers."""

    async def get(self) -> None:
        self.send({"status": "ok"})


class ReadyHandler(RedfishHandler):
    """200, or 503 once a stop has begun."""

    async def get(self) -> None:
        if self.services.readiness.stopping:
            self.set_header("Retry-After", str(RETRY_AFTER))
            self.send({"status": "stopping"}, status=503)
        else:
            self.send({"status": "ready"})
