"""What a person sees and keeps when a session ends, the service dies, or somebody else is first."""

import pytest
from playwright.sync_api import Page, expect

from tests.ui.house import OTHERS_PASSWORD, House, enter, sign_in
from tests.ui.watched import Watched

pytestmark = pytest.mark.timeout(240)


def signed_in_again(page: Page) -> None:
    expect(page.get_by_role("dialog", name="Your session has ended")).to_have_count(0)


def test_a_session_that_ends_is_taken_up_where_one_was(house: House, watched: Watched) -> None:
    page = watched.page
    watched.expected = {401}
    house.account("shift", "Operator")
    sign_in(page, house, "shift", OTHERS_PASSWORD, at="#/reset")
    page.get_by_label("Servers in a batch").fill("3")
    page.get_by_label("Find servers").fill(house.host(0))
    page.get_by_role("button", name="Pick all 1 found").click()
    house.end_sessions("shift")
    page.get_by_role("button", name="Start the reset").click()
    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_label("User name")).to_have_value("shift")
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    enter(page, "shift", OTHERS_PASSWORD)
    signed_in_again(page)
    expect(page.get_by_label("Servers in a batch")).to_have_value("3")
    expect(page.get_by_label("Find servers")).to_have_value(house.host(0))
    page.get_by_role("button", name="Start the reset").click()
    expect(page.locator(".task-head .badge")).to_have_text("Completed")


def test_a_session_that_ends_under_a_dialog_leaves_what_was_entered(house: House, watched: Watched) -> None:
    page = watched.page
    watched.expected = {401, 409}
    sign_in(page, house)
    task = house.reset(house.systems[:2], "On", BatchSize=1, DelayBetweenBatchesInSeconds=600)
    page.goto(f"{house.page}#/tasks/{task}")
    page.get_by_role("button", name="Abort").click()
    page.get_by_label("Reason").fill("the window is over")
    house.end_sessions(house.service.user)
    page.get_by_role("button", name="Abort the task").click()
    expect(page.get_by_role("dialog", name="Your session has ended")).to_be_visible()
    enter(page, house.service.user, house.service.password)
    signed_in_again(page)
    expect(page.get_by_label("Reason")).to_have_value("the window is over")
    page.get_by_role("button", name="Abort the task").click()
    expect(page.locator(".task-head .badge")).to_have_text("Aborted")
    expect(page.get_by_role("region", name="Timeline")).to_contain_text("the window is over")


def test_somebody_else_who_signs_in_sees_what_is_theirs(house: House, watched: Watched) -> None:
    page = watched.page
    watched.expected = {401, 403}
    house.account("early", "Operator")
    house.account("late", "ReadOnly")
    sign_in(page, house, "early", OTHERS_PASSWORD, at="#/fleet")
    expect(page.get_by_label(f"Select {house.host(0)}", exact=True)).to_be_visible()
    house.end_sessions("early")
    expect(page.get_by_role("dialog", name="Your session has ended")).to_be_visible()
    enter(page, "late", OTHERS_PASSWORD)
    signed_in_again(page)
    expect(page.get_by_text("ReadOnly")).to_be_visible()
    page.get_by_label(f"Select {house.host(0)}", exact=True).check()
    chosen = page.get_by_role("region", name="Selected servers")
    expect(chosen.get_by_role("button")).to_have_text(["Clear selection"])


def test_the_service_dies_half_way_and_comes_back(house: House, watched: Watched) -> None:
    page = watched.page
    watched.may_lose_it = True
    sign_in(page, house)
    # It dies between two batches: within one, a reset may have been sent and not answered, and is then looked
    # after for as long as `reset.expected_outage`.
    task = house.reset(house.systems[:3], BatchSize=1, DelayBetweenBatchesInSeconds=8)
    page.goto(f"{house.page}#/tasks/{task}")
    board = page.get_by_role("application")
    expect(page.locator(".stack [data-kind=done]")).to_be_visible()
    house.service.kill()
    banner = page.get_by_role("alert").filter(has_text="The service has not answered since")
    expect(banner).to_be_visible()
    expect(page.get_by_text("No connection")).to_be_visible()
    expect(page.locator(".task-head h1")).to_have_text("Reset servers")  # what was seen stays
    page.goto(f"{house.page}#/reset")
    house.service.start()
    page.get_by_role("button", name="Try now").dispatch_event("click")  # by itself it may have been faster
    expect(banner).to_be_hidden()
    expect(page.get_by_text("The service answers again")).to_be_visible()
    page.goto(f"{house.page}#/tasks/{task}")
    expect(page.locator(".task-head .badge")).to_have_text("Completed", timeout=90_000)
    expect(board).to_have_attribute(
        "aria-label", "3 servers: 3 completed, 0 failed, 0 aborted, 0 at work, 0 waiting"
    )


def test_a_form_survives_a_dead_service_and_sends_one_task(house: House, watched: Watched) -> None:
    page = watched.page
    watched.may_lose_it = True
    sign_in(page, house, at="#/reset")
    page.get_by_label("Find servers").fill(house.host(1))
    page.get_by_role("button", name="Pick all 1 found").click()
    house.service.kill()
    page.get_by_role("button", name="Start the reset").click()
    expect(page.get_by_role("alert").filter(has_text="The service did not answer.")).to_be_visible()
    house.service.start()
    expect(page.get_by_text("The service answers again")).to_be_visible()
    before = house.admin.read("/redfish/v1/TaskService/Tasks")["Members@odata.count"]
    page.get_by_role("button", name="Start the reset").click()
    page.wait_for_url("**/#/tasks/*")
    assert house.admin.read("/redfish/v1/TaskService/Tasks")["Members@odata.count"] == before + 1


def test_what_is_refused_stands_beside_what_was_entered(house: House, watched: Watched) -> None:
    page = watched.page
    watched.expected = {400}
    sign_in(page, house, at="#/reset")
    page.get_by_role("button", name="Pick all").click()
    page.get_by_label("Servers in a batch").fill("-4")
    page.get_by_label("Stop after so many failures").fill("0%")
    page.get_by_text("Time limits").click()
    page.get_by_label("Longest work on a server").fill("90000")
    page.get_by_text("Time limits").click()
    page.get_by_role("button", name="Start the reset").click()
    for label, words in (
        ("Servers in a batch", "BatchSize"),
        ("Stop after so many failures", "MaxFailures"),
        ("Longest work on a server", "RunTimeout"),
    ):
        field = page.locator(".field").filter(has=page.get_by_label(label))
        expect(field.locator(".field-error")).to_contain_text(words)
        expect(page.get_by_label(label)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Longest work on a server")).to_be_visible()  # its fold was opened
    expect(page.get_by_label("Servers in a batch")).to_be_focused()
    expect(page.get_by_label("Servers in a batch")).to_have_value("-4")


def test_a_group_that_somebody_changed_meanwhile_is_not_overwritten(house: House, watched: Watched) -> None:
    page = watched.page
    watched.expected = {412}
    group = house.admin.aggregate(house.systems[:2])
    sign_in(page, house, at=f"#/groups/{group.rpartition('/')[2]}")
    expect(page.get_by_text("It has 2 servers.")).to_be_visible()
    page.get_by_label(house.host(4), exact=True).check()
    expect(page.get_by_text("1 server will come in, 0 servers will go out.")).to_be_visible()
    added = [{"@odata.id": house.systems[5]}]
    assert house.admin.post(f"{group}/Actions/Aggregate.AddElements", {"Elements": added}).status_code == 200
    page.get_by_role("button", name="Save the changes").click()
    expect(
        page.get_by_role("alert").filter(has_text="The resource is not as the request expects it.")
    ).to_be_visible()
    expect(page.get_by_label(house.host(4), exact=True)).to_be_checked()
    assert house.admin.read(group)["ElementsCount"] == 3


def test_servers_and_groups_come_and_go(house: House, watched: Watched) -> None:
    page = watched.page
    watched.expected = {400}
    sign_in(page, house, at="#/fleet")
    page.get_by_label(f"Select {house.host(11)}", exact=True).check()
    page.get_by_role("button", name="Make a group").click()
    expect(page.get_by_text("The group will have 1 server.")).to_be_visible()
    page.get_by_role("button", name="Make the group").click()
    expect(page.get_by_role("button", name="Delete the group")).to_be_visible()
    page.get_by_role("button", name="Delete the group").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the group").click()
    page.wait_for_url("**/#/groups")

    page.goto(f"{house.page}#/fleet")
    page.get_by_label(f"Select {house.host(11)}", exact=True).check()
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Remove 1 server").click()
    expect(page.get_by_label(f"Select {house.host(11)}", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Add a server").click()
    page.get_by_role("button", name="Add the server").click()
    expect(page.locator(".field-error").nth(2)).to_contain_text("Password")
    line = house.simulator.inventory[11]
    page.get_by_label("Address").fill(line["HostName"])
    page.get_by_label("User name at the server").fill(line["UserName"])
    page.get_by_label("Password at the server").fill(line["Password"])
    page.get_by_role("button", name="Add the server").click()
    page.locator(".notice", has_text="is being added").get_by_role("link").click()
    expect(page.locator(".task-head .badge")).to_have_text("Completed")
    house.systems[11] = house.system_of(line["HostName"])
    expect(page.get_by_role("region", name="Request", exact=True)).not_to_contain_text(line["Password"])


def test_a_task_that_is_gone_says_so(house: House, watched: Watched) -> None:
    watched.expected = {404}
    sign_in(watched.page, house, at="#/tasks/taskthat-never-was")
    expect(watched.page.get_by_text("There is no such task any more.")).to_be_visible()
