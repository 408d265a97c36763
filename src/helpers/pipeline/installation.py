"""What ``manuscript doctor`` looks at: whether this machine can build, and with what."""

from __future__ import annotations

import importlib.metadata as metadata
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from helpers.errors import ManuscriptError
from helpers.pipeline.forks import resident, unavailable

OLDEST_PYTHON = (3, 11)
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        subject: What.
        verdict: ``ok``; ``note`` where a build works all the same; ``broken`` where it cannot.
        detail: What was found, and how to mend it.
    """

    subject: str
    verdict: Literal["ok", "note", "broken"]
    detail: str


def examine(root: Path) -> tuple[Finding, ...]:
    """Look at everything that a build needs or can use.

    Args:
        root: The project's folder.
    """
    return (
        _python(),
        *_packages(root),
        _pandoc(),
        _quarto(),
        _kernels(root),
        _git(root),
        *_folders(root),
    )


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Finding("Python", "broken", f"{version}; 3.11 or newer is needed")
    return Finding("Python", "ok", version)


def _packages(root: Path) -> Iterator[Finding]:
    """Compare the direct dependencies with the lock, as far as they are in it."""
    lock = root / "requirements.lock"
    if not lock.is_file():
        yield Finding("packages", "note", "there is no requirements.lock to compare with")
        return
    found = map(PIN.match, lock.read_text(encoding="utf-8").splitlines())
    pins: dict[str, set[str]] = {}
    for pin in filter(None, found):
        pins.setdefault(pin[1], set()).add(pin[2])
    required = metadata.requires("myeloma-manuscript") or []
    names = [re.split(r"[^A-Za-z0-9._-]", line)[0] for line in required if "extra ==" not in line]
    wrong = list(filter(None, (_differs(name, pins) for name in names)))
    yield from wrong
    if not wrong:
        yield Finding("packages", "ok", f"0 of {len(names)} differ from requirements.lock")


def _differs(name: str, pins: dict[str, set[str]]) -> Finding | None:
    wanted = pins.get(name.lower().replace("_", "-"), set())
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding(name, "broken", "not installed; run `make .venv`")
    if version in wanted:
        return None
    listed = " or ".join(sorted(wanted)) or "none"
    return Finding(name, "note", f"{version} instead of {listed}; numbers may differ")


def _pandoc() -> Finding:
    from helpers.manuscript.embedded import engine_name

    try:
        return Finding("embedded engine", "ok", engine_name())
    except ManuscriptError as problem:
        return Finding("embedded engine", "broken", f"{problem.what}; {problem.remedy}")


def _quarto() -> Finding:
    from helpers.manuscript.quarto import engine_name, find_quarto

    try:
        binary = find_quarto(required=False)
        if binary is None:
            return Finding("Quarto", "note", "not installed; the embedded engine renders")
        return Finding("Quarto", "ok", engine_name(binary))
    except ManuscriptError as problem:
        return Finding("Quarto", "broken", f"{problem.what}; {problem.remedy}")


def _kernels(root: Path) -> Finding:
    """Say how kernels are started here: the results are the same, only sooner or later."""
    one_by_one = "started one by one"
    why = unavailable()
    if why:
        return Finding("kernels", "note", f"{one_by_one}: {why}")
    try:
        with resident(root) as server:
            if server is not None and server.ready(wait=True):
                told = "forked from a process that has the libraries loaded"
                return Finding("kernels", "ok", told)
            problem = server.problem if server is not None else ""
    except ManuscriptError as error:
        problem = error.what
    return Finding("kernels", "note", f"{one_by_one}; what would fork them: {problem}")


def _git(root: Path) -> Finding:
    git = shutil.which("git")
    command = [git or "git", "-C", str(root), "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True) if git else None
    if done is None or done.returncode:
        return Finding("git", "note", "no commit is known; colophons will say so")
    return Finding("git", "ok", f"commit {done.stdout.strip()}")


def _folders(root: Path) -> Iterator[Finding]:
    for name in ("outputs", ".manuscript"):
        place = root / name if (root / name).exists() else root
        if place.is_dir() and os.access(place, os.W_OK):
            yield Finding(f"{name}/", "ok", "can be written")
        else:
            yield Finding(f"{name}/", "broken", "cannot be written; builds would fail")
