"""The house rules: who imports whom, how long files are, what modules say of themselves."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = frozenset({"actors", "cli", "config", "fleet", "run", "service", "store", "tests", "web", "bench"})
LONGEST_FILE = 400

PURE = (
    *(
        f"actors.tasks.{name}"
        for name in (
            "states",
            "lifecycle",
            "task",
            "task_query",
            "messages",
            "catalogue",
            "catalogue.base_request",
            "catalogue.base_resource",
            "catalogue.resource_event",
            "catalogue.task_event",
            "catalogue.taskmon",
            "catalogue.template",
            "ports",
            "errors",
            "payload",
            "request_keys",
        )
    ),
    "actors.access.directory",
    "actors.access.lockout",
    "actors.access.records",
    "actors.access.roles",
    "actors.access.rules",
    "actors.events.ports",
    "actors.events.records",
    "actors.inventory.records",
    "actors.inventory.inventory",
    "actors.settings.records",
    "actors.alike",
    "actors.durations",
    "actors.hosts",
    "actors.uris",
)
"""The pure modules of actors/: records, rules and the words for what the world is to offer."""

# What a folder may import besides the standard library and itself: our own modules, then libraries.
MAY_IMPORT: dict[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "config": ((), frozenset({"click", "pydantic", "pydantic_settings"})),
    "actors": (("config",), frozenset({"pykka"})),
    "store": (PURE, frozenset({"msgpack", "cryptography", "argon2"})),
    "fleet": (PURE, frozenset({"aiohttp", "orjson", "yarl", "multidict"})),
    "web": (("actors", "config"), frozenset({"tornado", "orjson", "prometheus_client"})),
    "cli": ((), frozenset({"aiohttp", "click", "rich"})),
}
SIMULATOR_MAY = frozenset({"tornado", "cryptography", "orjson", "click"})


def modules() -> list[Path]:
    """Every Python file that git knows or could know of: nothing installed, nothing generated."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    return [ROOT / name for name in listed if (ROOT / name).exists()]


def name_of(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide who imports whom"
            yield node.module or ""


def is_within(module: str, allowed: str) -> bool:
    return module == allowed or module.startswith(allowed + ".")


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_each_folder_imports_only_what_it_may(folder: str) -> None:
    ours, libraries = MAY_IMPORT[folder]
    wrong = []
    for path in modules():
        module = name_of(path)
        if not is_within(module, folder):
            continue
        simulator = is_within(module, "fleet.simulator")
        allowed = SIMULATOR_MAY if simulator else libraries
        for imported in imports_of(path):
            top = imported.split(".")[0]
            if top in sys.stdlib_module_names:
                continue
            if top in OURS:
                inside = is_within(imported, "fleet.simulator" if simulator else folder)
                # The web layer sees of the actors what they export, and nothing behind it.
                exported = folder != "web" or imported == "actors" or top == "config"
                if not inside and not (exported and any(is_within(imported, one) for one in ours)):
                    wrong.append(f"{module} imports {imported}")
            elif top not in allowed:
                wrong.append(f"{module} imports {imported}")
    assert wrong == []


def test_the_pure_modules_import_nothing_but_each_other() -> None:
    wrong = []
    for path in modules():
        module = name_of(path)
        if module not in PURE:
            continue
        for imported in imports_of(path):
            top = imported.split(".")[0]
            if top == "asyncio" or (top not in sys.stdlib_module_names and imported not in PURE):
                wrong.append(f"{module} imports {imported}")
    assert wrong == []


def test_no_pure_module_is_missing() -> None:
    assert set(PURE) <= {name_of(path) for path in modules()}


def test_sqlite_and_threads_stay_where_they_belong() -> None:
    for path in modules():
        module = name_of(path)
        if is_within(module, "actors") or is_within(module, "web"):
            assert "sqlite3" not in set(imports_of(path)), module


def test_nobody_imports_run_service_tests_or_bench() -> None:
    for path in modules():
        module = name_of(path)
        for imported in imports_of(path):
            top = imported.split(".")[0]
            assert top != "service" or module.split(".")[0] in ("service", "tests", "bench"), module
            assert top != "run" or is_within(module, "tests") or is_within(module, "bench"), module
            assert top != "tests" or is_within(module, "tests") or is_within(module, "bench"), module
            assert top != "bench" or is_within(module, "bench") or is_within(module, "tests"), module


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_file_is_short_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST_FILE
    docstring = ast.get_docstring(ast.parse(text))
    assert docstring, "its docstring says in one sentence what it is for"
    assert docstring.splitlines()[0].rstrip().endswith((".", "?", ":")) or "\n" in docstring
