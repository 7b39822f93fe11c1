"""Who may see the page's views: signing in and out, new passwords, and where the session is kept."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.ui.house import OTHERS_PASSWORD, House, enter, sign_in
from tests.ui.watched import Watched, watched_page

pytestmark = pytest.mark.timeout(180)
KEPT = "[sessionStorage, localStorage].map((s) => s.getItem('taskmon.session'))"


def test_a_person_signs_in_and_out_again(house: House, watched: Watched) -> None:
    page = watched.page
    sign_in(page, house)
    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()
    expect(page.get_by_text("Administrator")).to_be_visible()
    in_tab, on_computer = page.evaluate(KEPT)
    assert "token" in in_tab
    assert on_computer is None
    assert page.evaluate("document.cookie") == ""
    sessions = len(house.admin.members("/redfish/v1/SessionService/Sessions"))
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.evaluate(KEPT) == [None, None]
    assert len(house.admin.members("/redfish/v1/SessionService/Sessions")) == sessions - 1


def test_a_wrong_password_is_refused_and_what_was_entered_stays(house: House, watched: Watched) -> None:
    page = watched.page
    watched.expected = {401}
    page.goto(house.page)
    enter(page, "admin", "wrong")
    expect(page.get_by_role("alert")).to_have_text("The user name or the password is wrong.")
    expect(page.get_by_label("User name")).to_have_value("admin")
    expect(page.get_by_label("Password", exact=True)).to_have_value("wrong")


def test_a_tab_keeps_its_session_when_it_is_loaded_anew(house: House, page: Page) -> None:
    sign_in(page, house, at="#/fleet")
    expect(page.get_by_role("heading", name="Fleet")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Fleet")).to_be_visible()


def test_only_who_wants_it_stays_signed_in_beyond_the_tab(house: House, watched: Watched) -> None:
    page = watched.page
    watched.expected = {401}  # what may be under way when the session is ended
    page.goto(house.page)
    page.get_by_label("Stay signed in").check()
    enter(page, house.service.user, house.service.password)
    page.get_by_role("heading", name="Tasks").wait_for()
    other = page.context.new_page()
    other.goto(house.page)
    expect(other.get_by_role("heading", name="Tasks")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    assert page.evaluate(KEPT) == [None, None]


def test_a_password_that_is_due_is_changed_first(house: House, watched: Watched) -> None:
    house.account("newcomer", "Operator", due=True)
    page = watched.page
    page.goto(house.page)
    enter(page, "newcomer", OTHERS_PASSWORD)
    expect(page.get_by_role("heading", name="Choose a new password")).to_be_visible()
    new, again = (
        page.get_by_label("New password", exact=True),
        page.get_by_label("The new password once more"),
    )
    new.fill("Another-Long-One-9")
    again.fill("Another-Long-One-8")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("The two are not the same.")).to_be_visible()
    watched.expected = {400}
    new.fill("short")
    again.fill("short")
    page.get_by_role("button", name="Change password").click()
    expect(page.locator(".field-error").first).to_contain_text("Password")
    new.fill("Another-Long-One-9")
    again.fill("Another-Long-One-9")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()


def test_what_the_role_does_not_allow_is_not_offered(house: House, browser: Browser) -> None:
    house.account("looker", "ReadOnly")
    house.account("worker", "Operator")
    group = house.admin.aggregate(house.systems[:2]).rpartition("/")[2]
    offered = {}
    for user in ("looker", "worker"):
        with watched_page(browser, house.service.url) as watched:
            page = watched.page
            sign_in(page, house, user, OTHERS_PASSWORD)
            page.get_by_text("No tasks").or_(page.get_by_text("There are no tasks")).first.wait_for()
            found = {"reset": page.get_by_role("link", name="Reset servers").count()}
            page.goto(f"{house.page}#/fleet")
            page.get_by_role("cell", name=house.host(0), exact=True).wait_for()
            found["add"] = page.get_by_role("button", name="Add a server").count()
            page.get_by_label(f"Select {house.host(0)}", exact=True).check()
            selected = page.get_by_role("region", name="Selected servers")
            names = ("Reset", "Make a group", "Remove")
            found |= {name: selected.get_by_role("button", name=name).count() for name in names}
            page.goto(f"{house.page}#/groups/{group}")
            servers = page.get_by_role("group", name="Servers")
            expect(servers).to_contain_text(house.host(1))
            found["pick"] = servers.get_by_role("checkbox").count()
            names = ("Pick all", "Save the changes", "Delete the group")
            found |= {name: page.get_by_role("button", name=name).count() for name in names}
            offered[user] = found
    assert not any(offered["looker"].values())
    worker = offered["worker"]
    assert worker.pop("pick") >= len(house.systems)
    assert {name for name, count in worker.items() if not count} == {"add", "Remove"}
