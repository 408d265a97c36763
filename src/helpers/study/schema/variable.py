"""Columns of the patients table, and tests on them."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from helpers.study.schema.section import Key, KnownAt, Section


class Variable(Section):
    """One column of the patients table.

    Attributes:
        column: Name of the column in the source.
        type: ``number``, ``integer``, ``yes_no``, ``category``, ``date`` (calendar),
            ``day`` (whole days from a common origin), ``response`` (IMWG) or ``text``.
        label: Words that stand in tables and figures.
        unit: Unit of a number, for its heading.
        levels: Category levels, key to label, in the order of display; the first is the
            reference.
        codes: Level key to the further spellings found in the source: levels of a category,
            ``yes`` and ``no``, or response categories. Key, label and codes are matched
            without case, width and stray spaces.
        minimum: Smallest possible value, after scaling; a smaller one is an error.
        maximum: Largest possible value, after scaling.
        missing: Further spellings of "unknown" in this column.
        scale: A number in the source is multiplied by this (days to years, say).
        known_at: When the value is known: at time zero, or only later.
        required: A missing value is an error.
        in_table_one: Show in the baseline table.
    """

    column: str
    type: Literal["number", "integer", "yes_no", "category", "date", "day", "response", "text"]
    label: str
    unit: str | None = None
    levels: dict[Key, str] = {}
    codes: dict[str, list[str]] = {}
    minimum: float | None = None
    maximum: float | None = None
    missing: list[str] = []
    scale: float = 1.0
    known_at: KnownAt = "baseline"
    required: bool = False
    in_table_one: bool = False

    @model_validator(mode="after")
    def _levels_belong_to_categories(self) -> Variable:
        if self.type == "category" and not self.levels:
            raise ValueError("a category needs `levels` (key: label)")
        if self.type != "category" and self.levels:
            raise ValueError("`levels` belongs to type `category` only")
        if self.type not in ("number", "integer", "day"):
            for name in ("minimum", "maximum"):
                if getattr(self, name) is not None:
                    raise ValueError(f"`{name}` belongs to numbers only")
            if self.scale != 1.0:
                raise ValueError("`scale` belongs to numbers only")
        return self


class Condition(Section):
    """A test on one variable. Several keys hold together (and).

    On an unknown value every test but ``known`` is neither true nor false. Eligibility and
    populations keep only patients for whom the test is true.

    Attributes:
        variable: Variable or derived variable that is tested.
        is_in: True where the value is one of these level keys (``yes``/``no`` for yes_no).
        not_in: True where the value is known and none of these.
        at_least: True where the number is at least this.
        more_than: True where the number is above this.
        less_than: True where the number is below this.
        known: True where the value is known (or, with false, unknown).
    """

    variable: str
    is_in: list[str] | None = None
    not_in: list[str] | None = None
    at_least: float | None = None
    more_than: float | None = None
    less_than: float | None = None
    known: bool | None = None

    @model_validator(mode="after")
    def _tests_something(self) -> Condition:
        if all(getattr(self, test) is None for test in TESTS):
            raise ValueError(f"a condition needs a test: one of {', '.join(TESTS)}")
        return self


TESTS = ("is_in", "not_in", "at_least", "more_than", "less_than", "known")
