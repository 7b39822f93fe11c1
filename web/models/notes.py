"""What a model says of a property beside its Python type; `web/schema.py` turns it into JSON Schema."""

from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True, slots=True)
class Doc:
    """What the property means, for whoever reads the schema."""

    text: str


@dataclass(frozen=True, slots=True)
class Format:
    """A format of JSON Schema: `date-time`, `uri-reference`."""

    name: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression that the whole string matches."""

    regex: str


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the greatest value, both allowed; None is no limit."""

    least: int | None = None
    most: int | None = None


Uri = Annotated[str, Format("uri-reference")]
Time = Annotated[str, Format("date-time")]
Uuid = Annotated[str, Pattern(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")]
