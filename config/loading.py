"""Reads the settings from a TOML file and the environment, and tells every mistake at once."""

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from config.settings import (
    AddServerSettings,
    EventSettings,
    FleetSettings,
    LogSettings,
    MetricsSettings,
    RemoveServerSettings,
    ResetSettings,
    ShutdownSettings,
    TaskSettings,
    WebSettings,
)

PREFIX = "TASKMON_"
DELIMITER = "__"


class SettingsError(Exception):
    """The settings cannot be used; `mistakes` holds a sentence for each, beginning with its key."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = mistakes


class Settings(BaseSettings):
    """All settings, validated as a whole."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=DELIMITER, extra="forbid", frozen=True
    )

    web: WebSettings = WebSettings()
    tasks: TaskSettings = TaskSettings()
    events: EventSettings = EventSettings()
    fleet: FleetSettings = FleetSettings()
    reset: ResetSettings = ResetSettings()
    add_server: AddServerSettings = AddServerSettings()
    remove_server: RemoveServerSettings = RemoveServerSettings()
    shutdown: ShutdownSettings = ShutdownSettings()
    metrics: MetricsSettings = MetricsSettings()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is handed in: `load_settings` has laid the sources over each other already."""
        return (init_settings,)


class Origin(StrEnum):
    """Where the value of a setting comes from; each of these stands over those before it."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, and where those come from that are no defaults, by `section.key`."""

    settings: Settings
    origins: Mapping[str, Origin]


def load_settings(file: Path | None = None, flags: Mapping[str, Any] | None = None) -> Settings:
    """What `load` does, without the origins."""
    return load(file, flags).settings


def load(file: Path | None = None, flags: Mapping[str, Any] | None = None) -> Loaded:
    """The settings from defaults, `file`, the environment (`TASKMON_SECTION__KEY`) and `flags`.

    Each of these stands over those before it. `flags` are named `section.key`; None among them is a
    flag that was not given.

    Raises:
        SettingsError: with every mistake that was found, not only the first.
    """
    given: dict[str, dict[str, Any]] = {}
    for key, value in (flags or {}).items():
        if value is not None:
            section, name = key.split(".")
            given.setdefault(section, {})[name] = value
    mistakes = dict.fromkeys(_unknown_in_environment())
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    settings = Settings()
    # Each layer is looked at: one that is laid over another must not hide a mistake in it.
    layers = {
        Origin.FILE: _read(file) if file else {},
        Origin.ENVIRONMENT: EnvSettingsSource(Settings)(),
        Origin.FLAG: given,
    }
    for origin, layer in layers.items():
        _lay_over(values, layer)
        for section, inner in layer.items():
            if isinstance(inner, dict):
                origins |= {f"{section}.{name}": origin for name in inner}
        try:
            settings = Settings(**values)
        except ValidationError as error:
            mistakes |= dict.fromkeys(_sentence(one) for one in error.errors())
    if mistakes:
        raise SettingsError(list(mistakes))
    return Loaded(settings, origins)


def _lay_over(values: dict[str, Any], over: Mapping[str, Any]) -> None:
    """What is no section (`web = 3`) has been named by the validation before something is laid over it."""
    for section, inner in over.items():
        below = values.get(section, {})
        both = isinstance(below, dict) and isinstance(inner, dict)
        values[section] = below | inner if both else inner


def _read(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            return tomllib.load(stream)
    except OSError as error:
        raise SettingsError([f"{file}: the settings file cannot be read: {error.strerror}"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError([f"{file}: the settings file is not valid TOML: {error}"]) from None


def _unknown_in_environment() -> Iterator[str]:
    """A mistyped name in the environment would otherwise be ignored without a word."""
    sections = Settings.model_fields
    for name in os.environ:
        if name.upper().startswith(PREFIX) and DELIMITER in name:
            section = name[len(PREFIX) :].split(DELIMITER)[0].lower()
            if section not in sections:
                yield f"{name}: there is no section {section}{_suggestion(section, sections)}"


def _sentence(error: Any) -> str:
    location = [str(part) for part in error["loc"]]
    key = ".".join(location)
    if error["type"] == "extra_forbidden":
        known = _known_at(location[:-1])
        kind = "setting" if len(location) > 1 else "section"
        return f"{key}: there is no such {kind}{_suggestion(location[-1], known)}"
    message = error["msg"].removeprefix("Value error, ")
    if _is_secret(location):
        message = message.replace(" items ", " characters ")  # Pydantic counts in a secret as in a list
    shown = error["input"]
    given = "" if isinstance(shown, dict | BaseModel) or _is_secret(location) else f" (it is {shown!r})"
    return f"{key}: {message[:1].lower()}{message[1:]}{given}"


def _known_at(location: list[str]) -> Mapping[str, Any]:
    fields = Settings.model_fields
    for part in location:
        model = fields[part].annotation if part in fields else None
        fields = model.model_fields if isinstance(model, type) and issubclass(model, BaseModel) else {}
    return fields


def _is_secret(location: list[str]) -> bool:
    """Whether what stands there must not be shown, not even in a complaint about it."""
    field = _known_at(location[:-1]).get(location[-1]) if location else None
    return field is not None and is_secret(field)


def is_secret(field: FieldInfo) -> bool:
    """Whether the value of this setting is shown to nobody."""
    return "SecretStr" in str(field.annotation)


def _suggestion(word: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""
