"""What an abstract does not say and a reconstruction therefore chooses.

Every entry carries its ``reason`` in one sentence. Out of scope: drawing the patients
(``patients``, ``survival``, ``toxicity``) and writing the tables (``export``).
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Share = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """Base of every section: an unknown key is an error, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Reasoned(Section):
    """An assumption with the reason for it."""

    reason: str


class Seed(Reasoned):
    """The seed of every random draw."""

    value: int = Field(ge=0)


class Counted(Reasoned):
    """So many patients have these levels; the integer program must keep to it."""

    group: dict[Key, list[Key]] = {}
    event: dict[Key, list[Key]]
    value: int = Field(ge=0)


class Shares(Reasoned):
    """Shares of an attribute's levels that the program prefers where several cohorts fit."""

    value: dict[Key, Share]


class Case(Section):
    """Days of a date from its origin, for patients with these attribute levels.

    ``origin`` overrides the draw's own.
    """

    when: dict[Key, list[Key]] = {}
    origin: Key | None = None
    low: int
    high: int

    @model_validator(mode="after")
    def _rising(self) -> Case:
        if self.low > self.high:
            raise ValueError("`low` must not exceed `high`")
        return self


class NumberDraw(Reasoned):
    """A number from a normal distribution cut off at ``low`` and ``high``.

    ``floors`` raises ``low`` for patients with these attribute levels.
    """

    draw: Literal["number"]
    mean: float
    sd: float = Field(gt=0)
    low: float
    high: float
    digits: int = Field(default=0, ge=0, le=3)
    unknown: Share = 0.0
    floors: dict[Key, dict[Key, float]] = {}


class CategoryDraw(Reasoned):
    """Levels by their shares, rounded to whole patients."""

    draw: Literal["category"]
    shares: dict[str, Share]
    unknown: Share = 0.0


class DateDraw(Reasoned):
    """A date so many days from another one; patients whom no case fits have none."""

    draw: Literal["date"]
    origin: Key
    cases: list[Case]


Draw = Annotated[NumberDraw | CategoryDraw | DateDraw, Field(discriminator="draw")]


class Window(Reasoned):
    """First and last day of enrolment, and the last day of follow-up."""

    first: dt.date
    last: dt.date
    cut: dt.date


class Roles(Reasoned):
    """Which study variable holds which date, and the best response."""

    start: Key
    progression: Key
    death: Key
    last_contact: Key
    best_response: Key
    first_response: Key
    next_therapy: Key | None = None


class Courses(Reasoned):
    """Time on treatment that a number of courses takes at least.

    ``(n − 1) · each + last`` days pass, for the number n in ``variable``.
    """

    variable: Key
    each: int = Field(gt=0)
    last: int = Field(ge=0)


class Progression(Reasoned):
    """Time to progression or death: S0(t) = plateau + (1 − plateau)·exp(−(t/scale)^shape).

    Attributes:
        by: Attribute whose levels have a scale each; None: one scale.
        scale: First guess, in months; the calibration moves it until the claims hold.
        shape: Weibull shape.
        plateau: Share that never progresses.
        hazard_ratios: Attribute, level, ratio to the patients of all other levels.
        death_share: Share of events that are deaths without progression.
        shortest: Smallest time in days, by attribute level (the longest that fits holds).
        significant: Endpoint comparisons that should come out below p = 0.05, as many.
    """

    by: Key | None = None
    scale: float = Field(gt=0)
    shape: float = Field(gt=0)
    plateau: Share = 0.0
    hazard_ratios: dict[Key, dict[Key, float]] = {}
    death_share: Share
    shortest: dict[Key, dict[Key, int]] = {}
    significant: int = 0


class Afterwards(Reasoned):
    """What follows progression.

    Attributes:
        survival_months: Mean of the exponential survival after progression, a first guess.
        next_therapy_share: Share of those who progress and get a next therapy.
        next_therapy_days: Days from progression to it.
    """

    survival_months: float = Field(gt=0)
    next_therapy_share: Share
    next_therapy_days: tuple[int, int]


class FollowUp(Reasoned):
    """Last contact: within ``gap_days`` of the cut, or earlier for the share that was lost."""

    gap_days: int = Field(ge=0)
    lost_share: Share


class Depth(Reasoned):
    """Best response within the levels of an attribute.

    Attributes:
        attribute: The attribute that says who responded.
        shares: Level, then IMWG category, then share within the level.
        responders: Levels whose patients have a date of first response.
        first_response_days: Days from start to first response.
    """

    attribute: Key
    shares: dict[Key, dict[str, Share]]
    responders: list[Key]
    first_response_days: tuple[int, int]


class Toxicity(Reasoned):
    """Adverse events of one class.

    Attributes:
        terms: Term label to the weight with which it is drawn.
        grades: Attribute level to the weights of its worst grade.
        more_terms: Mean number of further terms per patient with an event.
    """

    terms: dict[str, float]
    grades: dict[Key, dict[int, float]]
    more_terms: float = Field(ge=0)


class Ineligible(Reasoned):
    """A patient who does not qualify: the values that make it so, the rest is drawn.

    ``dates`` holds days from another date; ``values`` the level key or number.
    """

    values: dict[Key, str | float] = {}
    dates: dict[Key, tuple[Key, int]] = {}


class Export(Reasoned):
    """How the tables look when they leave the hospitals.

    Attributes:
        id_prefix: Before the running number.
        center: Variable whose level decides on a row's way of writing.
        yes: Words for yes, one taken per centre.
        no: Words for no, in the same order.
        unknown: Words for unknown.
        date_formats: strftime patterns, one taken per centre.
        decimal_comma: Share of decimal numbers written with a comma.
        stray_space: Share of words with a space before or after.
        duplicated: Rows that stand twice.
        grade_words: Patterns for a grade, with ``{}``.
        byte_order_mark: Begin the tables with one.
    """

    id_prefix: str
    center: Key
    yes: list[str]
    no: list[str]
    unknown: list[str]
    date_formats: list[str]
    decimal_comma: Share
    stray_space: Share
    duplicated: int = Field(ge=0)
    grade_words: list[str] = ["{}"]
    byte_order_mark: bool = False


class Chosen(Section):
    """Everything that was chosen."""

    seed: Seed
    shares: dict[Key, Shares] = {}
    counts: list[Counted] = []
    roles: Roles
    window: Window
    variables: dict[Key, Draw] = {}
    courses: Courses | None = None
    progression: Progression
    afterwards: Afterwards
    follow_up: FollowUp
    response: Depth
    toxicity: dict[Key, Toxicity] = {}
    ineligible: list[Ineligible] = []
    export: Export

    def levels_named(self) -> list[tuple[str, dict[str, list[str]]]]:
        """Return the attribute levels that choices hang on, with the place of each."""
        how, found = self.progression, []
        for place, levels in (
            ("progression.hazard_ratios", how.hazard_ratios),
            ("progression.shortest", how.shortest),
        ):
            found.append((place, {name: list(values) for name, values in levels.items()}))
        found.append(("progression.by", {how.by: []} if how.by else {}))
        given = {self.response.attribute: [*self.response.shares, *self.response.responders]}
        found.append(("response", given))
        for name, draw in self.variables.items():
            place = f"variables.{name}"
            if isinstance(draw, NumberDraw):
                found.append((place, {a: list(levels) for a, levels in draw.floors.items()}))
            elif isinstance(draw, DateDraw):
                found += [(place, dict(case.when)) for case in draw.cases]
        return found
