"""Who may do what: the one place that decides, for every path."""

from collections.abc import Mapping
from typing import Final

from actors.access.records import AccountId, Viewer
from actors.access.roles import Privilege

AnyOf = tuple[Privilege, ...]
"""What a request needs: one of these privileges is enough."""


_LOGIN: Final[AnyOf] = (Privilege.LOGIN,)


def lacking(viewer: Viewer, any_of: AnyOf) -> AnyOf:
    """What the viewer lacks to do what needs one of these privileges: nothing, Login, or one of these.

    Who has no Login may not log in, by session or with each request (DMTF's Privileges schema: "Can log in to
    the service and read resources"), and so may do nothing, also in a session that he has from before.
    """
    if Privilege.LOGIN not in viewer.privileges:
        return _LOGIN
    return () if any(privilege in viewer.privileges for privilege in any_of) else any_of


def may(viewer: Viewer, any_of: AnyOf) -> bool:
    """Whether the viewer has Login, and one of these privileges."""
    return not lacking(viewer, any_of)


def may_see(viewer: Viewer, owner: AccountId) -> bool:
    """Whether the viewer may see, and so touch at all, what belongs to this account.

    Tasks and sessions belong to the account that made them; a subtask to its parent's. Others' need
    `ConfigureUsers` (our specification, "Viewing a collection of tasks").
    """
    return viewer.account == owner or Privilege.CONFIGURE_USERS in viewer.privileges


SEE_ACCOUNT: Final[AnyOf] = (
    Privilege.CONFIGURE_MANAGER,
    Privilege.CONFIGURE_USERS,
    Privilege.CONFIGURE_SELF,
)
CHANGE_ACCOUNT: Final[AnyOf] = (Privilege.CONFIGURE_USERS,)
"""What the change of an account takes, as it is in DMTF's privilege registry, "ManagerAccount"."""
CHANGE_OF_ACCOUNT: Final[Mapping[str, AnyOf]] = {
    "Password": (Privilege.CONFIGURE_USERS, Privilege.CONFIGURE_SELF)
}
"""The properties of which the change takes something else, by Redfish's names."""


def may_see_account(viewer: Viewer, account: AccountId) -> bool:
    """Whether the viewer may read this account."""
    return _may_of_own(viewer, SEE_ACCOUNT, account)


def may_change_account(viewer: Viewer, account: AccountId) -> bool:
    """Whether the viewer may change anything of this account."""
    ways = (CHANGE_ACCOUNT, *CHANGE_OF_ACCOUNT.values())
    return any(_may_of_own(viewer, any_of, account) for any_of in ways)


def needed_to_change(name: str) -> AnyOf:
    """What the change of this property of an account takes."""
    return CHANGE_OF_ACCOUNT.get(name, CHANGE_ACCOUNT)


def may_change_of_account(viewer: Viewer, account: AccountId, name: str) -> bool:
    """Whether the viewer may change this property of this account."""
    return _may_of_own(viewer, needed_to_change(name), account)


def _may_of_own(viewer: Viewer, any_of: AnyOf, owner: AccountId) -> bool:
    """Whether the viewer has one of these privileges, of which ConfigureSelf is for the own account alone."""
    has = viewer.privileges if viewer.account == owner else viewer.privileges - {Privilege.CONFIGURE_SELF}
    return any(privilege in has for privilege in any_of)
