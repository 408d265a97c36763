"""Stamps: what went into a stage and what came out of it, as content hashes.

A stage is up to date while its inputs have the hashes of its stamp and its outputs still are
what it left. Times of files play no part.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

MISSING = "missing"
LOCK = "requirements.lock"


@dataclass(frozen=True)
class Stamp:
    """The mark that a stage leaves when it has run.

    Attributes:
        inputs: Name of each input to the hash of its content.
        outputs: Path of each output, below the stage's folder, to the hash of its content.
    """

    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)


def read_stamp(path: Path) -> Stamp | None:
    """Return the stamp, or None where the stage never finished or its stamp is damaged."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Stamp(inputs=data["inputs"], outputs=data["outputs"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_stamp(path: Path, stamp: Stamp) -> None:
    """Write the stamp at once: a reader sees the old one or the new one, never a part."""
    body = {"inputs": dict(stamp.inputs), "outputs": dict(stamp.outputs)}
    replace_text(path, json.dumps(body, indent=1, sort_keys=True) + "\n")


def replace_text(path: Path, text: str) -> None:
    """Write a file beside and move it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def differences(stamp: Stamp | None, inputs: Mapping[str, str], folder: Path) -> tuple[str, ...]:
    """Return why a stage is stale, in words; nothing where it is up to date.

    Args:
        stamp: What the last good run left.
        inputs: The hashes that the inputs have now.
        folder: Where the outputs lie.
    """
    if stamp is None:
        return ("it has not run here yet",)
    return (
        *_changes(stamp.inputs, inputs, ("is new", "is gone", "changed")),
        *_changes(
            stamp.outputs,
            hashes(folder, stamp.outputs),
            ("is new", "was deleted", "was altered after the build"),
        ),
    )


def _changes(
    before: Mapping[str, str], now: Mapping[str, str], words: tuple[str, str, str]
) -> list[str]:
    new, gone, changed = words
    reasons = []
    for name in sorted({*before, *now}):
        was, is_now = before.get(name, MISSING), now.get(name, MISSING)
        if was != is_now:
            how = new if was == MISSING else gone if is_now == MISSING else changed
            reasons.append(f"{name} {how}")
    return reasons


def text_hash(text: str) -> str:
    """Return the hash of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def file_hash(path: Path) -> str:
    """Return the hash of a file's bytes, or a word that no hash equals where it is missing."""
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError:
        return MISSING


def lock_hash(root: Path) -> str | None:
    """Return the first digits of the hash of a project's lock; None where there is none."""
    digest = file_hash(root / LOCK)
    return None if digest == MISSING else digest[:16]


def hashes(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the hash of each named file below a folder."""
    return {name: file_hash(folder / name) for name in names}


def combined(content: Mapping[str, str]) -> str:
    """Return one hash of many."""
    return text_hash(json.dumps(dict(content), sort_keys=True))


def files_below(folder: Path) -> list[str]:
    """Return the files below a folder as relative paths, sorted; hidden ones left out."""
    found = []
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "__pycache__"))]
        base = Path(here).relative_to(folder)
        found += [(base / name).as_posix() for name in names if not name.startswith(".")]
    return sorted(found)
