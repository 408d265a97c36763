"""Classes of adverse events, and the window in which an event is treatment-emergent."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from helpers.study.schema.section import Key, Section


class EventClass(Section):
    """A class of adverse events with its terms.

    Attributes:
        label: "Hematologic toxicity".
        terms: Term label to the spellings in the source, matched without case.
        declared: Keep the class when nobody had an event of it.
        declared_terms: Labels of terms that are kept when nobody had them.
    """

    label: str
    terms: dict[str, list[str]]
    declared: bool = True
    declared_terms: list[str] = []


class Window(Section):
    """When an adverse event counts as treatment-emergent, and rates by exposure.

    Attributes:
        start: Date or day of the first dose: the first day of the window.
        end: Date or day of the last dose; None where it was not recorded.
        days_after: Days after the last dose that still belong to the window.
        until: Dates or days beyond which no event counts, such as the next therapy or the last
            contact; the earliest known one closes the window, and alone where the last dose is
            not known. Where time is in dates, the data cut closes it in any case.
        undated: Whether an event without a day of onset is ``counted`` or ``left_out``; the same
            of all events of a patient without a first dose.
        rate_unit: Patient-time of the rates, in ``months`` or ``years``.
        rate_per: Units of patient-time that a rate refers to.
    """

    start: Key
    end: Key | None = None
    days_after: int = Field(default=30, ge=0)
    until: list[Key] = []
    undated: Literal["counted", "left_out"] = "counted"
    rate_unit: Literal["months", "years"] = "months"
    rate_per: int = Field(default=100, ge=1)

    @model_validator(mode="after")
    def _has_an_end(self) -> Window:
        if self.end is None and not self.until:
            raise ValueError("a window needs `end`, the last dose, or `until`")
        return self


class AdverseEvents(Section):
    """Adverse-event grading and groups.

    Attributes:
        criteria: Grading criteria in words.
        classes: Class key to class. A term in the source that no class lists is an error.
        window: Treatment-emergent window; None counts every event that was recorded, and gives
            no rates by exposure.
    """

    criteria: str
    classes: dict[Key, EventClass]
    window: Window | None = None
