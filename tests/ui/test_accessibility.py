"""The page for everybody: what axe-core finds, the keyboard alone, and screens from 360 pixels on."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.ui.house import House, sign_in
from tests.ui.watched import Watched, watched_page

pytestmark = pytest.mark.timeout(300)
BROKEN = {"server": "127.0.0.2", "method": "POST", "path": "*Reset", "fault": "status", "status": 500}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def task(house: House) -> str:
    """A task of six servers, of which one failed."""
    house.simulator.use_faults([BROKEN])
    task = house.reset(house.systems[:6], BatchSize=3)
    assert house.ended(task) == "Exception"
    house.simulator.use_faults([])
    return task


def violations(page: Page) -> list[str]:
    told = Axe().run(page, options=RULES).response
    assert len(told["passes"]) > 10, "it has hardly looked"
    found = told["violations"]
    return [f"{one['id']}: {one['help']}: {[node['html'] for node in one['nodes'][:3]]}" for one in found]


def views(house: House, task: str, page: Page) -> Iterator[str]:
    """Open every view, one after another."""
    group = house.groups()[0].rpartition("/")[2]
    subtask = house.admin.members(f"/redfish/v1/TaskService/Tasks/{task}/SubTasks")[0].rpartition("/")[2]
    for address, landmark in (
        ("#/tasks", ".tasks tbody tr"),
        (f"#/tasks/{task}", ".subtasks tbody tr"),
        (f"#/tasks/{task}/{subtask}", ".timeline li"),
        ("#/fleet", ".fleet .cell-model :text-matches('.')"),
        ("#/groups", ".card"),
        (f"#/groups/{group}", ".picks input"),
        ("#/reset", ".plan"),
        ("#/events", "h1"),
        ("#/tasks?q=nothing", ".empty"),
        ("#/nowhere", "h1"),
    ):
        page.goto(house.page + address)
        page.locator(landmark).first.wait_for()
        yield address


@pytest.mark.parametrize(("width", "dark"), [(1280, True), (360, False)])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    house: House, browser: Browser, task: str, width: int, dark: bool
) -> None:
    with watched_page(browser, house.service.url, width=width, dark=dark) as watched:
        page = watched.page
        watched.expected = {400}  # the monitor of the failed task
        page.goto(house.page)
        page.get_by_role("button", name="Sign in").wait_for()
        found = {"door": violations(page)}
        sign_in(page, house)
        too_wide = {}
        for view in views(house, task, page):
            found[view] = violations(page)
            too_wide[view] = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        page.goto(f"{house.page}#/fleet")
        page.get_by_role("button", name="Add a server").click()
        found["dialog"] = violations(page)
        assert {view: wrong for view, wrong in found.items() if wrong} == {}
        assert {view: more for view, more in too_wide.items() if more > 0} == {}


def test_everything_is_done_by_the_keyboard_alone(house: House, task: str, watched: Watched) -> None:
    page = watched.page
    watched.expected = {400}
    keys = page.keyboard
    page.goto(house.page)
    expect(page.get_by_label("User name")).to_be_focused()
    keys.type(house.service.user)
    keys.press("Tab")
    keys.type(house.service.password)
    keys.press("Enter")
    page.get_by_role("heading", name="Tasks").wait_for()
    keys.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    keys.press("Enter")
    expect(page.locator("#main")).to_be_focused()

    page.goto(f"{house.page}#/tasks/{task}")
    board = page.get_by_role("application")
    expect(board).to_have_attribute("aria-label", re.compile("5 completed, 1 failed"))
    board.focus()
    keys.press("f")
    spoken = page.locator(".map-frame [aria-live]")
    expect(spoken).to_contain_text(f"{house.host(1)}, Failed, Batch 1")
    expect(spoken).to_contain_text("HTTP status 500")
    keys.press("End")
    expect(spoken).to_contain_text(f"{house.host(5)}, Completed, Batch 2")
    keys.press("Home")
    keys.press("ArrowRight")
    keys.press("Enter")
    page.wait_for_url(f"**/#/tasks/{task}/*")
    expect(page.locator(".task-head .badge")).to_have_text("Failed")

    page.goto(f"{house.page}#/fleet")
    page.get_by_role("button", name="Add a server").focus()
    keys.press("Enter")
    dialog = page.get_by_role("dialog", name="Add a server")
    expect(dialog.get_by_label("Address")).to_be_focused()
    for _ in range(8):  # once round: the focus does not leave it
        keys.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
    keys.press("Escape")
    expect(page.get_by_role("button", name="Add a server")).to_be_focused()


def test_the_focus_is_never_lost_with_what_had_it(house: House, task: str, watched: Watched) -> None:
    page = watched.page
    watched.expected = {400}  # the monitor of the failed task
    sign_in(page, house)
    page.goto(f"{house.page}#/tasks")
    page.locator(".tasks tbody tr a").first.focus()
    page.keyboard.press("Enter")
    page.locator(".subtasks tbody tr").first.wait_for()
    assert not page.evaluate("document.activeElement === document.body"), "after a change of view"
    group = house.groups()[0].rpartition("/")[2]
    page.goto(f"{house.page}#/groups/{group}")
    page.locator(".picks input").first.wait_for()
    pick, drop = page.get_by_role("button", name="Pick all"), page.get_by_role("button", name="Drop all")
    for button, other in ((pick, drop), (drop, pick), (pick, drop)):
        if button.is_enabled():
            button.focus()
            page.keyboard.press("Enter")
            expect(button).to_be_disabled()
            expect(other).to_be_focused()


def test_colours_are_chosen_and_kept(house: House, page: Page) -> None:
    sign_in(page, house)
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(ground)
    button = page.get_by_role("button", name=re.compile("^Colours"))
    button.click()
    expect(button).to_have_text("Colours: light")
    assert page.evaluate(ground) == light
    button.click()
    expect(button).to_have_text("Colours: dark")
    assert page.evaluate(ground) != light
    page.reload()
    expect(button).to_have_text("Colours: dark")


def test_on_a_phone_nothing_that_belongs_on_a_line_takes_two(house: House, browser: Browser) -> None:
    task = house.reset(house.systems[:2], "On", BatchSize=1, DelayBetweenBatchesInSeconds=600)
    with watched_page(browser, house.service.url, width=360, height=780) as watched:
        page = watched.page
        sign_in(page, house)
        for selector, text in ((".liveness", "Live: event stream"), (".filters .tabs", "Aborted")):
            line = page.locator(selector)
            expect(line).to_contain_text(text)
            assert line.evaluate(LINES) == 1, text
        page.goto(f"{house.page}#/tasks/{task}")
        page.get_by_role("button", name="Abort").wait_for()
        title, button = page.locator("h1").bounding_box(), page.locator(".view-actions").bounding_box()
        assert title is not None
        assert button is not None
        assert button["y"] < title["y"] + title["height"], "it stands beside the title"
        assert button["x"] + button["width"] <= 360
    assert house.admin.delete(f"/redfish/v1/TaskService/Tasks/{task}").status_code == 204


LINES = """element => {
  const range = document.createRange();
  range.selectNodeContents(element);
  const words = [...range.getClientRects()].filter((one) => one.width && one.height);
  const begins = (one, at) => words.slice(0, at).every((other) => one.top >= other.bottom);
  return words.filter(begins).length;
}"""
"""On how many lines the contents of an element are."""
