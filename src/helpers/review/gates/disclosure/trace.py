"""What a look at the material left: traces of one kind in one file, without what was found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from helpers.review.findings import Finding, Severity

NAME = "disclosure"
#: How many places a finding names; the others are counted.
NAMED = 5
SUPPRESS = "group levels, suppress the count and one other of its row, or drop the exhibit"


@dataclass(frozen=True)
class Trace:
    """One thing that tells of single patients.

    Attributes:
        kind: What it is: "small cell", "date" …
        file: The file.
        place: Where in the file.
        severity: ``warning`` where only a person can tell.
    """

    kind: str
    file: str
    place: str
    severity: Severity = "error"


#: Kind of trace to why it matters and how to mend it.
REASONS: dict[str, tuple[str, str]] = {
    "small cell": ("few patients may be known by what is said of them", SUPPRESS),
    "small cell by subtraction": (
        "the cell follows from a total and the others that are shown",
        SUPPRESS,
    ),
    "steps of single patients": (
        "each step is the time of fewer patients than the threshold",
        "publish the curve at the times of the risk table only, or the picture without its data",
    ),
    "extreme": (
        "a minimum or a maximum is the value of a single patient",
        "give quartiles in place of the range",
    ),
    "date": ("a day tells who a patient is", "drop the day; give a time since time zero"),
    "date of a patient": (
        "the day stands in the registry",
        "drop the day; give a time since time zero",
    ),
    "identifier": ("the value stands in a column that identifies patients", "drop the value"),
    "record number": ("a record number identifies a patient", "drop the number"),
    "e-mail address": ("it identifies a person", "drop it, or write it in the document's source"),
    "telephone number": ("it identifies a person", "drop it, or write it in the document's source"),
    "name": ("it tells who a patient is", "drop the name or the initials"),
    "free text": ("the words stand in a free text column of the registry", "drop the text"),
    "row-level output": (
        "it has one row a patient",
        "show counts or estimates; keep patients' rows out of cells, tables and figure data",
    ),
    "identifying column": (
        "a column is named as one that tells who a patient is",
        "show counts or estimates; keep patients' rows out of cells, tables and figure data",
    ),
    "file that cannot be read": (
        "nobody can tell what it holds",
        "render it again, or take it out of the record",
    ),
    "unknown identifier column": (
        "no registry table has a column that study.yml calls an identifier",
        "spell it as the table's header does, or take it out of `disclosure.identifiers`",
    ),
}


def findings(traces: Iterable[Trace]) -> tuple[Finding, ...]:
    """Return one finding for each kind of trace in each file, which never quotes a value."""
    groups: dict[tuple[str, str, Severity], list[str]] = {}
    for trace in traces:
        places = groups.setdefault((trace.kind, trace.file, trace.severity), [])
        if trace.place not in places:
            places.append(trace.place)
    return tuple(
        Finding(
            NAME,
            severity,
            f"{file}: {_places(places)}",
            kind if len(places) == 1 else f"{kind}, in {len(places)} places",
            *REASONS[kind],
        )
        for (kind, file, severity), places in groups.items()
    )


def _places(places: list[str]) -> str:
    named = "; ".join(places[:NAMED])
    return named if len(places) <= NAMED else f"{named}; and {len(places) - NAMED} more"
