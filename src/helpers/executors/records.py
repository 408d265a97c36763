"""Work that can run anywhere: one run of a study's notebooks, whose record comes back as bytes."""

from __future__ import annotations

import atexit
import io
import tarfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from helpers.errors import ManuscriptError
from helpers.executors.identity import Identity, require_same
from helpers.pipeline import run_notebooks
from helpers.pipeline.contents import files_below
from helpers.pipeline.forks import ForkServer, available, load_server
from helpers.pipeline.layout import notebooks_of
from helpers.project import MARK, find_root
from helpers.scratch import scratch_folder
from helpers.tarballs import extract

_servers: dict[Path, ForkServer] = {}
_loading = threading.Lock()


@dataclass(frozen=True)
class Order:
    """One run of a study's notebooks, as it is sent to a worker.

    Attributes:
        study: The study's id.
        identity: What the sender's project is.
        root: The sender's project; a worker that has none there takes the one that
            ``MANUSCRIPT_ROOT`` names or that it was started in.
        parameters: Parameters of the notebooks.
        source: Folder of the raw tables, where not below ``data/``; the same on every machine.
        files: Names of the record's files that are wanted; None for all.
        workers: How many notebooks run at once.
    """

    study: str
    identity: Identity
    root: Path
    parameters: Mapping[str, object]
    source: Path | None = None
    files: tuple[str, ...] | None = None
    workers: int = 1


def make_record(order: Order) -> bytes:
    """Run the notebooks as ordered and return the record, packed.

    Raises:
        OtherProjectError: This machine has another project.
        ManuscriptError: A notebook failed.
    """
    root = order.root if (order.root / MARK).is_file() else find_root()
    require_same(order.identity, root, order.study, order.source)
    with scratch_folder("order") as scratch:
        record = scratch / "record"
        run_notebooks(
            root,
            order.study,
            record,
            source=order.source,
            parameters=order.parameters,
            workers=order.workers,
            forks=_resident(root),
        )
        return pack(record, order.files)


def pack(folder: Path, names: tuple[str, ...] | None = None) -> bytes:
    """Return files of a folder as one tar; the same files give the same bytes.

    Args:
        folder: The folder.
        names: Which of its files; None for all.
    """
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(files_below(folder) if names is None else names):
            content = (folder / name).read_bytes()
            about = tarfile.TarInfo(name)
            about.size = len(content)
            about.mode = 0o644
            archive.addfile(about, io.BytesIO(content))
    return packed.getvalue()


def unpack(content: bytes, into: Path) -> None:
    """Write packed files below a folder, which may be there already.

    Raises:
        ManuscriptError: These are no packed files.
    """
    into.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            extract(archive, into)
    except tarfile.TarError:
        raise ManuscriptError(
            "a packed record is damaged", where=into.name, remedy="repeat the command"
        ) from None


def release() -> None:
    """End the fork servers that this process keeps for its next order."""
    with _loading:
        while _servers:
            _servers.popitem()[1].close()


def _resident(root: Path) -> ForkServer | None:
    """Return the fork server that this process keeps for a project; None where none can be."""
    if not available():
        return None
    with _loading:
        if root not in _servers:
            _servers[root] = load_server(notebooks_of(root), root)
        return _servers[root]


atexit.register(release)
