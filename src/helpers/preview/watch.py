"""Which files a study's documents come from, and whether any of them was saved.

Files are looked at several times a second: that works on every file system, network shares and
containers among them, and needs no library. What a change means is for the build to say, which
compares contents.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from helpers.pipeline.inputs import PACKAGE, table_files
from helpers.pipeline.layout import Layout

LEFT_OUT = (".", "__pycache__")
Look = dict[str, tuple[int, int, int]]


@dataclass(frozen=True)
class Change:
    """Files were saved, and the saving is over.

    Attributes:
        code: Whether one of them is the package's own.
    """

    code: bool


@dataclass
class Watch:
    """The files of one study.

    Attributes:
        layout: The study's folders.
        source: Folder of the raw tables, where not below ``data/``.
    """

    layout: Layout
    source: Path | None = None
    _last: Look = field(init=False)
    _changed: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self._last = self._look()

    def changed(self) -> Change | None:
        """Look once; return a change when the look before saw it and this one saw no other.

        Several quick saves are one change that way, and a file is not read half written.
        """
        now = self._look()
        fresh = {name for name in {*now, *self._last} if now.get(name) != self._last.get(name)}
        self._last = now
        if fresh or not self._changed:
            self._changed |= fresh
            return None
        code = any(name.startswith(f"{PACKAGE}{os.sep}") for name in self._changed)
        self._changed = set()
        return Change(code)

    def _look(self) -> Look:
        found: Look = {}
        for path in self._files():
            try:
                about = os.stat(path)  # noqa: PTH116 (half the time of Path.stat, in a hot loop)
            except OSError:
                continue
            found[path] = (about.st_mtime_ns, about.st_size, about.st_ino)
        return found

    def _files(self) -> Iterator[str]:
        root, layout = self.layout.root, self.layout
        folders = (
            root / "notebooks",
            layout.data,
            layout.manuscripts,
            layout.manuscripts.with_name("_shared"),
            PACKAGE,
        )
        for folder in folders:
            yield from _below(folder)
        yield from (str(root / name) for name in ("_quarto.yml", "requirements.lock"))
        if self.source is not None:
            yield from (str(self.source / name) for name in table_files(layout))


def _below(folder: Path) -> Iterator[str]:
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(LEFT_OUT)]
        yield from (os.path.join(here, name) for name in names if not name.startswith("."))  # noqa: PTH118
