"""Gate ``stale``: a record or a document that is older, by content, than what it is made from."""

from __future__ import annotations

import json

from helpers.pipeline import StageStatus, status
from helpers.review.findings import Finding, GateReport
from helpers.review.gates.context import Context
from helpers.review.gates.gate import Gate

NAME = "stale"
NEVER_RUN = "it has not run here yet"
#: How documents were asked for: no input of theirs changed.
ASKED = ("the renderer ", "the formats ", "the line numbers ")
WHY = "what is about to be printed would change if it were built now"


def check(context: Context) -> GateReport:
    """Report every stage whose inputs or outputs are not those of its last run.

    The build is asked for with the parameters that the ledger names; that documents were asked
    for in other formats or of another engine makes nothing stale.
    """
    ledger = json.loads((context.record / "ledger.json").read_text(encoding="utf-8"))
    stages = status(
        context.root,
        context.study_id,
        source=context.source,
        parameters=ledger.get("parameters") or None,
    )
    return report(context.study_id, stages)


def report(study_id: str, stages: tuple[StageStatus, ...]) -> GateReport:
    """Return the report on the stages of a study."""
    stages = tuple(StageStatus(stage.name, _inputs(stage.reasons)) for stage in stages)
    unknown = [stage.name for stage in stages if NEVER_RUN in stage.reasons]
    build = f"run `manuscript build {study_id}`"
    findings = [
        Finding(NAME, "error", stage.name, "; ".join(stage.reasons), WHY, build)
        for stage in stages
        if stage.stale and stage.name not in unknown
    ]
    if unknown:
        words = "it was not built on this machine, so nobody can tell whether it is stale"
        findings.append(Finding(NAME, "warning", ", ".join(unknown), words, WHY, build))
    stale = sum(stage.stale for stage in stages)
    return GateReport(NAME, len(stages), "stages", tuple(findings), flagged=stale)


def _inputs(reasons: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(reason for reason in reasons if not reason.startswith(ASKED))


GATE = Gate(NAME, "a record or documents older than what they are made from", check)
