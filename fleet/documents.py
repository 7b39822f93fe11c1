"""What a server's documents say, read as if an enemy had written them: whatever is absent, of the wrong
type or leads elsewhere is left out, and nothing here fails."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import orjson

from actors.alike import alike
from actors.inventory.records import PowerState, ResetType
from actors.tasks.ports import SeenSystem
from fleet.http import Address

Document = dict[str, Any]

LONGEST_TEXT = 256
LONGEST_SAID = 300
LONGEST_PATH = 2000
RESET = "#ComputerSystem.Reset"
ALLOWABLE = "ResetType@Redfish.AllowableValues"
ACTION_INFO = "@Redfish.ActionInfo"
_PATH_CHARACTERS = "/%:?@!$&'()*+,;=-._~[]"
_PLAIN_PATH = re.compile(r"/(?!/)[A-Za-z0-9/%:?@!$&'()*+,;=._~\[\]-]*")

RUNNING_STATES = frozenset(
    {"New", "Starting", "Running", "Suspended", "Interrupted", "Pending", "Stopping", "Service", "Cancelling"}
)
FAILED_STATES = frozenset({"Exception", "Killed", "Cancelled"})


def path_of(uri: object, address: Address) -> str | None:
    """The path to send a request to, if this is a URI at that server: a path, or its own absolute URL.

    None where it is anything else. What HTTP does not allow in a path is encoded; a fragment is cut off.
    """
    if not isinstance(uri, str) or len(uri) > LONGEST_PATH:
        return None
    if _PLAIN_PATH.fullmatch(uri):
        return uri
    if uri[:8].lower() == "https://":
        authority, slash, rest = uri[8:].partition("/")
        if authority.lower() not in (address.text, address.authority):
            return None
        uri = slash + rest
    if uri[:1] != "/" or uri[:2] in ("//", "/\\") or not uri.isprintable():
        return None
    return quote(uri.partition("#")[0], safe=_PATH_CHARACTERS)


def link(document: object, address: Address, *keys: str) -> str | None:
    """The path that the reference object below these keys leads to, if there is one."""
    for key in (*keys, "@odata.id"):
        document = document.get(key) if isinstance(document, dict) else None
    return path_of(document, address)


def members(document: Document, address: Address, most: int) -> list[str]:
    """The paths of a collection's members, in its order; of `most` members, however many it has."""
    found = document.get("Members")
    paths = (link(member, address) for member in found[:most]) if isinstance(found, list) else ()
    return [path for path in paths if path is not None]


def seen_system(document: Document, path: str, address: Address) -> SeenSystem:
    """A system as this document describes it; `reset_types` only as far as it says them itself."""
    last_segment = path.rstrip("/").rpartition("/")[2]
    action = _reset_action(document)
    return SeenSystem(
        id_there=_text(document.get("Id")) or last_segment[:LONGEST_TEXT],
        path=path,
        name=_text(document.get("Name")) or last_segment[:LONGEST_TEXT],
        uuid=_text(document.get("UUID")),
        manufacturer=alike(_text(document.get("Manufacturer"))),
        model=alike(_text(document.get("Model"))),
        serial_number=_text(document.get("SerialNumber")),
        reset_uri=alike(path_of(action.get("target"), address) or ""),
        reset_types=_reset_types(action.get(ALLOWABLE)),
        power_state=_power_state(document.get("PowerState")),
        last_reset=_text(document.get("LastResetTime")),
    )


def action_info(document: Document, address: Address) -> str | None:
    """Where the reset types are said, if not in the system itself."""
    action = _reset_action(document)
    return None if ALLOWABLE in action else path_of(action.get(ACTION_INFO), address)


def reset_types_of_info(document: Document) -> tuple[ResetType, ...]:
    """The reset types of an ActionInfo document; empty where it does not say."""
    parameters = document.get("Parameters")
    for parameter in parameters if isinstance(parameters, list) else ():
        if isinstance(parameter, dict) and parameter.get("Name") == "ResetType":
            return _reset_types(parameter.get("AllowableValues"))
    return ()


def state_of_task(document: Document) -> tuple[str, str]:
    """TaskState and TaskStatus of a server's own task; empty where it does not say."""
    return _text(document.get("TaskState")), _text(document.get("TaskStatus"))


def percent_of_task(document: Document) -> int | None:
    """PercentComplete of a server's own task, where it is one."""
    percent = document.get("PercentComplete")
    return percent if type(percent) is int and 0 <= percent <= 100 else None


def said(body: bytes, secrets: Iterable[str] = ()) -> str:
    """What a server says went wrong, or of its task, fit to be shown: on one line, of some 300 characters
    at the most, and without these secrets. Empty where it says nothing that can be read."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    texts = list(_messages(document))
    return shown(" ".join(dict.fromkeys(texts)), secrets)


def shown(text: str, secrets: Iterable[str] = ()) -> str:
    """A foreign text, fit to be shown: see `said`."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    text = text[: LONGEST_SAID * 4]
    if not text.isprintable():
        text = "".join(one if one.isprintable() else " " for one in text)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_SAID else f"{text[: LONGEST_SAID - 1]}…"


def _messages(document: object) -> Iterable[str]:
    """Redfish's extended information: in the error, else beside it, else what a Task keeps; else the
    error's own message, which by itself says little."""
    if not isinstance(document, dict):
        return
    error = document.get("error")
    inner = error if isinstance(error, dict) else {}
    extended = inner.get("@Message.ExtendedInfo") or document.get("@Message.ExtendedInfo")
    found = False
    for entry in _list(extended or document.get("Messages")):
        text = entry.get("Message") if isinstance(entry, dict) else None
        if isinstance(text, str) and text:
            found = True
            yield text
    if not found and isinstance(inner.get("message"), str):
        yield inner["message"]


def _list(value: object) -> list[Any]:
    """Some servers give a lone message where a list belongs."""
    return value[:8] if isinstance(value, list) else [value]


def _reset_action(document: Document) -> Document:
    actions = document.get("Actions")
    action = actions.get(RESET) if isinstance(actions, dict) else None
    return action if isinstance(action, dict) else {}


def _reset_types(values: object) -> tuple[ResetType, ...]:
    """Those that Redfish knows, each once."""
    if not isinstance(values, list):
        return ()
    return alike(
        tuple(dict.fromkeys(_RESET_TYPES[value] for value in values if _is_key(value, _RESET_TYPES)))
    )


def _power_state(value: object) -> PowerState | None:
    return _POWER_STATES[value] if isinstance(value, str) and value in _POWER_STATES else None


def _is_key(value: object, known: dict[str, Any]) -> bool:
    return isinstance(value, str) and value in known


def _text(value: object) -> str:
    return shown(value[:LONGEST_TEXT]) if isinstance(value, str) else ""


_RESET_TYPES: dict[str, ResetType] = {str(one): one for one in ResetType}
_POWER_STATES: dict[str, PowerState] = {str(one): one for one in PowerState}
