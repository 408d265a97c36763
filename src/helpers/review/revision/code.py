"""Which functions of the package differ between two trees.

Comments, layout, docstrings and imports do not count.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

#: Parts of the package that no number comes from.
WITHOUT_NUMBERS = ("cli", "progress.py", "preview", "manuscript", "review", "executors.py")
REST = "what stands outside its functions"
MOST_NAMES = 6


def function_changes(old: Path, new: Path) -> Iterator[tuple[str, str]]:
    """Yield the modules that differ, and in which functions.

    Args:
        old: The folder ``src/helpers`` of the old tree.
        new: That of the new tree.
    """
    if not (old.is_dir() and new.is_dir()):
        return
    for name in sorted(_modules(old) | _modules(new)):
        before, after = _text(old / name), _text(new / name)
        words = _words(before, after)
        if words:
            stem = name.removesuffix(".py").removesuffix("/__init__")
            yield f"helpers.{stem.replace('/', '.')}", words


def _words(before: str, after: str) -> str:
    if before == after:
        return ""
    if not before or not after:
        return "the module is new" if after else "the module is gone"
    old, new = _parts(before), _parts(after)
    how = {
        "changed": [part for part in old if part in new and old[part] != new[part]],
        "new": [part for part in new if part not in old],
        "gone": [part for part in old if part not in new],
    }
    return "; ".join(f"{_listed(parts)} {words}" for words, parts in how.items() if parts)


def _listed(parts: list[str]) -> str:
    more = len(parts) - MOST_NAMES
    return ", ".join(parts[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _modules(folder: Path) -> set[str]:
    found = (path.relative_to(folder) for path in folder.rglob("*.py"))
    return {path.as_posix() for path in found if path.parts[0] not in WITHOUT_NUMBERS}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _parts(text: str) -> dict[str, str]:
    """Return what each function, method and the rest of a module does, by name."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return {REST: text}
    found: dict[str, str] = {}
    _collect(tree, "", found)
    return found


def _collect(node: ast.Module | ast.ClassDef, prefix: str, found: dict[str, str]) -> None:
    rest: list[str] = []
    for child in _without_docstring(node.body):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            child.body = _without_docstring(child.body) or [ast.Pass()]
            found[f"{prefix}{child.name}"] = ast.dump(child)
        elif isinstance(child, ast.ClassDef):
            _collect(child, f"{prefix}{child.name}.", found)
        elif not isinstance(child, ast.Import | ast.ImportFrom):
            rest.append(ast.dump(child))
    if isinstance(node, ast.ClassDef):
        rest += [ast.dump(part) for part in (*node.bases, *node.decorator_list)]
    found[prefix.rstrip(".") or REST] = "\n".join(rest)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    said = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if said else body
