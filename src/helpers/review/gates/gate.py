"""A gate: a name, what it looks for, and the function that looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from helpers.review.findings import GateReport
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
