"""A gate: a name, what it looks for, and the function that looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from helpers.review.findings import Finding, GateReport
from helpers.review.gates.context import Context


@dataclass(frozen=True)
class Gate:
    """One kind of check of what is about to be printed.

    Attributes:
        name: As named on the command line and in reports.
        looks_for: What it finds, in a few words.
        check: The function that looks.
    """

    name: str
    looks_for: str
    check: Callable[[Context], GateReport]


def unneeded(gate: str, where: str, what: str, hidden: str) -> Finding:
    """Return the warning that an entry of checks.yml serves nothing any more.

    Args:
        gate: Name of the gate.
        where: Where the entry stands.
        what: What the entry is, and what it does not meet.
        hidden: What it could hide: "a number".
    """
    why = f"an entry that nothing needs could one day hide {hidden}"
    return Finding(gate, "warning", where, what, why, "take it out")
