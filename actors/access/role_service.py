"""What the web layer asks about roles: reading all, and making, changing and removing those of one's own."""

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pykka

from actors.access.directory import PREDEFINED, Directory
from actors.access.records import Account, Role, RoleId, Viewer
from actors.access.roles import Privilege
from actors.asking import ask
from actors.keeping import Keep, be_of
from actors.tasks.errors import ConflictError, InvalidRequestError, NotAllowedError, NotFoundError
from actors.tasks.messages import Message
from actors.tasks.ports import Change, Remove, Save

log = logging.getLogger("taskmon.access")

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
SHOWN = 5
"""So many of the accounts that have a role are named."""


class Roles:
    """Changes are made one at a time; on return they are durable, and hold for the next request of
    everybody who has the role. Every method that changes something may raise StoreUnavailableError.
    """

    def __init__(self, keeper: pykka.ActorRef[Any], directory: Directory) -> None:
        self._keeper = keeper
        self._directory = directory

    def list(self) -> Sequence[Role]:
        """The predefined roles, then the others in the order in which they were made."""
        return list(self._directory.roles.values())

    def find(self, role_id: str) -> Role:
        """The role with this id.

        Raises:
            NotFoundError: there is none.
        """
        return _find(self._directory, role_id)

    async def create(self, viewer: Viewer, name: str, privileges: Iterable[Privilege]) -> Role:
        """Make a role.

        Raises:
            InvalidRequestError: a role cannot have this name.
            ConflictError: there is a role of this name; case makes no difference.
        """
        role = Role(id=_checked(name), privileges=_ordered(privileges))

        def settle(directory: Directory) -> Sequence[Change]:
            if taken := [known for known in directory.roles if known.lower() == role.id.lower()]:
                raise ConflictError(
                    Message("ResourceAlreadyExists", ("Role", "RoleId", taken[0]), properties=("RoleId",))
                )
            return [Save(role)]

        await ask(self._keeper, Keep(settle))
        log.info("role %s made by %s", role.id, viewer.name)
        return role

    async def change(
        self, role_id: str, viewer: Viewer, privileges: Iterable[Privilege], revision: int | None = None
    ) -> Role:
        """The role with these privileges in place of those it had.

        Raises:
            NotFoundError: there is no such role.
            NotAllowedError: it is a predefined one.
            ConflictError: nobody could change accounts any more.
            ChangedError: a revision is given, and the record has another.
        """
        wanted = _ordered(privileges)

        def settle(directory: Directory) -> Sequence[Change]:
            role = _one_of_ours(directory, role_id)
            be_of(role, revision)
            save = Save(replace(role, revision=role.revision + 1, privileges=wanted))
            if directory.can_be_managed() and not directory.can_be_managed(save):
                raise ConflictError(
                    Message(
                        "PropertyValueExternalConflict",
                        ("AssignedPrivileges", ", ".join(wanted)),
                        detail="No enabled account could change accounts any more.",
                        resolution_here="Make or enable an account with another role that may, first.",
                        properties=("AssignedPrivileges",),
                    )
                )
            return [save]

        (made,) = await ask(self._keeper, Keep(settle))
        log.info("role %s changed by %s", role_id, viewer.name)
        changed: Role = made.record
        return changed

    async def delete(self, role_id: str, viewer: Viewer, revision: int | None = None) -> None:
        """Remove the role.

        Raises:
            NotFoundError: there is no such role.
            NotAllowedError: it is a predefined one.
            ConflictError: an account has it.
            ChangedError: a revision is given, and the record has another.
        """

        def settle(directory: Directory) -> Sequence[Change]:
            role = _one_of_ours(directory, role_id)
            be_of(role, revision)
            having = [account for account in directory.accounts.values() if account.role == role.id]
            if having:
                raise _in_use(having)
            return [Remove(Role, role.id)]

        await ask(self._keeper, Keep(settle))
        log.info("role %s deleted by %s", role_id, viewer.name)


def is_predefined(role: Role) -> bool:
    """Whether it is one of Redfish's own, which stay as they are."""
    return role.id in PREDEFINED


def _find(directory: Directory, role_id: str) -> Role:
    role = directory.roles.get(RoleId(role_id))
    if role is None:
        raise NotFoundError(Message("ResourceNotFound", ("Role", role_id[:100])))
    return role


def _one_of_ours(directory: Directory, role_id: str) -> Role:
    role = _find(directory, role_id)
    if is_predefined(role):
        detail = f"The role {role.id} is predefined: it stays as it is."
        raise NotAllowedError(Message("OperationNotAllowed", detail=detail))
    return role


def _ordered(privileges: Iterable[Privilege]) -> tuple[Privilege, ...]:
    """Each once, in the order of the enumeration, so that the same privileges are the same record."""
    wanted = set(privileges)
    return tuple(privilege for privilege in Privilege if privilege in wanted)


def _checked(name: str) -> RoleId:
    if not NAME.fullmatch(name):
        raise InvalidRequestError(
            Message(
                "PropertyValueError",
                ("RoleId",),
                detail="It is part of the role's URI.",
                resolution_here="Give 1 to 64 letters, digits, '_', '.' and '-', a letter or digit first.",
                properties=("RoleId",),
            )
        )
    return RoleId(name)


def _in_use(having: Sequence[Account]) -> ConflictError:
    names = ", ".join(account.name for account in having[:SHOWN])
    more = f" and {len(having) - SHOWN} more" if len(having) > SHOWN else ""
    return ConflictError(
        Message(
            "ResourceInUse",
            detail=f"These accounts have the role: {names}{more}.",
            resolution_here="Give those accounts another role, then delete this one.",
        )
    )
