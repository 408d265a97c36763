"""Content hashes of files, without reading again what certainly has not changed.

The hash of the content decides; what the system says of a file (size, times, number) only saves
reading it. A file that was written at about the time it was hashed may change again without a
trace in its times, so its hash is not kept until it has rested: git's rule for its index.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

MISSING = "missing"
LOCK = "requirements.lock"
#: File systems keep times to two seconds or better.
REST_NS = 2_000_000_000
LEFT_OUT = (".", "__pycache__")
About = list[int]


class Contents:
    """The hashes of files, remembered between calls where a file is named for them.

    Args:
        kept: Where they are remembered; None remembers nothing.
    """

    def __init__(self, kept: Path | None = None) -> None:
        self._kept = kept
        self._before: dict[str, tuple[About, str]] = _read(kept) if kept else {}
        self._now: dict[str, tuple[About, str]] = {}

    def hash(self, path: str | Path) -> str:
        """Return the hash of a file's bytes, or a word that no hash equals where it is missing."""
        name = str(path)
        try:
            about = _about(name)
        except OSError:
            return MISSING
        known = self._now.get(name) or self._before.get(name)
        if known is not None and known[0] == about:
            self._now[name] = known
            return known[1]
        digest = file_hash(path)
        if time.time_ns() - max(about[1], about[2]) > REST_NS and about == _about_or_none(name):
            self._now[name] = (about, digest)
        return digest

    def hashes(self, folder: Path, names: Iterable[str]) -> dict[str, str]:
        """Return the hash of each named file below a folder."""
        return {name: self.hash(f"{folder}{os.sep}{name}") for name in names}

    def save(self) -> None:
        """Remember what was looked at; where that cannot be written, the next call reads more."""
        if self._kept is None or self._now == self._before:
            return
        with suppress(OSError):
            replace_text(self._kept, json.dumps(self._now))
            self._before = dict(self._now)


def file_hash(path: str | Path) -> str:
    """Return the hash of a file's bytes, or a word that no hash equals where it is missing."""
    try:
        with open(path, "rb") as handle:  # noqa: PTH123 (a path or its text)
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError:
        return MISSING


def lock_hash(root: Path) -> str | None:
    """Return the first digits of the hash of a project's lock; None where there is none."""
    digest = file_hash(root / LOCK)
    return None if digest == MISSING else digest[:16]


def hashes(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the hash of each named file below a folder, every one read."""
    return {name: file_hash(folder / name) for name in names}


def text_hash(text: str) -> str:
    """Return the hash of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def combined(content: Mapping[str, str]) -> str:
    """Return one hash of many."""
    return text_hash(json.dumps(dict(content), sort_keys=True))


def files_below(folder: str | Path) -> list[str]:
    """Return the files below a folder as relative paths, sorted; hidden ones left out."""
    return sorted(_below(str(folder), ""))


def replace_text(path: Path, text: str) -> None:
    """Write a file beside and move it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _below(folder: str, prefix: str) -> Iterator[str]:
    try:
        entries = os.scandir(folder)
    except OSError:
        return
    with entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith(LEFT_OUT):
                    yield from _below(entry.path, f"{prefix}{entry.name}/")
            elif not entry.name.startswith("."):
                yield prefix + entry.name


def _about(name: str) -> About:
    found = os.stat(name)  # noqa: PTH116 (half the time of Path.stat, for every file there is)
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def _about_or_none(name: str) -> About | None:
    try:
        return _about(name)
    except OSError:
        return None


def _read(kept: Path) -> dict[str, tuple[About, str]]:
    try:
        found = json.loads(kept.read_text(encoding="utf-8"))
        return {name: (about, digest) for name, (about, digest) in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
