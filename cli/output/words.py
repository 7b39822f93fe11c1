"""What is written of single things: times, texts from elsewhere, states with their colours and shapes."""

from datetime import UTC, datetime, timedelta

from rich.text import Text

from cli.colours import AMBER, BAD, BUSY, GOOD, QUIET

_STATES = {
    "Completed": ("✓", "+", GOOD),
    "Exception": ("✗", "x", BAD),
    "Cancelled": ("■", "-", AMBER),
    "Killed": ("■", "-", AMBER),
    "Cancelling": ("▪", "-", AMBER),
    "Stopping": ("▪", "-", AMBER),
    "Interrupted": ("▪", "-", AMBER),
    "Suspended": ("▪", "-", AMBER),
    "Running": ("▸", ">", BUSY),
    "Starting": ("▹", ">", BUSY),
}
_OTHER = ("·", ".", QUIET)
_HEALTH = {"OK": GOOD, "Warning": AMBER, "Critical": BAD}


def clean(text: object) -> str:
    """Text from elsewhere on one line, without what would steer a terminal."""
    return "".join(char if char.isprintable() else " " if char.isspace() else "�" for char in str(text))


def state_text(state: str, status: str = "", *, ascii_only: bool = False) -> Text:
    """A TaskState by shape, word and colour; a Completed that has something to tell is amber."""
    shape, plain, colour = _STATES.get(state, _OTHER)
    if state == "Completed" and status not in ("", "OK"):
        colour = AMBER
    return Text(f"{plain if ascii_only else shape} {clean(state)}", colour)


def health_text(status: str) -> Text:
    """A health or severity, by word and colour."""
    return Text(clean(status), _HEALTH.get(status, QUIET))


def power_text(power: str) -> Text:
    """A PowerState, by word and colour."""
    return Text(clean(power), GOOD if power == "On" else QUIET if power == "Off" else AMBER)


def span(seconds: float) -> str:
    """A length of time in its two greatest units."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s" if whole < 600 else f"{whole // 60} min"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86400} d {whole % 86400 // 3600:02} h"


def absolute(when: datetime | None) -> str:
    """A time in UTC to the second; an empty string for none."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if when else ""


def ago(when: datetime | None, now: datetime) -> str:
    """How long ago that was; an empty string for never."""
    if when is None:
        return ""
    passed = now - when
    if passed < timedelta(seconds=1):
        return "now"
    return f"{span(passed.total_seconds())} ago"


def shortest(ids: list[str], least: int = 12) -> dict[str, str]:
    """For each id the beginning of it that no other of them has, of `least` characters or more.

    One that would hardly be shorter for it stays whole.
    """
    found = {}
    for one in ids:
        length = least
        while any(other != one and other.startswith(one[:length]) for other in ids):
            length += 1
        found[one] = one[:length] if len(one) > length + 4 else one
    return found
