"""Every Message that the code can make is one of the catalogue, with the right number of arguments.

The code is read, not run: a message for a rare failure is seen as well as one for every request.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from actors.tasks.catalogue import CATALOGUE

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("actors", "web", "fleet")

MAKERS = {"Message": (0, 1), "_about": (1, 2)}
"""The functions that make a Message: where the key stands among the arguments, and where its arguments do."""
PASSED_ON = {("web/body.py", "_about")}
"""The makers other than Message itself: inside of them the key is whatever they are given."""

AWAITED = {
    "ResourceStatusChangedOK",
    "ResourceStatusChangedWarning",
    "ResourceStatusChangedCritical",
}
"""Messages of events, which nothing emits until there is an EventService. Who emits one takes it out here."""


@dataclass(frozen=True)
class Made:
    """A call that makes a Message. None: the code does not say it in so many words."""

    where: str
    within: str
    keys: tuple[str, ...] | None
    arguments: int | None


def calls_in(path: Path, text: str) -> Iterator[Made]:
    tree = ast.parse(text)
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in _own_nodes(function):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS:
                    yield _made(node, MAKERS[node.func.id], function, f"{path}:{node.lineno}")
    for node in _own_nodes(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS:
            yield _made(node, MAKERS[node.func.id], tree, f"{path}:{node.lineno}")


def _own_nodes(within: ast.AST) -> Iterator[ast.AST]:
    """What is in a function or module, without what is in the functions inside of it."""
    for child in ast.iter_child_nodes(within):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _own_nodes(child)


def _made(call: ast.Call, places: tuple[int, int], within: ast.AST, where: str) -> Made:
    positional, named = call.args, {keyword.arg: keyword.value for keyword in call.keywords}
    key = positional[places[0]] if len(positional) > places[0] else named.get("key")
    args = positional[places[1]] if len(positional) > places[1] else named.get("args", ast.Tuple([]))
    counted = len(args.elts) if isinstance(args, ast.Tuple) and not _is_open(args) else None
    return Made(where, getattr(within, "name", ""), _texts(key, within), counted)


def _is_open(args: ast.Tuple) -> bool:
    return any(isinstance(element, ast.Starred) for element in args.elts)


def _texts(value: ast.AST | None, within: ast.AST) -> tuple[str, ...] | None:
    """The strings that this can be: a literal, one of two, or a local name that is given such ones."""
    match value:
        case ast.Constant(value=str() as text):
            return (text,)
        case ast.IfExp(body=first, orelse=second):
            ways = [_texts(first, within), _texts(second, within)]
        case ast.Name(id=name):
            ways = [_texts(given, within) for given in _given_to(name, within)]
        case _:
            return None
    if not ways or None in ways:
        return None
    return tuple(text for way in ways if way for text in way)


def _given_to(name: str, within: ast.AST) -> Iterator[ast.AST | None]:
    """What is assigned to a name in a function."""
    for node in _own_nodes(within):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id == name:
                yield node.value
            elif isinstance(target, ast.Tuple):
                for place, one in enumerate(target.elts):
                    if isinstance(one, ast.Name) and one.id == name:
                        yield node.value.elts[place] if isinstance(node.value, ast.Tuple) else None


def mistakes(made: Made) -> Iterator[str]:
    if made.keys is None:
        yield f"{made.where}: write the key of the Message where it is made"
    if made.arguments is None:
        yield f"{made.where}: write the arguments of the Message where it is made"
    for key in made.keys or ():
        if key not in CATALOGUE:
            yield f"{made.where}: {key} is not in the catalogue"
        elif made.arguments not in (None, CATALOGUE[key].arguments):
            yield f"{made.where}: {key} takes {CATALOGUE[key].arguments} arguments, not {made.arguments}"


def all_made() -> list[Made]:
    found = []
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            short = path.relative_to(ROOT)
            if short.is_relative_to("fleet/simulator"):
                continue  # a program of its own, which has its own messages
            made = calls_in(short, path.read_text())
            found += [one for one in made if (short.as_posix(), one.within) not in PASSED_ON]
    return found


def test_each_message_that_the_code_makes_is_of_the_catalogue() -> None:
    found = all_made()
    assert [mistake for made in found for mistake in mistakes(made)] == []
    emitted = {key for made in found for key in made.keys or ()}
    assert emitted & AWAITED == set()
    assert emitted | AWAITED == set(CATALOGUE)


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ('Message("Sucess")', "not in the catalogue"),
        ('Message("TaskStarted")', "takes 1 arguments, not 0"),
        ('Message("Success", ("a",))', "takes 0 arguments, not 1"),
        ('Message("Success" if x else "TaskStarted")', "takes 1 arguments, not 0"),
        ('key, n = "Sucess", 1; Message(key)', "not in the catalogue"),
        ("Message(key)", "write the key"),
        ('Message(f"Task{x}")', "write the key"),
        ('Message("TaskStarted", (*x,))', "write the arguments"),
        ('Message("TaskStarted", x)', "write the arguments"),
        ('_about(path, "PropertyUnknown", ())', "takes 1 arguments, not 0"),
    ],
)
def test_a_message_that_is_none_is_found(code: str, what: str) -> None:
    (made,) = calls_in(Path("x.py"), f"def f(x):\n    {code}\n")
    assert what in " ".join(mistakes(made))
