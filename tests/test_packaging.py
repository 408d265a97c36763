"""pyproject.toml, both locks and environment.yml say the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)\s*(?:;\s*(.*?))?\s*\\?$")
ADDRESS = re.compile(
    r"://|--(?:extra-)?index-url|--find-links|@\s*file|(?:^|\s)/[a-z]", re.MULTILINE
)


def lock(name: str) -> dict[tuple[str, str], set[str]]:
    """(package, marker) to (versions, with one entry each) of a lock."""
    pins: dict[tuple[str, str], set[str]] = {}
    for line in (ROOT / name).read_text().splitlines():
        if found := PIN.match(line):
            key = (canonicalize_name(found[1]), (found[3] or "").strip())
            pins.setdefault(key, set()).add(found[2])
    return pins


def versions(name: str) -> dict[str, set[str]]:
    """Package to its versions, whatever the marker."""
    found: dict[str, set[str]] = {}
    for (package, _), pinned in lock(name).items():
        found.setdefault(package, set()).update(pinned)
    return found


def requirements(*extras: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    texts = [*project["dependencies"]]
    for extra in extras:
        texts += project["optional-dependencies"][extra]
    return [Requirement(text) for text in texts]


def environment() -> tuple[list[str], list[Requirement]]:
    given = yaml.safe_load((ROOT / "environment.yml").read_text())
    conda = [item for item in given["dependencies"] if isinstance(item, str)]
    pip = next(item["pip"] for item in given["dependencies"] if isinstance(item, dict))
    return conda, [Requirement(item) for item in pip if not item.startswith("-")]


@pytest.mark.parametrize(
    ("name", "extras"), [(LOCKS[0], ("build",)), (LOCKS[1], ("build", "test"))]
)
def test_every_direct_dependency_is_locked_within_its_range(name, extras):
    locked = versions(name)
    for requirement in requirements(*extras):
        found = locked.get(canonicalize_name(requirement.name), set())
        assert found, f"{requirement.name} is not in {name}"
        for version in found:
            assert requirement.specifier.contains(version), f"{requirement}: {version} in {name}"


def test_the_dev_lock_adds_to_the_lock_and_changes_nothing():
    added_to = versions(LOCKS[1])
    locked = versions(LOCKS[0])
    assert len(locked) > 50
    for package, pinned in locked.items():
        assert pinned <= added_to.get(package, set()), package


@pytest.mark.parametrize("name", LOCKS)
def test_every_entry_of_a_lock_has_a_hash(name):
    entries = re.split(r"^(?=[A-Za-z0-9])", (ROOT / name).read_text(), flags=re.MULTILINE)
    entries = [entry for entry in entries if entry.strip()]
    assert len(entries) > 50
    for entry in entries:
        assert PIN.match(entry.splitlines()[0]), entry
        assert "--hash=sha256:" in entry, entry


def test_conda_users_get_the_locked_versions():
    locked = versions(LOCKS[0])
    conda, pins = environment()
    direct = {canonicalize_name(requirement.name) for requirement in requirements("build")}
    assert {canonicalize_name(pin.name) for pin in pins} == direct
    for pin in pins:
        assert {f"=={version}" for version in locked[canonicalize_name(pin.name)]} == {
            str(pin.specifier)
        }, pin.name
    assert any(item.startswith("quarto=") for item in conda)


def test_conda_users_get_a_python_that_the_project_supports():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    conda, _ = environment()
    python = next(item for item in conda if item.startswith("python="))
    wanted = Requirement(f"python{project['requires-python']}")
    assert wanted.specifier.contains(python.removeprefix("python=") + ".0")


@pytest.mark.parametrize("name", [*LOCKS, "environment.yml", "pyproject.toml"])
def test_no_index_and_no_address_is_named(name):
    found = ADDRESS.search((ROOT / name).read_text())
    assert found is None, f"{name}: {found and found[0]}"


def test_the_package_carries_every_file_that_is_not_python():
    """What the code reads at run time must be installed with it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["helpers"]
    source = ROOT / "src" / "helpers"
    carried = {path for pattern in patterns for path in source.glob(pattern)}
    others = {
        path for path in source.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert others <= carried
