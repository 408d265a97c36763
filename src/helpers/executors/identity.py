"""What a project is, as hashes: a worker with another one must not answer for it."""

from __future__ import annotations

import platform
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from helpers.errors import ManuscriptError
from helpers.pipeline.contents import LOCK, combined, file_hash, files_below, hashes
from helpers.pipeline.inputs import PACKAGE, table_files
from helpers.pipeline.layout import layout_of, notebooks_of

WORDS = {
    "code": "other code in src/helpers",
    "lock": "another requirements.lock",
    "python": "another Python",
    "notebooks": "other notebooks",
    "data": "other data of this study",
}


class OtherProjectError(ManuscriptError):
    """A worker has another project than the one that sent it work."""


@dataclass(frozen=True)
class Identity:
    """What a run depends on, beside its parameters.

    Attributes:
        code: Hash of the package.
        lock: Hash of the lock.
        python: Version of the interpreter, without its last part.
        notebooks: Hash of the notebooks.
        data: Hash of the study's folder below ``data``, and of its tables.
    """

    code: str
    lock: str
    python: str
    notebooks: str
    data: str


def identity_of(root: Path, study: str, source: Path | None = None) -> Identity:
    """Return what the runs of a study depend on here.

    Args:
        root: The project's folder.
        study: The study's id.
        source: Folder of the raw tables, where not below ``data/<study>/``.

    Raises:
        ManuscriptError: There is no such study, or no notebook.
    """
    layout = layout_of(root, study)
    tables = hashes(source, table_files(layout)) if source is not None else {}
    notebooks = {path.name: file_hash(path) for path in notebooks_of(root)}
    return Identity(
        code=package_hash(),
        lock=file_hash(root / LOCK),
        python=".".join(platform.python_version_tuple()[:2]),
        notebooks=combined(notebooks),
        data=combined({**hashes(layout.data, files_below(layout.data)), **tables}),
    )


def package_hash() -> str:
    """Return the hash of the package as it lies on the disk now."""
    names = [name for name in files_below(PACKAGE) if not name.endswith(".pyc")]
    return combined(hashes(PACKAGE, names))


@cache
def first_package_hash() -> str:
    """Return the hash that the package had when this process first did some work."""
    return package_hash()


def require_same(wanted: Identity, root: Path, study: str, source: Path | None) -> None:
    """Make sure that this machine has the project that a piece of work belongs to.

    Raises:
        OtherProjectError: It has another one, or its code changed since the process began.
    """
    here = identity_of(root, study, source)
    other = [
        WORDS[field.name]
        for field in fields(Identity)
        if getattr(here, field.name) != getattr(wanted, field.name)
    ]
    if other:
        raise OtherProjectError(
            f"a worker has {', '.join(other)}",
            where=f"{study} on {platform.node()}",
            remedy="bring the workers' copy of the project to the same commit, or share it",
        )
    if first_package_hash() != here.code:
        raise OtherProjectError(
            "the code changed since a worker was started",
            where=f"{study} on {platform.node()}",
            remedy="start the workers again",
        )
