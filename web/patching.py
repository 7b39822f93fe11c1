"""What PATCH has in common on every resource: the body, property by property, and the answer.

What can be changed is changed, and each property that cannot is told of. Where none can, nothing has
happened and the answer is 400; where some can it is 200, with the resource as it now is and the Messages
about the others at its top.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from actors import InvalidRequestError, Message
from web.body import PatchWords, read_properties
from web.errors import told
from web.handler import RedfishHandler
from web.kinds import Shape
from web.preferences import preferred_return
from web.render.messages import error_message


class PatchHandler(RedfishHandler):
    """A handler reads its body with `read_patch` and answers with `send_patched`."""

    def read_patch(self, shape: Shape, read_only: Collection[str]) -> tuple[dict[str, Any], list[Message]]:
        """The values to set, of which there is at least one, and what is to be told of the rest.

        `read_only` are the properties that the resource has besides those of the shape.

        Raises:
            InvalidRequestError: there is nothing to set: every property has a mistake, or there is none.
            Refusal: as `json_object`.
        """
        values, mistakes = read_properties(self.json_object(), shape, PatchWords(frozenset(read_only)))
        if not values:
            raise InvalidRequestError(*(mistakes or [Message("NoOperation")]))
        return values, mistakes

    def send_patched(
        self, resource: Mapping[str, Any], schema: str, *, etag: str, mistakes: Sequence[Message]
    ) -> None:
        """Answer with the resource as it is now, or 204 where the client wants no more and all went well."""
        wanted = preferred_return(self.request.headers)
        if wanted == "minimal" and not mistakes:
            self.set_header("Preference-Applied", "return=minimal")
            self.set_header("ETag", etag)
            self.send_nothing()
            return
        if wanted == "representation":
            self.set_header("Preference-Applied", "return=representation")
        body = dict(resource)
        if mistakes:
            body["@Message.ExtendedInfo"] = [error_message(message) for message in told(mistakes)]
        self.send(body, schema, etag=etag)
