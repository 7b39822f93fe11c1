"""The event stream: the page is live by it, polls without it, and goes on from the last event that it had."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.ui.house import House, sign_in

pytestmark = pytest.mark.timeout(180)

# A stream that a test can cut and fill as it likes in place of the service's own: it is made in the page.
STREAMING = """
const real = window.fetch;
window.streams = [];
const json = { headers: { "Content-Type": "application/json" } };
const answer = (body) => new Response(JSON.stringify(body), json);
window.fetch = async (path, options = {}) => {
  if (path === "/redfish/v1/") {
    const root = await (await real(path, options)).json();
    return answer({ ...root, EventService: { "@odata.id": "/redfish/v1/EventService" } });
  }
  if (path === "/redfish/v1/EventService") {
    return answer({
      ServiceEnabled: true,
      ServerSentEventUri: "/redfish/v1/EventService/SSE",
      Subscriptions: { "@odata.id": "/redfish/v1/EventService/Subscriptions" },
    });
  }
  if (path.startsWith("/redfish/v1/EventService/Subscriptions")) {
    return answer({ Members: [{
      "@odata.id": "/redfish/v1/EventService/Subscriptions/1", Id: "1", Destination: "https://listener.example/events",
      Status: { State: "Enabled" },
      Oem: { Taskmon: { Pending: 3, LastSuccess: new Date().toISOString(), LastError: "It answered 500." } },
    }], "Members@odata.count": 1 });
  }
  if (path === "/redfish/v1/EventService/SSE") {
    let control;
    const body = new ReadableStream({ start: (given) => { control = given; } });
    window.streams.push({ headers: options.headers, control });
    const cut = () => { try { control.error(new Error("aborted")); } catch {} };
    options.signal?.addEventListener("abort", cut);
    return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  }
  return real(path, options);
};
"""


def test_the_page_follows_the_stream_of_the_service_itself(house: House, page: Page) -> None:
    sign_in(page, house, at="#/events")
    expect(page.get_by_text("Live: event stream")).to_be_visible()
    stream = page.get_by_role("table", name="Subscriptions").get_by_role("row")
    expect(stream.filter(has_text=re.compile("Stream [0-9a-f]{8}")).first).to_contain_text("Enabled")
    task = house.reset(house.systems[:2], "On")
    events = page.get_by_role("list", name="Events, newest first")
    expect(events.get_by_role("link", name=task.removeprefix("task")[:8]).first).to_be_visible()


def push(page: Page, text: str) -> None:
    page.evaluate("(text) => streams.at(-1).control.enqueue(new TextEncoder().encode(text))", text)


def event(number: int, task: str, words: str) -> str:
    told = {
        "@odata.type": "#Event.v1_11_0.Event",
        "Id": str(number),
        "Name": "Event",
        "Events": [
            {
                "EventType": "Other",
                "EventId": str(number),
                "MemberId": "0",
                "MessageId": "TaskEvent.1.0.TaskStarted",
                "MessageArgs": [task],
                "Message": words,
                "MessageSeverity": "OK",
                "EventTimestamp": "2026-03-01T12:00:00Z",
                "OriginOfCondition": {"@odata.id": f"/redfish/v1/TaskService/Tasks/{task}"},
            }
        ],
    }
    return f"id: {number}\ndata: {json.dumps(told)}\n\n"


def streams(page: Page) -> list[dict[str, Any]]:
    """The headers of every request for the stream."""
    found: list[dict[str, Any]] = page.evaluate("streams.map((one) => one.headers)")
    return found


def test_the_page_is_live_by_the_stream_and_resumes_it(house: House, page: Page) -> None:
    page.add_init_script(STREAMING)
    sign_in(page, house)
    live = page.get_by_text("Live: event stream")
    expect(live).to_be_visible()
    (first,) = streams(page)
    assert first["X-Auth-Token"]
    assert "Last-Event-ID" not in first

    task = house.reset(house.systems[:1])
    house.ended(task)
    row = page.locator(f'.tasks a[href="#/tasks/{task}"]')
    push(page, ": heartbeat\n\n" + event(41, task, "The task with id x has started."))
    expect(row).to_be_visible(timeout=10_000)  # sooner than the page would look by itself

    page.get_by_role("link", name="Events").click()
    story = page.get_by_role("list", name="Events, newest first")
    expect(story).to_contain_text("TaskStarted The task has started.")
    expect(story.get_by_role("link")).to_have_attribute("href", f"#/tasks/{task}")
    cells = page.get_by_role("table", name="Subscriptions").get_by_role("row").nth(1).get_by_role("cell")
    expect(cells).to_contain_text(
        ["https://listener.example/events", "Enabled", "3", "just now", "It answered 500."]
    )

    page.evaluate("streams.at(-1).control.close()")
    expect(page.get_by_text("Live: polling every 2 s")).to_be_visible()
    expect(page.get_by_text("The event stream is not connected just now.")).to_be_visible()
    expect(live).to_be_visible()
    assert streams(page)[-1]["Last-Event-ID"] == "41"

    page.get_by_role("button", name="Hold").click()
    push(page, event(42, task, "<b>second</b>"))
    expect(page.get_by_text("1 newer events are held back.")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    expect(story).to_contain_text("<b>second</b>")


def test_without_a_stream_the_page_polls_and_says_so(house: House, page: Page) -> None:
    page.route(
        "**/redfish/v1/", lambda route: route.fulfill(json={**route.fetch().json(), "EventService": None})
    )
    sign_in(page, house, at="#/events")
    expect(page.get_by_text("Live: polling every 2 s")).to_be_visible()
    expect(page.get_by_text("This service has no event stream.")).to_be_visible()
    page.unroute_all(behavior="ignoreErrors")
