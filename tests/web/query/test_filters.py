"""`$filter`: Redfish's grammar and precedence, clear mistakes, and nothing that crashes or takes long."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors import Task, TaskState
from actors.tasks.task_query import meets
from tests.web.standins import NOW, a_task, ended
from web.query.evaluate import matches, properties_in
from web.query.filters import (
    DEEPEST_FILTER,
    LONGEST_FILTER,
    MOST_COMPARISONS,
    FilterError,
    parse_filter,
)
from web.query.pushdown import pushed_down
from web.render.tasks import ALONE, task_properties, task_resource

RESOURCE: dict[str, Any] = {
    "Id": "a'b",
    "Count": 7,
    "Ratio": 0.5,
    "On": True,
    "Off": False,
    "Nothing": None,
    "When": "2026-03-04T12:00:00.123456Z",
    "Status": {"Health": "OK", "Deep": {"er": 1}},
    "Members": [{"@odata.id": "/x", "N": 1}, {"@odata.id": "/y", "N": 2}],
    "Names": ["ann", "bob"],
    "Empty": [],
}


def meets_it(text: str) -> bool:
    return matches(parse_filter(text), RESOURCE)


@pytest.mark.parametrize(
    "text",
    [
        "Id eq 'a''b'",
        "'a''b' eq Id",
        "  ( Id  eq  'a''b' )  ",
        "Count eq 7 and Count ge 7 and Count le 7.0 and Count gt -1 and Count lt 7e1",
        "Ratio eq 0.5",
        "On",
        "not Off",
        "not not On",
        "On eq true and Off eq false and On ne Off",
        "(Count gt 1) eq true",
        "Nothing eq null and Missing eq null and Status/Missing eq null and Count ne null",
        "Missing ne 'x'",
        "not (Missing gt 1)",
        "Status/Health eq 'OK' and Status/Deep/er eq 1",
        "Members/N eq 2 and Members/@odata.id eq '/x' and Members/1/N eq 2",
        "not (Members/0/N eq 2) and Members/99999999999/N eq null",
        "Names eq 'bob' and Names ne 'cid' and Empty eq null",
        "When eq 2026-03-04T12:00:00.123456Z",
        "When eq '2026-03-04T13:00:00.123456+01:00'",
        "When gt 2026-03-04T12:00:00+00:00 and When lt 2026-03-04T11:30:00-01:00",
        "Count ne '7' and not (Count gt '1') and not (On gt 0)",
        "true",
        # and binds tighter than or, equality tighter than and, order tighter than equality
        "On or On and Off",
        "(On or On) and not Off",
        "Off and Off or On",
        "Count gt 1 eq true",
        "not Off and On",
        "not On eq false",
        "not not On and not not not Off and not not (Count gt 1)",
        "On ne Off",
    ],
)
def test_what_the_resource_meets(text: str) -> None:
    assert meets_it(text)


@pytest.mark.parametrize(
    "text",
    [
        "(On or On) and Off",
        "not (On or Off)",
        "Id gt 1",
        "Id",
        "Count",
        "false",
        "Nothing gt 1",
        "Status eq 1",
    ],
)
def test_what_the_resource_does_not_meet(text: str) -> None:
    assert not meets_it(text)


@pytest.mark.parametrize(
    ("text", "sentence", "position"),
    [
        ("", "missing at the end", 1),
        ("Id eq", "missing at the end", 6),
        ("Id eq 'x", "not closed by a single quote", 7),
        ("(Id eq 'x'", "parenthesis is not closed", 1),
        ("Id eq 'x')", "was not opened", 10),
        ("Id 'x'", "operator is missing", 4),
        ("(Id 'x')", "operator is missing", 5),
        ("eq 'x'", "before 'eq'", 1),
        ("Id eq and", "before 'and'", 7),
        ("Id eq 'x' and", "missing at the end", 14),
        ("Id = 'x'", "neither a property", 4),
        ("Id eq 1x", "neither a property", 7),
        ("Id eq 2026-13-04T12:00:00Z", "no such date", 7),
        ("Id eq 'x' or 'y'", "only a value", 14),
        ("not Id eq 'x'", r"write not \(", 1),
        ("not not Id eq 'x'", r"write not \(", 1),
        ("not not Count gt 1", "use parentheses", 1),
        ("Id eq /x", "stands in single quotes", 7),
        ("(Id eq 'x') gt 1", "no order", 1),
        ("1", "only a value", 1),
        ("Id eq \x00", "neither a property", 7),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, sentence: str, position: int) -> None:
    with pytest.raises(FilterError, match=rf"{sentence}.*\(at character {position}\)"):
        parse_filter(text)


def test_filters_are_bounded() -> None:
    assert parse_filter("(" * DEEPEST_FILTER + "On" + ")" * DEEPEST_FILTER)
    for text in (
        "(" * (DEEPEST_FILTER + 1) + "On" + ")" * (DEEPEST_FILTER + 1),
        "x" * (LONGEST_FILTER + 1),
        " or ".join(["A eq 1"] * (MOST_COMPARISONS + 1)),
    ):
        with pytest.raises(FilterError, match="at the most"):
            parse_filter(text)


def test_the_deepest_filter_is_evaluated_far_from_the_end_of_the_stack() -> None:
    def below(frames: int) -> bool:
        if frames:
            return below(frames - 1)
        chain = "On" + " ne false" * (MOST_COMPARISONS - DEEPEST_FILTER)
        text = "not (On and Off eq " * (DEEPEST_FILTER - 1) + f"({chain})" + ")" * (DEEPEST_FILTER - 1)
        return matches(parse_filter(text), RESOURCE) in (True, False)

    assert below(150), "Tornado's own frames are fewer"


@pytest.mark.parametrize(
    "piece",
    ["(", "'", "''", "not ", "a/", "a eq 1 or ", "1 ", "-", "2026-01-01T00:00:00", "\t", "a", "1" * 39],
)
def test_hostile_repetition_is_answered_at_once(piece: str) -> None:
    text = (piece * LONGEST_FILTER)[:LONGEST_FILTER]
    began = time.process_time()
    for end in ("", "'", ")", "!"):
        try:
            matches(parse_filter(text[:-1] + end), RESOURCE)
        except FilterError:
            continue
    assert time.process_time() - began < 0.5


_pieces = st.sampled_from(
    [
        *("(", ")", " ", "'", "''", "not", "and", "or", "eq", "gt", "Id", "Status/Health", "1", "-1.5e9"),
        *("null", "true", "2026-03-04T12:00:00Z", "9999-12-31T23:59:59-14:00"),
        *("0001-01-01T00:00:00+14:00", "é", "\ud800"),
    ]
)


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=200) | st.lists(_pieces, max_size=40).map(" ".join) | st.lists(_pieces).map("".join))
def test_any_text_is_a_filter_or_a_mistake_with_a_sentence(text: str) -> None:
    try:
        expression = parse_filter(text)
    except FilterError as error:
        sentence = str(error)
    else:
        sentence = f"at character {matches(expression, RESOURCE)} {matches(expression, {})}"
    assert "at character" in sentence


# --- generated expressions, each with what Python makes of it

Meaning = Callable[[dict[str, Any]], bool]
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
}


@st.composite
def _comparisons(draw: st.DrawFn) -> tuple[int, str, Meaning]:
    word = draw(st.sampled_from(sorted(_OPERATORS)))
    apply = _OPERATORS[word]
    if draw(st.booleans()):
        number = draw(st.integers(-3, 3))
        return 3, f"A {word} {number}", lambda r: apply(r["A"], number)
    value = draw(st.text("ab' ", max_size=3))
    return 3, "B/C {} '{}'".format(word, value.replace("'", "''")), lambda r: apply(r["B"]["C"], value)


def _grouped(part: tuple[int, str, Meaning], least: int) -> str:
    strength, text, _ = part
    return text if strength >= least else f"({text})"


def _either(parts: list[tuple[int, str, Meaning]]) -> tuple[int, str, Meaning]:
    means = [part[2] for part in parts]
    return 1, " or ".join(_grouped(part, 1) for part in parts), lambda r: any(mean(r) for mean in means)


def _both(parts: list[tuple[int, str, Meaning]]) -> tuple[int, str, Meaning]:
    means = [part[2] for part in parts]
    return 2, " and ".join(_grouped(part, 2) for part in parts), lambda r: all(mean(r) for mean in means)


def _contrary(part: tuple[int, str, Meaning], times: int) -> tuple[int, str, Meaning]:
    return 4, "not " * times + f"({part[1]})", lambda r: part[2](r) is (times % 2 == 0)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 5), st.sampled_from(["A eq 1", "A gt 1", "B/C ne 'x'", "'x' eq B/C", "A eq null"]))
def test_not_before_a_comparison_needs_parentheses_however_often_it_is_said(
    times: int, comparison: str
) -> None:
    assert parse_filter("not " * times + f"({comparison})")
    with pytest.raises(FilterError):
        parse_filter("not " * times + comparison)


_expressions = st.recursive(
    _comparisons(),
    lambda inner: (
        st.builds(_either, st.lists(inner, min_size=2, max_size=3))
        | st.builds(_both, st.lists(inner, min_size=2, max_size=3))
        | st.builds(_contrary, inner, st.integers(1, 4))
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(_expressions, st.integers(-3, 3), st.text("ab' ", max_size=3))
def test_a_generated_filter_means_what_it_was_generated_from(
    expression: tuple[int, str, Meaning], number: int, text: str
) -> None:
    resource = {"A": number, "B": {"C": text}}
    _, written, mean = expression
    assert matches(parse_filter(written), resource) is mean(resource), written


# --- pushed down

TASKS: list[Task] = [
    a_task(),
    a_task("ReadOnly", operation="add_server", started=NOW - timedelta(hours=1)),
    ended(a_task(), TaskState.EXCEPTION, None),
    ended(a_task(started=datetime(2020, 1, 1, tzinfo=UTC)), TaskState.COMPLETED, None),
]
_fields = st.sampled_from(
    [
        *("TaskState", "TaskStatus", "StartTime", "EndTime", "Oem/Taskmon/Owner", "Oem/Taskmon/Operation"),
        *("Id", "Oem/Taskmon/Target", "PercentComplete", "Missing"),
    ]
)
_values = st.sampled_from(
    [
        *("'Running'", "'OK'", "'reset'", "'account-Operator'", "'zz'", "''", "null", "true", "8"),
        *("StartTime", NOW.isoformat(), f"'{NOW.isoformat()}'", "0001-01-01T00:00:00Z", "'2026-11-23'"),
        *(NOW.astimezone(timezone(timedelta(hours=-3))).isoformat(), "'0001-01-01T00:00:00Z'"),
    ]
)


@st.composite
def _on_tasks(draw: st.DrawFn) -> str:
    sides = [draw(_fields), draw(_values)]
    if draw(st.booleans()):
        sides.reverse()
    return f"{sides[0]} {draw(st.sampled_from(sorted(_OPERATORS)))} {sides[1]}"


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(
        _on_tasks(),
        lambda inner: (
            st.builds("({}) and ({})".format, inner, inner)
            | st.builds("({}) or ({})".format, inner, inner)
            | st.builds("not ({})".format, inner)
        ),
        max_leaves=6,
    )
)
def test_what_is_pushed_down_says_the_same_of_records_as_the_filter_of_resources(text: str) -> None:
    expression = parse_filter(text)
    condition, rest = pushed_down(expression)
    for task in TASKS:
        resource = task_resource(task)
        stored = condition is None or meets(task, condition)
        left = rest is None or matches(rest, resource)
        assert (stored and left) is matches(expression, resource), text


@settings(max_examples=100, deadline=None)
@given(st.sets(st.sampled_from(sorted(ALONE))), st.sampled_from(TASKS))
def test_properties_by_themselves_are_those_of_the_resource(names: set[str], task: Task) -> None:
    whole = cast(dict[str, Any], task_resource(task))
    assert task_properties(task, names) == {name: whole[name] for name in names}
    assert task_properties(task, {*names, "SubTasks"}) == whole


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Name eq 'x'", {"Name"}),
        ("not (A/B eq C) and (D or 1 lt E/0/F)", {"A", "C", "D", "E"}),
        ("1 eq 2", set()),
    ],
)
def test_a_filter_looks_at_these_properties(text: str, names: set[str]) -> None:
    assert properties_in(parse_filter(text)) == names


def test_a_filter_on_the_fields_of_the_store_goes_there_whole() -> None:
    text = (
        "(TaskState eq 'Running' or TaskStatus ne 'OK') and StartTime ge 2026-01-01T00:00:00Z and "
        "not (Oem/Taskmon/Owner eq 'x') and 'reset' eq Oem/Taskmon/Operation and "
        "EndTime lt '2027-01-01T00:00:00Z'"
    )
    condition, rest = pushed_down(parse_filter(text))
    assert condition is not None
    assert rest is None
    condition, rest = pushed_down(parse_filter(f"{text} and PercentComplete gt 5"))
    assert condition is not None
    assert rest == parse_filter("PercentComplete gt 5")
