"""Roles: the predefined ones stay as they are, others come, change and go, and hold at once."""

import pytest

from actors import (
    PREDEFINED_ROLES,
    AccountChange,
    ChangedError,
    ConflictError,
    InvalidRequestError,
    NotAllowedError,
    NotFoundError,
    Privilege,
    is_predefined,
)
from actors.access.access import Access
from tests.actors.entrance import Entrance, as_viewer

LOGIN, USERS, COMPONENTS = Privilege.LOGIN, Privilege.CONFIGURE_USERS, Privilege.CONFIGURE_COMPONENTS


@pytest.fixture
async def entrance() -> Entrance:
    made = Entrance()
    await made.add("ada", "Administrator")
    await made.add("bob")
    return made


async def give(access: Access, name: str, role: str) -> None:
    ada = await as_viewer(access, "ada")
    (found,) = [one for one in await access.accounts.list(ada) if one.name == name]
    await access.accounts.change(found.id, ada, AccountChange(role=role))


async def test_a_role_is_made_once_and_stays(entrance: Entrance) -> None:
    async with entrance.open() as access:
        ada = await as_viewer(access, "ada")
        made = await access.roles.create(ada, "Auditor", [COMPONENTS, LOGIN, LOGIN])
        assert made.privileges == (LOGIN, COMPONENTS)
        for taken in ("Auditor", "auditor", "Administrator", "READONLY"):
            with pytest.raises(ConflictError, match="There is a resource of type Role"):
                await access.roles.create(ada, taken, [LOGIN])
    async with entrance.open() as access:
        assert [role.id for role in access.roles.list()] == [*PREDEFINED_ROLES, "Auditor"]
        assert access.roles.find("Auditor") == made
        assert [is_predefined(role) for role in access.roles.list()] == [True, True, True, False]
        with pytest.raises(NotFoundError):
            access.roles.find("auditor")


@pytest.mark.parametrize("name", ["", " ", "a b", "a/b", ".", "..", "-x", "é", "a\n", "x" * 65, "%41"])
async def test_a_name_that_makes_no_uri_is_refused(entrance: Entrance, name: str) -> None:
    async with entrance.open() as access:
        with pytest.raises(InvalidRequestError):
            await access.roles.create(await as_viewer(access, "ada"), name, [LOGIN])
    assert await entrance.store.roles() == []


async def test_what_a_role_allows_holds_for_open_sessions_at_once(entrance: Entrance) -> None:
    async with entrance.open() as access:
        ada = await as_viewer(access, "ada")
        await access.roles.create(ada, "Auditor", [LOGIN])
        _, token = await access.gate.login("bob", "password of bob", "")
        await give(access, "bob", "Auditor")
        assert (await access.gate.by_token(token)).privileges == {LOGIN}
        changed = await access.roles.change("Auditor", ada, [LOGIN, COMPONENTS])
        assert changed.revision == 2
        assert (await access.gate.by_token(token)).privileges == {LOGIN, COMPONENTS}
        assert (await as_viewer(access, "bob")).privileges == {LOGIN, COMPONENTS}


async def test_without_the_privilege_login_nobody_logs_in(entrance: Entrance) -> None:
    async with entrance.open() as access:
        await access.roles.create(await as_viewer(access, "ada"), "Nothing", [])
        await give(access, "bob", "Nothing")
        with pytest.raises(NotAllowedError, match="Nothing does not have the privilege Login"):
            await access.gate.login("bob", "password of bob", "")


async def test_a_role_that_somebody_has_does_not_go(entrance: Entrance) -> None:
    async with entrance.open() as access:
        ada = await as_viewer(access, "ada")
        await access.roles.create(ada, "Auditor", [LOGIN])
        for number in range(7):
            await entrance.add(f"auditor-{number}", "Auditor")  # as from the command line
        with pytest.raises(ConflictError, match=r"auditor-0, .*auditor-4 and 2 more"):
            await access.roles.delete("Auditor", ada)
        for number in range(7):
            await give(access, f"auditor-{number}", "ReadOnly")
        await access.roles.delete("Auditor", ada)
        with pytest.raises(NotFoundError):
            await access.roles.delete("Auditor", ada)
        with pytest.raises(InvalidRequestError, match="value Auditor of the property RoleId"):
            await give(access, "bob", "Auditor")


@pytest.mark.parametrize("name", PREDEFINED_ROLES)
async def test_predefined_roles_stay_as_they_are(entrance: Entrance, name: str) -> None:
    async with entrance.open() as access:
        ada = await as_viewer(access, "ada")
        with pytest.raises(NotAllowedError, match="predefined"):
            await access.roles.change(name, ada, [LOGIN])
        with pytest.raises(NotAllowedError, match="predefined"):
            await access.roles.delete(name, ada)
        assert set(access.roles.find(name).privileges) == PREDEFINED_ROLES[name]


async def test_the_last_role_that_may_change_accounts_keeps_that(entrance: Entrance) -> None:
    async with entrance.open() as access:
        ada = await as_viewer(access, "ada")
        await access.roles.create(ada, "Keeper", [LOGIN, USERS])
        await give(access, "bob", "Keeper")
        await give(access, "ada", "ReadOnly")  # bob is left, who can give it back
        for privileges in ([LOGIN], [USERS], []):
            with pytest.raises(ConflictError, match="AssignedPrivileges"):
                await access.roles.change("Keeper", ada, privileges)
        await access.roles.change("Keeper", ada, [LOGIN, USERS, COMPONENTS])


async def test_a_change_of_one_revision_is_made_to_no_other(entrance: Entrance) -> None:
    async with entrance.open() as access:
        ada = await as_viewer(access, "ada")
        made = await access.roles.create(ada, "Auditor", [LOGIN])
        await access.roles.change("Auditor", ada, [LOGIN, USERS], made.revision)
        with pytest.raises(ChangedError):
            await access.roles.change("Auditor", ada, [], made.revision)
        with pytest.raises(ChangedError):
            await access.roles.delete("Auditor", ada, made.revision)
        assert access.roles.find("Auditor").privileges == (LOGIN, USERS)
        await access.roles.delete("Auditor", ada, made.revision + 1)
