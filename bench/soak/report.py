"""What a soak prints at its end, and whether it has passed."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.soak.flatness import Limit, Slope, fault_of, lows_of, slope_of
from bench.soak.ledger import PROMISES, Ledger, quantiles
from bench.soak.plan import CYCLE, JUDGED_FROM, Faults, Plan
from bench.soak.watch import Sample

MEMORY: Final = Limit(growth=0.5, leak=1.0)
"""MiB; a process whose memory is as fragmented as it gets still grows by a little now and then."""
FILES: Final = Limit(growth=0.5, leak=2.0)
MOST_MEMORY: Final = 800.0
"""MiB, in a soak of any length."""
MOST_FILES: Final = 1500
"""fleet.max_connections, which is 500, the clients, and room."""
SHOWN: Final = 5
POINTS: Final = 12


@dataclass(frozen=True, slots=True)
class Usage:
    """Memory and files over the last half, and what speaks against their being flat."""

    memory: Slope | None
    files: Slope | None
    faults: tuple[str, ...]
    judged: bool


def usage_of(samples: Sequence[Sample], seconds: float) -> Usage:
    """Judge what was noted. Only the last life counts, and of it only what lies in the last half."""
    half = [one for one in samples if one.at >= seconds / 2 and one.at <= seconds]
    last = [one for one in half if one.life == half[-1].life]
    stretch = _stretch(seconds)
    memory = slope_of([(one.at, one.memory) for one in last], stretch)
    files = slope_of([(one.at, float(one.files)) for one in last], stretch)
    faults = []
    if len(last) < len(half):
        faults.append("the service was started anew in the last half, which no plan has it do")
    for name, found, most in (
        ("MiB of memory", max((one.memory for one in samples), default=0.0), MOST_MEMORY),
        ("open files", max((one.files for one in samples), default=0.0), MOST_FILES),
    ):
        if found > most:
            faults.append(f"{found:.0f} {name} are more than {most:.0f}")
    judged = seconds >= JUDGED_FROM
    if judged:
        for name, slope, limit in (("memory", memory, MEMORY), ("open files", files, FILES)):
            if fault := fault_of(slope, limit):
                faults.append(f"{name}: {fault}")
    return Usage(memory, files, tuple(faults), judged)


def _stretch(seconds: float) -> float:
    return min(CYCLE, seconds / 2 / 6)


@dataclass(frozen=True, slots=True)
class Report:
    """All that is known at the end."""

    plan: Plan
    ledger: Ledger
    samples: Sequence[Sample]
    usage: Usage
    ends: Sequence[str]
    server_errors: Counter[str]
    spoiled: Counter[str]
    figures: Mapping[str, float]

    @property
    def passed(self) -> bool:
        return self.ledger.holds and not self.usage.faults

    @property
    def plain(self) -> dict[str, Any]:
        """The figures, for a program to read."""
        plan, ledger = self.plan, self.ledger
        return {
            "passed": self.passed,
            "plan": {
                "seed": plan.seed, "minutes": plan.seconds / 60, "servers": plan.servers,
                "digest": plan.digest,
            },
            "done": dict(sorted(ledger.done.items())),
            "faults": self._faults(),
            "survived": dict(Counter(self.ends)),
            "broken": {promise: len(found) for promise, found in ledger.broken.items()},
            "figures": dict(self.figures),
        }  # fmt: skip

    def _faults(self) -> dict[str, int]:
        phases = Counter(kind for step in self.plan.steps if isinstance(step, Faults) for kind in step.kinds)
        return {
            **{f"phases of {kind}": count for kind, count in sorted(phases.items())},
            **{f"requests: {kind}": count for kind, count in sorted(self.spoiled.items())},
            **{
                f"calls that failed: {kind}": int(count) for kind, count in sorted(self.server_errors.items())
            },
        }

    def __str__(self) -> str:
        plan, ledger = self.plan, self.ledger
        lines = [
            f"soak of {plan.seconds / 60:g} minutes, {plan.servers} servers, seed {plan.seed} "
            f"(plan {plan.digest}, {len(plan.steps)} steps)",
            *_counts("operations done", ledger.done),
            *_counts("faults met", self._faults()),
            *_counts("survived", Counter(self.ends)),
            *_counts("figures", self.figures),
            "promises broken",
        ]
        for promise in PROMISES:
            found = ledger.broken[promise]
            lines.append(f"  {len(found):>8}  {promise}")
            lines += [f"            {what}" for what in found[:SHOWN]]
        lines.append("answers            number      p50      p99  longest, ms")
        for kind, times in sorted(ledger.times.items()):
            half, most, longest = (1000 * one for one in quantiles(times))
            lines.append(f"  {kind:<20}{len(times):>7}{half:>9.1f}{most:>9.1f}{longest:>9.1f}")
        lines += self._usage()
        lines.append("passed" if self.passed else "FAILED")
        return "\n".join(lines)

    def _usage(self) -> list[str]:
        lines = ["memory and open files over time", "  minute  life      MiB    files"]
        step = max(1, len(self.samples) // POINTS)
        for one in [*self.samples[::step], *self.samples[-1:]]:
            lines.append(f"{one.at / 60:>8.1f}{one.life:>6}{one.memory:>9.1f}{one.files:>9}")
        usage = self.usage
        half = [one for one in self.samples if self.plan.seconds / 2 <= one.at <= self.plan.seconds]
        stretch = _stretch(self.plan.seconds)
        memory = lows_of([(one.at, one.memory) for one in half], stretch)
        files = lows_of([(one.at, float(one.files)) for one in half], stretch)
        lines += [
            f"  lows of the last half, MiB: {', '.join(f'{low:.1f}' for _, low in memory)}",
            f"  lows of the last half, files: {', '.join(f'{low:.0f}' for _, low in files)}",
            f"  slope of the last half, MiB: {usage.memory}",
            f"  slope of the last half, files: {usage.files}",
        ]
        if not usage.judged:
            lines.append(f"  (of less than {JUDGED_FROM / 60:g} minutes, so the slopes judge nothing)")
        return lines + [f"  not flat: {fault}" for fault in usage.faults]


def _counts(title: str, counts: Mapping[str, float]) -> list[str]:
    return [title, *(f"  {count:>8g}  {name}" for name, count in sorted(counts.items()))]


def written(report: Report) -> str:
    """As JSON."""
    return json.dumps(report.plain, indent=1)
