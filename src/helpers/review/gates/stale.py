"""Gate ``stale``: a record or a document that is older, by content, than what it is made from."""

from __future__ import annotations

import json

from helpers.pipeline import StageStatus, status
from helpers.pipeline.layout import FORMATS
from helpers.review.findings import Finding, GateReport
from helpers.review.gates.context import Context
from helpers.review.gates.gate import Gate

NAME = "stale"
NEVER_RUN = "it has not run here yet"
SUFFIXES = {"jats": "xml"}
WHY = "what is about to be printed would change if it were built now"


def check(context: Context) -> GateReport:
    """Report every stage whose inputs or outputs are not those of its last run.

    The build is asked for with the parameters that the ledger names and in the formats of the
    documents that are there.
    """
    ledger = json.loads((context.record / "ledger.json").read_text(encoding="utf-8"))
    stages = status(
        context.root,
        context.study_id,
        source=context.source,
        parameters=ledger.get("parameters") or None,
        formats=_formats(context),
    )
    return report(context.study_id, stages)


def report(study_id: str, stages: tuple[StageStatus, ...]) -> GateReport:
    """Return the report on the stages of a study."""
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


def _formats(context: Context) -> tuple[str, ...]:
    there = {path.suffix.lstrip(".") for path in context.record.iterdir() if path.is_file()}
    found = tuple(name for name in FORMATS if SUFFIXES.get(name, name) in there)
    return found or FORMATS


GATE = Gate(NAME, "a record or documents older than what they are made from", check)
