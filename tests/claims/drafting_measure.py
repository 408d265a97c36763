"""How much of an abstract the grammar reads: run as a program, it prints a table.

A drafted claim is right when a reader's list holds one with the same kind and all the same
figures; "with subject" asks also that event or outcome are the same. Statements are left out.
Files of ``abstracts/`` hold a text, "=====", and what a reader finds, one claim a line: kind |
part of the name of its event or outcome | figures. None is a real study. The grammar was written
with the ``known_`` ones at hand. The ``later_`` ones were written when it was done, measured, and
only then was it mended for them; docs/claims.md gives the figures of that first reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from helpers.claims.drafting import draft_claims

FOLDER = Path(__file__).parent / "abstracts"
ABSTRACTS = {
    path.stem: tuple(path.read_text(encoding="utf-8").split("\n\n=====\n"))
    for path in sorted(FOLDER.glob("*.txt"))
}
FIGURES = ("value", "count", "of", "low", "high", "minimum", "maximum", "q1", "q3", "sd", "p")


@dataclass(frozen=True)
class Found:
    """Claims of one abstract: as a reader lists them, as drafted, and those that agree."""

    expected: int
    drafted: int
    right: int
    with_subject: int
    missed: tuple[str, ...]
    wrong: tuple[str, ...]


def measure(name: str) -> Found:
    text, listed = ABSTRACTS[name]
    expected = [tuple(part.strip() for part in line.split("|")) for line in listed.splitlines()]
    claims = draft_claims(text).claims.claims
    drafted = [as_line(claim) for claim in claims if claim.kind != "statement"]
    open_, wrong, right, with_subject = list(expected), [], 0, 0
    for kind, subject, figures in drafted:
        same = [e for e in open_ if (e[0], e[2]) == (kind, figures)]
        exact = next((e for e in same if e[1] in subject), None)
        if not same:
            wrong.append(f"{kind} | {subject} | {figures}")
            continue
        open_.remove(exact or same[0])
        right += 1
        with_subject += exact is not None
    missed = tuple(" | ".join(line) for line in open_)
    return Found(len(expected), len(drafted), right, with_subject, missed, tuple(wrong))


def as_line(claim) -> tuple[str, str, str]:
    subject = " ".join([claim.outcome or "", *claim.event, claim.id])
    shown = [f"{key}={getattr(claim, key)}" for key in FIGURES if getattr(claim, key) is not None]
    return claim.kind, subject, " ".join(shown)


def totals(start: str) -> tuple[int, int, int, int]:
    """Sums over the abstracts whose name begins so: expected, drafted, right, with subject."""
    all_of = [measure(name) for name in ABSTRACTS if name.startswith(start)]
    assert all_of, start
    return (
        sum(one.expected for one in all_of),
        sum(one.drafted for one in all_of),
        sum(one.right for one in all_of),
        sum(one.with_subject for one in all_of),
    )


def main() -> None:
    print("| abstracts | claims | drafted | right | with subject |\n|---|---|---|---|---|")
    for name in ABSTRACTS:
        one = measure(name)
        print(f"| {name} | {one.expected} | {one.drafted} | {one.right} | {one.with_subject} |")
    for start in ("known_", "later_"):
        expected, drafted, right, subject = totals(start)
        print(f"| all {start} | {expected} | {drafted} | {right} | {subject} |")
        print(
            f"{start}: recall {right / expected:.0%}, precision {right / drafted:.0%}; "
            f"with subject {subject / expected:.0%} and {subject / drafted:.0%}"
        )


if __name__ == "__main__":
    main()
