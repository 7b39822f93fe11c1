"""The documents say what is so: routes, settings, the drawing of the states, checks, what is not offered."""

import re
from pathlib import Path

from actors.tasks.catalogue import CATALOGUE
from actors.tasks.states import TERMINAL, TRANSITIONS, TaskState
from config.loading import load_settings
from tests.actors.test_emitted_messages import AWAITED
from web.routes import PAGES, ROUTES

ROOT = Path(__file__).resolve().parent.parent
API_PAGE = ROOT / "docs" / "api.md"
STATES_PAGE = ROOT / "docs" / "states.md"
CONFORMANCE_PAGE = ROOT / "docs" / "conformance.md"
OPERATING_PAGE = ROOT / "docs" / "operating.md"
LISTENERS_PAGE = ROOT / "docs" / "listeners.md"

_PATH = re.compile(r"`(/[^` ]*)`")


def test_every_route_is_documented_with_its_methods_and_nothing_documented_is_gone() -> None:
    documented = {}
    for line in API_PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `/") and len(cells) >= 2:
            found = _PATH.search(cells[0])
            assert found, line
            documented[found[1]] = set(re.findall(r"[A-Z]{3,}", cells[1]))
    served: dict[str, set[str]] = {}
    for route in (*ROUTES, *PAGES):
        served.setdefault(route.path, set()).update(route.privileges)
    assert documented == served


def test_every_setting_is_documented_with_its_default_and_nothing_documented_is_gone() -> None:
    documented = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", OPERATING_PAGE.read_text()))
    settings = load_settings()
    known = {
        f"{section}.{name}"
        for section in type(settings).model_fields
        for name in getattr(settings, section).model_dump()
    }
    assert {name for name in documented if name.split(".")[0] in type(settings).model_fields} == known


def test_every_check_of_the_conformance_page_is_there_and_no_test_of_clients_is_left_out() -> None:
    page = CONFORMANCE_PAGE.read_text()
    named = set(re.findall(r"tests/[a-z_/]+\.py", page))
    assert {name for name in named if not (ROOT / name).exists()} == set()
    with_clients = {f"tests/interop/{file.name}" for file in (ROOT / "tests" / "interop").glob("test_*.py")}
    assert with_clients - named == set(), "say in docs/conformance.md what these check"


def test_what_the_conformance_page_says_is_not_offered_is_not() -> None:
    _, _, absent = CONFORMANCE_PAGE.read_text().partition("## What of Redfish is not offered")
    paths = re.findall(r"^\| `(/[^`]+)`", absent, re.MULTILINE)
    assert paths
    offered = [path for path in paths if any(f"{route.path}/".startswith(f"{path}/") for route in ROUTES)]
    assert offered == [], "these are offered now: take them from the list in docs/conformance.md"


def draw() -> str:
    """The table of states as a Mermaid diagram, ways that stay where they are left out."""
    lines = ["stateDiagram-v2", "    [*] --> New", "    [*] --> Pending"]
    for state, ways in TRANSITIONS.items():
        for event, following in ways.items():
            if following is not state:
                lines.append(f"    {state} --> {following}: {event.value}")
    lines += [
        f"    {state} --> [*]" for state in TaskState if state in TERMINAL and state is not TaskState.KILLED
    ]
    return "\n".join(lines)


def test_the_drawing_of_the_states_is_current() -> None:
    drawn = re.search(r"```mermaid\n(.*?)\n```", STATES_PAGE.read_text(), re.DOTALL)
    assert drawn
    assert drawn[1] == draw()


def test_the_events_that_listeners_are_promised_are_those_of_the_catalogue() -> None:
    rows = re.findall(
        r"^\| `([A-Za-z]+\.\d\.\d+\.\w+)` \| (\w+) \|", LISTENERS_PAGE.read_text(), re.MULTILINE
    )
    told = {template.message_id: template.severity.value for template in CATALOGUE.values()}
    assert {name: told.get(name) for name, _ in rows} == dict(rows)
    events = {name for name in told if name.startswith(("TaskEvent.", "ResourceEvent."))}
    emitted = {name for name in events if name.rpartition(".")[2] not in AWAITED}
    assert emitted <= {name for name, _ in rows}
