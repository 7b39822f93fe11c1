"""Roles: what accounts may do."""

from typing import Final

from actors import Privilege, Role, is_predefined, role_uri
from web.body import CreateWords, read_body
from web.errors import no_such_method
from web.etags import revision_tag
from web.handler import RedfishHandler
from web.kinds import Choices, Shape, Text
from web.models import Role as RoleResource
from web.patching import PatchHandler
from web.render.accounts import role_collection, role_resource

READ_ONLY: Final = "GET, HEAD"
CAN_CHANGE: Final[Shape] = {"AssignedPrivileges": Choices(Privilege)}
NEW_ROLE: Final[Shape] = {
    "RoleId": Text(required=True, longest=256),
    "AssignedPrivileges": Choices(Privilege, required=True),
}


class RolesHandler(RedfishHandler):
    async def get(self) -> None:
        self.send(role_collection(self.services.roles.list()), "RoleCollection")

    async def post(self) -> None:
        given = read_body(self.json_object(), NEW_ROLE, CreateWords())
        role = await self.services.roles.create(self.viewer, given["RoleId"], given["AssignedPrivileges"])
        self.send(
            role_resource(role),
            "Role",
            status=201,
            location=role_uri(role.id),
            etag=revision_tag(role.revision),
        )


class RoleHandler(PatchHandler):
    def role(self, role_id: str) -> Role:
        """The role; of a predefined one nothing but reading is allowed.

        Raises:
            NotFoundError: there is none.
            Refusal: 405, the request would change a predefined one.
        """
        role = self.services.roles.find(role_id)
        if is_predefined(role):
            self.allow = READ_ONLY
            if self.request.method not in ("GET", "HEAD"):
                why = f"The role {role.id} is predefined: it stays as it is."
                raise no_such_method(self.request.method or "", READ_ONLY, why)
        return role

    async def get(self, role_id: str) -> None:
        role = self.role(role_id)
        self.send(role_resource(role), "Role", etag=revision_tag(role.revision))

    async def patch(self, role_id: str) -> None:
        role = self.role(role_id)
        revision = self.expected(revision_tag(role.revision), role.revision)
        given, mistakes = self.read_patch(CAN_CHANGE, RoleResource.__annotations__)
        wanted = given["AssignedPrivileges"]
        role = await self.services.roles.change(role_id, self.viewer, wanted, revision)
        etag = revision_tag(role.revision)
        self.send_patched(role_resource(role), "Role", etag=etag, mistakes=mistakes)

    async def delete(self, role_id: str) -> None:
        role = self.role(role_id)
        revision = self.expected(revision_tag(role.revision), role.revision)
        await self.services.roles.delete(role.id, self.viewer, revision)
        self.send_nothing()
