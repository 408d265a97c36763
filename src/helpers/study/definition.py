"""What a study is: the schema of ``study.yml``, checked when it is loaded.

Out of scope: reading registry tables (``helpers.study.tables``) and changing them
(``helpers.study.cleaning``).
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from helpers.imwg import CATEGORIES
from helpers.study.schema.derived import Derived
from helpers.study.schema.disclosure import Disclosure
from helpers.study.schema.events import AdverseEvents
from helpers.study.schema.response import ResponseRules
from helpers.study.schema.section import YES_NO, Key, Kind, KnownAt, Section
from helpers.study.schema.selection import Criterion, Order, Population
from helpers.study.schema.settings import Settings, Style
from helpers.study.schema.source import Sealed, Tables
from helpers.study.schema.survival import Endpoint, SurvivalPlan
from helpers.study.schema.therapy import Lines
from helpers.study.schema.variable import Variable


class Study(Section):
    """A whole study, as ``study.yml`` defines it.

    Attributes:
        id: The study's key; the folder below ``data/`` has the same name.
        title: Title in words.
        provenance: Whether the patients are real.
        provenance_note: What must be said about where the patients come from.
        data_source: The source of the data, in words.
        data_cut: Day at which the data were frozen.
        after_data_cut: What becomes of what the tables hold of later days: ``keep`` takes it as
            it stands, ``censor`` analyses what a registry frozen on that day would have held.
        tables: The registry tables.
        sealed: That readers of the record do not get the tables; None where they may.
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
        disclosure: What may be shown of few patients.
    """

    id: Key
    title: str
    provenance: Literal["real", "synthetic"]
    provenance_note: str
    data_source: str
    data_cut: dt.date
    after_data_cut: Literal["keep", "censor"] = "keep"
    tables: Tables
    sealed: Sealed | None = None
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
    disclosure: Disclosure = Disclosure()

    @property
    def synthetic(self) -> bool:
        """Whether the patients are reconstructed rather than real."""
        return self.provenance == "synthetic"

    @property
    def censored(self) -> bool:
        """Whether what lies after the data cut is taken as not yet known."""
        return self.after_data_cut == "censor"

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
        if described.response is not None and described.response.quantity != "best":
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
    if derived.response is not None and derived.response.quantity == "best":
        return {category: category for category in CATEGORIES}
    if derived.line is not None and derived.line.quantity == "exposed":
        return dict(YES_NO)
    if derived.line is not None and derived.line.quantity == "regimen" and study.lines:
        levels = {regimen.level: regimen.label for regimen in study.lines.regimens}
        return {**levels, "other": study.lines.other}
    return {}
