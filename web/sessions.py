"""The session service: logging in and out, and who is logged in."""

from typing import Final

from actors import SESSION_SERVICE as SERVICE
from actors import password_change_required
from web.body import PatchWords, read_body
from web.etags import digest_tag
from web.handler import RedfishHandler
from web.kinds import Shape, Text, Whole
from web.models import Session, SessionService
from web.patching import PatchHandler
from web.render.messages import error_message
from web.render.services import session_collection, session_resource, session_service
from web.uris import session_uri

LOGIN: Final[Shape] = {
    "UserName": Text(required=True, longest=256),
    "Password": Text(required=True, secret=True),
}

_NOT_AT_A_LOGIN: Final = frozenset(
    {*Session.__annotations__, "Context", "ExpirationTime", "OemSessionType", "Roles", "Token"}
)
"""Other properties of Redfish's Session. Here the service alone says what they are, or has none."""

TIMEOUT: Final[Shape] = {"SessionTimeout": Whole(least=30, most=86_400)}  # Redfish's own limits


class SessionServiceHandler(PatchHandler):
    async def get(self) -> None:
        shown, etag, _ = self._now()
        self.send(shown, "SessionService", etag=etag)

    async def patch(self) -> None:
        shown, etag, revision = self._now()
        expected = self.expected(etag, revision)
        values, mistakes = self.read_patch(TIMEOUT, shown.keys())
        await self.services.settings.change(SERVICE, values, expected)
        shown, etag, _ = self._now()
        self.send_patched(shown, "SessionService", etag=etag, mistakes=mistakes)

    def _now(self) -> tuple[SessionService, str, int]:
        """The resource, its tag, and the revision of what is set."""
        revision = self.services.settings.of(SERVICE).revision
        shown = session_service(self.services.gate.session_timeout)
        return shown, digest_tag([shown, revision]), revision


class SessionsHandler(RedfishHandler):
    async def get(self) -> None:
        self.send(session_collection(self.services.gate.sessions(self.viewer)), "SessionCollection")

    async def post(self) -> None:
        """Log in. The token is in the header of this answer and nowhere else."""
        given = read_body(self.json_object(), LOGIN, PatchWords(_NOT_AT_A_LOGIN))
        self.audited["user"] = given["UserName"]
        session, token = await self.services.gate.login(
            given["UserName"], given["Password"], self.request.remote_ip or ""
        )
        self.set_header("X-Auth-Token", token)
        body = session_resource(session)
        viewer = await self.services.gate.by_token(token)
        if viewer.password_change_required:
            told = password_change_required(viewer.account).messages
            body["@Message.ExtendedInfo"] = [error_message(message) for message in told]
        self.send(body, "Session", status=201, location=session_uri(session.id))


class SessionHandler(RedfishHandler):
    def is_open_while_password_due(self, method: str) -> bool:
        """To log out of a session of one's own."""
        seen = self.services.gate.sessions(self.viewer)
        mine = {str(session.id) for session in seen if session.account == self.viewer.account}
        return method == "DELETE" and self.path_args[0] in mine

    async def get(self, session_id: str) -> None:
        self.send(session_resource(self.services.gate.session(session_id, self.viewer)), "Session")

    async def delete(self, session_id: str) -> None:
        # Who may end a session need not see it, and then has no tag.
        if {"If-Match", "If-None-Match"} & self.request.headers.keys():
            shown = session_resource(self.services.gate.session(session_id, self.viewer))
            self.expected(digest_tag(shown), 0)
        await self.services.gate.logout(session_id, self.viewer)
        self.send_nothing()
