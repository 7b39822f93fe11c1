"""The query string: every option, its encodings and its mistakes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors import InvalidRequestError, TaskCursor
from web.query.filters import parse_filter
from web.query.parse import LONGEST_QUERY, NO_QUERY, Expand, UnknownOptionError, parse_query


def test_every_option_is_read() -> None:
    query = parse_query(
        "$filter=Id%20eq%20'a'&$top=5&$skip=2&$select=Name,Status/Health&$expand=.($levels=2)"
        "&taskmon.order=oldest&taskmon.text=a%26b"
    )
    assert query.filter == parse_filter("Id eq 'a'")
    assert (query.top, query.skip) == (5, 2)
    assert query.select == (("Name",), ("Status", "Health"))
    assert query.expand == Expand(".", 2)
    assert (query.order, query.text) == ("oldest", "a&b")
    assert parse_query("only").only
    assert parse_query("taskmon.after=-12.3").after == TaskCursor(-12, 3)


@pytest.mark.parametrize(
    "text", ["", "x", "=", "&&", "excerpt", "excerpt=x", "only2=1", "top=1", "taskmon.other=1", "%ff"]
)
def test_what_is_not_known_is_ignored(text: str) -> None:
    assert parse_query(text) == NO_QUERY


@pytest.mark.parametrize("text", ["$", "$count", "%24orderby=x", "$Top=1", "a&$x", "$top%20=1"])
def test_what_is_not_known_and_has_a_dollar_is_told_apart(text: str) -> None:
    with pytest.raises(UnknownOptionError):
        parse_query(text)


@pytest.mark.parametrize(
    "text",
    [
        "$filter=Id%20eq%20'a+b'%20and%20When%20gt%202026-01-01T00:00:00+01:00",
        "$filter=Id+eq+'a%2Bb'+and+When+gt+2026-01-01T00:00:00%2B01:00",
        "%24filter=Id%20eq%20%27a%2Bb%27%20and%20When%20gt%202026-01-01T00%3A00%3A00%2B01%3A00",
    ],
)
def test_blanks_and_pluses_are_understood_however_a_client_writes_them(text: str) -> None:
    assert parse_query(text).filter == parse_filter("Id eq 'a+b' and When gt 2026-01-01T00:00:00+01:00")


@pytest.mark.parametrize(
    ("text", "key", "named"),
    [
        ("$top=x", "QueryParameterValueTypeError", "$top"),
        ("$top=", "QueryParameterValueTypeError", "$top"),
        ("$skip=1.5", "QueryParameterValueTypeError", "$skip"),
        ("$top=٣", "QueryParameterValueTypeError", "$top"),
        ("$skip=-1", "QueryParameterOutOfRange", "$skip"),
        ("$top=" + "9" * 5000, "QueryParameterOutOfRange", "$top"),
        ("$select=", "QueryParameterValueFormatError", "$select"),
        ("$select=A,,B", "QueryParameterValueFormatError", "$select"),
        ("$select=A b", "QueryParameterValueFormatError", "$select"),
        ("$select=" + ",".join(["A"] * 101), "QueryParameterValueFormatError", "$select"),
        ("$expand=", "QueryParameterValueFormatError", "$expand"),
        ("$expand=Members", "QueryParameterValueFormatError", "$expand"),
        ("$expand=.($levels=x)", "QueryParameterValueTypeError", "$levels"),
        ("$expand=.($levels=0)", "QueryParameterOutOfRange", "$levels"),
        ("$expand=*($levels=7)", "QueryParameterOutOfRange", "$levels"),
        ("$filter=Id", "", ""),
        ("$filter=Id+eq", "QueryParameterValueFormatError", "$filter"),
        ("only=1", "QueryParameterValueError", "only"),
        ("only&$top=1", "QueryCombinationInvalid", "$top"),
        ("$top=1&$top=1", "QueryCombinationInvalid", "$top"),
        ("$skip=1&taskmon.after=1.1", "QueryCombinationInvalid", "$skip"),
        ("taskmon.order=up", "QueryParameterValueFormatError", "taskmon.order"),
        ("taskmon.text=" + "x" * 201, "QueryParameterValueFormatError", "taskmon.text"),
        ("taskmon.after=x", "QueryParameterValueFormatError", "taskmon.after"),
        ("taskmon.after=" + "9" * 19 + ".1", "QueryParameterValueFormatError", "taskmon.after"),
        ("x=" + "x" * LONGEST_QUERY, "QueryParameterValueError", "query"),
    ],
)
def test_a_mistake_names_its_option(text: str, key: str, named: str) -> None:
    if not key:
        assert parse_query(text).filter is not None
        return
    with pytest.raises(InvalidRequestError) as caught:
        parse_query(text)
    (message,) = caught.value.messages
    assert message.key == key
    assert named in f"{message.text} {message.resolution}"
    assert len(message.text) < 400


def test_the_next_page_asks_for_all_that_was_asked_for() -> None:
    query = parse_query("$filter=Id eq 'ä%26b%2Bc'&$skip=3&$top=2&$expand=.($levels=1)&unknown=1")
    link = query.next_link("/redfish/v1/Systems", {"$skip": "5"})
    assert link.startswith("/redfish/v1/Systems?$filter=Id%20eq%20'%C3%A4%26b%2Bc'&")
    again = parse_query(link.partition("?")[2])
    assert (again.filter, again.top, again.skip, again.expand) == (query.filter, 2, 5, query.expand)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["$filter", "$top", "$skip", "$select", "$expand", "only"])
            | st.sampled_from(["taskmon.order", "taskmon.text", "taskmon.after", "x"])
            | st.text(max_size=5),
            st.sampled_from(["1", ".", "*($levels=2)", "Id eq '1'", "Id,Name", "newest", "1.2", ""])
            | st.text(max_size=20),
        ).map("=".join),
        max_size=4,
    ).map("&".join)
    | st.text(max_size=100)
)
def test_any_text_is_a_query_or_refused(text: str) -> None:
    try:
        query = parse_query(text)
    except (UnknownOptionError, InvalidRequestError):
        return
    if query.given:
        again = parse_query(query.next_link("/p", {}).partition("?")[2])
        assert (again.filter, again.select, again.text) == (query.filter, query.select, query.text)
