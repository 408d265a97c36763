"""Stamps: what went into a stage and what came out of it, as content hashes.

A stage is up to date while its inputs have the hashes of its stamp and its outputs still are
what it left. Times of files play no part.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from helpers.pipeline.contents import MISSING, Contents, replace_text

#: The file beside a stamp that holds, piece by piece, the code that its stage could reach.
CODE_SUFFIX = ".code"


@dataclass(frozen=True)
class Stamp:
    """The mark that a stage leaves when it has run.

    Attributes:
        inputs: Name of each input to the hash of its content.
        outputs: Path of each output, below the stage's folder, to the hash of its content.
        shown: Hash of what its output shows of its source and takes no run to change.
    """

    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    shown: str = ""


@dataclass(frozen=True)
class Key:
    """What a stage depends on, taken before it runs.

    Attributes:
        inputs: As in its stamp.
        code: The pieces of the package that it can reach, and the hash of each.
        shown: As in its stamp.
    """

    inputs: Mapping[str, str] = field(default_factory=dict)
    code: Mapping[str, str] = field(default_factory=dict)
    shown: str = ""

    def leave(self, path: Path, outputs: Mapping[str, str]) -> None:
        """Write the stamp of a stage that has run and left these outputs."""
        write_code(path, self.code)
        write_stamp(path, Stamp(self.inputs, outputs, self.shown))


def read_stamp(path: Path) -> Stamp | None:
    """Return the stamp, or None where the stage never finished or its stamp is damaged."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Stamp(data["inputs"], data["outputs"], data["shown"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_stamp(path: Path, stamp: Stamp) -> None:
    """Write the stamp at once: a reader sees the old one or the new one, never a part."""
    body = {
        "inputs": dict(stamp.inputs),
        "outputs": dict(stamp.outputs),
        "shown": stamp.shown,
    }
    replace_text(path, json.dumps(body, indent=1, sort_keys=True) + "\n")


def read_code(stamp: Path) -> dict[str, str]:
    """Return the pieces of code that a stage could reach when its stamp was written."""
    try:
        return dict(json.loads(_code_of(stamp).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def write_code(stamp: Path, pieces: Mapping[str, str]) -> None:
    """Keep the pieces of code that a stage can reach; they give reasons, and decide nothing."""
    replace_text(_code_of(stamp), json.dumps(dict(pieces), sort_keys=True))


def _code_of(stamp: Path) -> Path:
    return stamp.with_name(stamp.name + CODE_SUFFIX)


def differences(
    stamp: Stamp, inputs: Mapping[str, str], folder: Path, contents: Contents
) -> tuple[str, ...]:
    """Return why a stage is stale, in words; nothing where it is up to date.

    Args:
        stamp: What the last good run left.
        inputs: The hashes that the inputs have now.
        folder: Where the outputs lie.
        contents: The hashes of files.
    """
    return (
        *changes(stamp.inputs, inputs, ("is new", "is gone", "changed")),
        *changes(
            stamp.outputs,
            contents.hashes(folder, stamp.outputs),
            ("is new", "was deleted", "was altered after the build"),
        ),
    )


def changes(
    before: Mapping[str, str], now: Mapping[str, str], words: tuple[str, str, str]
) -> list[str]:
    """Return a sentence for every name whose hash differs.

    Args:
        before: Hashes by name.
        now: Hashes by name.
        words: What to say of a name that is new, gone, or has another hash.
    """
    new, gone, changed = words
    reasons = []
    for name in sorted({*before, *now}):
        was, is_now = before.get(name, MISSING), now.get(name, MISSING)
        if was != is_now:
            how = new if was == MISSING else gone if is_now == MISSING else changed
            reasons.append(f"{name} {how}")
    return reasons
