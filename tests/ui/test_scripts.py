"""The parts of the page that only compute, each asked in the browser that runs them."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.ui.house import House

pytestmark = pytest.mark.timeout(120)
STREAM = (
    '\ufeff: heartbeat\n\nid: 7\ndata: {"a":\ndata: 1}\n\nevent: other\r\nid: 8\r\ndata:x\r\n\r\n'
    "data\n\nid: 9\n\nretry: 5\ndata: last\n\ndata: cut off"
)
EVENTS = [
    {"id": "7", "type": "message", "data": '{"a":\n1}'},
    {"id": "8", "type": "other", "data": "x"},
    {"id": "8", "type": "message", "data": ""},
    {"id": "9", "type": "message", "data": "last"},
]


def run(page: Page, house: House, module: str, body: str, given: object = None) -> Any:
    """What `body` returns, with the module as `m` and what is given as `given`."""
    if not page.url.startswith(house.service.url):
        page.goto(house.page)
    return page.evaluate(
        f"async (given) => {{ const m = await import('/ui/lib/{module}.js'); {body} }}", given
    )


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_stream_is_read_whatever_pieces_it_comes_in(house: House, page: Page, size: int) -> None:
    pieces = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
    read = """
        const found = [];
        const reader = new m.EventReader((event) => found.push(event));
        for (const piece of given) reader.feed(piece);
        return found;
    """
    assert run(page, house, "sse", read, pieces) == EVENTS


def test_every_cell_of_a_map_is_found_where_it_is_drawn(house: House, page: Page) -> None:
    check = """
        const wrong = [];
        for (const [count, size, width] of given) {
            const layout = m.layOut(count, size, width, 440);
            let lowest = 0;
            for (let i = 0; i < count; i += 1) {
                const { x, y } = layout.place(i);
                lowest = Math.max(lowest, y + layout.cell);
                const found = layout.at(x + 1, y + 1);
                if (x < 0 || y < 0 || x + layout.cell > width) wrong.push([count, size, width, i, "outside"]);
                if (found !== i) wrong.push([count, size, width, i, found]);
            }
            if (lowest > layout.height + 0.5) wrong.push([count, size, width, "too low", lowest]);
            if (layout.at(-1, 0) !== -1 || layout.at(width + 99, 0) !== -1) wrong.push("beside");
        }
        return wrong.slice(0, 10);
    """
    maps = [
        [1, 0, 300],
        [40, 8, 900],
        [41, 8, 336],
        [200, 50, 328],
        [200, 7, 1200],
        [2000, 100, 336],
        [10_000, 0, 1600],
        [10_000, 0, 336],
        [10_000, 250, 1000],
        [10_000, 3, 1000],
    ]
    assert run(page, house, "map-layout", check, maps) == []


def test_a_plan_says_what_the_service_will_do(house: House, page: Page) -> None:
    plans = run(
        page,
        house,
        "plan",
        "return given.map((one) => m.planOf(...one));",
        [[40, 7, 30], [5, 0, 9], [0, 4, 1]],
    )
    assert plans[0] == {"servers": 40, "batches": [7, 7, 7, 7, 7, 5], "delay": 30, "least": 150_000}
    assert plans[1]["batches"] == [5]
    assert plans[1]["least"] == 0
    assert plans[2]["batches"] == []


def test_filters_become_a_question_to_the_service(house: House, page: Page) -> None:
    ask = "return m.filterOf(new URLSearchParams(given), Date.parse('2026-03-01T12:00:30Z'));"
    assert run(page, house, "task-query", ask, "") == ""
    assert run(page, house, "task-query", ask, "state=failed&op=reset&since=24h") == (
        "TaskState eq 'Exception' and Oem/Taskmon/Operation eq 'reset' "
        "and StartTime ge 2026-02-28T12:00:00.000Z"
    )
    assert run(page, house, "task-query", ask, "state=Running,Pending&owner=o'neil&since=junk") == (
        "(TaskState eq 'Running' or TaskState eq 'Pending') and Oem/Taskmon/Owner eq 'o''neil'"
    )


def test_the_pace_is_that_of_the_last_minute(house: House, page: Page) -> None:
    pace = """
        const now = 1_000_000;
        const ends = Array.from({ length: 30 }, (_, n) => now - 59_000 + n * 2000);
        const none = { size: 0, delay: 0 };
        return [
            m.paceOf(ends, 60, 0, none, now),
            m.paceOf(ends, 60, 0, { size: 10, delay: 60 }, now),
            m.paceOf([1], 5, 0, none, now),
        ];
    """
    known, delayed, unknown = run(page, house, "plan", pace)
    assert known["perMinute"] == pytest.approx(30)
    assert known["endsAt"] == pytest.approx(1_000_000 + 120_000)
    assert delayed["endsAt"] == 1_000_000 + 6 * 60_000
    assert unknown is None


def test_how_long_still_is_guessed_only_where_the_work_is_even(house: House, page: Page) -> None:
    times = """
        const task = (body) => ({
            StartTime: new Date(60_000).toISOString(), TaskState: "Running", PercentComplete: 25,
            Payload: { JsonBody: JSON.stringify(body) },
        });
        return given.map((body) => m.timesOf(task(body), { now: 90_000 }));
    """
    even, delayed = run(
        page,
        house,
        "../parts/progress",
        times,
        [{"BatchSize": 5}, {"BatchSize": 5, "DelayBetweenBatchesInSeconds": 40}],
    )
    assert even == "30 s so far, about 1 min 30 s left"
    assert delayed == "30 s so far"
