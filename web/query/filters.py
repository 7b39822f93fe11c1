"""`$filter`: from text to a condition (Redfish DSP0266, "The $filter query parameter").

Binding from tight to loose: `( )`, `not`, `gt ge lt le`, `eq ne`, `and`, `or`; equals bind from the left.
Operands are property paths with `/`, strings in single quotes (two of them are one inside), numbers,
`true`, `false`, `null` and date-times, which may stand without quotes. `not` stands before parentheses, or
before a property that is true or false; a comparison after it needs parentheses, for `not` binds tighter.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from actors import Relation

LONGEST_FILTER: Final = 4000
DEEPEST_FILTER: Final = 40
MOST_COMPARISONS: Final = 100

_TOKEN: Final = re.compile(
    r"""[ \t]*(?:
      (?P<open>\() | (?P<close>\))
    | (?P<string>'(?:[^']|'')*')
    | (?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))(?![^ \t()])
    | (?P<number>-?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,4})?)(?![^ \t()])
    | (?P<word>[A-Za-z@#_][A-Za-z0-9@#_.\-]*(?:/[A-Za-z0-9@#_.\-]+)*)(?![^ \t()])
    )""",
    re.VERBOSE,
)
_BLANKS: Final = re.compile(r"[ \t]*")
_ORDERINGS: Final = {"gt": Relation.GT, "ge": Relation.GE, "lt": Relation.LT, "le": Relation.LE}
_EQUALITIES: Final = {"eq": Relation.EQ, "ne": Relation.NE}
_OPERATORS: Final = frozenset({*_ORDERINGS, *_EQUALITIES, "and", "or", "not"})
_CONSTANTS: Final = {"true": True, "false": False, "null": None}

Value = str | float | bool | datetime | None


class FilterError(ValueError):
    """The text is no filter; the sentence says what is wrong, and where."""

    def __init__(self, sentence: str, position: int) -> None:
        super().__init__(f"{sentence} (at character {position + 1})")


@dataclass(frozen=True, slots=True)
class Path:
    """A property, by its names from the outside in."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as it was written."""

    value: Value


@dataclass(frozen=True, slots=True)
class Comparison:
    relation: Relation
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Negation:
    part: "Expression"


@dataclass(frozen=True, slots=True)
class Both:
    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple["Expression", ...]


Expression = Path | Literal | Comparison | Negation | Both | Either


def parse_filter(text: str) -> Expression:
    """The condition that this text is.

    Raises:
        FilterError: it is none, or longer or deeper than `LONGEST_FILTER`, `DEEPEST_FILTER`,
            `MOST_COMPARISONS` allow.
    """
    if len(text) > LONGEST_FILTER:
        raise FilterError(f"A filter has {LONGEST_FILTER} characters at the most", LONGEST_FILTER)
    return _Parser(_tokens(text), len(text)).whole()


def moment_of(text: str) -> datetime | None:
    """The moment that a Redfish date-time means, or None where the text is none.

    It is one of the years 1 to 9999 wherever it is told, so that it can be stored and shown in UTC."""
    if len(text) > 40 or "T" not in text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    try:
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    position = 0
    while match := _TOKEN.match(text, position):
        kind = match.lastgroup or ""
        found.append(_Token(kind, match[kind], match.start(kind)))
        position = match.end()
    blanks = _BLANKS.match(text, position)
    rest = blanks.end() if blanks else position
    if rest < len(text):
        if text[rest] == "'":
            raise FilterError("A string is not closed by a single quote", rest)
        raise FilterError(
            "There is something that is neither a property, a value nor an operator "
            "(a text stands in single quotes)",
            rest,
        )
    return found


class _Parser:
    """Recursive descent, one method for each strength of binding."""

    def __init__(self, tokens: list[_Token], end: int) -> None:
        self._tokens = tokens
        self._end = end
        self._next = 0
        self._depth = 0
        self._comparisons = 0

    def whole(self) -> Expression:
        found = self._either()
        if self._next < len(self._tokens):
            token = self._tokens[self._next]
            if token.kind == "close":
                raise FilterError("A parenthesis is closed that was not opened", token.position)
            raise FilterError("An operator is missing", token.position)
        _be_condition(found, 0)
        return found

    # --- what comes next

    @property
    def _position(self) -> int:
        return self._tokens[self._next].position if self._next < len(self._tokens) else self._end

    def _word(self, *wanted: str) -> str:
        """The next token if it is one of these words, which is then taken; else nothing."""
        if self._next < len(self._tokens):
            token = self._tokens[self._next]
            if token.kind == "word" and token.text in wanted:
                self._next += 1
                return token.text
        return ""

    # --- from loose to tight

    def _either(self) -> Expression:
        parts = [(self._position, self._both())]
        while self._word("or"):
            parts.append((self._position, self._both()))
        if len(parts) == 1:
            return parts[0][1]
        return Either(_conditions(parts))

    def _both(self) -> Expression:
        parts = [(self._position, self._equality())]
        while self._word("and"):
            parts.append((self._position, self._equality()))
        if len(parts) == 1:
            return parts[0][1]
        return Both(_conditions(parts))

    def _equality(self) -> Expression:
        position = self._position
        left = self._ordering()
        while word := self._word(*_EQUALITIES):
            left = self._compared(_EQUALITIES[word], left, self._ordering(), position)
        return left

    def _ordering(self) -> Expression:
        position = self._position
        left = self._negation()
        while word := self._word(*_ORDERINGS):
            left = self._compared(_ORDERINGS[word], left, self._negation(), position)
        return left

    def _compared(self, relation: Relation, left: Expression, right: Expression, position: int) -> Expression:
        self._comparisons += 1
        if self._comparisons > MOST_COMPARISONS:
            raise FilterError(f"A filter has {MOST_COMPARISONS} comparisons at the most", position)
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Path | Literal):
                continue
            if relation not in (Relation.EQ, Relation.NE):
                raise FilterError("What is true or false has no order: use parentheses", position)
            if isinstance(other, Literal) and not isinstance(other.value, bool):
                hint = ": write not (…) around the comparison" if isinstance(one, Negation) else ""
                raise FilterError(f"What is true or false is compared with another value{hint}", position)
        return Comparison(relation, left, right)

    def _negation(self) -> Expression:
        position = self._position
        negations = 0
        while self._word("not"):
            negations += 1
        part = self._operand()
        if not negations:
            return part
        _be_condition(part, position, after_not=True)
        # Of any number two say the same as all. Not none: what follows `not` is no operand of a comparison.
        return Negation(part) if negations % 2 else Negation(Negation(part))

    def _operand(self) -> Expression:
        if self._next >= len(self._tokens):
            raise FilterError("A property or a value is missing at the end", self._end)
        token = self._tokens[self._next]
        self._next += 1
        match token.kind:
            case "open":
                return self._group(token)
            case "string":
                return Literal(token.text[1:-1].replace("''", "'"))
            case "number":
                plain = token.text.lstrip("-").isdecimal()
                return Literal(int(token.text) if plain else float(token.text))
            case "moment":
                moment = moment_of(token.text)
                if moment is None:
                    raise FilterError("There is no such date and time", token.position)
                return Literal(moment)
            case "word" if token.text in _CONSTANTS:
                return Literal(_CONSTANTS[token.text])
            case "word" if token.text not in _OPERATORS:
                return Path(tuple(token.text.split("/")))
            case _:
                raise FilterError(f"A property or a value is missing before {token.text!r}", token.position)

    def _group(self, opening: _Token) -> Expression:
        self._depth += 1
        if self._depth > DEEPEST_FILTER:
            raise FilterError(f"Parentheses go {DEEPEST_FILTER} deep at the most", opening.position)
        inside = self._either()
        if self._next >= len(self._tokens):
            raise FilterError("A parenthesis is not closed", opening.position)
        token = self._tokens[self._next]
        if token.kind != "close":
            raise FilterError("An operator is missing", token.position)
        self._next += 1
        self._depth -= 1
        return inside


def _conditions(parts: list[tuple[int, Expression]]) -> tuple[Expression, ...]:
    for position, part in parts:
        _be_condition(part, position)
    return tuple(part for _, part in parts)


def _be_condition(part: Expression, position: int, *, after_not: bool = False) -> None:
    """A property by itself counts as a condition (is it true?); a value, unless true or false, does not."""
    if isinstance(part, Literal) and not isinstance(part.value, bool):
        where = "after not " if after_not else ""
        raise FilterError(f"A comparison is expected {where}and there is only a value", position)
