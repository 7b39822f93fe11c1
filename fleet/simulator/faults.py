"""Choosing the fault that a request meets: who is hit, and at which of its requests."""

import fnmatch
import random
import re
from collections.abc import Sequence

from fleet.simulator.addresses import index_of
from fleet.simulator.fault_rules import ANY, ONLY_RESETS, FaultRule


class _ActiveRule:
    """One rule at work: which servers it hits, and how many requests of each it has seen."""

    __slots__ = ("_chosen", "_method", "_path", "_seen", "rule")

    def __init__(self, rule: FaultRule, number: int, servers: int, seed: int) -> None:
        self.rule = rule
        self._method = None if rule.method == ANY else rule.method
        self._path = None if rule.path == ANY else re.compile(fnmatch.translate(rule.path))
        self._chosen = _chosen(rule, number, servers, seed)
        self._seen: dict[int, int] = {}

    def acts(self, server: int, method: str, path: str, accepted_reset: bool) -> bool:
        """Whether the rule acts on this request, which is counted if it matches."""
        if self._chosen is not None and server not in self._chosen:
            return False
        if self._method is not None and method != self._method:
            return False
        if self._path is not None and not self._path.match(path):
            return False
        if self.rule.fault in ONLY_RESETS and not accepted_reset:
            return False
        rule = self.rule
        seen = self._seen[server] = self._seen.get(server, 0) + 1
        return seen >= rule.first and (rule.count is None or seen < rule.first + rule.count)


class Faults:
    """The rules at work among so many servers. What they have counted begins at nothing."""

    def __init__(self, rules: Sequence[FaultRule], servers: int, seed: int) -> None:
        self._rules = [_ActiveRule(rule, number, servers, seed) for number, rule in enumerate(rules, start=1)]

    def __len__(self) -> int:
        return len(self._rules)

    def pick(self, server: int, method: str, path: str, accepted_reset: bool) -> FaultRule | None:
        """The first rule that acts on this request to the server with this number, or None.

        Rules before it that match have counted the request, rules behind it have not. `accepted_reset` says
        whether the request is a reset that would be accepted.
        """
        for active in self._rules:
            if active.acts(server, method, path, accepted_reset):
                return active.rule
        return None


def _chosen(rule: FaultRule, number: int, servers: int, seed: int) -> frozenset[int] | None:
    """The numbers of the servers that a rule hits; None for all of them."""
    if rule.server == ANY:
        if rule.share == 1:
            return None
        hit = min(servers, max(1, round(rule.share * servers))) if rule.share else 0
        return frozenset(random.Random(f"{seed}:{number}").sample(range(servers), hit))  # noqa: S311
    index = index_of(rule.server)
    return frozenset() if index is None else frozenset((index,))
