"""Makes the files of a new study, all of them or none."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from helpers.errors import ManuscriptError
from helpers.review.gates.checklist import read_answers, render
from helpers.review.gates.guidelines import GUIDELINES
from helpers.review.gates.passages import CHECKLIST
from helpers.scaffold.definition import About, definition
from helpers.scaffold.documents import documents
from helpers.scaffold.proposal import Proposal, propose, without_table
from helpers.study.definition import Study
from helpers.study.loading import DEFINITION, load_study

ID = re.compile(r"[a-z][a-z0-9_]*")
IGNORED = ".gitignore"


@dataclass(frozen=True)
class Scaffold:
    """What was made.

    Attributes:
        study: The study as its new definition says it.
        proposal: What was proposed for the columns of its table.
        files: The files that were written, in the order of the folders.
        table: The table in its place; None where none was given.
        ignored: Lines that were added to .gitignore.
    """

    study: Study
    proposal: Proposal
    files: tuple[Path, ...]
    table: Path | None
    ignored: tuple[str, ...]


def scaffold(
    root: Path,
    about: About,
    *,
    table: Path | None = None,
    sheet: str | None = None,
    named: Mapping[str, str] | None = None,
) -> Scaffold:
    """Make a study's definition and documents, and put its table in place.

    Args:
        root: The project's folder.
        about: Id, title, provenance and data cut.
        table: A table with one row a patient; None proposes the usual columns.
        sheet: Sheet of a workbook; None takes the one with the most headings.
        named: Variable, or ``id``, to the heading of its column, where it is not recognized.

    Raises:
        ManuscriptError: The id is none, a file is there already, or the table cannot be read.
    """
    if not ID.fullmatch(about.id):
        raise ManuscriptError(
            f"{about.id!r} cannot be the id of a study",
            where="manuscript new",
            remedy="take a word of lower-case letters, digits and underscores",
        )
    proposal = propose(table, sheet=sheet, named=named or {}) if table else without_table()
    texts, study = _texts(about, proposal)
    place = root / "data" / about.id / "raw" / table.name if table else None
    copied = place if table and place and not _same(table, place) else None
    names = [*texts, *([copied.relative_to(root).as_posix()] if copied else [])]
    _refuse_existing(root, names, _another(root, about.id))
    real = about.provenance == "real"
    ignored = _ignore(root, about.id) if real else ()
    if table is not None and copied is not None:
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(table, copied)
    return Scaffold(study, proposal, _write(root, texts), place, ignored)


def draft(root: Path, study_id: str) -> tuple[Path, ...]:
    """Make the documents of a study whose definition is there, and what the checks read.

    Args:
        root: The project's folder.
        study_id: The study.

    Returns:
        The files that were written.

    Raises:
        ManuscriptError: There is no such study, its definition is wrong, or a file is there
            already.
    """
    study = load_study(root, study_id)
    with tempfile.TemporaryDirectory() as folder:
        texts = _manuscripts(study, Path(folder))
    _refuse_existing(root, texts, f"move manuscripts/{study_id} away, and call it again")
    return _write(root, texts)


def _write(root: Path, texts: Mapping[str, str]) -> tuple[Path, ...]:
    """Write every text to its path in the project; return the files."""
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return tuple(root / name for name in texts)


def _texts(about: About, proposal: Proposal) -> tuple[dict[str, str], Study]:
    """Return every text by its path in the project, and the study that they describe.

    They are tried in a folder of their own, so that nothing is written that cannot be loaded.
    """
    data = f"data/{about.id}/{DEFINITION}"
    texts = {data: definition(about, proposal)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, data)
        path.parent.mkdir(parents=True)
        path.write_text(texts[data], encoding="utf-8")
        study = load_study(Path(folder), about.id)
        return texts | _manuscripts(study, Path(folder)), study


def _manuscripts(study: Study, folder: Path) -> dict[str, str]:
    """Return the text of every file below manuscripts/, by its path in the project.

    The answers to the reporting guidelines are read back from a file in ``folder``.
    """
    written = documents(study)
    checklist = folder / "checklist.yml"
    checklist.write_text(written["checklist.yml"], encoding="utf-8")
    written[CHECKLIST] = render(read_answers(checklist, checklist.name, GUIDELINES), GUIDELINES)
    return {f"manuscripts/{study.id}/{name}": text for name, text in written.items()}


def _refuse_existing(root: Path, names: Iterable[str], remedy: str) -> None:
    there = [name for name in names if (root / name).exists()]
    if there:
        raise ManuscriptError(
            f"there is already {', '.join(there)}, and nothing was written",
            where="manuscript new",
            remedy=remedy,
        )


def _another(root: Path, study_id: str) -> str:
    """Say what to do where files of a study of this id are there."""
    choice = "choose another id, or move the old files away"
    if not (root / "data" / study_id / DEFINITION).exists():
        return choice
    return f"{choice}; for documents that follow its study.yml, --documents"


def _same(table: Path, place: Path) -> bool:
    return place.exists() and table.resolve() == place.resolve()


def _ignore(root: Path, study_id: str) -> tuple[str, ...]:
    """Keep the tables and results of real patients out of git; return the lines added."""
    path = root / IGNORED
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    wanted = (f"/data/{study_id}/raw/", f"/outputs/{study_id}/")
    added = tuple(line for line in wanted if line not in text.splitlines())
    if added:
        begin = "" if not text or text.endswith("\n") else "\n"
        words = f"{begin}# Real patients: the tables of {study_id} and what is made of them.\n"
        path.write_text(text + words + "\n".join(added) + "\n", encoding="utf-8")
    return added
