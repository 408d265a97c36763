"""A revision in words: lines for the terminal, and plain data for JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from helpers.review.revision.comparison import Revision
from helpers.review.revision.exhibits import ExhibitChange
from helpers.review.revision.numbers import NumberChange
from helpers.review.revision.texts import SentenceChange
from helpers.review.revision.wording import Piece

HOW_SENTENCE = {
    "numbers": "its numbers changed",
    "words": "it was edited",
    "new": "new",
    "gone": "gone",
}
HOW_EXHIBIT = {
    "data": "shows other data",
    "picture": "looks different; the data behind it are the same",
    "new": "new",
    "gone": "gone",
}


def as_document(revision: Revision) -> dict[str, Any]:
    """Return a revision as plain data."""
    return {
        "study": revision.study,
        "old": revision.old,
        "new": revision.new,
        "equal": revision.equal,
        "looked_at": revision.looked_at,
        "moved_below_the_printed_digits": revision.unseen,
        "inputs": [
            {**asdict(change), "reaches": sorted(change.reaches or ()) or None}
            for change in revision.inputs
        ],
        "numbers": [
            {**asdict(change), "causes": list(revision.causes(change.notebook))}
            for change in revision.numbers
        ],
        "sentences": [asdict(change) for change in revision.sentences],
        "exhibits": [
            {**asdict(change), "causes": list(revision.causes(change.notebook))}
            for change in revision.exhibits
        ],
    }


def as_json(revision: Revision) -> str:
    """Return a revision as JSON text."""
    return json.dumps(as_document(revision), ensure_ascii=False, indent=1)


def as_lines(revision: Revision) -> Iterator[str]:
    """Yield a revision as lines of text; removed words stand in [-…-], new ones in {+…+}."""
    yield f"{revision.study}: {revision.old} → {revision.new}"
    yield from _inputs(revision)
    if revision.equal:
        yield f"nothing that is printed differs: {_counts(revision)}"
        return
    yield ""
    yield f"Numbers: {share(revision, 'numbers')}"
    group = ""
    for change in revision.numbers:
        if change.group != group:
            group = change.group
            yield f"  {group}"
        yield from _number(change, revision)
    yield ""
    yield f"Sentences: {share(revision, 'sentences')}"
    for sentence in revision.sentences:
        yield from _sentence(sentence)
    for kind in ("figure", "table"):
        yield ""
        yield f"{kind.capitalize()}s: {share(revision, f'{kind}s')}"
        for exhibit in revision.exhibits:
            if exhibit.kind == kind:
                yield from _exhibit(exhibit, revision)


def share(revision: Revision, what: str) -> str:
    """Return how many of what there is differ: "12 of 453 differ"."""
    found = {
        "numbers": len(revision.numbers),
        "sentences": len(revision.sentences),
        "figures": sum(change.kind == "figure" for change in revision.exhibits),
        "tables": sum(change.kind == "table" for change in revision.exhibits),
    }
    unseen = revision.unseen if what == "numbers" else 0
    more = f"; {unseen} more moved by less than is printed" if unseen else ""
    return f"{found[what]} of {revision.looked_at[what]} differ{more}"


def cause_marks(revision: Revision, notebook: str) -> str:
    """Return which of the inputs can be the cause, as "[1, 3]"; empty where all of them can."""
    causes = revision.causes(notebook)
    if not causes or len(causes) == len(revision.inputs):
        return ""
    return f" [{', '.join(str(position + 1) for position in causes)}]"


def number_words(change: NumberChange) -> str:
    """Return a changed number in words: "ORR in treated patients: 55.3% → 57.9%"."""
    if change.how == "new":
        return f"{change.name}: {change.new} (new)"
    if change.how == "gone":
        return f"{change.name}: {change.old} (gone)"
    moved = f"{change.old} → {change.new}" if change.old != change.new else change.new
    about = f"; {'; '.join(change.about)}" if change.about else ""
    return f"{change.name}: {moved}{about}"


def exhibit_words(change: ExhibitChange) -> str:
    """Return a changed exhibit in words."""
    caption = f" ({change.caption})" if change.caption else ""
    words = f": {change.words}" if change.words else ""
    return f"{change.label}{caption} {HOW_EXHIBIT[change.how]}{words}"


def _counts(revision: Revision) -> str:
    return ", ".join(f"{count} {what}" for what, count in revision.looked_at.items())


def _inputs(revision: Revision) -> Iterator[str]:
    if not revision.inputs:
        yield "no input of the numbers differs, as far as both sides recorded theirs"
        return
    yield "because of" if not revision.equal else "inputs that differ"
    for number, change in enumerate(revision.inputs, start=1):
        yield f"  [{number}] {change}"


def _number(change: NumberChange, revision: Revision) -> Iterator[str]:
    yield f"    {number_words(change)}{cause_marks(revision, change.notebook)}"
    for decision in change.decisions:
        yield f"      !! {decision.words}"


def _sentence(change: SentenceChange) -> Iterator[str]:
    under = f", {change.section}" if change.section else ""
    yield f"  {change.document}{under} ({change.place}): {HOW_SENTENCE[change.how]}"
    yield f"    {marked(change.pieces)}"
    for decision in change.decisions:
        yield f"      !! {decision.words}"


def _exhibit(change: ExhibitChange, revision: Revision) -> Iterator[str]:
    yield f"  {exhibit_words(change)}{cause_marks(revision, change.notebook)}"
    if change.alt:
        yield f"    {marked(change.alt)}"


def marked(pieces: tuple[Piece, ...]) -> str:
    """Return words with [-removed-] and {+new+} ones marked."""
    marks = {"same": "{}", "old": "[-{}-]", "new": "{{+{}+}}"}
    return "".join(marks[piece.side].format(piece.text) for piece in pieces)
