"""Who belongs: orders of dates, eligibility, populations."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from helpers.study.schema.section import Key, Section
from helpers.study.schema.variable import Condition

#: Key of the step of the flow at which patients leave who start after the data cut.
CUT_STEP = "after_data_cut"


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
