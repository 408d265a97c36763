"""What may be shown of few patients, and which columns tell who a patient is."""

from __future__ import annotations

from pydantic import Field

from helpers.study.schema.section import Section


class Disclosure(Section):
    """Limits of what leaves the machine, for ``manuscript check``.

    Attributes:
        threshold: A count of patients above zero and below this is a small cell. Where it is
            absent it is 5 for a real cohort, and a synthetic one is not looked at. With 1 no
            cell is small, as for open data.
        identifiers: Columns of any registry table, beside each table's ``id``, whose values tell
            who a patient is: a record number, initials.
    """

    threshold: int | None = Field(default=None, ge=1)
    identifiers: list[str] = []
