"""The settings as text: what they are and where each comes from, and the file of the commented defaults."""

import json
import textwrap
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from pydantic import BaseModel, SecretStr

from config.loading import Loaded, Origin, Settings

MASK = "********"
"""In place of a secret. It is too short to be one, so that what was shown is not taken for settings."""

_HEAD = """\
# The settings of taskmon, all of them, with their defaults. Take away the # before what you want to set, and
# start with --config FILE. The environment (TASKMON_SECTION__KEY) and flags stand over this file.
# Durations are in seconds, sizes in bytes.
"""


def shown(loaded: Loaded) -> Iterator[str]:
    """A line for each setting, in the order of the sections: TOML, with its origin behind it.

    What is unset is in a comment, for TOML has no word for it. Secrets are masked.
    """
    for section, name, value in _values(loaded.settings):
        key = f"{section}.{name}"
        origin = loaded.origins.get(key, Origin.DEFAULT)
        line = f"# {key} is unset" if value is None else f"{key} = {_toml(value)}"
        yield f"{line:<47} # {origin}"


def commented_defaults() -> str:
    """A settings file that sets nothing: every setting with its meaning and its default, as a comment."""
    parts = [_HEAD]
    for section, field in Settings.model_fields.items():
        model = field.annotation
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)
        lines = [f"# {(model.__doc__ or '').strip()}", f"[{section}]"]
        for name, setting in model.model_fields.items():
            lines += textwrap.wrap(
                setting.description or "", 100, initial_indent="# ", subsequent_indent="# "
            )
            default = setting.default
            lines.append(f"#{name} =" if default is None else f"#{name} = {_toml(default)}")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _values(settings: Settings) -> Iterator[tuple[str, str, object]]:
    for section in type(settings).model_fields:
        model: BaseModel = getattr(settings, section)
        for name in type(model).model_fields:
            yield section, name, getattr(model, name)


def _toml(value: object) -> str:
    match value:
        case SecretStr():
            return f'"{MASK}"'
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case float():
            return f"{value:.15g}"
        case str() | Path() | IPv4Network() | IPv6Network():
            return json.dumps(str(value), ensure_ascii=False)
        case tuple():
            return f"[{', '.join(map(_toml, value))}]"
        case _:
            raise TypeError(f"A {type(value).__name__} has no form in TOML here.")
