"""Which sentences of two versions of the documents read differently, word by word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from helpers.review.decisions import Decision, decisions
from helpers.review.revision.wording import Piece, paired, word_changes
from helpers.review.sentences import Numbers, Reading, Template, read_sentence

How = Literal["numbers", "words", "new", "gone"]


@dataclass(frozen=True)
class SentenceChange:
    """A sentence that reads differently, is new, or is gone.

    Attributes:
        document: "abstract" or "paper".
        section: The heading that it stands under.
        place: File and line where its paragraph begins.
        how: "numbers" where only its numbers changed, "words" where its text was edited.
        pieces: The sentence, word by word.
        keys: Keys of the numbers in it that read differently.
        decisions: What of it a reader would decide otherwise.
    """

    document: str
    section: str
    place: str
    how: How
    pieces: tuple[Piece, ...]
    keys: tuple[str, ...]
    decisions: tuple[Decision, ...]


@dataclass(frozen=True)
class Side:
    """The sentences of one version, and its numbers."""

    templates: tuple[Template, ...]
    numbers: Numbers


def sentence_changes(old: Side, new: Side) -> tuple[SentenceChange, ...]:
    """Return the sentences that read differently, in the order of the documents.

    A sentence that stands in both documents, as the abstract does in the paper, is named once.
    """
    found: dict[tuple[Piece, ...], SentenceChange] = {}
    for document in dict.fromkeys(t.document for t in (*new.templates, *old.templates)):
        for change in _of_document(document, old, new):
            found.setdefault(change.pieces, change)
    return tuple(found.values())


def _of_document(document: str, old: Side, new: Side) -> Iterator[SentenceChange]:
    before = [t for t in old.templates if t.document == document]
    after = [t for t in new.templates if t.document == document]
    for i, k in paired(_skeletons(before), _skeletons(after)):
        change = _compared(
            None if i is None else before[i], None if k is None else after[k], old, new
        )
        if change is not None:
            yield change


def _skeletons(templates: Sequence[Template]) -> list[str]:
    """Sentences with the names of their numbers, so that a changed number is no other sentence."""
    return [
        f"{template.section}\n{template.words} {' '.join(template.keys)}" for template in templates
    ]


def _compared(
    before: Template | None, after: Template | None, old: Side, new: Side
) -> SentenceChange | None:
    template = after or before
    if template is None:
        return None
    was = read_sentence(before, old.numbers) if before else Reading("", ())
    now = read_sentence(after, new.numbers) if after else Reading("", ())
    if was.text == now.text:
        return None
    how: How = "new" if before is None else "gone" if after is None else "words"
    if before and after and (before.words, before.keys) == (after.words, after.keys):
        how = "numbers"
    keys, otherwise = _numbers(was, now, old.numbers, new.numbers)
    pieces = word_changes(was.text, now.text)
    place = template.place
    return SentenceChange(template.document, template.section, place, how, pieces, keys, otherwise)


def _numbers(
    was: Reading, now: Reading, old: Numbers, new: Numbers
) -> tuple[tuple[str, ...], tuple[Decision, ...]]:
    """Return the keys whose text changed, and what is decided otherwise by them."""
    before = {bound.name: bound.text for bound in was.bound}
    keys: list[str] = []
    found: list[Decision] = []
    for bound in now.bound:
        if before.get(bound.name, bound.text) == bound.text:
            continue
        rows = old.row(bound.name), new.row(bound.name)
        keys.append(rows[1].key if rows[1] else bound.name)
        if rows[0] and rows[1]:
            found += decisions(rows[0], rows[1])
    return tuple(dict.fromkeys(keys)), tuple(dict.fromkeys(found))
