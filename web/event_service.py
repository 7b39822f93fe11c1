"""The event service: how events are told, and test events."""

from typing import Final

from actors import ATTEMPTS, EVENT_SERVICE, INTERVAL
from web.body import ActionWords, read_body
from web.etags import digest_tag
from web.event_bodies import TEST_EVENT, message_of_test
from web.handler import RedfishHandler
from web.kinds import Shape, Whole
from web.models import EventService
from web.patching import PatchHandler
from web.render.event_service import SUBMIT_TEST_EVENT, event_service, test_event_info

DELIVERY: Final[Shape] = {
    ATTEMPTS: Whole(most=100),
    INTERVAL: Whole(least=1, most=86_400),
}


class EventServiceHandler(PatchHandler):
    async def get(self) -> None:
        shown, etag, _ = self._now()
        self.send(shown, "EventService", etag=etag)

    async def patch(self) -> None:
        shown, etag, revision = self._now()
        expected = self.expected(etag, revision)
        values, mistakes = self.read_patch(DELIVERY, shown.keys())
        await self.services.settings.change(EVENT_SERVICE, values, expected)
        shown, etag, _ = self._now()
        self.send_patched(shown, "EventService", etag=etag, mistakes=mistakes)

    def _now(self) -> tuple[EventService, str, int]:
        """The resource, its tag, and the revision of what is set."""
        revision = self.services.settings.of(EVENT_SERVICE).revision
        shown = event_service(self.services.events.retry_attempts, self.services.events.retry_interval)
        return shown, digest_tag([shown, revision]), revision


class SubmitTestEventHandler(RedfishHandler):
    """EventService.SubmitTestEvent: told like any other event, to everybody who wants such events."""

    async def post(self) -> None:
        words = ActionWords(SUBMIT_TEST_EVENT)
        given = read_body(self.json_object(), TEST_EVENT, words)
        origin = given.get("OriginOfCondition", "")
        await self.services.events.submit_test(message_of_test(given, words), origin, self.viewer)
        self.send_nothing()


class TestEventInfoHandler(RedfishHandler):
    async def get(self) -> None:
        self.send(test_event_info(), "ActionInfo")
