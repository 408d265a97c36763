"""``manuscript diff``: what changed between two records, and because of which input."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from helpers.errors import ManuscriptError
from helpers.review.revision.exhibits import ExhibitChange, exhibit_changes, exhibit_count
from helpers.review.revision.inputs import InputChange, input_changes
from helpers.review.revision.naming import read_labels
from helpers.review.revision.numbers import NumberChange, below_print, number_changes
from helpers.review.revision.texts import SentenceChange, Side, sentence_changes
from helpers.review.revision.versions import Version, open_version, study_named
from helpers.review.sentences import Template, read_numbers, read_templates
from helpers.scratch import scratch_folder


@dataclass(frozen=True)
class Revision:
    """The differences of two records of a study.

    Attributes:
        old: How the old one was named.
        new: How the new one was named.
        study: The study's id.
        inputs: Inputs that differ.
        numbers: Numbers that differ.
        sentences: Sentences of abstract and paper that differ.
        exhibits: Figures and tables that differ.
        looked_at: How many numbers, sentences, figures and tables the new record holds.
        unseen: How many numbers moved by less than their printed digits show.
        edited: Whether the sources of the documents could be compared.
    """

    old: str
    new: str
    study: str
    inputs: tuple[InputChange, ...]
    numbers: tuple[NumberChange, ...]
    sentences: tuple[SentenceChange, ...]
    exhibits: tuple[ExhibitChange, ...]
    looked_at: dict[str, int]
    unseen: int
    edited: bool

    @property
    def equal(self) -> bool:
        """Whether a reader sees the same numbers, sentences and exhibits."""
        return not (self.numbers or self.sentences or self.exhibits)

    def causes(self, notebook: str) -> tuple[int, ...]:
        """Return the positions of the inputs that can have changed a notebook's numbers."""
        return tuple(
            position
            for position, change in enumerate(self.inputs)
            if change.reaches is None or notebook in change.reaches
        )


def compare(old: str, new: str, root: Path | None, study: str | None = None) -> Revision:
    """Compare two records.

    Args:
        old: A folder, an archive, ``STUDY@COMMIT``, a commit, or a study's id.
        new: The same.
        root: The project that studies and commits belong to, and whose sources are taken where
            a record came without any; None outside of one.
        study: The study, where the names do not say it.

    Raises:
        ManuscriptError: A name stands for no record, a record or source cannot be read, or the
            two are of different studies.
    """
    with scratch_folder("diff") as scratch:
        named = study or _study_of(old, new, root)
        versions = [open_version(name, root, scratch, named) for name in (old, new)]
        if versions[0].study != versions[1].study:
            raise ManuscriptError(
                f"these are records of two studies: {versions[0].study} and {versions[1].study}",
                where=f"{old} and {new}",
                remedy="compare two records of one study",
            )
        return _compared(versions[0], versions[1], root)


def _study_of(old: str, new: str, root: Path | None) -> str | None:
    """Return the study that one of the two names says, for the one that does not."""
    from helpers.project import list_studies

    known = list_studies(root) if root else ()
    for name in (old, new):
        if Path(name).exists():
            continue
        if name in known:
            return name
        if study_named(name) is not None:
            return study_named(name)
    return None


def _compared(old: Version, new: Version, root: Path | None) -> Revision:
    before, after = read_numbers(old.record, old.label), read_numbers(new.record, new.label)
    sides = [
        Side(_templates(version, old if version is new else new, root), numbers)
        for version, numbers in ((old, before), (new, after))
    ]
    labels = read_labels(new.project or old.project or root, new.study)
    return Revision(
        old=old.label,
        new=new.label,
        study=new.study,
        inputs=input_changes(old, new, before, after),
        numbers=number_changes(before.rows, after.rows, labels),
        sentences=sentence_changes(sides[0], sides[1]),
        exhibits=exhibit_changes(old.record, new.record, before, after),
        looked_at={
            "numbers": len(after.rows),
            "sentences": len(sides[1].templates),
            **{f"{kind}s": count for kind, count in exhibit_count(new.record).items()},
        },
        unseen=below_print(before.rows, after.rows),
        edited=old.project is not None and new.project is not None,
    )


def _templates(version: Version, other: Version, root: Path | None) -> tuple[Template, ...]:
    """Cut the sources of a version, of the other one, or of the project, whichever there are."""
    for project in (version.project, other.project, root):
        if project is not None and (project / "manuscripts" / version.study).is_dir():
            return read_templates(project, version.study, version.record)
    return ()
