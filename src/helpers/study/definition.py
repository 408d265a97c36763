"""What a study is: the schema of ``study.yml``, checked when it is loaded.

Out of scope: reading registry tables (``helpers.study.tables``) and changing them
(``helpers.study.cleaning``).
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from helpers.imwg import CATEGORIES

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
KnownAt = Literal["baseline", "on-treatment"]
Kind = Literal["number", "category", "date", "text"]
PositiveMonths = Annotated[float, Field(gt=0, allow_inf_nan=False)]
# A single time may stand without brackets, as a notebook parameter often does.
Months = Annotated[
    list[PositiveMonths], BeforeValidator(lambda x: [x] if isinstance(x, int | float) else x)
]
YES_NO = {"no": "No", "yes": "Yes"}


class Section(BaseModel):
    """Base of every section: an unknown key is an error, and nothing changes after loading.

    A number where words are expected (``codes: {i: [1]}``) is taken as its digits.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class TableSource(Section):
    """Where a registry table lies and how it is written.

    Attributes:
        file: Path below the study's folder, or below ``--source`` where that is given.
        id: Column that identifies the patient.
        columns: For long tables, our name to the source's column name. Adverse events:
            ``term``, ``grade`` and optionally ``start``. Treatments: ``agent``, ``start``,
            ``end``, ``line`` and ``type``. Responses: ``date`` and ``response``.
        sheet: Sheet of an Excel file; the first where none is named.
        encoding: Text encoding of a CSV file; a byte-order mark is allowed.
        separator: Field separator of a CSV file (``.tsv`` files: the tabulator).
        decimal: Decimal mark. A number with the other mark is repaired and logged where it can
            mean one thing only.
    """

    file: str
    id: str
    columns: dict[Key, str] = {}
    sheet: str | None = None
    encoding: str = "utf-8"
    separator: Annotated[str, StringConstraints(min_length=1, max_length=1)] = ","
    decimal: Literal[".", ","] = "."


class Tables(Section):
    """The registry tables.

    Attributes:
        patients: One row per patient.
        treatments: One row per drug or procedure; needs ``lines``.
        responses: One row per response assessment.
        adverse_events: One row per event; needs ``adverse_events``.
    """

    patients: TableSource
    treatments: TableSource | None = None
    responses: TableSource | None = None
    adverse_events: TableSource | None = None


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


class Regimen(Section):
    """A regimen class by its agents.

    Attributes:
        level: Level key.
        label: Label of the class.
        all_of: Agents that the line must all hold.
        any_of: Agents of which it must hold one.
        none_of: Agents that it may not hold.
    """

    level: Key
    label: str
    all_of: list[Key] = []
    any_of: list[Key] = []
    none_of: list[Key] = []


class LineQuantity(Section):
    """A patient-level quantity from lines of therapy.

    Attributes:
        quantity: ``start`` (first day of the line), ``end`` (its last), ``next_start`` (first
            day of any later line), ``procedure`` (first day of a procedure in this line or an
            earlier one), ``regimen`` (class of the line's agents), ``exposed`` (yes when this
            line or an earlier one holds one of ``agents``; unknown without any line),
            ``count`` (number of lines recorded).
        line: Which line, counted from 1.
        procedure: For ``procedure``: key in ``lines.procedures``.
        agents: For ``exposed``: keys in ``lines.agents``.
        within_days: For ``regimen``: only agents that start within so many days of the line's
            first day count, so that a drug added later does not change the class; agents
            without a start count. None takes all agents of the line.
    """

    quantity: Literal["start", "end", "next_start", "procedure", "regimen", "exposed", "count"]
    line: int = Field(default=1, ge=1)
    procedure: Key | None = None
    agents: list[Key] = []
    within_days: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _arguments_fit(self) -> LineQuantity:
        if (self.quantity == "procedure") != (self.procedure is not None):
            raise ValueError("`procedure` is given with quantity `procedure`, and only then")
        if (self.quantity == "exposed") != bool(self.agents):
            raise ValueError("`agents` is given with quantity `exposed`, and only then")
        if self.within_days is not None and self.quantity != "regimen":
            raise ValueError("`within_days` belongs to quantity `regimen` only")
        return self


class Lines(Section):
    """How drug rows become lines of therapy.

    Attributes:
        words: Line number to the words in the source ("Second line of therapy"); a plain
            number is understood as it is.
        agents: Agent key to spellings in the source, matched without case. A spelling that
            is not listed is an error.
        procedures: Procedure key to spellings in the ``type`` or ``agent`` column.
        regimens: Regimen classes in order; the first that matches is taken. The level
            ``other`` is kept for the rest.
        other: Label of the class for all other regimens.
    """

    words: dict[int, list[str]] = {}
    agents: dict[Key, list[str]]
    procedures: dict[Key, list[str]] = {}
    regimens: list[Regimen] = []
    other: str = "Other"


class Order(Section):
    """Two dates that must not be the wrong way round.

    Attributes:
        earlier: Date or day variable.
        later: Date or day variable that may not come before ``earlier``.
        violation: ``error`` stops the build, whether the patient is eligible or not;
            ``exclude`` takes the patient out, before the eligibility criteria.
        label: For ``exclude``: the reason printed in the flow diagram.
    """

    earlier: str
    later: str
    violation: Literal["error", "exclude"] = "error"
    label: str = ""

    @model_validator(mode="after")
    def _exclusion_has_a_reason(self) -> Order:
        if self.violation == "exclude" and not self.label:
            raise ValueError("`violation: exclude` needs a `label`, the reason in the flow")
        return self

    @property
    def step(self) -> str:
        """Key of the step in the flow diagram."""
        return f"{self.earlier}_after_{self.later}"


class Criterion(Section):
    """One eligibility criterion, in the order of the flow diagram.

    Attributes:
        id: Key of the step.
        label: Reason printed in the flow diagram's side box, in the plural ("Fewer than one
            prior line").
        keep: Conditions that a patient who stays fulfils, all of them; a patient for whom one
            of them is unknown leaves.
    """

    id: Key
    label: str
    keep: list[Condition]


class Population(Section):
    """A named set of eligible patients.

    Attributes:
        label: Words for headings.
        description: Who belongs to it, in words.
        left_out: Why eligible patients are not in it, for the flow diagram.
        where: Conditions that members fulfil, all of them; none: everybody.
    """

    label: str
    description: str
    left_out: str = "not in this population"
    where: list[Condition] = []


class Endpoint(Section):
    """A time-to-event endpoint.

    Attributes:
        label: "Progression-free survival".
        short: "PFS".
        start: Date or day variable of time zero.
        events: Date or day variables; the earliest known one is the event.
        censor: Date or day variable of last contact, for patients without an event.
        responders_only: Restrict to responders (duration of response).
        start_words: Time zero in words, for the Methods.
        event_words: The event in words.
        censor_words: The censoring rule in words.
        kind: Which role the endpoint has in coherence checks.
    """

    label: str
    short: str
    kind: Literal["pfs", "os", "dor", "ttnt", "other"]
    start: str
    events: list[str]
    censor: str
    responders_only: bool = False
    start_words: str
    event_words: str
    censor_words: str


class ResponseRules(Section):
    """How best response is recorded.

    Attributes:
        best: Variable with the recorded best response.
        date: Variable with the date of first response, where it was recorded.
        criteria: The criteria in words.
    """

    best: str
    date: str | None = None
    criteria: str = "International Myeloma Working Group 2016 criteria"


class EventClass(Section):
    """A class of adverse events with its terms.

    Attributes:
        label: "Hematological toxicity".
        terms: Term label to the spellings in the source, matched without case.
        declared: Keep the class when nobody had an event of it.
    """

    label: str
    terms: dict[str, list[str]]
    declared: bool = True


class AdverseEvents(Section):
    """Adverse-event grading and groups.

    Attributes:
        criteria: Grading criteria in words.
        classes: Class key to class. A term in the source that no class lists is an error.
    """

    criteria: str
    classes: dict[Key, EventClass]


class Comparison(Section):
    """A grouping of patients that is compared.

    Attributes:
        variable: Variable or derived variable.
        naive: Also show the comparison from time zero although the grouping is known only
            later, labelled as naive (because a published abstract made it).
    """

    variable: str
    naive: bool = False


class SurvivalPlan(Section):
    """What the survival notebook compares, declared in advance.

    Attributes:
        curves: Groupings that get a curve and a log-rank test.
        univariable: Factors of the univariable Cox models.
        multivariable: Factors of the multivariable model.
        endpoint: The endpoint of the Cox models.
    """

    endpoint: Key
    curves: list[Comparison] = []
    univariable: list[str] = []
    multivariable: list[str] = []


class Settings(Section):
    """What a notebook parameter may change; the parameter has the same name.

    Attributes:
        response_population: Population of the response analysis.
        survival_population: Population of PFS, OS and time to next treatment.
        safety_population: Population of the safety analysis.
        landmark_months: Landmarks of the landmark analyses, months.
        timepoint_months: Times at which survival rates are given, months.
        confidence_level: Level of every interval.
        interval_transform: Transform of survival intervals.
        high_risk_months_from_start: Functional high risk: months from first-line start.
        high_risk_months_from_transplant: Functional high risk: months from transplant.
    """

    response_population: Key = "treated"
    survival_population: Key = "treated"
    safety_population: Key = "treated"
    landmark_months: Months = []
    timepoint_months: Months = [6, 12]
    confidence_level: float = Field(default=0.95, gt=0.5, lt=1)
    interval_transform: Literal["log-log", "log", "plain"] = "log-log"
    high_risk_months_from_start: float | None = Field(default=None, gt=0)
    high_risk_months_from_transplant: float | None = Field(default=None, gt=0)


class Style(Section):
    """How numbers are printed.

    Attributes:
        percent_digits: Digits after the point of a percentage.
        p_digits: Digits after the point of a p-value.
        p_floor: p-values below are printed as "<" this.
        time_digits: Digits after the point of months.
        ratio_digits: Digits after the point of hazard and odds ratios.
    """

    percent_digits: int = Field(default=1, ge=0, le=3)
    p_digits: int = Field(default=3, ge=2, le=4)
    p_floor: float = 0.001
    time_digits: int = Field(default=1, ge=0, le=2)
    ratio_digits: int = Field(default=2, ge=1, le=3)


class Study(Section):
    """A whole study, as ``study.yml`` defines it.

    Attributes:
        id: The study's key; the folder below ``data/`` has the same name.
        title: Title in words.
        provenance: Whether the patients are real.
        provenance_note: What must be said about where the patients come from.
        data_source: The source of the data, in words.
        data_cut: Day at which the data were frozen.
        tables: The registry tables.
        missing_codes: Spellings of "unknown" in any column; blank always is.
        yes_codes: Spellings of yes.
        no_codes: Spellings of no.
        date_formats: Formats in which dates may be written (strptime). A string that two of
            them read as different days is an error.
        variables: Columns of the patients table.
        lines: How drug rows become lines of therapy.
        derived: Variables made from others.
        date_order: Pairs of dates that must not be the wrong way round.
        eligibility: Criteria in the order of the flow diagram.
        eligible_label: Words of the last box of the flow diagram.
        source_label: Words of its first box.
        populations: Named sets of eligible patients.
        endpoints: Time-to-event endpoints.
        response: How response is recorded; None where it was not collected.
        adverse_events: Classes of adverse events; None where they were not collected.
        subgroups: Variables of the subgroup analysis of response.
        survival: Comparisons of the survival analysis.
        exposure: Variables that describe the exposure to treatment.
        settings: Defaults of the notebooks' parameters.
        style: How numbers are printed.
    """

    id: Key
    title: str
    provenance: Literal["real", "synthetic"]
    provenance_note: str
    data_source: str
    data_cut: dt.date
    tables: Tables
    missing_codes: list[str] = ["", "ND", "NA", "n/a", "-", "?", "unknown"]
    yes_codes: list[str] = ["yes", "y", "1", "true"]
    no_codes: list[str] = ["no", "n", "0", "false"]
    date_formats: list[str] = ["%Y-%m-%d"]
    variables: dict[Key, Variable]
    lines: Lines | None = None
    derived: dict[Key, Derived] = {}
    date_order: list[Order] = []
    eligibility: list[Criterion]
    eligible_label: str = "Eligible patients"
    source_label: str = "Patients in the registry table"
    populations: dict[Key, Population]
    endpoints: dict[Key, Endpoint]
    response: ResponseRules | None = None
    adverse_events: AdverseEvents | None = None
    subgroups: list[str] = []
    survival: SurvivalPlan
    exposure: list[str] = []
    settings: Settings = Settings()
    style: Style = Style()

    @property
    def synthetic(self) -> bool:
        """Whether the patients are reconstructed rather than real."""
        return self.provenance == "synthetic"

    def label(self, name: str) -> str:
        """Return the label of a variable or derived variable."""
        return self._described(name).label

    def unit(self, name: str) -> str | None:
        """Return the unit of a variable or derived variable, where it has one."""
        return self._described(name).unit

    def known_at(self, name: str) -> KnownAt:
        """Return when the value of a variable is known."""
        return self._described(name).known_at

    def levels(self, name: str) -> dict[str, str]:
        """Return the levels of a categorical variable, key to label; empty for a number."""
        described = self._described(name)
        if isinstance(described, Variable):
            if described.type == "yes_no":
                return dict(YES_NO)
            if described.type == "response":
                return {category: category for category in CATEGORIES}
            return dict(described.levels)
        return derived_levels(described, self)

    def kind(self, name: str) -> Kind:
        """Return what a variable holds: dates also where they are counted in days."""
        described = self._described(name)
        if isinstance(described, Variable):
            return _KINDS[described.type]
        dated = ("start", "end", "next_start", "procedure")
        if described.line is not None and described.line.quantity in dated:
            return "date"
        return "category" if self.levels(name) else "number"

    @property
    def names(self) -> tuple[str, ...]:
        """All variables and derived variables, in the order of study.yml."""
        return (*self.variables, *self.derived)

    @property
    def counts_days(self) -> bool:
        """Whether time is in whole days from a common origin, instead of calendar dates."""
        return any(variable.type == "day" for variable in self.variables.values())

    def _described(self, name: str) -> Variable | Derived:
        if name in self.variables:
            return self.variables[name]
        return self.derived[name]

    def with_settings(self, **changes: Any) -> Study:
        """Return the study with some settings changed; ``None`` keeps what study.yml says.

        Raises:
            pydantic.ValidationError: A value is not of the setting's type or range.
        """
        given = {name: value for name, value in changes.items() if value is not None}
        settings = Settings(**{**self.settings.model_dump(), **given})
        return self.model_copy(update={"settings": settings})


_KINDS: dict[str, Kind] = {
    "number": "number",
    "integer": "number",
    "yes_no": "category",
    "category": "category",
    "response": "category",
    "date": "date",
    "day": "date",
    "text": "text",
}


def derived_levels(derived: Derived, study: Study) -> dict[str, str]:
    """Return the levels of a derived variable, key to label; empty where it is a number."""
    if derived.cut is not None:
        return dict(derived.cut.levels)
    if derived.recode is not None:
        return dict(derived.recode.levels)
    if derived.first_match is not None:
        rule = derived.first_match
        levels = {branch.level: branch.label for branch in rule.branches}
        return {**levels, rule.otherwise: rule.otherwise_label}
    if derived.any_of is not None or derived.within_months is not None:
        return dict(YES_NO)
    if derived.line is not None and derived.line.quantity == "exposed":
        return dict(YES_NO)
    if derived.line is not None and derived.line.quantity == "regimen" and study.lines:
        levels = {regimen.level: regimen.label for regimen in study.lines.regimens}
        return {**levels, "other": study.lines.other}
    return {}
