"""The report of an audit: one printable page, as HTML, PDF or DOCX, without any patient data."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

from helpers.audit.audit import Audit
from helpers.audit.verdict import EXPLAINED, VERDICTS, alike, listed, quoted
from helpers.audit.word import write_docx
from helpers.errors import unknown_name

FORMATS = ("html", "pdf", "docx")
TITLE = "Can this abstract be true?"
FOOTER = (
    "Audit of the printed figures alone, each claim by itself and all together by an exact integer "
    "program. Possible does not mean true."
)
MOST_SETS = 4
#: Size of the letters in points, and the rows shown, tried in turn until a PDF has one page.
FITS = ((8.8, 60), (7.8, 60), (7.0, 60), (7.0, 40), (7.0, 28), (7.0, 18), (7.0, 10))
LONGEST_LIST = 1800
#: Letters of the DOCX are smaller than those of the PDF, so that a word processor's wider ones fit.
SMALLER = 0.8
_PAGES = re.compile(rb"/Count (\d+)")
MOST_REMARKS = 6


def write_report(audit: Audit, folder: Path, formats: Sequence[str], stem: str) -> list[Path]:
    """Write the report in some formats; the same audit gives the same bytes.

    Args:
        audit: The audit.
        folder: Where the files go; made where it is not there.
        formats: Any of "html", "pdf", "docx".
        stem: Name of the files without their suffix.

    Raises:
        ManuscriptError: A format is not known.
    """
    for name in formats:
        if name not in FORMATS:
            raise unknown_name("format", name, FORMATS, where="--to")
    folder.mkdir(parents=True, exist_ok=True)
    content = report_content(audit)
    page = _fitted(content) if {"pdf", "docx"} & {*formats} else None
    made = []
    for name in formats:
        path = folder / f"{stem}.{name}"
        if name == "html" or page is None:
            path.write_text(as_html(content), encoding="utf-8")
        elif name == "pdf":
            path.write_bytes(page.pdf)
        else:
            write_docx(page.shown, path, page.size - SMALLER)
        made.append(path)
    return made


def report_content(audit: Audit) -> dict[str, Any]:
    """Return what the report says, the same for every format."""
    headline, _, rest = audit.summary.partition("; ")
    rows = [
        {
            "verdict": some[0].verdict,
            "claim": "; ".join(dict.fromkeys(quoted(one.text) for one in some)),
            "figure": "; ".join(
                f"{_named(o.claim)} {o.figure}" if o.figure != "–" else _named(o.claim)
                for o in some
            ),
            "evidence": some[0].evidence,
            "arithmetic": some[0].arithmetic,
        }
        for some in alike(audit.claims, EXPLAINED)
    ]
    others = [
        {
            "verdict": f"{verdict.capitalize()} ({audit.totals[verdict]})",
            "claims": "; ".join(
                f"{_named(o.claim)} {o.figure}" if o.figure != "–" else _named(o.claim)
                for o in audit.claims
                if o.verdict == verdict
            ),
        }
        for verdict in VERDICTS[len(EXPLAINED) :]
        if audit.totals[verdict]
    ]
    return {
        "title": TITLE,
        "citation": audit.citation,
        "possible": audit.possible,
        "headline": headline[:1].upper() + headline[1:] + ".",
        "rest": f"Of the rest: {rest}." if rest else "",
        "rows": rows,
        "together": _together(audit),
        "others": others,
        "remarks": _remarks(audit),
        "footer": FOOTER,
    }


def as_html(content: dict[str, Any]) -> str:
    """Return the report as one HTML file without any resource beside it."""
    style = (files("helpers.audit") / "templates" / "report.css").read_text(encoding="utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(content['title'])}</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n<main>\n{_body(content)}</main>\n"
        f"<footer>{escape(content['footer'])}</footer>\n</body>\n</html>\n"
    )


def _together(audit: Audit) -> list[str]:
    together, lines = audit.together, []
    if together.satisfiable:
        number = len(together.counted)
        return [f"A cohort exists that satisfies all {number} counting claims at once."]
    if together.smallest:
        sets = [listed([_named(c) for c in one]) for one in together.smallest]
        size, more = len(together.smallest[0]), len(sets) - MOST_SETS
        shown = "; or ".join(sets[:MOST_SETS]) + (f"; or {more} other sets" if more > 0 else "")
        least = "claim" if size == 1 else "claims"
        lines.append(f"At least {size} {least} must give way: {shown}.")
    for one in together.conflicts[:MOST_SETS]:
        lines.append(f"Cannot hold together: {listed([_named(c) for c in one])}.")
    for fit in audit.sizes:
        if fit.best != fit.printed:
            lines.append(
                f"With {fit.best} instead of {fit.printed} patients ({_named(fit.population)}), "
                f"{fit.give_way} instead of {fit.printed_give_way} would have to give way."
            )
    return lines


def _remarks(audit: Audit) -> list[str]:
    """Return the remarks that change no verdict, each once, with the claims it is made of."""
    about: dict[str, list[str]] = {}
    explained = {one.claim for one in audit.claims if one.verdict == "impossible"}
    for one in audit.claims:
        for remark in one.remarks:
            if one.claim not in explained:
                about.setdefault(remark.partition(": ")[2] or remark, []).append(_named(one.claim))
    lines = [f"{listed(names)}: {remark}" for remark, names in about.items()]
    more = len(lines) - MOST_REMARKS
    return lines[:MOST_REMARKS] + (
        [f"{more} more remarks stand in audit.json."] if more > 0 else []
    )


def _named(claim: str) -> str:
    return claim.removeprefix("populations.").removesuffix(".n").replace("_", " ")


def _body(content: dict[str, Any]) -> str:
    verdict = "consistent" if content["possible"] else "impossible"
    parts = [
        f"<h1>{escape(content['title'])}</h1>",
        f'<p class="citation">{escape(content["citation"])}</p>',
        f'<p class="summary"><strong class="{verdict}">{escape(content["headline"])}</strong>'
        + (f"<br>{escape(content['rest'])}" if content["rest"] else "")
        + "</p>",
    ]
    if content["rows"]:
        heads = "".join(f"<th>{word}</th>" for word in ("Verdict", "Claim", "Evidence"))
        parts.append(f"<h2>What was found</h2>\n<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>")
        parts += [_row(row) for row in content["rows"]]
        parts.append("</tbody>\n</table>")
    if content["together"]:
        parts += ["<h2>Together</h2>", *(f"<p>{escape(line)}</p>" for line in content["together"])]
    if content["others"]:
        parts.append("<h2>The other claims</h2>")
        parts += [
            f"<p><strong>{escape(o['verdict'])}</strong>: {escape(o['claims'])}</p>"
            for o in content["others"]
        ]
    if content["remarks"]:
        parts += ["<h2>To keep in mind</h2>"]
        parts += [f"<p>{escape(line)}</p>" for line in content["remarks"]]
    return "\n".join(parts) + "\n"


def _row(row: dict[str, str]) -> str:
    more = (
        f'<br><span class="quiet">{escape(row["arithmetic"])}</span>' if row["arithmetic"] else ""
    )
    return (
        f'<tr><td class="{row["verdict"].replace(" ", "-")}">{escape(row["verdict"])}</td>'
        f'<td>{escape(row["claim"])}<br><span class="quiet">{escape(row["figure"])}</span></td>'
        f"<td>{escape(row['evidence'])}{more}</td></tr>"
    )


@dataclass(frozen=True)
class _Page:
    """The report as it fits on one page: the PDF, what it shows, and its letters in points."""

    pdf: bytes
    shown: dict[str, Any]
    size: float


def _fitted(content: dict[str, Any]) -> _Page:
    """Return the first of the sizes tried at which the PDF has one page; else the last."""
    template = (files("helpers.audit") / "templates" / "report.typ").read_bytes()
    for size, rows in FITS:
        shown = _shortened(content, rows)
        report = json.dumps(shown | {"size": f"{size}pt"}, ensure_ascii=False)
        made = bytes(
            typst.compile(
                template,
                ignore_system_fonts=True,
                format="pdf",
                sys_inputs={"report": report},
                timestamp=0,
            )
        )
        if all(int(n) == 1 for n in _PAGES.findall(made)):
            break
    return _Page(made, shown, size)


def _shortened(content: dict[str, Any], rows: int) -> dict[str, Any]:
    """Return the content with so many rows, and words for those that audit.json holds alone."""
    more = len(content["rows"]) - rows
    if more <= 0:
        return content
    words = f"{more} more findings stand in audit.json."
    others = [
        {**line, "claims": line["claims"][:LONGEST_LIST].rsplit(";", 1)[0] + "; …"}
        if len(line["claims"]) > LONGEST_LIST
        else line
        for line in content["others"]
    ]
    return {**content, "rows": content["rows"][:rows], "others": others,
            "together": [words, *content["together"]]}  # fmt: skip
