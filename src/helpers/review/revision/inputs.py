"""Which inputs of two records differ: the study's definition, tables, code, parameters, lock.

Where both records lie beside their sources, these are compared; where one came alone, what it
recorded of its inputs is: the hash of its data, the cells of its executed notebooks, its
parameters and the version of the package. No value of a registry table is ever named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from helpers.pipeline.plan import LAST
from helpers.review.revision.code import function_changes
from helpers.review.revision.reach import notebooks_that_see, spread
from helpers.review.revision.registry import have_tables, table_changes
from helpers.review.revision.versions import Version
from helpers.review.sentences import Numbers

Kind = Literal["definition", "claims", "table", "notebook", "function", "parameter", "lock", "data"]
LOCK = "requirements.lock"
LONGEST = 60
#: What holds where a record was made without a parameter.
DEFAULT = "as study.yml has it"

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_LABEL = re.compile(r"\A#\|\s*label:\s*([A-Za-z0-9_-]+)")


@dataclass(frozen=True)
class InputChange:
    """One input that differs.

    Attributes:
        kind: What it is.
        name: Which: a key of study.yml, a table, ``notebook: cell``, a function, a package.
        words: How it differs.
        reaches: Stems of the notebooks whose numbers it can change; None for any.
    """

    kind: Kind
    name: str
    words: str
    reaches: frozenset[str] | None = None

    def __str__(self) -> str:
        return f"{self.name}: {self.words}"


def input_changes(
    old: Version, new: Version, before: Numbers, after: Numbers
) -> tuple[InputChange, ...]:
    """Return the inputs that differ, those of the study first."""
    found = [*_settings(before, after)]
    if old.project is not None and new.project is not None:
        data = f"data/{new.study}"
        found += _mapping("definition", old, new, f"{data}/study.yml")
        found += _tables(old, new)
        found += _mapping("claims", old, new, f"{data}/claims.yml")
        found += _functions(old.project, new.project)
        found += _lock(old.project / LOCK, new.project / LOCK)
        found += _notebooks(old.project / "notebooks", new.project / "notebooks")
    else:
        found += _notebooks(old.record, new.record)
    told = {change.kind for change in found}
    if "definition" in told and all(v.project and have_tables(v) for v in (old, new)):
        told.add("data")  # the hash is over study.yml too, and the tables have been compared
    found += _recorded(before, after, told)
    return tuple(found)


def _settings(before: Numbers, after: Numbers) -> Iterator[InputChange]:
    sides = [side.about.get("parameters") or {} for side in (before, after)]
    for name in dict.fromkeys([*sides[0], *sides[1]]):
        words = [_shown(side[name]) if name in side else DEFAULT for side in sides]
        if words[0] != words[1]:
            yield InputChange("parameter", f"parameter {name}", " → ".join(words))


def _recorded(before: Numbers, after: Numbers, told: set[Kind]) -> Iterator[InputChange]:
    """Yield what the ledgers say of their inputs, where nothing more exact was told."""
    if not told & {"table", "data"}:
        hashes = [str(side.about.get("data_hash", "unknown")) for side in (before, after)]
        if hashes[0] != hashes[1]:
            yield InputChange("data", "the data as read", f"hash {hashes[0]} → {hashes[1]}")
    locks = [side.about.get("lock") for side in (before, after)]
    if "lock" not in told and all(locks) and locks[0] != locks[1]:
        yield InputChange("lock", LOCK, f"hash {locks[0]} → {locks[1]}")
    versions = [str(side.about.get("package_version", "unknown")) for side in (before, after)]
    if versions[0] != versions[1]:
        yield InputChange("function", "the package helpers", f"{versions[0]} → {versions[1]}")


def _mapping(
    kind: Literal["definition", "claims"], old: Version, new: Version, name: str
) -> Iterator[InputChange]:
    sides = [_read_yaml((version.project or Path()) / name) for version in (old, new)]
    file = Path(name).name
    reaches = _audits(new) if kind == "claims" else None
    for key, words in _differences(sides[0], sides[1]):
        yield InputChange(kind, f"{file}: {key}", words, reaches)


def _audits(version: Version) -> frozenset[str]:
    """Return the notebooks that compare with what was published."""
    return frozenset(path.stem for path in version.record.glob(f"{LAST}*.ipynb"))


def _read_yaml(path: Path) -> object:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError:
        return {}
    except (yaml.YAMLError, UnicodeDecodeError):
        return {"the file": "not valid YAML"}


def _differences(old: object, new: object, at: str = "") -> Iterator[tuple[str, str]]:
    """Yield the dotted keys at which two trees differ, and how; a whole branch as one."""
    before, after = _entries(old), _entries(new)
    if before is None or after is None:
        if old != new:
            yield at, f"{_shown(old)} → {_shown(new)}"
        return
    for key in dict.fromkeys([*before, *after]):
        name = f"{at}.{key}" if at else key
        if key not in after:
            yield name, f"{_shown(before[key])} is gone"
        elif key not in before:
            yield name, f"{_shown(after[key])} is new"
        else:
            yield from _differences(before[key], after[key], name)


def _entries(tree: object) -> dict[str, object] | None:
    """Return the entries of a mapping or of a list of mappings; None for a leaf."""
    if isinstance(tree, dict):
        return {str(key): value for key, value in tree.items()}
    if isinstance(tree, list) and any(isinstance(item, dict) for item in tree):
        return {_position(item, n): item for n, item in enumerate(tree, start=1)}
    return None


def _position(item: object, number: int) -> str:
    """Name an entry of a list by its own id, so that one put in before it moves no other."""
    if isinstance(item, dict):
        for name in ("id", "key", "name", "level"):
            if isinstance(item.get(name), str):
                return str(item[name])
    return str(number)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _tables(old: Version, new: Version) -> Iterator[InputChange]:
    for name, words in table_changes(old, new):
        yield InputChange("table", name, words)


def _functions(old: Path, new: Path) -> Iterator[InputChange]:
    changes = list(function_changes(old / "src" / "helpers", new / "src" / "helpers"))
    seen = [notebooks_that_see(project) for project in (old, new)] if changes else []
    for module, words in changes:
        reaches = frozenset().union(*(modules.get(module, frozenset()) for modules in seen))
        if reaches:
            yield InputChange("function", module, words, reaches)


def _lock(old: Path, new: Path) -> Iterator[InputChange]:
    before, after = (dict(_PIN.findall(_text(path))) for path in (old, new))
    for name, words in _differences(before, after):
        yield InputChange("lock", f"{LOCK}: {name}", words)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _notebooks(old: Path, new: Path) -> Iterator[InputChange]:
    pattern = "[0-9][0-9]-*.ipynb"
    names = sorted({path.name for folder in (old, new) for path in folder.glob(pattern)})
    stems = frozenset(Path(name).stem for name in names)
    for name in names:
        before, after = _cells(old / name), _cells(new / name)
        reaches = spread({Path(name).stem}, stems)
        for label in dict.fromkeys([*before, *after]):
            if before.get(label) != after.get(label):
                words = "is new" if label not in before else "changed"
                words = words if label in after else "is gone"
                yield InputChange("notebook", f"notebooks/{name}, cell {label}", words, reaches)


def _cells(path: Path) -> dict[str, str]:
    """Return the code cells of a notebook by label; the parameters' cell is called so."""
    try:
        cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return {}
    found: dict[str, str] = {}
    for number, cell in enumerate(cells, start=1):
        tags = cell.get("metadata", {}).get("tags", [])
        if cell.get("cell_type") != "code" or "injected-parameters" in tags:
            continue
        source = "".join(cell["source"])
        label = _LABEL.search(source)
        name = label[1] if label else "parameters" if "parameters" in tags else str(number)
        found[name] = source
    return found
