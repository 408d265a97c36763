"""Which notebooks can see a module of the package: what they import, and what that imports."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from helpers.pipeline.plan import LAST

FIRST = "01"


def notebooks_that_see(project: Path) -> dict[str, frozenset[str]]:
    """Return the modules of ``helpers`` to the stems of the notebooks that a change can reach.

    Every notebook works on the cohort of the first, and the audit looks at all of them.

    Args:
        project: The folder that holds ``notebooks`` and ``src``.
    """
    modules = _modules(project / "src")
    imports = {name: _imports(path, name, modules) for name, path in modules.items()}
    notebooks = sorted((project / "notebooks").glob("[0-9][0-9]-*.ipynb"))
    found: dict[str, set[str]] = {name: set() for name in modules}
    for path in notebooks:
        for name in _closure(_of_notebook(path, modules), imports):
            found[name].add(path.stem)
    stems = frozenset(path.stem for path in notebooks)
    return {name: spread(seen, stems) for name, seen in found.items()}


def spread(reached: set[str], stems: frozenset[str]) -> frozenset[str]:
    """Return the notebooks whose numbers can change when some of them run otherwise."""
    if any(stem.startswith(FIRST) for stem in reached):
        return stems
    last = {stem for stem in stems if stem.startswith(LAST)} if reached else set()
    return frozenset(reached | last)


def _modules(source: Path) -> dict[str, Path]:
    found = {}
    for path in (source / "helpers").rglob("*.py"):
        parts = path.relative_to(source).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def _imports(path: Path, name: str, modules: dict[str, Path]) -> set[str]:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    with suppress(OSError, SyntaxError, UnicodeDecodeError):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        return set(_named(tree, package, modules))
    return set()


def _of_notebook(path: Path, modules: dict[str, Path]) -> set[str]:
    found: set[str] = set()
    with suppress(OSError, ValueError, KeyError, SyntaxError):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                found |= set(_named(ast.parse("".join(cell["source"])), "", modules))
    return found


def _named(tree: ast.Module, package: str, modules: dict[str, Path]) -> Iterator[str]:
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*(above if node.level else []), *filter(None, [node.module])])
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        for name in names:
            words = name.split(".")
            yield from (
                known
                for end in range(1, len(words) + 1)
                if (known := ".".join(words[:end])) in modules
            )


def _closure(begin: set[str], imports: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(begin)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += imports.get(name, set())
    return found
