"""The event service and subscriptions to events (REDFISH.md V1 to V8): made, read, changed, removed."""

import asyncio
from typing import Any

import orjson
import pytest

from tests.actors.listening import refuses
from tests.web.client import Answer
from tests.web.eventing import SYSTEM, TASK, of_system
from tests.web.guarded import Guarded
from tests.web.sse import streaming

SERVICE = "/redfish/v1/EventService"
SUBSCRIPTIONS = f"{SERVICE}/Subscriptions"
SUBMIT = f"{SERVICE}/Actions/EventService.SubmitTestEvent"
LEAST = {"Context": "mine", "Protocol": "Redfish", "Destination": "https://192.0.2.1/events"}
ALL = {
    **LEAST,
    "SubscriptionType": "RedfishEvent",
    "EventFormatType": "Event",
    "IncludeOriginOfCondition": True,
    "ResourceTypes": ["Task", "ComputerSystem"],
    "RegistryPrefixes": ["TaskEvent"],
    "ExcludeRegistryPrefixes": ["Base"],
    "MessageIds": ["TaskEvent.1.0.TaskStarted", "TaskEvent.TaskPaused"],
    "ExcludeMessageIds": ["TaskEvent.1.0.TaskResumed"],
    "OriginResources": [{"@odata.id": TASK}],
    "SubordinateResources": True,
    "EventTypes": ["StatusChange", "Alert"],
    "Severities": ["OK", "Critical"],
    "HttpHeaders": [{"Authorization": "Bearer secret-word"}, {"X-Mine": "1"}],
    "DeliveryRetryPolicy": "RetryForeverWithBackoff",
    "VerifyCertificate": False,
    "Oem": {"Taskmon": {"SigningKey": "a key of enough length"}},
}
SECRET = ("HttpHeaders", "Oem")


async def subscribed(guarded: Guarded, body: dict[str, Any] | None = None) -> Answer:
    """What a POST of the operator's was answered."""
    answer = await guarded.operator.post(SUBSCRIPTIONS, LEAST if body is None else body)
    assert answer.status == 201
    return answer


# --- the service


async def test_the_service_says_what_it_can(guarded: Guarded) -> None:
    root = (await guarded.nobody.get("/redfish/v1/")).json
    assert root["EventService"] == {"@odata.id": SERVICE}
    body = (await guarded.reader.get(SERVICE)).json
    assert body["ServiceEnabled"] is True
    assert body["Subscriptions"] == {"@odata.id": SUBSCRIPTIONS}
    assert body["ServerSentEventUri"] == f"{SERVICE}/SSE"
    assert body["EventFormatTypes"] == ["Event"]
    assert body["RegistryPrefixes"] == ["Base", "TaskEvent", "ResourceEvent", "Taskmon"]
    assert body["ResourceTypes"][:3] == ["Task", "ComputerSystem", "AggregationSource"]
    assert body["SSEFilterPropertiesSupported"]["SubordinateResources"] is True
    assert body["SSEFilterPropertiesSupported"]["MetricReportDefinition"] is False
    action = body["Actions"]["#EventService.SubmitTestEvent"]
    assert action["target"] == SUBMIT
    info = (await guarded.reader.get(action["@Redfish.ActionInfo"])).json
    assert {one["Name"] for one in info["Parameters"]} >= {"MessageId", "MessageArgs", "EventType"}


async def test_its_retries_can_be_set(guarded: Guarded) -> None:
    before = await guarded.admin.get(SERVICE)
    change = {"DeliveryRetryAttempts": 7, "DeliveryRetryIntervalSeconds": 11}
    answer = await guarded.admin.patch(SERVICE, change, If_Match=before.headers["ETag"])
    assert answer.status == 200
    assert {name: answer.json[name] for name in change} == change
    assert (guarded.house.events.retry_attempts, guarded.house.events.retry_interval) == (7, 11)
    assert (await guarded.admin.patch(SERVICE, change, If_Match=before.headers["ETag"])).status == 412
    assert (await guarded.operator.patch(SERVICE, change)).status == 403
    assert (await guarded.reader.get(SERVICE)).json == answer.json


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"DeliveryRetryAttempts": -1}, "DeliveryRetryAttempts"),
        ({"DeliveryRetryIntervalSeconds": 0}, "DeliveryRetryIntervalSeconds"),
        ({"ServiceEnabled": False}, "ServiceEnabled"),
        ({"ServerSentEventUri": "/here"}, "ServerSentEventUri"),
    ],
)
async def test_what_cannot_be_set_is_refused_by_name(
    guarded: Guarded, body: dict[str, Any], named: str
) -> None:
    answer = await guarded.admin.patch(SERVICE, body)
    assert answer.status == 400
    assert named in answer.words


# --- making


async def test_the_least_is_enough(guarded: Guarded) -> None:
    answer = await subscribed(guarded)
    uri = answer.headers["Location"]
    assert uri == answer.json["@odata.id"] == f"{SUBSCRIPTIONS}/{answer.json['Id']}"
    shown = (await guarded.operator.get(uri)).json
    assert shown == answer.json
    assert {name: shown[name] for name in LEAST} == LEAST
    assert shown["SubscriptionType"] == "RedfishEvent"
    assert shown["DeliveryRetryPolicy"] == "TerminateAfterRetries"
    assert shown["HttpHeaders"] == []
    assert (shown["VerifyCertificate"], shown["IncludeOriginOfCondition"]) == (True, False)
    assert shown["Status"] == {"State": "Enabled", "Health": "OK", "HealthRollup": "OK"}
    assert "RegistryPrefixes" not in shown, "an empty list would be one by which nothing is wanted"
    assert (await guarded.operator.get(SUBSCRIPTIONS)).json["Members"] == [{"@odata.id": uri}]
    assert guarded.house.destinations.tried == {}, "it is never tried while the client waits"


async def test_all_that_it_may_have_is_kept_and_its_secrets_are_not_shown(guarded: Guarded) -> None:
    answer = await subscribed(guarded, ALL)
    open_parts = {name: value for name, value in ALL.items() if name not in SECRET}
    assert {name: answer.json[name] for name in open_parts} == open_parts
    assert answer.json["HttpHeaders"] == []
    assert answer.json["Oem"]["Taskmon"]["Signed"] is True
    assert b"secret-word" not in answer.raw
    assert b"enough length" not in answer.raw
    (stored,) = guarded.house.events.subscriptions(guarded.viewer("Operator"))
    assert stored.choice.registries == ("TaskEvent",)
    assert stored.choice.subordinate
    assert stored.choice.origins == (TASK,)
    assert stored.headers is not None


async def test_members_takes_it_as_well(guarded: Guarded) -> None:
    assert (await guarded.operator.post(f"{SUBSCRIPTIONS}/Members", LEAST)).status == 201


@pytest.mark.parametrize(
    ("change", "named", "value"),
    [
        ({"Protocol": "SNMPv2c"}, "Protocol", "SNMPv2c"),
        ({"Protocol": "Nonsense"}, "Protocol", "Nonsense"),
        ({"SubscriptionType": "SSE"}, "SubscriptionType", "SSE"),
        ({"EventFormatType": "MetricReport"}, "EventFormatType", "MetricReport"),
        ({"RegistryPrefixes": ["TaskEvent", "Nowhere"]}, "RegistryPrefixes/1", "Nowhere"),
        ({"ExcludeRegistryPrefixes": ["Nowhere"]}, "ExcludeRegistryPrefixes/0", "Nowhere"),
        ({"MessageIds": ["TaskEvent.1.0.Nothing"]}, "MessageIds/0", "TaskEvent.1.0.Nothing"),
        ({"ExcludeMessageIds": ["Nothing"]}, "ExcludeMessageIds/0", "Nothing"),
        ({"ResourceTypes": ["Chassis"]}, "ResourceTypes/0", "Chassis"),
        ({"EventTypes": ["MetricReport"]}, "EventTypes/0", "MetricReport"),
        ({"Severities": ["Terrible"]}, "Severities/0", "Terrible"),
        ({"OriginResources": ["https://elsewhere/redfish/v1/Systems"]}, "OriginResources/0", "elsewhere"),
        ({"OriginResources": {"@odata.id": TASK}}, "OriginResources", TASK),
        ({"OriginResources": [{"@odata.id": 3}]}, "OriginResources/0", "3"),
        ({"MessageIds": "TaskEvent.1.0.TaskStarted"}, "MessageIds", "TaskStarted"),
        ({"MessageIds": [3]}, "MessageIds/0", "3"),
        ({"MessageIds": ["TaskEvent.TaskStarted"] * 51}, "MessageIds", "51"),
        ({"SubordinateResources": "yes"}, "SubordinateResources", "yes"),
        ({"DeliveryRetryPolicy": "Never"}, "DeliveryRetryPolicy", "Never"),
        ({"Context": 3}, "Context", "3"),
        ({"Context": "x" * 5000}, "Context", "5000"),
        ({"HttpHeaders": {"X": "secret-word"}}, "HttpHeaders", ""),
        ({"HttpHeaders": [{"X": 5}]}, "HttpHeaders/0", ""),
        ({"HttpHeaders": [{}]}, "HttpHeaders/0", ""),
        ({"HttpHeaders": [{"X": "secret-word"}, {"X": "secret-word"}]}, "HttpHeaders/1", "X"),
        ({"HttpHeaders": [{"Host": "secret-word"}]}, "HttpHeaders", "Host"),
        ({"Oem": {"Taskmon": {"SigningKey": "short"}}}, "Oem/Taskmon/SigningKey", ""),
        ({"BackupDestinations": []}, "BackupDestinations", ""),
        ({"Destination": ""}, "Destination", ""),
    ],
)
async def test_what_cannot_be_is_refused_by_property_and_value(
    guarded: Guarded, change: dict[str, Any], named: str, value: str
) -> None:
    answer = await guarded.operator.post(SUBSCRIPTIONS, {**LEAST, **change})
    assert answer.status == 400
    assert named in answer.words
    assert value in answer.words
    assert b"secret-word" not in answer.raw
    assert b"short" not in answer.raw
    assert (await guarded.admin.get(SUBSCRIPTIONS)).json["Members"] == []


async def test_every_mistake_is_told_of_at_once(guarded: Guarded) -> None:
    body = {"RegistryPrefixes": ["A", "B"], "MessageIds": ["C"], "Protocol": "D"}
    answer = await guarded.operator.post(SUBSCRIPTIONS, body)
    assert answer.status == 400
    assert len(answer.messages) == 5  # and no Destination
    assert "CreateFailedMissingReqProperties" in answer.keys


async def test_a_destination_that_may_not_be_is_refused(guarded: Guarded) -> None:
    guarded.house.destinations.why = "Nothing is sent to that network."
    answer = await guarded.operator.post(SUBSCRIPTIONS, LEAST)
    assert answer.status == 400
    assert "Nothing is sent to that network." in answer.words
    assert "Destination" in answer.words


async def test_there_are_so_many_and_no_more(guarded: Guarded) -> None:
    for _ in range(3):
        await subscribed(guarded)
    answer = await guarded.operator.post(SUBSCRIPTIONS, LEAST)
    assert answer.status == 403
    assert "events.max_subscriptions" in answer.words


async def test_a_reader_reads_and_subscribes_to_nothing(guarded: Guarded) -> None:
    assert (await guarded.reader.post(SUBSCRIPTIONS, LEAST)).status == 403
    assert (await guarded.reader.get(SUBSCRIPTIONS)).json["Members"] == []
    assert (await guarded.nobody.get(SUBSCRIPTIONS)).status == 401


# --- reading, changing, removing


async def test_it_shows_how_its_delivery_goes(guarded: Guarded, caplog: pytest.LogCaptureFixture) -> None:
    house, url = guarded.house, LEAST["Destination"]
    made = await subscribed(guarded)
    uri = made.headers["Location"]
    state = made.json["Oem"]["Taskmon"]
    assert (state["Pending"], state["Delivered"], state["FailedAttempts"]) == (0, 0, 0)
    assert (state["LastSuccess"], state["LastFailure"], state["LastError"]) == (None, None, "")

    async def shows(**expected: object) -> Answer:
        """The answer to a GET, once the state of the delivery is so."""
        async with asyncio.timeout(20):
            while True:
                answer = await guarded.operator.get(uri)
                if {name: answer.json["Oem"]["Taskmon"][name] for name in expected} == expected:
                    return answer

    await house.tell(of_system(), of_system())
    await house.destinations.until(lambda: len(house.destinations.events(url)) == 2)
    told = await shows(Pending=0, Delivered=2, FailedAttempts=0, LastError="")
    assert told.json["Oem"]["Taskmon"]["LastSuccess"] == "2026-11-23T12:00:00.000005Z"
    (post, *_) = house.destinations.taken[url]
    assert orjson.loads(post.body)["Context"] == LEAST["Context"]

    house.destinations.does = refuses
    await house.tell(of_system())
    failing = await shows(Pending=1, Delivered=2, FailedAttempts=1)
    assert "500" in failing.json["Oem"]["Taskmon"]["LastError"]
    assert failing.json["Oem"]["Taskmon"]["LastFailure"] == "2026-11-23T12:00:00.000005Z"
    assert failing.json["Status"]["Health"] == "Warning"
    assert failing.headers["ETag"] == made.headers["ETag"], "what goes with time is not in the tag"
    assert "attempt 1 failed" in caplog.text
    caplog.clear()


async def test_it_is_changed_where_the_schema_allows(guarded: Guarded) -> None:
    made = await subscribed(guarded)
    uri, etag = made.headers["Location"], made.headers["ETag"]
    change = {
        "Context": "",
        "DeliveryRetryPolicy": "SuspendRetries",
        "VerifyCertificate": False,
        "HttpHeaders": [{"X-New": "secret-word"}],
        "Oem": {"Taskmon": {"SigningKey": "another key of enough length"}},
    }
    assert (await guarded.operator.patch(uri, change, If_Match='"another"')).status == 412
    answer = await guarded.operator.patch(uri, change, If_Match=etag)
    assert answer.status == 200
    assert answer.headers["ETag"] != etag
    assert answer.json["Context"] == ""
    assert answer.json["DeliveryRetryPolicy"] == "SuspendRetries"
    assert answer.json["VerifyCertificate"] is False
    assert answer.json["Oem"]["Taskmon"]["Signed"] is True
    assert b"secret-word" not in answer.raw
    for fixed in ({"Destination": "https://192.0.2.2/"}, {"RegistryPrefixes": ["TaskEvent"]}):
        refused = await guarded.operator.patch(uri, fixed)
        assert (refused.status, refused.keys) == (400, ["PropertyNotWritable"])
    both = await guarded.operator.patch(uri, {"Context": "new", "Protocol": "Redfish"})
    assert both.status == 200
    assert both.json["Context"] == "new"
    (told,) = both.json["@Message.ExtendedInfo"]
    assert told["MessageArgs"] == ["Protocol"]


async def test_it_is_removed(guarded: Guarded) -> None:
    made = await subscribed(guarded)
    uri = made.headers["Location"]
    assert (await guarded.operator.delete(uri, If_Match='"another"')).status == 412
    assert (await guarded.operator.delete(uri)).status == 204
    assert (await guarded.operator.get(uri)).status == 404
    assert (await guarded.operator.delete(uri)).status == 404


async def test_others_see_it_only_if_they_may_see_everything(guarded: Guarded) -> None:
    made = await guarded.admin.post(SUBSCRIPTIONS, LEAST)
    uri = made.headers["Location"]
    assert (await guarded.operator.get(SUBSCRIPTIONS)).json["Members"] == []
    for answer in (
        await guarded.operator.get(uri),
        await guarded.operator.patch(uri, {"Context": "mine now"}),
        await guarded.operator.delete(uri),
        await guarded.operator.post(f"{uri}/Actions/EventDestination.SuspendSubscription", {}),
        await guarded.operator.post(f"{uri}/Actions/EventDestination.ResumeSubscription", {}),
    ):
        assert answer.status == 403
    theirs = await subscribed(guarded)
    assert (await guarded.admin.get(theirs.headers["Location"])).status == 200


async def test_it_is_suspended_and_resumed(guarded: Guarded) -> None:
    uri = (await subscribed(guarded)).headers["Location"]
    actions = (await guarded.operator.get(uri)).json["Actions"]
    suspend = actions["#EventDestination.SuspendSubscription"]["target"]
    resume = actions["#EventDestination.ResumeSubscription"]["target"]
    assert (await guarded.operator.post(suspend, {})).status == 204
    shown = (await guarded.operator.get(uri)).json
    assert shown["Status"]["State"] == "Disabled"
    assert "SuspendedReason" not in shown["Oem"]["Taskmon"]
    duration = {"DeliverBufferedEventDuration": "P1DT2H3M4.5S"}
    assert (await guarded.operator.post(resume, duration)).status == 204
    assert (await guarded.operator.get(uri)).json["Status"]["State"] == "Enabled"
    for wrong in ("10 minutes", "P", "PT", "PT-5S", "P1Y", 5):
        answer = await guarded.operator.post(resume, {"DeliverBufferedEventDuration": wrong})
        assert answer.status == 400
        assert "DeliverBufferedEventDuration" in answer.words


# --- test events

EVERYTHING = {
    "EventId": "mine-1",
    "EventTimestamp": "2026-01-02T03:04:05Z",
    "EventType": "Alert",
    "Message": "Nothing is wrong.",
    "MessageArgs": ["a", "b"],
    "MessageId": "Acme.1.2.Nothing",
    "OriginOfCondition": SYSTEM,
    "Severity": "Critical",
}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"MessageId": "ResourceEvent.1.2.ResourceRemoved"},
        {"MessageId": "Acme.1.2.Nothing"},
        {"MessageId": "TaskEvent.1.0.TaskAborted", "Message": "In words of its own."},
        EVERYTHING,
    ],
)
async def test_a_test_event_is_told_to_everybody(guarded: Guarded, body: dict[str, Any]) -> None:
    async with streaming(guarded.port) as stream:
        await stream.event()
        assert (await guarded.admin.post(SUBMIT, body)).status == 204
        told = await stream.event()
    assert told.id == "1"
    expected = {
        name: value for name, value in body.items() if name not in ("OriginOfCondition", "EventTimestamp")
    }
    assert {name: told.record[name] for name in expected} == expected
    if not body:
        assert told.record["MessageId"] == "Taskmon.1.0.TestEvent"
        assert told.record["OriginOfCondition"] == {"@odata.id": SERVICE}
    if "OriginOfCondition" in body:
        assert told.record["OriginOfCondition"] == {"@odata.id": SYSTEM}
        assert told.record["MessageSeverity"] == "Critical"
    assert told.record["Message"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"MessageId": "no id"}, "MessageId"),
        ({"MessageId": 5}, "MessageId"),
        ({"EventTimestamp": "yesterday"}, "EventTimestamp"),
        ({"EventTimestamp": "0001-01-01T00:00:00+14:00"}, "EventTimestamp"),
        ({"EventTimestamp": "9999-12-31T23:59:59-14:00"}, "EventTimestamp"),
        ({"MessageId": "TaskEvent.1.0.TaskAborted"}, "takes 1, and there are 0"),
        ({"OriginOfCondition": "http://127.0.0.1/"}, "OriginOfCondition"),
        ({"OriginOfCondition": "/redfish/v1/../../etc/passwd"}, "OriginOfCondition"),
        ({"OriginOfCondition": 7}, "OriginOfCondition"),
        ({"EventType": "MetricReport"}, "EventType"),
        ({"Severity": "Terrible"}, "Severity"),
        ({"MessageArgs": "a"}, "MessageArgs"),
        ({"MessageArgs": ["a" * 2000]}, "MessageArgs/0"),
        ({"Colour": "red"}, "Colour"),
    ],
)
async def test_a_test_event_that_cannot_be_is_refused(
    guarded: Guarded, body: dict[str, Any], named: str
) -> None:
    answer = await guarded.admin.post(SUBMIT, body)
    assert answer.status == 400
    assert named in answer.words
    assert (await guarded.operator.post(SUBMIT, {})).status == 403


async def test_a_moment_at_the_ends_of_time_is_told(guarded: Guarded) -> None:
    async with streaming(guarded.port) as stream:
        await stream.event()
        for moment in ("0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"):
            assert (await guarded.admin.post(SUBMIT, {"EventTimestamp": moment})).status == 204
            assert (await stream.event()).record["EventTimestamp"] == moment
