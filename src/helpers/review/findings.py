"""What a gate reports: findings with place and remedy, out of how many things looked at."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal
from xml.etree import ElementTree

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or that a person has to look at.

    Attributes:
        gate: Name of the gate that found it.
        severity: "error" where the document must not be printed so, "warning" where a person
            has to judge.
        where: File and line, notebook and cell, or ledger key.
        what: What is wrong, without any patient's value.
        why: Why it matters.
        remedy: How to mend it.
    """

    gate: str
    severity: Severity
    where: str
    what: str
    why: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} ({self.why})"


@dataclass(frozen=True)
class GateReport:
    """What one gate found, and how much it looked at: a gate that saw nothing says so.

    Attributes:
        gate: Name of the gate.
        looked_at: How many things it looked at.
        unit: What these things are, in the plural: "numerals".
        findings: What it found, in the order of the documents or of the ledger.
        flagged: How many of the things have a finding; None where each finding is about one.
        notes: What was looked at in detail, and what was not looked at, in sentences.
    """

    gate: str
    looked_at: int
    unit: str
    findings: tuple[Finding, ...]
    flagged: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep the document from being printed."""
        return tuple(one for one in self.findings if one.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that a person has to judge."""
        return tuple(one for one in self.findings if one.severity == "warning")

    @property
    def line(self) -> str:
        """The result with its denominator: "0 of 412 numerals"."""
        flagged = len(self.findings) if self.flagged is None else self.flagged
        return f"{flagged} of {self.looked_at} {self.unit}"


def as_document(study: str, reports: Sequence[GateReport]) -> dict[str, Any]:
    """Return the reports as plain data for JSON."""
    return {
        "study": study,
        "errors": sum(len(report.errors) for report in reports),
        "warnings": sum(len(report.warnings) for report in reports),
        "gates": [
            {
                "gate": report.gate,
                "looked_at": report.looked_at,
                "unit": report.unit,
                "flagged": len(report.findings) if report.flagged is None else report.flagged,
                "findings": [asdict(finding) for finding in report.findings],
                "notes": list(report.notes),
            }
            for report in reports
        ],
    }


def as_json(study: str, reports: Sequence[GateReport]) -> str:
    """Return the reports as JSON text."""
    return json.dumps(as_document(study, reports), ensure_ascii=False, indent=1)


def as_junit(study: str, reports: Sequence[GateReport]) -> str:
    """Return the reports as JUnit XML: a test case a gate, which fails where it has an error.

    Warnings stand in ``system-out`` and fail nothing.
    """
    failed = sum(bool(report.errors) for report in reports)
    suite = ElementTree.Element(
        "testsuite", name=f"check {study}", tests=str(len(reports)), failures=str(failed)
    )
    for report in reports:
        case = ElementTree.SubElement(suite, "testcase", classname=study, name=report.gate)
        if report.errors:
            failure = ElementTree.SubElement(case, "failure", message=report.line)
            failure.text = _lines(report.errors)
        out = ElementTree.SubElement(case, "system-out")
        out.text = "\n".join(
            part for part in (report.line, *report.notes, _lines(report.warnings)) if part
        )
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _lines(findings: Sequence[Finding]) -> str:
    return "\n".join(f"{finding}\n  mend: {finding.remedy}" for finding in findings)
