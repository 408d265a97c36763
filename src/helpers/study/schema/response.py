"""How response is recorded, and how dated assessments become a best response."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from helpers.study.schema.section import Key, Section


class Assessments(Section):
    """Which assessments count, and when a category is confirmed.

    The defaults are the criteria's (Kumar et al., Lancet Oncol 2016;17:e328-e346): two consecutive
    assessments, any time before a new therapy, for every category but stable disease. What the
    criteria leave open stands here.

    Attributes:
        start: Date or day variable from which assessments count: the start of the therapy.
        next_therapy: Date or day of the next therapy; an assessment on that day still counts.
        progression: Date or day of recorded progression; nothing after it counts.
        death: Date or day of death.
        codes: Category to further spellings in the responses table.
        minimum_days: Least days between the first and the last of the assessments that confirm
            each other; 1 is another day.
        nonevaluable_breaks: Whether a not-evaluable assessment between two others keeps them
            from being consecutive.
        start_day_counts: Whether an assessment on the day of the start counts.
        unconfirmed_becomes: What a patient has who reached MR or better and confirmed nothing.
        confirm_progression: Whether PD needs a second consecutive assessment.
        progression_confirmed_by: What stands in for it where PD is the last evaluable
            assessment; a recorded progression always does.
        unconfirmed_progression: Best confirmed response of a patient with nothing but a PD that
            was not confirmed.
        recorded_progression_counts: Whether a recorded progression is a PD of its own where no
            assessment showed anything else.
    """

    start: str
    next_therapy: str | None = None
    progression: str | None = None
    death: str | None = None
    codes: dict[str, list[str]] = {}
    minimum_days: int = Field(default=1, ge=1)
    nonevaluable_breaks: bool = False
    start_day_counts: bool = False
    unconfirmed_becomes: Literal["SD", "NE"] = "SD"
    confirm_progression: bool = True
    progression_confirmed_by: list[Literal["death", "next_therapy"]] = ["death"]
    unconfirmed_progression: Literal["PD", "NE"] = "PD"
    recorded_progression_counts: bool = True

    @property
    def times(self) -> dict[str, str]:
        """The variables that say when assessments count, by their role."""
        roles = ("start", "next_therapy", "progression", "death")
        return {role: name for role in roles if (name := getattr(self, role)) is not None}


class ResponseQuantity(Section):
    """A patient-level quantity from response assessments.

    Attributes:
        quantity: ``best`` (category), ``first_response`` (day of the first assessment of PR or
            better), ``confirmation`` (day of the one that confirmed it), ``progression`` (day of
            progression by assessment or as recorded).
        confirmed: Whether only what is confirmed counts.
    """

    quantity: Literal["best", "first_response", "confirmation", "progression"]
    confirmed: bool = True

    @model_validator(mode="after")
    def _confirmation_is_confirmed(self) -> ResponseQuantity:
        if not self.confirmed and self.quantity in ("confirmation", "progression"):
            raise ValueError(f"`confirmed: false` does not belong to {self.quantity!r}")
        return self


class ResponseRules(Section):
    """How response is recorded.

    Attributes:
        best: Variable with the best response: a recorded one (type ``response``), or a derived
            one with the rule ``response``.
        date: Variable with the date of first response, recorded or derived.
        recorded: Recorded best response, to be compared with a derived one.
        criteria: The criteria in words.
        assessments: Which assessments count; needs the table ``responses``.
        model: Factors of the multivariable logistic model of response (PR or better), declared
            in advance and known at time zero; none: no model.
    """

    best: str
    date: str | None = None
    recorded: Key | None = None
    criteria: str = "International Myeloma Working Group 2016 criteria"
    assessments: Assessments | None = None
    model: list[str] = []
