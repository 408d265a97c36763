"""What a document says of its own making: the engine, the commit, and the date it carries."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helpers.errors import ManuscriptError
from helpers.manuscript.shortcodes import plain

DEFAULT_EPOCH = 1735689600  # 2025-01-01, for a study whose record names no data cut
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def commit_of(root: Path, study_id: str) -> str:
    """Return the last commit that touched what the documents of a study are made from.

    The outputs are left out, so that committing them does not change them. "-modified" is added
    where these files differ from that commit; a tree without commits, or outside git, is said
    to be so.
    """
    paths = [f"data/{study_id}", "notebooks", "src", f"manuscripts/{study_id}"]
    paths += ["manuscripts/_shared", "_quarto.yml"]
    inside = _git(root, "rev-parse", "--is-inside-work-tree")
    if inside is None:
        return "(no git repository)"
    existing = [path for path in paths if (root / path).exists()]
    commit = _git(root, "log", "-1", "--format=%H", "--", *paths)
    if not commit:
        return "(nothing committed yet)"
    dirty = _git(root, "status", "--porcelain", "--", *existing)
    return commit[:12] + ("-modified" if dirty else "")


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def epoch_of(meta: Mapping[str, Any]) -> int:
    """Return the date that a document carries: noon UTC of the data cut, in seconds since 1970.

    Raises:
        ManuscriptError: The data cut of the record is not a date.
    """
    numbers = meta.get("n")
    about = numbers.get("meta") if isinstance(numbers, Mapping) else None
    cut = about.get("data_cut") if isinstance(about, Mapping) else None
    found = _ISO_DATE.search(plain(str(cut)))
    if found is None:
        return DEFAULT_EPOCH
    try:
        noon = datetime.fromisoformat(f"{found[0]}T12:00:00")
    except ValueError:
        raise ManuscriptError(
            f"{found[0]} is no date",
            where="numbers.yml: n.meta.data_cut",
            remedy="correct data_cut in study.yml and build the study again",
        ) from None
    return int(noon.replace(tzinfo=UTC).timestamp())
