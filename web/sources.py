"""Aggregation sources: servers are added and removed, each as a task, and reached as is set for each."""

from typing import Final

from actors import InvalidRequestError, Message, SourceChange, Task, Trust
from web.body import CreateWords, read_body
from web.etags import revision_tag
from web.kinds import Fingerprint, Flag, LinkTo, Nested, Shape, Text
from web.models import AggregationSource
from web.oem import said_under_oem, task_oem, timeouts
from web.operations import OperationHandler
from web.patching import PatchHandler
from web.render.fleet import source_collection, source_resource
from web.uris import REDFISH_METHOD

TRUST: Final[Shape] = {
    "VerifyCertificate": Flag(nullable=True),
    "CertificateSHA256": Fingerprint(nullable=True),
}
NEW_SERVER: Final[Shape] = {
    "HostName": Text(required=True),
    "UserName": Text(required=True),
    "Password": Text(required=True, secret=True),
    "Links": Nested({"ConnectionMethod": LinkTo(REDFISH_METHOD, required=True)}, required=True),
    "Oem": task_oem(**TRUST),
}
CAN_CHANGE: Final[Shape] = {
    "UserName": Text(),
    "Password": Text(secret=True),
    "Oem": Nested({"Taskmon": Nested(TRUST)}),
}


class SourcesHandler(OperationHandler):
    async def get(self) -> None:
        self.send(source_collection(self.services.fleet.sources()), "AggregationSourceCollection")

    post = OperationHandler.answer_with_task

    async def start(self) -> Task:
        body = self.json_object()
        given = read_body(body, NEW_SERVER, CreateWords())
        own = said_under_oem(given)
        return await self.services.operations.add_server(
            self.order(body, timeouts=timeouts(given)),
            host=given["HostName"],
            user_name=given["UserName"],
            password=given["Password"],
            trust=Trust(verify=own.get("VerifyCertificate"), pin=own.get("CertificateSHA256") or ""),
        )


class SourceHandler(OperationHandler, PatchHandler):
    begins_work = OperationHandler.begins_work | {"DELETE"}

    async def get(self, source_id: str) -> None:
        source = self.services.fleet.source(source_id)
        self.send(source_resource(source), "AggregationSource", etag=revision_tag(source.revision))

    async def patch(self, source_id: str) -> None:
        source = self.services.fleet.source(source_id)
        revision = self.expected(revision_tag(source.revision), source.revision)
        given, mistakes = self.read_patch(CAN_CHANGE, AggregationSource.__annotations__)
        own = said_under_oem(given)
        change = SourceChange(
            user_name=given.get("UserName"),
            password=given.get("Password"),
            verify=own.get("VerifyCertificate"),
            verify_as_set="VerifyCertificate" in own and own["VerifyCertificate"] is None,
            pin=(own["CertificateSHA256"] or "") if "CertificateSHA256" in own else None,
        )
        if change == SourceChange():  # an Oem with nothing in it
            raise InvalidRequestError(*(mistakes or [Message("NoOperation")]))
        source = await self.services.fleet.change_source(source_id, change, revision)
        etag = revision_tag(source.revision)
        self.send_patched(source_resource(source), "AggregationSource", etag=etag, mistakes=mistakes)

    delete = OperationHandler.answer_with_task

    async def start(self, source_id: str) -> Task:
        source = self.services.fleet.source(source_id)
        self.expected(revision_tag(source.revision), source.revision)
        return await self.services.operations.remove_server(self.order(), source_id)
