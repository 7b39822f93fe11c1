"""The dashboard's files as they are served, and what they promise: no markup from strings, one origin."""

import gzip
import re
from pathlib import Path

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPResponse

from tests.web.conftest import Service
from web.dashboard import CONTENT_TYPES, FOLDER, read_files
from web.routes import PAGES

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
LONGEST_FILE = 400
SOURCES = sorted(path for path in FOLDER.rglob("*") if path.is_file())
CONTENTS = {path: path.read_bytes() for path in SOURCES}
SCRIPTS = [path for path in SOURCES if path.suffix == ".js"]
FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|setHTML"
    r"|\beval\b|new Function|\bimport\(|javascript:"
    r"|setAttribute\(\s*[\"']style|\bstyle:|\.cssText|setAttribute\(\s*[\"']on|\.on(click|load|error)\s*="
    r"|document\.cookie|https?://(?!www\.w3\.org/)"
)
IMPORT = re.compile(r'^(?:import|export)\s[^;]*?from "([^"]+)"', re.MULTILINE)


def name_of(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


async def fetch(service: Service, path: str, *, method: str = "GET", **headers: str) -> HTTPResponse:
    """A request without credentials, as a browser makes it: what comes is no Redfish resource."""
    return await AsyncHTTPClient().fetch(
        service.base + path,
        method=method,
        headers={"Accept": BROWSER, **{name.replace("_", "-"): value for name, value in headers.items()}},
        allow_nonstandard_methods=True,
        follow_redirects=False,
        decompress_response=False,
        raise_error=False,
    )


async def test_a_browser_is_shown_from_the_door_to_the_page(service: Service) -> None:
    door = await fetch(service, "/")
    assert (door.code, door.headers["Location"], door.body) == (303, "/ui/", b"")
    assert re.split(", ?", door.headers["Vary"]) == ["Accept", "Accept-Encoding"]
    for path in ("/ui/", "/ui"):
        page = await fetch(service, path)
        assert (page.code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert page.body == CONTENTS[FOLDER / "index.html"]


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html;q=0, */*", ""])
async def test_for_everybody_else_there_is_nothing_at_the_door(service: Service, accept: str) -> None:
    assert (await service.nobody.get("/", Accept=accept)).status == 401
    answer = await service.reader.get("/", Accept=accept)
    assert (answer.status, answer.keys) == (404, ["InvalidURI"])


async def test_the_door_takes_no_method_but_that_of_a_browser(service: Service) -> None:
    for method in ("POST", "DELETE", "BREW"):
        assert (await fetch(service, "/", method=method)).code == 401
        assert (await service.admin.ask(method, "/", headers={"Accept": BROWSER})).status == 404
    assert (await fetch(service, "/ui/main.js", method="POST")).code == 405


async def test_every_file_is_served_as_what_it_is(service: Service) -> None:
    for path, content in CONTENTS.items():
        answer = await fetch(service, f"/ui/{name_of(path)}")
        assert (answer.code, answer.body) == (200, content)
        assert answer.headers["Content-Type"] == CONTENT_TYPES[path.suffix]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-cache"
        tag = answer.headers["ETag"]
        known = await fetch(service, f"/ui/{name_of(path)}", If_None_Match=tag)
        assert (known.code, known.body, known.headers["ETag"]) == (304, b"", tag)


async def test_a_large_file_goes_in_gzip_with_a_tag_of_its_own(service: Service) -> None:
    plain = await fetch(service, "/ui/main.js", Accept_Encoding="identity")
    packed = await fetch(service, "/ui/main.js", Accept_Encoding="gzip")
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 2
    assert packed.headers["ETag"].endswith('-gzip"')
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", ["/ui/none.js", "/ui/lib", "/ui/../app.py", "/ui/%2e%2e/app.py"])
async def test_nothing_but_its_files_is_to_be_had(service: Service, path: str) -> None:
    assert (await fetch(service, path)).code in (401, 404)


async def test_the_page_may_do_nothing_that_it_does_not_need(service: Service) -> None:
    answer = await fetch(service, "/ui/")
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in str(policy)
    assert answer.headers["X-Frame-Options"] == "deny"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Set-Cookie" not in answer.headers


def test_a_file_of_no_known_type_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "page.exe").write_bytes(b"")
    with pytest.raises(ValueError, match=r"Say in web/dashboard\.py what type page\.exe has"):
        read_files(tmp_path)


def test_the_routes_are_deep_enough_for_every_file() -> None:
    patterns = [re.compile(route.pattern) for route in PAGES]
    assert [name for name in read_files() if not any(one.fullmatch(f"/ui/{name}") for one in patterns)] == []


@pytest.mark.parametrize("path", [path for path in SOURCES if path.suffix != ".css"], ids=name_of)
def test_no_string_becomes_markup_or_code_and_nothing_comes_from_elsewhere(path: Path) -> None:
    text = path.read_text()
    assert [match[0] for match in FORBIDDEN.finditer(text)] == []
    if path.suffix == ".html":
        assert not re.search(r"\sstyle=|\son\w+=|<style|<script>", text)


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_a_script_is_short_says_what_it_is_for_and_imports_what_is_there(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST_FILE
    assert text.startswith("// "), "its first line says what it is for"
    for target in IMPORT.findall(text):
        assert target.startswith("."), target
        assert (path.parent / target).resolve() in SOURCES, f"{target} is not there"


def test_the_page_has_all_scripts_loaded_at_once() -> None:
    """Else a browser asks for one after another, as each names the next."""
    page = CONTENTS[FOLDER / "index.html"].decode()
    preloaded = set(re.findall(r'rel="modulepreload" href="/ui/([^"]+)"', page))
    assert preloaded == {name_of(path) for path in SCRIPTS} - {"main.js"}


def test_every_file_is_used() -> None:
    used = {FOLDER / "index.html"}
    for path in SOURCES:
        text = path.read_text()
        used |= {FOLDER / name for name in re.findall(r'(?<!preload" href=)"/ui/([^"]+)"', text)}
        if path.suffix == ".js":
            used |= {(path.parent / target).resolve() for target in IMPORT.findall(text)}
    assert [name_of(path) for path in SOURCES if path not in used] == []
