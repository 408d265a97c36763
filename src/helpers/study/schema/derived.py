"""Variables made from others."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from helpers.study.schema.response import ResponseQuantity
from helpers.study.schema.section import Key, KnownAt, Section
from helpers.study.schema.therapy import LineQuantity
from helpers.study.schema.variable import Condition


class Derived(Section):
    """A variable made from others. Exactly one of the rules is given.

    Attributes:
        label: Words for tables and figures.
        unit: Unit of a number; intervals are in months or years by their rule.
        known_at: When the value is known: at time zero, or only later.
        in_table_one: Show in the baseline table.
        cut: Classes of a number, see :class:`Cut`.
        any_of: Yes when any condition is true, no when all are false, else unknown.
        months_between: Months from ``start`` to ``end`` (30.4375 days each); negative where
            ``end`` comes first.
        years_between: The same in years of 365.25 days (age at a date, say).
        within_months: Whether ``end`` follows ``start`` within some months, see
            :class:`WithinMonths`.
        recode: New levels from old, see :class:`Recode`.
        first_match: Levels by conditions, see :class:`FirstMatch`.
        line: A quantity of the lines of therapy, see :class:`LineQuantity`.
        response: A quantity of the response assessments, see :class:`ResponseQuantity`.
    """

    label: str
    unit: str | None = None
    known_at: KnownAt = "baseline"
    in_table_one: bool = False
    cut: Cut | None = None
    any_of: list[Condition] | None = None
    months_between: Interval | None = None
    years_between: Interval | None = None
    within_months: WithinMonths | None = None
    recode: Recode | None = None
    first_match: FirstMatch | None = None
    line: LineQuantity | None = None
    response: ResponseQuantity | None = None

    @model_validator(mode="after")
    def _one_rule(self) -> Derived:
        rules = [r for r in RULES if getattr(self, r) is not None]
        if len(rules) != 1:
            raise ValueError(f"exactly one rule of {', '.join(RULES)} is needed, found {rules}")
        return self


RULES = (
    "cut",
    "any_of",
    "months_between",
    "years_between",
    "within_months",
    "recode",
    "first_match",
    "line",
    "response",
)


class Cut(Section):
    """Half-open classes [a, b) of a number.

    Attributes:
        source: Number variable or derived number.
        at: Cut points, rising; a value equal to a cut point falls into the upper class.
        levels: Class key to label, one entry more than ``at``, lowest class first.
    """

    source: str
    at: list[float]
    levels: dict[Key, str]

    @model_validator(mode="after")
    def _one_more_level(self) -> Cut:
        if len(self.levels) != len(self.at) + 1:
            raise ValueError("`levels` needs one entry more than `at`")
        if sorted(set(self.at)) != self.at:
            raise ValueError("`at` must rise")
        return self


class Interval(Section):
    """Two date or day variables.

    Attributes:
        start: Where the interval begins.
        end: Where the interval ends.
    """

    start: str
    end: str


class WithinMonths(Interval):
    """Whether ``end`` follows ``start`` within so many months.

    Yes when 0 ≤ end − start ≤ months, no otherwise: an ``end`` before its ``start`` is no.

    Attributes:
        setting: The entry of ``settings`` that holds the months.
        missing_end: What an unknown ``end`` gives.
        missing_start: What an unknown ``start`` gives.
    """

    setting: Key
    missing_end: Literal["no", "unknown"] = "no"
    missing_start: Literal["no", "unknown"] = "unknown"


class Recode(Section):
    """New levels from the levels of one category.

    Attributes:
        source: Category, response or yes/no variable, or derived category.
        levels: New level key to label, in the order of display.
        map: New level key to the old level keys; an old level that none names is an error.
    """

    source: str
    levels: dict[Key, str]
    map: dict[Key, list[str]]


class Match(Section):
    """One branch of ``first_match``.

    Attributes:
        level: Level key that the branch gives.
        label: Label of the level.
        when: Conditions that must all hold.
    """

    level: Key
    label: str
    when: list[Condition]


class FirstMatch(Section):
    """Branches in order; the first that is true gives the level.

    A patient for whom a branch can be neither confirmed nor ruled out is unknown;
    ``otherwise`` is the level of patients for whom every branch is false. Several branches
    may give the same level.

    Attributes:
        branches: The branches in order.
        otherwise: Level key of the rest.
        otherwise_label: Label of that level.
    """

    branches: list[Match]
    otherwise: Key
    otherwise_label: str
