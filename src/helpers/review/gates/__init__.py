"""Gates: each looks at one kind of thing in what is about to be printed (docs/checks.md)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from helpers.errors import unknown_name
from helpers.review.findings import GateReport
from helpers.review.gates import (
    checklist,
    coherence,
    disclosure,
    keys,
    limits,
    prose,
    stale,
    unreported,
    wording,
)
from helpers.review.gates.context import Context, open_context
from helpers.review.gates.gate import Gate

#: Every gate, in the order of the report.
GATES: tuple[Gate, ...] = (
    keys.GATE,
    prose.GATE,
    stale.GATE,
    coherence.GATE,
    disclosure.GATE,
    unreported.GATE,
    limits.GATE,
    wording.GATE,
    checklist.GATE,
)

__all__ = ["GATES", "Context", "Gate", "check_study", "find_gates", "open_context"]


def find_gates(names: Sequence[str]) -> tuple[Gate, ...]:
    """Return the gates of these names, or all where none is named.

    Raises:
        ManuscriptError: There is no gate of that name.
    """
    known = {gate.name: gate for gate in GATES}
    for name in names:
        if name not in known:
            raise unknown_name("gate", name, known, where="--gate")
    return tuple(gate for gate in GATES if not names or gate.name in names)


def check_study(
    root: Path, study_id: str, *, gates: Sequence[str] = (), source: Path | None = None
) -> tuple[GateReport, ...]:
    """Run gates on a study's record and documents.

    Args:
        root: The project folder.
        study_id: The study.
        gates: Names of the gates to run; all where empty.
        source: Folder of the raw tables, where not below ``data/``.

    Raises:
        ManuscriptError: There is no such gate or study, no record, or a source cannot be read.
    """
    chosen = find_gates(gates)
    context = open_context(root, study_id, source)
    return tuple(gate.check(context) for gate in chosen)
