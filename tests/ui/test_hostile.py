"""Whatever the service says is text: names, messages and payloads that look like markup do nothing."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.ui.house import House, sign_in
from tests.ui.watched import Watched

pytestmark = pytest.mark.timeout(180)
HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>'\"${7*7}"
LINK = "javascript:document.title='owned'"


def hostile(value: Any, key: str = "") -> Any:
    """The same answer with every text that is for people turned hostile."""
    if isinstance(value, dict):
        return {name: hostile(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [hostile(one, key) for one in value]
    if key in (
        "Message",
        "Resolution",
        "Target",
        "Operation",
        "Owner",
        "HostName",
        "Name",
        "HttpHeaders",
        "UserName",
    ):
        return HOSTILE
    if key in ("JsonBody", "Manufacturer", "Model", "PowerState", "TargetUri", "RetryOf", "TaskStatus"):
        return HOSTILE if key != "RetryOf" else LINK
    return value


def spoil(route: Route) -> None:
    asked = {name: text for name, text in route.request.headers.items() if name != "if-none-match"}
    answer = route.fetch(headers=asked)
    if "json" not in answer.headers.get("content-type", ""):
        route.fulfill(response=answer)
        return
    body = hostile(answer.json())
    headers = {
        name: text for name, text in answer.headers.items() if name not in ("content-encoding", "etag")
    }
    route.fulfill(status=answer.status, headers=headers, body=json.dumps(body))


def markup(page: Page) -> Any:
    """What of the hostile text has become markup: images but our own, scripts within the page, listeners."""
    return page.evaluate(
        '() => [...document.querySelectorAll(\'img:not([src="/ui/icon.svg"]), body script, [onerror], iframe,'
        ' a[href^="javascript:"]\')].map((one) => one.outerHTML)'
    )


def test_hostile_names_and_payloads_are_shown_as_what_they_are(house: House, watched: Watched) -> None:
    page = watched.page
    task = house.reset(house.systems[:3])
    assert house.ended(task) == "Completed"
    sign_in(page, house)
    for pattern in ("**/TaskService/**", "**/AggregationService/**", "**/Systems/**", "**/taskmon/*"):
        page.route(pattern, spoil)
    for address, landmark in (
        ("#/tasks", ".tasks tbody tr"),
        (f"#/tasks/{task}", ".timeline li"),
        ("#/fleet", ".fleet tbody tr"),
        ("#/groups", ".card"),
        ("#/reset", ".picks label"),
    ):
        page.goto(house.page + address)
        page.reload()
        expect(page.locator(landmark).first).to_contain_text("<img src=x onerror=")
        assert markup(page) == []
        assert page.title() != "owned"
    page.goto(f"{house.page}#/tasks/{task}")
    expect(page.get_by_role("region", name="Body of the request")).to_contain_text(HOSTILE)
    page.locator(".map canvas").hover(position={"x": 8, "y": 8})
    expect(page.locator(".tip")).to_contain_text("<script>")
    assert markup(page) == []
    page.unroute_all(behavior="ignoreErrors")


def test_a_hostile_address_is_text_too(house: House, watched: Watched) -> None:
    page = watched.page
    watched.expected = {400, 404}
    sign_in(page, house)
    for address in (
        f"#/tasks?q={HOSTILE}&owner={HOSTILE}&op={HOSTILE}&state={HOSTILE}",
        f"#/tasks/{HOSTILE}",
        f"#/{HOSTILE}",
        "#/tasks/..%2f..%2f..%2fui",
        "#/%zz",
    ):
        page.evaluate("(hash) => { location.hash = hash; }", address)
        expect(page.locator("h1").or_(page.get_by_text("There is no such task any more."))).not_to_have_count(
            0
        )
        assert markup(page) == []
        assert page.title() != "owned"
