"""SIGHUP: the settings are read anew, and those that can change while the service runs are taken up."""

import asyncio
import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from typing import Final

from config.loading import Settings, SettingsError

log = logging.getLogger("taskmon")

TAKEN_UP: Final = frozenset({"log.level", "log.format", "web.cert_file", "web.key_file"})
"""What a running service takes up; the rest waits for the next start."""


class Reloading:
    """Keeps the settings that are in effect, and takes up new ones."""

    def __init__(
        self,
        settings: Settings,
        load: Callable[[], Settings],
        apply: Callable[[Settings], None],
        refusals: tuple[type[Exception], ...],
    ) -> None:
        """`load` reads the settings anew; `apply` has them take effect, or raises a refusal, having changed
        nothing."""
        self._settings = settings
        self._load = load
        self._apply = apply
        self._refusals = refusals

    def reload(self) -> None:
        """Take up what has changed. A mistake changes nothing; each is logged, a sentence."""
        try:
            settings = self._load()
            self._apply(settings)
        except SettingsError as error:
            for mistake in error.mistakes:
                log.error("the settings were read anew and nothing was changed: %s", mistake)
            return
        except self._refusals as error:
            log.error("the settings were read anew and nothing was changed: %s", error)
            return
        changed = list(_differences(self._settings, settings))
        taken_up = [key for key in changed if key in TAKEN_UP]
        log.info(
            "the settings were read anew; changed: %s",
            ", ".join(taken_up) or "nothing but what the files hold",
        )
        if waiting := [key for key in changed if key not in TAKEN_UP]:
            log.warning("what was changed of these is taken up at the next start: %s", ", ".join(waiting))
        # Those that wait stay as they are, so that the next time tells of them again.
        self._settings = self._settings.model_copy(
            update={
                "log": self._settings.log.model_copy(
                    update={"level": settings.log.level, "format": settings.log.format}
                ),
                "web": self._settings.web.model_copy(
                    update={"cert_file": settings.web.cert_file, "key_file": settings.web.key_file}
                ),
            }
        )


def reload_on_signal(reloading: Reloading, stack: AsyncExitStack) -> None:
    """Reload whenever the process gets SIGHUP, until `stack` is closed; from then on SIGHUP does nothing."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, reloading.reload)
    stack.callback(loop.add_signal_handler, signal.SIGHUP, lambda: None)


def _differences(before: Settings, after: Settings) -> Iterator[str]:
    for section in type(before).model_fields:
        old, new = getattr(before, section), getattr(after, section)
        for name in type(old).model_fields:
            if getattr(old, name) != getattr(new, name):
                yield f"{section}.{name}"
