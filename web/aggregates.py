"""Aggregates: sets of systems that are reset together."""

from typing import Final

from actors import Task, aggregate_uri
from web.aggregation import RESET_IN_BATCHES, max_failures
from web.body import ActionWords, CreateWords, read_body
from web.etags import revision_tag
from web.handler import RedfishHandler
from web.kinds import Shape, SystemLinks
from web.oem import timeouts
from web.operations import OperationHandler
from web.render.fleet import aggregate_collection, aggregate_resource

ELEMENTS: Final[Shape] = {"Elements": SystemLinks(required=True)}
RESET: Final = "Aggregate.Reset"


class AggregatesHandler(RedfishHandler):
    async def get(self) -> None:
        self.send(aggregate_collection(self.services.fleet.aggregates()), "AggregateCollection")

    async def post(self) -> None:
        given = read_body(self.json_object(), ELEMENTS, CreateWords())
        aggregate = await self.services.fleet.create_aggregate(given["Elements"])
        location = aggregate_uri(aggregate.id)
        etag = revision_tag(aggregate.revision)
        self.send(aggregate_resource(aggregate), "Aggregate", status=201, location=location, etag=etag)


class AggregateHandler(RedfishHandler):
    async def get(self, aggregate_id: str) -> None:
        aggregate = self.services.fleet.aggregate(aggregate_id)
        self.send(aggregate_resource(aggregate), "Aggregate", etag=revision_tag(aggregate.revision))

    async def delete(self, aggregate_id: str) -> None:
        revision = self.services.fleet.aggregate(aggregate_id).revision
        expected = self.expected(revision_tag(revision), revision)
        await self.services.fleet.delete_aggregate(aggregate_id, expected)
        self.send_nothing()


class AggregateResetHandler(OperationHandler):
    """Aggregate.Reset"""

    post = OperationHandler.answer_with_task

    async def start(self, aggregate_id: str) -> Task:
        self.services.fleet.aggregate(aggregate_id)  # whether it is there comes before what is in the body
        body = self.json_object()
        given = read_body(body, RESET_IN_BATCHES, ActionWords(RESET))
        return await self.services.operations.reset_aggregate(
            self.order(body, RESET, timeouts(given)),
            aggregate_id,
            given["ResetType"],
            batch_size=given.get("BatchSize", 0),
            delay=given.get("DelayBetweenBatchesInSeconds", 0),
            max_failures=max_failures(given),
        )


class AddElementsHandler(RedfishHandler):
    """Aggregate.AddElements; answers with the aggregate as it is now."""

    async def post(self, aggregate_id: str) -> None:
        revision = self.services.fleet.aggregate(aggregate_id).revision
        expected = self.expected(revision_tag(revision), revision)
        given = read_body(self.json_object(), ELEMENTS, ActionWords("Aggregate.AddElements"))
        aggregate = await self.services.fleet.add_elements(aggregate_id, given["Elements"], expected)
        self.send(aggregate_resource(aggregate), "Aggregate", etag=revision_tag(aggregate.revision))


class RemoveElementsHandler(RedfishHandler):
    """Aggregate.RemoveElements; answers with the aggregate as it is now."""

    async def post(self, aggregate_id: str) -> None:
        revision = self.services.fleet.aggregate(aggregate_id).revision
        expected = self.expected(revision_tag(revision), revision)
        given = read_body(self.json_object(), ELEMENTS, ActionWords("Aggregate.RemoveElements"))
        aggregate = await self.services.fleet.remove_elements(aggregate_id, given["Elements"], expected)
        self.send(aggregate_resource(aggregate), "Aggregate", etag=revision_tag(aggregate.revision))
