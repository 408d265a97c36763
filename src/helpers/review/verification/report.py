"""A verification as JSON, as one HTML page and as JUnit XML; the same result, the same bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from helpers.review.verification.quantity import KINDS, Quantity, Total
from helpers.review.verification.verification import Verification

VERSION = 1
#: Facts about another environment that are named; the JSON has them all.
MOST = 6
STEM = "verification"
COLUMNS = ("Quantity", "Published", "Recomputed", "Difference", "Allowed", "Verdict")
COUNTED = ("Kind", "Looked at", "Agree", "of these with a note", "Differ", "Not verified")
LONG_FLOAT = re.compile(r"^-?\d+\.\d{9,}(?:e[-+]?\d+)?$")
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_reports(found: Verification, folder: Path) -> tuple[Path, ...]:
    """Write ``verification.json``, ``.html`` and ``.junit.xml`` into a folder.

    Args:
        found: The verification.
        folder: Where the files go; made where it is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "html": as_html(found),
        "json": json.dumps(as_document(found), ensure_ascii=False, indent=1) + "\n",
        "junit.xml": as_junit(found),
    }
    paths = []
    for suffix, text in texts.items():
        path = folder / f"{STEM}.{suffix}"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return tuple(paths)


def as_document(found: Verification) -> dict[str, Any]:
    """Return the verification as plain data, in the shape of docs/verification.md."""
    here = found.environment
    return {
        "version": VERSION,
        "study": found.study,
        "title": found.title,
        "verified": found.holds,
        "mode": found.mode,
        "headline": found.headline,
        "scope": found.scope,
        "reason": found.reason or None,
        "record": found.record,
        "record_hash": found.record_hash,
        "data": {
            "recorded": found.data_hash,
            "here": found.data_here or None,
            "synthetic": found.synthetic,
        },
        "parameters": found.parameters,
        "environment": {
            "python": here.python,
            "machine": here.machine,
            "same": here.same,
            "looked_at": 2 + len(here.packages),
            "differences": [asdict(fact) for fact in here.differences],
        },
        "totals": [asdict(one) for one in found.totals],
        "not_verified_here": [asdict(one) for one in found.totals_outside],
        "quantities": [asdict(one) for one in found.quantities],
    }


def as_junit(found: Verification) -> str:
    """Return JUnit XML: a suite a kind, a case a quantity.

    A quantity that is not verified is a failure, or skipped where this way of verifying does
    not reach it; it never passes.
    """
    suites = ElementTree.Element("testsuites", name=f"verify {found.study}")
    for total in (*found.totals, *found.totals_outside):
        cases = [one for one in found.quantities if one.kind == total.kind]
        outside = total.kind in found.outside
        failed = sum(one.verdict in ("differs", "not verified") for one in cases)
        suite = ElementTree.SubElement(
            suites,
            "testsuite",
            name=total.kind,
            tests=str(len(cases)),
            failures=str(0 if outside else failed),
            errors="0",
            skipped=str(len(cases) if outside else 0),
        )
        for one in cases:
            _case(suite, found.study, one, outside=outside)
    if found.reason:
        broken = {"name": "rerun", "tests": "1", "failures": "1", "errors": "0", "skipped": "0"}
        suite = ElementTree.SubElement(suites, "testsuite", broken)
        case = ElementTree.SubElement(suite, "testcase", classname=found.study, name="rerun")
        ElementTree.SubElement(case, "failure", message=_clean(found.reason))
    ElementTree.indent(suites, " ")
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ElementTree.Element, study: str, one: Quantity, *, outside: bool) -> None:
    name = f"{one.where}: {one.what}" if one.what else one.where
    case = ElementTree.SubElement(
        suite, "testcase", classname=f"{study}.{one.kind}", name=_clean(name)
    )
    said = f"published {one.published}, recomputed {one.recomputed}; {one.difference} {one.note}"
    if outside:
        ElementTree.SubElement(case, "skipped", message="not verified here")
    elif one.verdict in ("differs", "not verified"):
        ElementTree.SubElement(
            case, "failure", message=_clean(said), type=one.verdict.replace(" ", "-")
        )
    elif one.verdict == "note":
        ElementTree.SubElement(case, "system-out").text = _clean(f"{one.note}: {one.difference}")


def _clean(text: str) -> str:
    return NOT_IN_XML.sub("�", text).strip()


def as_html(found: Verification) -> str:
    """Return the report as one HTML file without any resource beside it."""
    folder = files("helpers.review.verification") / "templates"
    style = (folder / "verification.css").read_text(encoding="utf-8")
    title = f"Verification of {found.study}"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(_body(found, title))
        + "\n</main>\n</body>\n</html>\n"
    )


def _body(found: Verification, title: str) -> Iterator[str]:
    verdict = "agrees" if found.holds else "differs"
    yield f"<h1>{escape(title)}</h1>"
    yield f'<p class="quiet">{escape(found.title)}</p>'
    yield (
        f'<p class="summary"><strong class="{verdict}">{escape(found.headline)}</strong>'
        f"<br>{escape(found.scope)}</p>"
    )
    yield "<h2>What was looked at</h2>"
    yield _counted(found.totals)
    if found.totals_outside:
        words = "; ".join(f"{_words(one)}, {one.of:,}" for one in found.totals_outside)
        yield f"<p><strong>Not verified here</strong>: {escape(words)}.</p>"
    yield "<h2>Where</h2>"
    yield (
        "<dl>"
        + "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts(found))
        + "</dl>"
    )
    yield "<h2>What does not simply agree</h2>"
    if found.remarkable:
        yield _table(found.remarkable)
    else:
        yield f"<p>0 of {found.all.of:,}.</p>"
    yield "<h2>Every quantity</h2>"
    for total in (*found.totals, *found.totals_outside):
        rows = [one for one in found.quantities if one.kind == total.kind]
        yield (
            f"<details><summary>{escape(_words(total).capitalize())}: {total.agree:,} of "
            f"{total.of:,} agree</summary>\n{_table(rows)}\n</details>"
        )


def facts(found: Verification) -> list[tuple[str, str]]:
    """Return where and with what was verified, as pairs of words, without user or host."""
    here = found.environment
    looked = 2 + len(here.packages)
    differ = [
        f"{fact.subject} {fact.present} (recorded: {fact.recorded})"
        for fact in here.differences[:MOST]
    ]
    number = len(here.differences)
    given = ", ".join(f"{name} = {value}" for name, value in found.parameters.items())
    data = f"{found.data_hash}{', synthetic' if found.synthetic else ''}"
    if found.mode == "data":
        data += f"; here {found.data_here}"
    return [
        ("Record", f"{found.record}, hash {found.record_hash}"),
        ("Data", f"hash {data}"),
        ("Parameters", given or "those of study.yml"),
        ("Python", here.python),
        ("Machine", here.machine),
        ("Environment", "; ".join([f"{number} of {looked} facts not as recorded", *differ])),
    ]


def _words(total: Total) -> str:
    return KINDS[total.kind]


def _counted(rows: Iterable[Total]) -> str:
    head = "".join(f'<th scope="col">{word}</th>' for word in COUNTED)
    body = "\n".join(
        f'<tr><th scope="row">{escape(_words(one))}</th>'
        + "".join(
            f'<td class="number">{number:,}</td>'
            for number in (one.of, one.agree, one.noted, one.differ, one.not_verified)
        )
        + "</tr>"
        for one in rows
    )
    return f'<table class="counted"><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>'


def _table(rows: Iterable[Quantity]) -> str:
    head = "".join(f'<th scope="col">{word}</th>' for word in COLUMNS)
    body = "\n".join(_row(one) for one in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"


def _row(one: Quantity) -> str:
    note = f'<br><span class="quiet">{escape(one.note)}</span>' if one.note else ""
    texts = (_shown(one.published), _shown(one.recomputed), one.difference, one.allowed)
    return (
        f'<tr class="{one.verdict.replace(" ", "-")}"><td><code>{escape(one.where)}</code> '
        f"{escape(one.what)}</td>"
        + "".join(f"<td>{escape(text)}</td>" for text in texts)
        + f'<td class="verdict">{one.verdict}{note}</td></tr>'
    )


def _shown(text: str) -> str:
    """Return a float with the digits that a reader can use; the JSON has them all."""
    return f"{float(text):.10g}" if LONG_FLOAT.match(text) else text
