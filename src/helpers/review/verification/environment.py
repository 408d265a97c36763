"""The environment of a record beside the one that is here: lock, Python, packages."""

from __future__ import annotations

import importlib.metadata as metadata
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.pipeline.contents import LOCK, lock_hash
from helpers.pipeline.installation import PIN

UNKNOWN = "not recorded"


@dataclass(frozen=True)
class Fact:
    """One fact about the environment.

    Attributes:
        subject: What.
        recorded: As the record, or its lock, has it.
        present: As it is here.
        agrees: Whether both are the same; None where the record does not say.
    """

    subject: str
    recorded: str
    present: str
    agrees: bool | None


@dataclass(frozen=True)
class Environment:
    """Where a record is verified.

    Attributes:
        lock: The hash of ``requirements.lock``.
        package: The version of this package.
        packages: The direct dependencies, against the lock that is here.
        python: Version and implementation of Python.
        machine: System and processor, without names of user or host.
    """

    lock: Fact
    package: Fact
    packages: tuple[Fact, ...]
    python: str
    machine: str

    @property
    def same(self) -> bool:
        """Whether it is known to be the environment that the record was made in."""
        return all(fact.agrees for fact in (self.lock, self.package, *self.packages))

    @property
    def differences(self) -> tuple[Fact, ...]:
        """The facts that differ, or that the record does not tell."""
        facts = (self.lock, self.package, *self.packages)
        return tuple(fact for fact in facts if not fact.agrees)


def environment(root: Path, about: Mapping[str, Any]) -> Environment:
    """Compare the environment that is here with what a ledger says about its own.

    Args:
        root: The project's folder.
        about: What the ledger holds beside its rows.
    """
    return Environment(
        lock=_fact("requirements.lock", about.get("lock"), lock_hash(root)),
        package=_fact(
            "myeloma-manuscript",
            about.get("package_version"),
            metadata.version("myeloma-manuscript"),
        ),
        packages=_packages(root),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        machine=f"{platform.system()} {platform.machine()}",
    )


def _fact(subject: str, recorded: object, present: str | None) -> Fact:
    agrees = None if recorded is None else recorded == present
    return Fact(subject, str(recorded or UNKNOWN), present or "there is none", agrees)


def _packages(root: Path) -> tuple[Fact, ...]:
    """Compare the direct dependencies that are installed with those of the lock."""
    pins = _pins(root / LOCK)
    required = metadata.requires("myeloma-manuscript") or []
    names = [re.split(r"[^A-Za-z0-9._-]", line)[0] for line in required if "extra ==" not in line]
    return tuple(_package(name, pins) for name in names) if pins else ()


def _package(name: str, pins: Mapping[str, set[str]]) -> Fact:
    wanted = pins.get(name.lower().replace("_", "-"), set())
    try:
        present = metadata.version(name)
    except metadata.PackageNotFoundError:
        present = "not installed"
    return Fact(name, " or ".join(sorted(wanted)) or UNKNOWN, present, present in wanted)


def _pins(lock: Path) -> dict[str, set[str]]:
    if not lock.is_file():
        return {}
    pins: dict[str, set[str]] = {}
    for found in filter(None, map(PIN.match, lock.read_text(encoding="utf-8").splitlines())):
        pins.setdefault(found[1], set()).add(found[2])
    return pins
