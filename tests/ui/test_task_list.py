"""The list of tasks: filters in the address, pages of the service, and many tasks at once."""

import re
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.interop.plain import Plain
from tests.ui.house import OTHERS_PASSWORD, House, enter, sign_in
from tests.ui.watched import Watched, watched_page

pytestmark = pytest.mark.timeout(240)
BROKEN = {"server": "127.0.0.3", "method": "POST", "path": "*Reset", "fault": "status", "status": 500}


def rows(page: Page) -> list[str]:
    """The links of the rows, which name the tasks."""
    return [link.get_attribute("href") or "" for link in page.locator(".tasks .task-what").all()]


def test_a_view_is_filtered_and_sent_to_somebody_else(
    house: House, browser: Browser, watched: Watched
) -> None:
    house.simulator.use_faults([BROKEN])
    failed = house.reset(house.systems[2:4])
    well = house.reset(house.systems[4:6])
    assert (house.ended(failed), house.ended(well)) == ("Exception", "Completed")
    house.simulator.use_faults([])
    page = watched.page
    sign_in(page, house)
    page.get_by_role("link", name="Failed", exact=True).click()
    page.get_by_label("Operation").select_option("reset")
    page.get_by_label("Started").select_option("1h")
    expect(page).to_have_url(re.compile(r"#/tasks\?.*state=failed"))
    expect(page).to_have_url(re.compile(r"since=1h"))
    expect(page.locator(".tasks .badge").first).to_have_text("Failed")
    expect(page.locator(f'.tasks a[href="#/tasks/{failed}"]')).to_be_visible()
    assert f"#/tasks/{well}" not in rows(page)
    shared = page.url

    with watched_page(browser, house.service.url) as other:
        other.page.goto(shared)
        enter(other.page, house.service.user, house.service.password)
        expect(other.page.locator(f'.tasks a[href="#/tasks/{failed}"]')).to_be_visible()
        expect(other.page.get_by_label("Operation")).to_have_value("reset")
        assert rows(other.page) == rows(page)

    page.get_by_role("link", name="Clear filters").click()
    expect(page.locator(f'.tasks a[href="#/tasks/{well}"]')).to_be_visible()
    page.get_by_label("Text in the id or target").fill(well[6:20])
    expect(page).to_have_url(re.compile(f"q={well[6:20]}"))
    expect(page.locator(".tasks tbody tr")).to_have_count(1)
    page.get_by_label("Text in the id or target").fill("no such thing")
    expect(page.get_by_text("No task meets these filters.")).to_be_visible()


def test_pages_and_order_are_those_of_the_service(house: House, page: Page) -> None:
    for system in house.systems * 2:
        house.admin.reset(system, "On")
    sign_in(page, house, at="#/tasks?size=25")
    expect(page.locator(".tasks tbody tr")).to_have_count(25)
    newest = rows(page)
    page.get_by_role("button", name="Next page").click()
    expect(page).to_have_url(re.compile("page=2"))
    expect(page.locator(f'.tasks a[href="{newest[0]}"]')).to_have_count(0)
    assert not set(rows(page)) & set(newest)
    page.get_by_role("button", name=re.compile("^Started")).click()
    expect(page).to_have_url(re.compile("order=oldest"))
    expect(page.locator(".tasks .task-what").first).to_have_text("Add server")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="Next page").click()
    expect(page).to_have_url(re.compile("page=2"))
    expect(
        page.locator(f'.tasks a[href="{newest[0]}"]').or_(page.locator(".tasks tbody tr").nth(1)).first
    ).to_be_visible()
    (path,) = {
        url for url in asked if "TaskService/Tasks?" in url and "%24skip" not in url and "skip=25" in url
    }
    assert "$top=25" in path
    assert "taskmon.order=oldest" in path


def test_a_live_task_moves_by_itself(house: House, page: Page) -> None:
    sign_in(page, house, at="#/tasks?state=live")
    expect(
        page.get_by_text("Live: polling every 2 s").or_(page.get_by_text("Live: event stream"))
    ).to_be_visible()
    task = house.reset(house.systems[:8], BatchSize=2, DelayBetweenBatchesInSeconds=2)
    row = page.locator(".tasks tbody tr").filter(has=page.locator(f'a[href="#/tasks/{task}"]'))
    expect(row).to_be_visible()
    expect(row.get_by_role("progressbar")).not_to_have_attribute("aria-valuenow", "0")
    expect(row).to_have_count(0, timeout=60_000)  # it has ended, and so it is not among the live ones


def test_many_at_once_are_aborted_and_deleted(house: House, watched: Watched) -> None:
    page = watched.page
    tasks = [house.reset([one], "ForceRestart", BatchSize=1) for one in house.systems[:1]]
    tasks += [house.reset(house.systems[:6], BatchSize=1, DelayBetweenBatchesInSeconds=30) for _ in range(2)]
    sign_in(page, house)
    for task in tasks[1:]:
        page.get_by_label(f"Select task {task}").check()
    bar = page.get_by_role("region", name="Selected tasks")
    bar.get_by_role("button", name="Abort 2").click()
    page.get_by_label("Reason").fill("wrong rack")
    page.get_by_role("button", name="Abort 2 tasks").click()
    expect(page.get_by_text("2 tasks aborted.")).to_be_visible()
    assert [house.ended(task) for task in tasks[1:]] == ["Cancelled", "Cancelled"]
    assert house.ended(tasks[0]) == "Completed"
    for task in tasks:
        page.get_by_label(f"Select task {task}").check()
    expect(bar.get_by_role("button", name="Retry 2")).to_be_visible()
    bar.get_by_role("button", name="Delete 3").click()
    page.get_by_role("button", name="Delete 3 records").click()
    expect(page.get_by_text("3 tasks deleted.")).to_be_visible()
    for task in tasks:
        expect(page.locator(f'a[href="#/tasks/{task}"]')).to_have_count(0)
        assert house.admin.get(f"/redfish/v1/TaskService/Tasks/{task}").status_code == 404


def test_who_empties_the_last_page_sees_the_one_before(house: House, page: Page) -> None:
    house.account("pager", "Operator")
    service = house.service
    with closing(Plain(service.url, service.certificate, "pager", OTHERS_PASSWORD)) as mine:
        for number in range(26):
            mine.follow(mine.reset(house.systems[number % len(house.systems)], "On"))
    sign_in(page, house, "pager", OTHERS_PASSWORD, at="#/tasks?size=25&page=2")
    expect(page.locator(".tasks tbody tr")).to_have_count(1)
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name="Delete 1").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page).to_have_url(f"{house.page}#/tasks?size=25")
    expect(page.locator(".tasks tbody tr")).to_have_count(25)
    page.goto(f"{house.page}#/tasks?size=25&page=9")
    expect(page.get_by_text("There is nothing on this page.")).to_be_visible()


def test_somebody_elses_tasks_are_not_shown(house: House, browser: Browser) -> None:
    house.account("stranger", "Operator")
    mine = house.reset(house.systems[:1])
    with watched_page(browser, house.service.url) as watched:
        sign_in(watched.page, house, "stranger", OTHERS_PASSWORD)
        expect(watched.page.get_by_text("There are no tasks.")).to_be_visible()
        watched.expected = {403}
        watched.page.goto(f"{house.page}#/tasks/{mine}")
        expect(watched.page.get_by_role("alert").filter(has_text="privilege")).to_be_visible()


def test_of_many_those_that_are_refused_are_named(house: House, watched: Watched) -> None:
    page = watched.page
    watched.expected = {409}
    tasks = [house.reset(house.systems[:6], BatchSize=1, DelayBetweenBatchesInSeconds=30) for _ in range(2)]
    sign_in(page, house, at="#/tasks?state=live")
    for task in tasks:
        page.get_by_label(f"Select task {task}").check()
    page.get_by_role("button", name="Abort 2").click()
    uri = f"/redfish/v1/TaskService/Tasks/{tasks[1]}"
    assert house.admin.post(f"{uri}/Actions/Oem/Taskmon.Cancel", {}).status_code == 204
    page.get_by_label("Reason").fill("too late for one")
    page.get_by_role("button", name="Abort 2 tasks").click()
    dialog = page.get_by_role("dialog", name="Abort 2 tasks?")
    expect(dialog.get_by_role("alert")).to_contain_text("“Reset servers: group")
    expect(dialog.get_by_label("Reason")).to_have_value("too late for one")
    expect(page.get_by_text("1 task aborted, 1 refused.")).to_be_visible()
    assert house.ended(tasks[0]) == "Cancelled"
