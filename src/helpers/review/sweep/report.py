"""A sweep in words: lines for the terminal, a page, and plain data for JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

from helpers.pipeline.contents import replace_text
from helpers.review.revision.page import decision_html, marked_html, page
from helpers.review.revision.report import marked
from helpers.review.sweep.claims import Claim, Variant
from helpers.review.sweep.grid import Point, spoken
from helpers.review.sweep.sweeping import Sweep

MARKS = {"same": "·", "number": "n", "decision": "!!", "absent": "?"}
FAILED = "x"
LEGEND = (
    "· reads the same, n a number changes, !! a decision changes, "
    "? a number is absent, x the point failed"
)
STYLE = (
    "table{border-collapse:collapse;margin:1rem 0}td,th{border:1px solid #bbb;padding:.2rem .5rem;"
    "text-align:center}td.number{background:#fff3c4}td.decision{background:#f8c9c5;font-weight:700}"
    "td.absent,td.failed{background:#ddd}.wide{overflow-x:auto}li.decision{border-left:.3rem solid "
    "#b3261e;padding-left:.5rem}"
)


def write_reports(found: Sweep, folder: Path) -> tuple[Path, ...]:
    """Write ``sweep.html`` and ``sweep.json``; the same sweep gives the same bytes."""
    texts = {"sweep.html": as_page(found), "sweep.json": as_json(found) + "\n"}
    for name, text in texts.items():
        replace_text(folder / name, text)
    return tuple(folder / name for name in texts)


def as_document(found: Sweep) -> dict[str, Any]:
    """Return a sweep as plain data."""
    return {
        "study": found.grid.study,
        "varied": {choice.name: list(choice.values) for choice in found.grid.choices},
        "own_settings": dict(found.grid.base.chosen),
        "points": [
            {"chosen": dict(point.chosen), "problem": outcome.problem or None}
            for point, outcome in zip(found.grid.points, found.outcomes, strict=True)
        ],
        "sentences": {"looked_at": found.looked_at, "would_change": len(found.claims)},
        "claims": [asdict(claim) for claim in found.claims],
    }


def as_json(found: Sweep) -> str:
    """Return a sweep as JSON text."""
    return json.dumps(as_document(found), ensure_ascii=False, indent=1)


def as_lines(found: Sweep) -> Iterator[str]:
    """Yield a sweep as lines: the table claim × choice, then each claim with its variants."""
    points = found.grid.points
    yield _summary(found)
    for number, point in enumerate(points, start=1):
        failed = number - 1 in found.failed
        yield f"  {number:>3}  {point.words}{'  FAILED' if failed else own_mark(found, point)}"
    for position in found.failed:
        yield f"point {position + 1} failed: {found.outcomes[position].problem}"
    if not found.claims:
        return
    yield ""
    yield f"{'':<10}{''.join(f'{n:>4}' for n in range(1, len(points) + 1))}"
    for number, claim in enumerate(found.claims, start=1):
        marks = "".join(f"{mark(claim.at(n), MARKS, FAILED):>4}" for n in range(len(points)))
        yield f"{f'claim {number}':<10}{marks}"
    yield f"  {LEGEND}"
    for number, claim in enumerate(found.claims, start=1):
        yield ""
        by = " and ".join(claim.depends_on)
        yield f"claim {number} ({claim.section}; {claim.place}), by {by}"
        yield f"  as it stands: {claim.text}"
        for variant in claim.variants:
            yield from _variant(variant, claim, found)


def own_mark(found: Sweep, point: Point) -> str:
    """Return the mark of the point that the study itself stands at."""
    return "  (as it stands)" if point.key == found.grid.base.key else ""


def mark(variant: Variant | None, marks: dict[str, str], failed: str) -> str:
    """Return the mark of a claim at a point."""
    return failed if variant is None else marks[variant.grade]


def choices_of(claim: Claim, variant: Variant, points: Sequence[Point]) -> str:
    """Return at which values of the parameters that decide it a claim reads so."""
    found = [
        ", ".join(f"{name} = {spoken(points[n].chosen[name])}" for name in claim.depends_on)
        for n in variant.points
    ]
    return " or ".join(dict.fromkeys(found)) or "every point"


def _summary(found: Sweep) -> str:
    count, failed = len(found.grid.points), len(found.failed)
    points = "1 point" if count == 1 else f"{count} points"
    return (
        f"{found.grid.study}: {len(found.claims)} of {found.looked_at} sentences of the abstract "
        f"that hold a number would read differently over {points}"
        f"{f', {failed} of which failed' if failed else ''}"
    )


def _variant(variant: Variant, claim: Claim, found: Sweep) -> Iterator[str]:
    where = choices_of(claim, variant, found.grid.points)
    if variant.grade == "same":
        yield f"  {MARKS['same']:<3}{where}: the same"
        return
    yield f"  {MARKS[variant.grade]:<3}{where}: {marked(variant.pieces)}"
    yield from (f"       !! {decision.words}" for decision in variant.decisions)
    yield from (f"       {remark}" for remark in variant.remarks)


def as_page(found: Sweep) -> str:
    """Return a sweep as one HTML page that needs nothing beside it."""
    body = [f"<h1>{escape(found.grid.study)}: what the abstract would say otherwise</h1>"]
    body.append(f"<p>{escape(_summary(found))}.</p><ol>")
    for position, point in enumerate(found.grid.points):
        problem = found.outcomes[position].problem
        words = f" – failed: {problem}" if problem else own_mark(found, point)
        body.append(f"<li>{escape(point.words)}{escape(words)}</li>")
    body.append("</ol>")
    body += _matrix(found) if found.claims else ["<p>No sentence would change.</p>"]
    for number, claim in enumerate(found.claims, start=1):
        body += _claim_html(number, claim, found)
    return page(f"Sweep of {found.grid.study}", body, STYLE)


def _matrix(found: Sweep) -> Iterator[str]:
    count = len(found.grid.points)
    yield '<div class="wide"><table><caption>Claim by point</caption><thead><tr><th>Claim</th>'
    yield from (f'<th scope="col">{n}</th>' for n in range(1, count + 1))
    yield "</tr></thead><tbody>"
    for number, claim in enumerate(found.claims, start=1):
        row = [f'<tr><th scope="row"><a href="#claim-{number}">{number}</a></th>']
        for position in range(count):
            variant = claim.at(position)
            grade = variant.grade if variant else "failed"
            row.append(f'<td class="{grade}">{escape(mark(variant, MARKS, FAILED))}</td>')
        yield "".join([*row, "</tr>"])
    yield f"</tbody></table></div><p>{escape(LEGEND)}.</p>"


def _claim_html(number: int, claim: Claim, found: Sweep) -> Iterator[str]:
    by = escape(" and ".join(claim.depends_on))
    yield f'<h2 id="claim-{number}">Claim {number}</h2><p>{escape(claim.text)}</p>'
    yield f'<p class="place">{escape(claim.section)}; {escape(claim.place)}; by {by}</p><ul>'
    for variant in claim.variants:
        where = escape(choices_of(claim, variant, found.grid.points))
        words = "the same" if variant.grade == "same" else marked_html(variant.pieces)
        remarks = "".join(f"<br>{escape(remark)}" for remark in variant.remarks)
        yield (
            f'<li class="{variant.grade}"><strong>{where}</strong>: {words}'
            f"{decision_html(variant.decisions)}{remarks}</li>"
        )
    yield "</ul>"
