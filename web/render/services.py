"""The service root, the OData service document and the session service."""

from collections.abc import Iterable

from actors import Session
from web.models import Collection, ODataDocument, ServiceRoot, SessionService, VersionsDocument
from web.models import Session as SessionResource
from web.query.parse import MOST_LEVELS
from web.render.common import ENABLED, collection, heading, link, utc
from web.uris import (
    ACCOUNT_SERVICE,
    AGGREGATION_SERVICE,
    EVENT_SERVICE,
    JSON_SCHEMAS,
    METADATA,
    REGISTRIES,
    SERVICE_ROOT,
    SESSION_SERVICE,
    SESSIONS,
    SYSTEMS,
    TASK_SERVICE,
    session_uri,
)
from web.versions import ODATA_CONTEXT, ODATA_TYPE, PROTOCOL_VERSION

VERSIONS_DOCUMENT: VersionsDocument = {"v1": SERVICE_ROOT}
"""The whole body of /redfish."""


def service_root(uuid: str) -> ServiceRoot:
    return {
        **heading("ServiceRoot", SERVICE_ROOT),
        "Id": "RootService",
        "Name": "taskmon",
        "Product": "taskmon",
        "RedfishVersion": PROTOCOL_VERSION,
        "UUID": uuid,
        "ProtocolFeaturesSupported": {
            "ExcerptQuery": False,  # no type of resource that is served has properties for one
            "ExpandQuery": {
                "ExpandAll": True,
                "Levels": True,
                "Links": True,
                "MaxLevels": MOST_LEVELS,
                "NoLinks": True,
            },
            "FilterQuery": True,
            "OnlyMemberQuery": True,
            "SelectQuery": True,
            "TopSkipQuery": True,
        },
        "SessionService": link(SESSION_SERVICE),
        "AccountService": link(ACCOUNT_SERVICE),
        "Tasks": link(TASK_SERVICE),
        "EventService": link(EVENT_SERVICE),
        "AggregationService": link(AGGREGATION_SERVICE),
        "Systems": link(SYSTEMS),
        "Registries": link(REGISTRIES),
        "JsonSchemas": link(JSON_SCHEMAS),
        "Links": {"Sessions": link(SESSIONS)},
    }


def odata_document() -> ODataDocument:
    there = {
        "Service": SERVICE_ROOT,
        "SessionService": SESSION_SERVICE,
        "Sessions": SESSIONS,
        "AccountService": ACCOUNT_SERVICE,
        "Tasks": TASK_SERVICE,
        "EventService": EVENT_SERVICE,
        "AggregationService": AGGREGATION_SERVICE,
        "Systems": SYSTEMS,
        "Registries": REGISTRIES,
        "JsonSchemas": JSON_SCHEMAS,
    }
    return {
        "@odata.context": METADATA,
        "value": [{"name": name, "kind": "Singleton", "url": uri} for name, uri in there.items()],
    }


def session_service(timeout: int) -> SessionService:
    return {
        **heading("SessionService", SESSION_SERVICE),
        "Id": "SessionService",
        "Name": "Session Service",
        "Status": ENABLED,
        "ServiceEnabled": True,
        "SessionTimeout": timeout,
        "Sessions": link(SESSIONS),
    }


def session_collection(sessions: Iterable[Session]) -> Collection:
    return collection("SessionCollection", SESSIONS, (session_uri(session.id) for session in sessions))


def session_resource(session: Session) -> SessionResource:
    """A session; its token is in the header of the answer to the login and nowhere else."""
    body: SessionResource = {
        "@odata.id": session_uri(session.id),
        "@odata.type": ODATA_TYPE["Session"],
        "@odata.context": ODATA_CONTEXT["Session"],
        "Id": session.id,
        "Name": "User Session",
        "UserName": session.user_name,
        "SessionType": "Redfish",
        "CreatedTime": utc(session.created),
    }
    if session.origin:
        body["ClientOriginIPAddress"] = session.origin
    return body
