"""How response is recorded."""

from __future__ import annotations

from helpers.study.schema.section import Section


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
