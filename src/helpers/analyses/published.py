"""Published against regenerated: every figure of an abstract beside the pipeline's own.

A figure that differs comes with its explanation: the audit's, where the abstract itself cannot be
true, else the claim's own ``note``. What is impossible is the audit's to say, here as in its table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from helpers.audit import Judged, audit
from helpers.audit.verdict import listed
from helpers.claims import NOT_REACHED, Claim, Claims, load_claims
from helpers.errors import unknown_name
from helpers.exhibits.table import Cell, Column, Table
from helpers.exhibits.table import Row as TableRow
from helpers.imwg import CATEGORIES
from helpers.ledger import Row, RowMaker
from helpers.ledger.formatting import lowered
from helpers.reconstruction.display import same_display, truncates_to

if TYPE_CHECKING:
    from helpers.study.definition import Study

Verdict = Literal[
    "reproduced", "rounding only", "test-dependent", "impossible", "differs", "not regenerated"
]
VERDICTS: tuple[Verdict, ...] = (
    "reproduced", "rounding only", "test-dependent", "impossible", "differs", "not regenerated",
)  # fmt: skip
YES_NO = {"no", "yes"}
MEANINGS: Mapping[Verdict, str] = {
    "reproduced": "equal to the last printed digit, or the inequality or direction holds",
    "rounding only": "equal when the figure is truncated",
    "test-dependent": "the inequality holds under one of the usual tests and fails under another",
    "impossible": "no cohort of the stated size gives this figure together with the others",
    "differs": "possible as printed, but the data give another value",
    "not regenerated": "the claim has no counterpart among the results",
}
TESTS = {"fisher": "Fisher", "chi_square": "chi-square", "chi_square_yates": "Yates"}


@dataclass(frozen=True)
class Compared:
    """One claim beside the pipeline's value.

    Attributes:
        claim: The claim.
        label: What it is about, in a few words.
        published: The figure as printed.
        regenerated: The pipeline's figure as printed, or why there is none.
        key: Ledger key of the pipeline's figure.
        verdict: How the two agree.
        explanation: Why they differ; "" where they do not.
    """

    claim: Claim
    label: str
    published: str
    regenerated: str
    key: str | None
    verdict: Verdict
    explanation: str


def claims_of(folder: Path, study: Study) -> Claims | None:
    """Return the transcript of a study's published abstract; None where there is none.

    Args:
        folder: The study's data folder.
        study: The study.

    Raises:
        ManuscriptError: claims.yml breaks its schema.
    """
    path = folder / "claims.yml"
    return load_claims(path, where=f"data/{study.id}/claims.yml") if path.is_file() else None


def compare(folder: Path, study: Study, ledger: Mapping[str, Row]) -> tuple[Compared, ...] | None:
    """Compare every figure of ``claims.yml`` with its ledger row; None where there is none.

    Args:
        folder: The study's data folder.
        study: The study.
        ledger: Rows by key.

    Raises:
        ManuscriptError: claims.yml breaks its schema, or names a ledger key that does not exist.
    """
    claims = claims_of(folder, study)
    if claims is None:
        return None
    judged = {one.claim: one for one in audit(claims).claims}
    figures = (claim for claim in claims.claims if claim.kind != "statement")
    return tuple(_compare(claims, study, claim, ledger, judged[claim.id]) for claim in figures)


def _compare(
    claims: Claims, study: Study, claim: Claim, ledger: Mapping[str, Row], judged: Judged
) -> Compared:
    published = _published(claim)
    label = _label(claims, study, claim)
    if claim.ledger is None:
        why = claim.note or "None of the study's results stands for this figure."
        return Compared(claim, label, published, "no row of its own", None, "not regenerated", why)
    row = ledger.get(claim.ledger.key)
    if row is None:
        raise unknown_name(
            "ledger key", claim.ledger.key, ledger, where=f"claims.yml, claim {claim.id}"
        )
    verdict = "impossible" if judged.verdict == "impossible" else _verdict(claim, row, ledger)
    why = _explanation(claim, row, ledger, verdict, judged)
    shown = _regenerated(claim, row, ledger)
    return Compared(claim, label, published, shown, row.key, verdict, why)


def _explanation(
    claim: Claim, row: Row, ledger: Mapping[str, Row], verdict: Verdict, judged: Judged
) -> str:
    """Return why two figures differ: by the audit, by the test, or by the claim's note."""
    if verdict == "reproduced":
        return ""
    if verdict == "impossible" or (verdict == "differs" and judged.verdict == "test-dependent"):
        return f"{judged.evidence} {_ended(judged.arithmetic)}".strip()
    if verdict == "rounding only":
        value = _value(claim, row) or 0.0
        return f"{value:.{claim.digits + 2}f} was cut off to {claim.value} instead of rounded."
    if verdict == "test-dependent":
        held = {n: _holds(claim.p or "", t.value) for n, t in _usual_tests(row, ledger).items()}
        under, not_under = (
            listed([n for n, h in held.items() if h is is_so]) for is_so in (True, False)
        )
        return f"Holds under {under}, fails under {not_under}."
    return claim.note or (
        "Possible as printed, but the data give another value; the claim has no `note` that says "
        "why."
    )


def _ended(words: str) -> str:
    return f"{words}." if words else ""


def _verdict(claim: Claim, row: Row, ledger: Mapping[str, Row]) -> Verdict:
    if claim.p is not None:
        held = [_holds(claim.p, test.value) for test in _usual_tests(row, ledger).values()]
        if all(held):
            return "reproduced"
        return "test-dependent" if any(held) else "differs"
    if claim.kind == "hazard_direction":
        higher = row.value is not None and row.value > 1
        return "reproduced" if higher == (claim.direction == "higher") else "differs"
    if claim.value == NOT_REACHED:
        return "reproduced" if row.value is None and row.display == NOT_REACHED else "differs"
    value = _value(claim, row)
    if value is None or claim.value is None:
        return "differs"
    if same_display(value, claim.value, claim.digits):
        return "reproduced"
    return "rounding only" if truncates_to(value, claim.value) else "differs"


def _usual_tests(row: Row, ledger: Mapping[str, Row]) -> dict[str, Row]:
    stem, _, last = row.key.rpartition(".")
    if last not in TESTS:
        return {row.method or "": row}
    return {name: ledger[f"{stem}.{test}"] for test, name in TESTS.items()}


def _holds(inequality: str, p: float | None) -> bool:
    if p is None:
        return False
    bound = float(inequality[1:])
    return {"<": p < bound, ">": p > bound, "=": abs(p - bound) < 0.5e-3}[inequality[0]]


def _value(claim: Claim, row: Row) -> float | None:
    field = claim.ledger.field if claim.ledger else "value"
    of = {"n": row.n, "of": row.denominator, "low": row.low, "high": row.high}
    return of.get(field, row.value)


def _published(claim: Claim) -> str:
    if claim.p is not None:
        return f"p {claim.p}" + (" (implied)" if claim.implied else "")
    if claim.kind == "hazard_direction":
        return f"hazard {claim.direction}"
    if claim.value == NOT_REACHED or claim.value is None:
        return claim.value or "–"
    return claim.value + ("%" if claim.unit == "%" else f" {claim.unit}" if claim.unit else "")


def _regenerated(claim: Claim, row: Row, ledger: Mapping[str, Row]) -> str:
    if claim.p is not None:
        tests = _usual_tests(row, ledger)
        if len(tests) == 1:
            return row.text
        return ", ".join(f"{name} {test.display}" for name, test in tests.items())
    if claim.kind == "hazard_direction":
        return f"HR {row.text}"
    if claim.ledger is not None and claim.ledger.field in {"n", "of"}:
        return str(row.n if claim.ledger.field == "n" else row.denominator)
    if row.statistic == "percent":
        return f"{row.display} ({row.n}/{row.denominator})"
    return row.value_words


def _label(claims: Claims, study: Study, claim: Claim) -> str:
    parts = [_event(claims, study, *item) for item in claim.event.items()]
    if claim.outcome in study.endpoints:
        parts.append(study.endpoints[claim.outcome].short)
    elif claim.outcome in study.variables or claim.outcome in study.derived:
        parts.append(study.label(claim.outcome))
    parts += [_level(claims, study, *item) for item in claim.group.items()]
    parts += _sides(claims, study, claim.groups)
    parts = [*parts[:1], *map(lowered, parts[1:])]
    kinds = {"range": claim.bound, "median": "median", "survival_median": "median"}
    parts.append(kinds.get(claim.kind) or "")
    if claim.time is not None:
        parts.append(f"at {claim.time:g} months")
    return ", ".join(filter(None, parts)) or claims.populations[claim.population].label


def _event(claims: Claims, study: Study, attribute: str, levels: list[str]) -> str:
    declared = claims.attributes[attribute]
    if declared.event_class is not None and study.adverse_events is not None:
        grade = min(declared.levels[level].at_least or 0 for level in levels)
        label = study.adverse_events.classes[declared.event_class].label
        return f"{label}, {'any grade' if grade <= 1 else f'grade ≥{grade:g}'}"
    if study.response is not None and declared.variable == study.response.best:
        codes = [code for level in levels for code in declared.levels[level].is_in or []]
        worst = max(codes, key=CATEGORIES.index)
        return {"PR": "ORR", "CR": "CR or better"}.get(worst, f"{worst} or better")
    return " or ".join(_level(claims, study, attribute, level) for level in levels)


def _sides(claims: Claims, study: Study, groups: Sequence[Mapping[str, str]]) -> list[str]:
    """Return the groups of a comparison; a variable of several levels is named once."""
    if not groups:
        return []
    attributes = {attribute for group in groups for attribute in group}
    if len(attributes) == 1:
        attribute = attributes.pop()
        keys = [group[attribute] for group in groups]
        found = _variable(claims, study, attribute, keys[0])
        if found is not None and set(found[1]) != YES_NO and set(keys) <= set(found[1]):
            return [f"{found[0]}: {' versus '.join(found[1][key] for key in keys)}"]
    first, *later = (
        ", ".join(_level(claims, study, *item) for item in group.items()) for group in groups
    )
    return [" versus ".join([first, *map(lowered, later)])]


def _level(claims: Claims, study: Study, attribute: str, level: str) -> str:
    """Return a level with its variable, without which "≥2" or "Yes" would say nothing."""
    found = _variable(claims, study, attribute, level)
    if found is None:
        return level.replace("_", " ")
    label, levels = found
    if set(levels) == YES_NO:
        return label if level == "yes" else f"No {lowered(label)}"
    return f"{label}: {levels[level]}"


def _variable(
    claims: Claims, study: Study, attribute: str, level: str
) -> tuple[str, Mapping[str, str]] | None:
    """Return label and levels of the study's variable that has the level; None without one."""
    for name in (attribute, claims.attributes[attribute].variable or ""):
        if name in study.variables or name in study.derived:
            levels = study.levels(name)
            if level in levels:
                return study.label(name), levels
    return None


def rows(compared: Sequence[Compared] | None, make: RowMaker) -> Iterator[Row]:
    """Yield the number of claims by verdict, out of all claims with a figure."""
    if compared is None:
        return
    counts = Counter(one.verdict for one in compared)
    yield make.count("published.claims", len(compared))
    for verdict in VERDICTS:
        word = verdict.replace(" ", "_").replace("-", "_")
        yield make.count(f"published.{word}", counts[verdict], len(compared))


def table(compared: Sequence[Compared] | None) -> Table | None:
    """Return the table of published and regenerated figures; None where nothing was published."""
    if compared is None:
        return None
    explained = any(one.explanation for one in compared)
    headings = ("Claim", "Published", "Regenerated", "Verdict", *(["Explanation"] * explained))
    body = tuple(
        TableRow(
            (
                Cell(one.label),
                Cell(one.published),
                Cell(one.regenerated, key=one.key),
                Cell(one.verdict, bold=one.verdict in {"impossible", "differs"}),
                *([Cell(one.explanation)] * explained),
            )
        )
        for one in compared
    )
    counts = Counter(one.verdict for one in compared)
    met = [verdict for verdict in VERDICTS if counts[verdict]]
    notes = (
        f"Of {len(compared)} figures: {', '.join(f'{counts[v]} {v}' for v in met)}.",
        " ".join(f"{verdict.capitalize()}: {MEANINGS[verdict]}." for verdict in met),
    )
    return Table(columns=tuple(map(Column, headings)), rows=body, notes=notes)
