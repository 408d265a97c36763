"""Where registry tables lie and how they are written."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from helpers.study.schema.section import Key, Section


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


class Sealed(Section):
    """Tables that whoever reads the record does not get to see.

    The record then keeps a hash of every number beside the ledger, and ``manuscript verify``
    runs on synthetic tables of the same shape where the real ones are not at hand.

    Attributes:
        twin: Folder of the synthetic tables, below the study's folder; they lie in it as the
            real ones do below theirs.
    """

    twin: str = "twin"


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
