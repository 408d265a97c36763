"""Which sentences of the abstract would read differently at the points of a grid."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from helpers.review.decisions import Decision, decisions
from helpers.review.revision.wording import Piece, word_changes
from helpers.review.sentences import Numbers, Reading, Template, read_sentence
from helpers.review.sweep.grid import Grid, Point, settings_of
from helpers.study.schema import Settings

Grade = Literal["same", "number", "decision", "absent"]
#: Lists of months whose entries are words of keys: ``landmark.2_months``, ``rate_6_months``.
MONTHS = ("landmark_months", "timepoint_months")


@dataclass(frozen=True)
class Variant:
    """One way in which a sentence reads.

    Attributes:
        text: The words.
        pieces: The same against the sentence as it stands, word by word.
        points: Positions of the points at which it reads so.
        grade: "same" as it stands; a "number" changed; a "decision" changed with it; a number
            is "absent", so that it cannot be printed.
        decisions: What a reader would decide otherwise.
        remarks: What else must be known, such as a number taken from another landmark.
    """

    text: str
    pieces: tuple[Piece, ...]
    points: tuple[int, ...]
    grade: Grade
    decisions: tuple[Decision, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Claim:
    """A sentence that would read differently.

    Attributes:
        section: The heading that it stands under.
        place: File and line where its paragraph begins.
        text: How it reads with the study's own settings.
        depends_on: The fewest varied parameters that decide how it reads.
        variants: How it reads at the points, those that read as it stands first.
    """

    section: str
    place: str
    text: str
    depends_on: tuple[str, ...]
    variants: tuple[Variant, ...]

    def at(self, point: int) -> Variant | None:
        """Return how it reads at a point; None where the point failed."""
        return next((variant for variant in self.variants if point in variant.points), None)


def claims(
    templates: Sequence[Template], grid: Grid, base: Numbers, at: Mapping[int, Numbers]
) -> tuple[Claim, ...]:
    """Return the sentences that read differently at some point.

    Args:
        templates: The sentences of the abstract.
        grid: The grid.
        base: The numbers with the study's own settings.
        at: The numbers of the points that did not fail, by position.
    """
    found = (_claim(template, grid, base, at) for template in templates if template.keys)
    return tuple(claim for claim in found if any(v.grade != "same" for v in claim.variants))


def _claim(template: Template, grid: Grid, base: Numbers, at: Mapping[int, Numbers]) -> Claim:
    own = read_sentence(template, base)
    variants: dict[str, Variant] = {}
    for position, numbers in at.items():
        variant = _variant(template, own, base, numbers, grid, grid.points[position])
        known = variants.get(variant.text, variant)
        variants[variant.text] = replace(
            known,
            points=(*known.points, position),
            decisions=tuple(dict.fromkeys((*known.decisions, *variant.decisions))),
            remarks=tuple(dict.fromkeys((*known.remarks, *variant.remarks))),
        )
    ordered = sorted(variants.values(), key=lambda variant: variant.grade != "same")
    depends = _depends(ordered, grid)
    return Claim(template.section, template.place, own.text, depends, tuple(ordered))


def _variant(
    template: Template, own: Reading, base: Numbers, numbers: Numbers, grid: Grid, point: Point
) -> Variant:
    here, remarks = _renamed(template, numbers, grid.settings, settings_of(grid, point))
    reading = read_sentence(here, numbers)
    otherwise: list[Decision] = []
    for before, after in zip(own.bound, reading.bound, strict=True):
        rows = base.row(before.name), numbers.row(after.name)
        if before.text != after.text and rows[0] is not None and rows[1] is not None:
            otherwise += decisions(rows[0], rows[1])
    grade: Grade = "same" if reading.text == own.text else "decision" if otherwise else "number"
    if reading.absent and not own.absent:
        grade = "absent"
    return Variant(
        text=reading.text,
        pieces=word_changes(own.text, reading.text),
        points=(),
        grade=grade,
        decisions=tuple(dict.fromkeys(otherwise)),
        remarks=tuple(remarks),
    )


def _renamed(
    template: Template, numbers: Numbers, own: Settings, here: Settings
) -> tuple[Template, list[str]]:
    """Read numbers of a landmark or time point that is not there from the one in its place."""
    keys: list[str] = []
    remarks: list[str] = []
    for key in template.keys:
        name = key
        if key not in numbers.forms:
            for old, new in _moved(own, here):
                name = re.sub(rf"(?<![0-9_]){old}(?=_months\b)", new, name)
            if name != key and name in numbers.forms:
                remarks += [
                    f"in the place of the number of {_spoken(old)} stands that of {_spoken(new)}"
                    for old, new in _moved(own, here)
                    if f"{old}_months" in key
                ]
        keys.append(name if name in numbers.forms else key)
    return replace(template, keys=tuple(keys)), list(dict.fromkeys(remarks))


def _moved(own: Settings, here: Settings) -> Iterator[tuple[str, str]]:
    """Yield the months that another month stands in the place of, as words of keys.

    Entries of two lists of one length correspond; a list of one stands for every entry.
    """
    for name in MONTHS:
        before, after = getattr(own, name), getattr(here, name)
        if before == after or not after or (len(after) != len(before) and len(after) > 1):
            continue
        places = after if len(after) == len(before) else after * len(before)
        for old, new in zip(before, places, strict=True):
            if old != new:
                yield _word(old), _word(new)


def _word(months: float) -> str:
    return f"{months:g}".replace(".", "_")


def _spoken(word: str) -> str:
    return f"{word.replace('_', '.')} {'month' if word == '1' else 'months'}"


def _depends(variants: Sequence[Variant], grid: Grid) -> tuple[str, ...]:
    """Return the fewest parameters that decide which variant a point reads as."""
    read = {point: n for n, variant in enumerate(variants) for point in variant.points}
    names = [choice.name for choice in grid.choices]
    for size in range(len(names) + 1):
        for chosen in itertools.combinations(names, size):
            if _decide(chosen, read, grid):
                return chosen
    return tuple(names)


def _decide(chosen: tuple[str, ...], read: Mapping[int, int], grid: Grid) -> bool:
    seen: dict[str, int] = {}
    for point, variant in read.items():
        values = repr([grid.points[point].chosen[name] for name in chosen])
        if seen.setdefault(values, variant) != variant:
            return False
    return True
