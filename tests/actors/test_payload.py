"""Payloads: no secret gets into one, at any depth, and a large body is cut."""

import json

from hypothesis import given
from hypothesis import strategies as st

from actors.tasks.payload import LARGEST_BODY, REDACTED, payload_of, redacted

CANARY = "canary-4711"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
SECRET_KEYS = st.sampled_from(
    ["Password", "password", "NewPassword", "X-Auth-Token", "Secret", "private_key", "PrivateKey",
     "CommunityString", "PassPhrase", "API-Key", "Authorization", "EncryptionKey"]
)  # fmt: skip


@given(st.lists(st.sampled_from(["a", "b", 0]), max_size=6), SECRET_KEYS, JSON)
def test_a_secret_is_found_at_any_depth(path: list[str | int], key: str, beside: object) -> None:
    value: object = {key: CANARY, "beside": beside, "other": {key: {"deeper": CANARY}}}
    for step in path:
        value = [beside, value] if step == 0 else {step: value}
    assert CANARY not in json.dumps(redacted(value))


@given(JSON)
def test_what_has_no_secret_stays_as_it_is(value: object) -> None:
    text = json.dumps(value)
    if not any(word in text.lower() for word in ("pass", "secret", "token", "key", "cred", "auth", "comm")):
        assert redacted(value) == value


def test_headers_that_carry_secrets_are_not_shown() -> None:
    headers = [("Authorization", f"Basic {CANARY}"), ("X-Auth-Token", CANARY), ("Cookie", CANARY),
               ("Content-Type", "application/json")]  # fmt: skip
    payload = payload_of("POST", "/x", headers, {"Password": CANARY, "HostName": "h"})
    assert payload.http_headers == ("Content-Type: application/json",)
    assert json.loads(payload.json_body) == {"Password": REDACTED, "HostName": "h"}


def test_a_large_body_is_cut_to_its_other_properties_and_a_count() -> None:
    targets = [{"@odata.id": f"/redfish/v1/Systems/{number}"} for number in range(10_000)]
    payload = payload_of("POST", "/x", [], {"ResetType": "On", "TargetURIs": targets, "BatchSize": 8})
    assert len(payload.json_body) < LARGEST_BODY
    assert json.loads(payload.json_body) == {
        "ResetType": "On",
        "BatchSize": 8,
        "TargetURIs@odata.count": 10_000,
    }


def test_without_a_body_there_is_no_body_text() -> None:
    assert payload_of("DELETE", "/x", [], None).json_body == ""
