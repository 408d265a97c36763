"""The result of a hypothesis test, whatever the test."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TestResult:
    """A two-sided test: its name, p-value, and the statistic where it has one."""

    __test__ = False

    test: str
    p: float | None
    statistic: float | None = None
    df: int | None = None
    reason: str | None = None
