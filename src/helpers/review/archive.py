"""A study as an RO-Crate: sources, record, locked environment and documents in one file.

Unpacked, it is a project in which ``manuscript verify`` runs, with a README of its own that says
how. Patient-level tables are left out unless asked for. The bytes depend on the content alone.
Out of scope: depositing it anywhere.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import mimetypes
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from helpers.errors import ManuscriptError
from helpers.pipeline.contents import files_below
from helpers.pipeline.inputs import table_files
from helpers.pipeline.layout import Layout, layout_of, record_files
from helpers.review.read_me import PROJECT, Contents, read_me
from helpers.scratch import scratch_folder
from helpers.study import load_study

if TYPE_CHECKING:
    from rocrate.rocrate import ROCrate

    from helpers.study.definition import Study
    from helpers.study.schema import Sealed

METADATA = "ro-crate-metadata.json"
VERSION = "1.1"
PROJECT_FILES = (
    "CHANGELOG.md",
    "CITATION.cff",
    "LICENSE",
    "Makefile",
    "README.md",
    "_quarto.yml",
    "environment.yml",
    "pyproject.toml",
    "requirements-dev.lock",
    "requirements.lock",
)
#: Of a study's folder below data/, what holds no patient-level row.
DEFINITIONS = re.compile(r"(?:study|claims)\.ya?ml|[^/]+\.md")
DOCUMENTS = re.compile(r"(?:abstract|paper)\.[a-z]+")
ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")
LICENCE = "https://spdx.org/licenses/MIT"
NOBODY = "The myeloma-manuscript authors"
#: The earliest time that a zip can hold.
EPOCH = (1980, 1, 1, 0, 0, 0)
MODE = 0o644 << 16
REQUIRED = ("name", "description", "datePublished", "license", "author")
TYPES = {".ipynb": "application/x-ipynb+json", ".yml": "application/yaml", ".md": "text/markdown",
         ".qmd": "text/markdown", ".lock": "text/plain", ".cff": "application/yaml"}  # fmt: skip


@dataclass(frozen=True)
class Archive:
    """An archive that was written and read back.

    Attributes:
        path: The file.
        files: What it holds, sorted, the metadata apart.
        left_out: The patient-level tables that it does not hold.
        notes: What its reader should know.
    """

    path: Path
    files: tuple[str, ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...]


def archive_study(
    root: Path,
    study_id: str,
    output: Path | None = None,
    *,
    with_data: bool = False,
    source: Path | None = None,
) -> Archive:
    """Write the RO-Crate of a study, read it back and check it.

    Args:
        root: The project's folder.
        study_id: The study.
        output: The file; None is ``<study>.zip`` in the working folder.
        with_data: Whether the registry tables go in.
        source: Folder of the tables, where not below ``data/<study>/``.

    Raises:
        ManuscriptError: There is no such study or record, a table is asked for and not there, or
            the archive is not valid.
    """
    layout = layout_of(root, study_id)
    study = load_study(root, study_id)
    if not (layout.outputs / "ledger.json").is_file():
        raise ManuscriptError(
            f"{study_id} has no record to archive",
            where=f"outputs/{study_id}/",
            remedy=f"run `manuscript build {study_id}`",
        )
    tables = _tables(layout, source)
    content = dict(_content(layout, study.sealed))
    content |= _present(tables) if with_data else {}
    left_out = () if with_data else tuple(sorted(tables))
    notes = _notes(study, content, left_out)
    path = output or Path(f"{study_id}.zip")
    path.parent.mkdir(parents=True, exist_ok=True)
    with scratch_folder("archive") as scratch:
        content |= _read_me(layout, study, content, left_out, notes, scratch)
        content = dict(sorted(content.items()))
        _write(path, content, _metadata(layout, study, content, notes))
    problems = check_archive(path)
    if problems:
        path.unlink()
        raise ManuscriptError("the archive is not valid", where=path.name, remedy=problems[0])
    return Archive(path, tuple(content), left_out, notes)


def check_archive(path: Path) -> tuple[str, ...]:
    """Read an archive back with rocrate; return what is wrong with it, in sentences.

    Looked at: the properties that RO-Crate requires of its root, that every file is described
    and every description has its file, sizes and hashes.
    """
    from rocrate.rocrate import ROCrate

    with (
        scratch_folder("crate") as scratch,
        zipfile.ZipFile(path) as packed,
    ):
        packed.extractall(scratch)
        try:
            crate = ROCrate(scratch)
        except (ValueError, KeyError) as problem:
            return (f"rocrate cannot read it: {problem}",)
        held = set(packed.namelist()) - {METADATA}
        described = {e.id: e for e in crate.data_entities if "File" in _listed(e.type)}
        root = _root(json.loads((scratch / METADATA).read_text(encoding="utf-8")))
        problems = [f"the root has no {name}" for name in REQUIRED if not root.get(name)]
        problems += [f"{name} is not described" for name in sorted(held - set(described))]
        problems += [f"{name} is described and missing" for name in sorted(set(described) - held)]
        for name in sorted(held & set(described)):
            digest = hashlib.sha256((scratch / name).read_bytes()).hexdigest()
            if described[name].get("sha256") != digest:
                problems.append(f"{name} is not the file that was described")
    return tuple(problems)


def _content(layout: Layout, sealed: Sealed | None) -> Iterator[tuple[str, Path]]:
    """Yield the files of an archive, sorted: path in it, and where they lie.

    Of a sealed study's tables the synthetic twin is one of them, which no patient is in.
    """
    root, study = layout.root, layout.study
    names = [name for name in PROJECT_FILES if (root / name).is_file()]
    for folder in ("docs", "src", "notebooks", f"manuscripts/{study}", "manuscripts/_shared"):
        names += [f"{folder}/{name}" for name in files_below(root / folder)]
    names += [
        f"data/{study}/{name}" for name in files_below(layout.data) if DEFINITIONS.fullmatch(name)
    ]
    if sealed is not None:
        twin = f"data/{study}/{sealed.twin}"
        names += [f"{twin}/{name}" for name in files_below(root / twin)]
    documents = [name for name in files_below(layout.outputs) if DOCUMENTS.fullmatch(name)]
    names += [f"outputs/{study}/{name}" for name in (*record_files(layout.outputs), *documents)]
    for name in sorted(set(names)):
        if ".egg-info/" not in name and not name.endswith(".pyc"):
            yield name, root / name


def _tables(layout: Layout, source: Path | None) -> dict[str, Path]:
    """Return the registry tables: path in the archive, and where they lie."""
    folder = source or layout.data
    return {f"data/{layout.study}/{name}": folder / name for name in table_files(layout)}


def _present(tables: Mapping[str, Path]) -> dict[str, Path]:
    for name, path in tables.items():
        if not path.is_file():
            raise ManuscriptError(
                "a table that the archive should hold is not there",
                where=name,
                remedy="name its folder with --source, or leave out --with-data",
            )
    return dict(sorted(tables.items()))


def _read_me(
    layout: Layout,
    study: Study,
    content: Mapping[str, Path],
    left_out: tuple[str, ...],
    notes: tuple[str, ...],
    scratch: Path,
) -> dict[str, Path]:
    """Write the archive's own README; the project's stands beside it by another name."""
    twin = f"data/{study.id}/{study.sealed.twin}" if study.sealed else ""
    project = {PROJECT: layout.root / "README.md"} if "README.md" in content else {}
    contents = Contents(
        study=study.id,
        title=study.title,
        files=(*content, *project),
        left_out=left_out,
        twin=twin if any(name.startswith(f"{twin}/") for name in content) else "",
        drawn=study.synthetic and _is_drawn(layout.data / "claims.yml"),
        notes=notes,
    )
    path = scratch / "README.md"
    path.write_text(read_me(contents), encoding="utf-8")
    return {"README.md": path, **project}


def _is_drawn(claims: Path) -> bool:
    """Whether a transcript says how the patients were drawn, so that they can be drawn again."""
    tree = yaml.safe_load(claims.read_text(encoding="utf-8")) if claims.is_file() else None
    return isinstance(tree, dict) and "chosen" in tree


def _notes(study: Study, content: Mapping[str, Path], left_out: tuple[str, ...]) -> tuple[str, ...]:
    notes = [study.provenance_note] if study.synthetic else []
    if left_out:
        kind = "synthetic patients" if study.synthetic else "patients"
        tables = ", ".join(name.rpartition("/")[2] for name in left_out)
        notes.append(f"The tables with one row per {kind[:-1]} or event are left out: {tables}.")
    if not any(DOCUMENTS.fullmatch(name.rpartition("/")[2]) for name in content):
        notes.append("No documents had been rendered when the archive was made.")
    return tuple(notes)


def _metadata(
    layout: Layout, study: Study, content: Mapping[str, Path], notes: tuple[str, ...]
) -> dict[str, Any]:
    from rocrate.model.contextentity import ContextEntity
    from rocrate.rocrate import ROCrate

    crate = ROCrate(version=VERSION)
    root = crate.root_dataset
    crate.name = study.title
    crate.description = " ".join((f"{study.title}: sources, record and documents.", *notes))
    root["datePublished"] = _day(layout.root, study).isoformat()
    root["identifier"] = study.id
    crate.keywords = "multiple myeloma, retrospective cohort, reproducible research"
    licence = {"@type": "CreativeWork", "name": "MIT License"}
    root["license"] = crate.add(ContextEntity(crate, LICENCE, properties=licence))
    authors = [
        crate.add(ContextEntity(crate, identifier, properties=properties))
        for identifier, properties in _authors(layout)
    ]
    root["author"] = authors if len(authors) > 1 else authors[0]
    files = {name: _described(crate, name, path) for name, path in content.items()}
    outputs = f"outputs/{study.id}/"
    crate.add_action(
        [entity for name, entity in files.items() if name.startswith("notebooks/")],
        identifier="#build",
        object=[entity for name, entity in files.items() if name.startswith("data/")],
        result=[entity for name, entity in files.items() if name.startswith(outputs)],
        properties={"name": f"manuscript build {study.id}"},
    )
    root["mentions"] = crate.get("#build")
    found: dict[str, Any] = crate.metadata.generate()
    return found


def _described(crate: ROCrate, name: str, path: Path) -> Any:
    content = path.read_bytes()
    suffix = Path(name).suffix
    kind = TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
    properties: dict[str, Any] = {
        "name": name.rpartition("/")[2],
        "encodingFormat": kind,
        "contentSize": str(len(content)),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    if name.startswith(("src/", "notebooks/")):
        properties["@type"] = ["File", "SoftwareSourceCode"]
    return crate.add_file(path, name, properties=properties)


def _authors(layout: Layout) -> list[tuple[str, dict[str, Any]]]:
    """Return the authors that the manuscripts name, by ORCID where they give one."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for path in sorted(layout.manuscripts.glob("*.qmd")):
        given = _front_matter(path).get("author") or []
        for author in given if isinstance(given, list) else [given]:
            name, orcid = _person(author)
            if name:
                identifier = f"https://orcid.org/{orcid}" if orcid else f"#{_slug(name)}"
                found.setdefault(name, (identifier, {"@type": "Person", "name": name}))
    return list(found.values()) or [("#authors", {"@type": "Organization", "name": NOBODY})]


def _person(author: object) -> tuple[str, str | None]:
    if not isinstance(author, dict):
        return str(author), None
    name = author.get("name", "")
    if isinstance(name, dict):
        name = " ".join(str(name[part]) for part in ("given", "family") if part in name)
    orcid = ORCID.search(str(author.get("orcid", "")))
    return str(name), orcid[0] if orcid else None


def _front_matter(path: Path) -> dict[str, Any]:
    parts = path.read_text(encoding="utf-8").split("---\n", 2)
    tree = yaml.safe_load(parts[1]) if len(parts) == 3 and not parts[0].strip() else None
    return tree if isinstance(tree, dict) else {}


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _day(root: Path, study: Study) -> dt.date:
    """Return the day of the commit, or of the data cut where there is no repository."""
    git = shutil.which("git")
    command = [git or "git", "-C", str(root), "log", "-1", "--format=%cI"]
    done = subprocess.run(command, capture_output=True, text=True, check=False) if git else None
    text = done.stdout.strip() if done and not done.returncode else ""
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC).date() if text else study.data_cut


def _write(path: Path, content: Mapping[str, Path], metadata: dict[str, Any]) -> None:
    text = json.dumps(metadata, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name, data in _bytes(content, text):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = MODE
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            packed.writestr(entry, data)


def _bytes(content: Mapping[str, Path], metadata: str) -> Iterator[tuple[str, bytes]]:
    yield METADATA, metadata.encode()
    for name in sorted(content):
        yield name, content[name].read_bytes()


def _listed(kind: str | list[str]) -> list[str]:
    return [kind] if isinstance(kind, str) else kind


def _root(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Return the root as it is written; rocrate would fill in what is missing."""
    return next((dict(one) for one in tree["@graph"] if one.get("@id") == "./"), {})
