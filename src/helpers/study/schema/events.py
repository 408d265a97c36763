"""Classes of adverse events."""

from __future__ import annotations

from helpers.study.schema.section import Key, Section


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
