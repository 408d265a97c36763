"""The two sides of a revision: where each record lies, and the sources and inputs beside it.

A side is named by a folder, an archive (zip or tar), ``STUDY@COMMIT``, a commit, or the id of a
study, whose record is then the one of the working tree. Out of scope: building anything.
"""

from __future__ import annotations

import subprocess
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from helpers.errors import ManuscriptError, unknown_name
from helpers.project import MARK, list_studies
from helpers.tarballs import extract

LEDGER = "ledger.json"
INPUTS = ("src/helpers", "notebooks", "requirements.lock", MARK, "manuscripts/_shared")


@dataclass(frozen=True)
class Version:
    """One side of a revision.

    Attributes:
        label: How it was named.
        study: The study's id.
        record: The folder that holds ``ledger.json``.
        project: The folder of the sources and inputs that belong to the record; None where the
            record came alone.
    """

    label: str
    study: str
    record: Path
    project: Path | None

    @property
    def where(self) -> str:
        """The record, as messages name it."""
        return self.label


def open_version(name: str, root: Path | None, scratch: Path, study: str | None = None) -> Version:
    """Find the record that a name stands for.

    Args:
        name: A folder, an archive, ``STUDY@COMMIT``, a commit, or a study's id.
        root: The project that studies and commits belong to; None outside of one.
        scratch: A folder to unpack into.
        study: The study, where the name by itself does not say it.

    Raises:
        ManuscriptError: The name stands for no record, or for several.
    """
    path = Path(name)
    if path.is_dir():
        return _in_folder(name, path.resolve(), study)
    if path.is_file():
        return _in_folder(name, _unpacked(path, scratch), study)
    if root is None:
        raise _no_record(name, "it is no folder or archive, and this is no project")
    if name in list_studies(root):
        return _in_folder(name, root / "outputs" / name, name, root)
    before, at, commit = name.rpartition("@")
    return _at_commit(name, root, scratch, commit, before if at else study)


def study_named(name: str) -> str | None:
    """Return the study that ``STUDY@COMMIT`` names."""
    return name.rpartition("@")[0] or None


def _in_folder(label: str, folder: Path, study: str | None, project: Path | None = None) -> Version:
    """Find the one record in a folder: the folder itself, or one below it."""
    found = [folder] if (folder / LEDGER).is_file() else _below(folder)
    fitting = [path for path in found if study in (None, _study_of(path, label))]
    if not found or (study is not None and not fitting):
        raise _no_record(label, "no ledger.json of the study lies there" if study else "")
    if len(fitting) > 1:
        names = ", ".join(sorted(_study_of(path, label) for path in fitting))
        raise ManuscriptError(
            f"several records lie in {label}", where=names, remedy="name one with --study"
        )
    record = fitting[0]
    return Version(label, _study_of(record, label), record, project or _project_of(record))


def _below(folder: Path) -> list[Path]:
    """Return the records below a folder, the shallowest kind of place first."""
    for pattern in (f"outputs/*/{LEDGER}", f"*/outputs/*/{LEDGER}", f"*/{LEDGER}"):
        found = sorted(path.parent for path in folder.glob(pattern))
        if found:
            return found
    return []


def _study_of(record: Path, label: str) -> str:
    from helpers.review.sentences import read_numbers

    return str(read_numbers(record, label).about.get("study", record.name))


def _project_of(record: Path) -> Path | None:
    project = record.parent.parent
    return project if record.parent.name == "outputs" and (project / MARK).is_file() else None


def _no_record(name: str, why: str) -> ManuscriptError:
    return ManuscriptError(
        f"{name!r} stands for no record" + (f": {why}" if why else ""),
        where="the versions to compare",
        remedy="name a folder that holds ledger.json, an archive, STUDY, STUDY@COMMIT or a commit",
    )


def _unpacked(path: Path, scratch: Path) -> Path:
    into = scratch / "archive" / str(len(list(scratch.glob("archive/*"))))
    into.mkdir(parents=True)
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                archive.extractall(into)
            return into
        with tarfile.open(path) as packed:
            extract(packed, into)
    except (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError):
        raise ManuscriptError(
            "this file is no archive that can be read",
            where=path.name,
            remedy="name a zip or tar file, or a folder",
        ) from None
    return into


def _at_commit(label: str, root: Path, scratch: Path, commit: str, study: str | None) -> Version:
    """Take a record, its sources and its inputs out of git, without touching the working tree."""
    if study is not None and study not in (known := _recorded(root, commit, label)):
        raise unknown_name("study", study, known, where=f"outputs/ of {label}")
    if study is None:
        known = _recorded(root, commit, label)
        if len(known) != 1:
            raise ManuscriptError(
                f"{label} holds the records of {len(known)} studies",
                where=", ".join(known),
                remedy=f"write STUDY@{commit}, or name one with --study",
            )
        study = known[0]
    into = scratch / "commits" / f"{study}-{len(list(scratch.glob('commits/*')))}"
    into.mkdir(parents=True)
    wanted = (f"outputs/{study}", f"data/{study}", f"manuscripts/{study}", *INPUTS)
    there = set(_git(root, "ls-tree", "-r", "--name-only", commit).decode().splitlines())
    names = [name for name in wanted if any(PurePosixPath(n).is_relative_to(name) for n in there)]
    packed = into.with_suffix(".tar")
    packed.write_bytes(_git(root, "archive", "--format=tar", commit, *names))
    with tarfile.open(packed) as archive:
        extract(archive, into)
    return Version(label, study, into / "outputs" / study, into)


def _recorded(root: Path, commit: str, label: str) -> tuple[str, ...]:
    """Return the studies that have a record in a commit."""
    try:
        _git(root, "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}")
    except ManuscriptError:
        raise _no_record(label, "it is no folder, study or commit") from None
    files = _git(root, "ls-tree", "-r", "--name-only", commit, "--", "outputs/").decode()
    paths = [PurePosixPath(name) for name in files.splitlines()]
    return tuple(sorted({p.parts[1] for p in paths if len(p.parts) == 3 and p.name == LEDGER}))


def _git(root: Path, *words: str) -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, check=False)
    except OSError:
        raise ManuscriptError(
            "git is not installed here", where="git", remedy="compare folders instead"
        ) from None
    if done.returncode:
        raise ManuscriptError(
            f"git cannot do this: {done.stderr.decode(errors='replace').strip()}",
            where=f"git {words[0]}",
            remedy="name a commit of this repository",
        )
    return done.stdout
