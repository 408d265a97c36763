"""What really ran while the notebooks did is part of what makes them stale.

Every notebook of the project runs on a seed study, and writes down each function of the package
that it calls. All of them lie within the reach of its key; and a constant that is altered in one
of them, wherever, alters the key.
"""

from __future__ import annotations

import ast
import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.pipeline import run_notebooks
from helpers.pipeline.contents import file_hash, files_below
from helpers.pipeline.inputs import MACHINERY, PACKAGE, Inputs
from helpers.pipeline.layout import Layout
from helpers.pipeline.reach import Package, Reach

ROOT = Path(__file__).parents[2]
STUDY = "fhrmm"
NAMES = ("01-cleaning", "02-response", "03-survival", "04-safety", "05-audit")
ALTERED = 6
#: Writes down every function of the package that a notebook calls; the flag tells functions from
#: the bodies of classes, which are run when they are imported.
TRACE = """
import os, sys
from pathlib import Path

traced = set()
traced_home = str(Path(sys.modules["helpers"].__file__).parent) + os.sep

def follow(frame, event, given):
    code = frame.f_code
    if event == "call" and code.co_flags & 1 and code.co_filename.startswith(traced_home):
        traced.add((code.co_filename.removeprefix(traced_home), code.co_qualname))

sys.setprofile(follow)
"""
#: A notebook may have called its own things ``os`` or ``name`` since.
TELL = """
import os, sys
from pathlib import Path
sys.setprofile(None)
lines = sorted(f"{file} {function}" for file, function in traced)
length = Path(os.environ["TOLD"], session.notebook).write_text("\\n".join(lines))
"""


@pytest.fixture(scope="module")
def called(tmp_path_factory) -> dict[str, list[tuple[str, str]]]:
    """For each notebook, file and qualified name of every function that it called."""
    folder = tmp_path_factory.mktemp("called")
    root = folder / "project"
    (root / "notebooks").mkdir(parents=True)
    shutil.copytree(ROOT / "data" / STUDY, root / "data" / STUDY)
    shutil.copy(ROOT / "_quarto.yml", root)
    for name in NAMES:
        source = json.loads((ROOT / f"notebooks/{name}.ipynb").read_text())
        cells = [cell for cell in source["cells"] if cell["cell_type"] == "code"]
        first = next(n for n, cell in enumerate(cells) if "begin(" in "".join(cell["source"]))
        trace = {**cells[first], "id": "trace", "source": f"import helpers.session\n{TRACE}"}
        cells.insert(first, trace)
        cells.append({**cells[first], "id": "tell", "source": TELL})
        (root / f"notebooks/{name}.ipynb").write_text(json.dumps({**source, "cells": cells}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOLD", str(folder))
        run_notebooks(root, STUDY, folder / "record")
    lines = {name: (folder / name).read_text().splitlines() for name in NAMES}
    return {name: [tuple(line.split()) for line in found] for name, found in lines.items()}


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """A copy of the package that may be altered."""
    folder = tmp_path_factory.mktemp("copy") / "helpers"
    shutil.copytree(PACKAGE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def words(name: str) -> tuple[str, ...]:
    """What a notebook's key begins its reach at."""
    layout = Layout(ROOT, STUDY)
    source = Inputs(layout, None).source_of(ROOT / f"notebooks/{name}.ipynb")
    return (*MACHINERY, *source.words)


def reached(folder: Path, name: str) -> dict[str, str]:
    """The pieces of a copy of the package that a notebook's key covers, and their hashes."""
    digests = {path: file_hash(folder / path) for path in files_below(folder)}
    package = Package(folder, digests, folder.parent / "units.json")
    found = Reach(package).of(words(name))
    package.save()
    return found


def is_reached(file: str, function: str, pieces: dict[str, str]) -> bool:
    """A function counts where it, the one that it stands in, or its class does."""
    inner = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    module = "helpers" if inner == "__init__" else f"helpers.{inner}"
    outermost = function.split(".<locals>")[0]
    names = {f"{kind} {module}.{outermost}" for kind in ("function", "class", "constant")}
    if outermost in ("<module>", "<lambda>", "<listcomp>", "<genexpr>", "<dictcomp>", "<setcomp>"):
        names.add(f"module-level code {module}")
    return bool(names & set(pieces))


def numbers(tree: ast.AST, qualified: str) -> Iterator[ast.Constant]:
    """Yield the numbers in a function that is named from the top of its module."""
    node: ast.AST = tree
    for name in qualified.split("."):
        inner = [n for n in getattr(node, "body", []) if getattr(n, "name", None) == name]
        if not inner:
            return
        node = inner[-1]
    for found in ast.walk(node):
        if isinstance(found, ast.Constant) and type(found.value) in (int, float):
            yield found


def altered(source: bytes, number: ast.Constant) -> bytes:
    """Return a module in which one number is another."""
    lines = source.splitlines(keepends=True)
    line, (start, end) = lines[number.lineno - 1], (number.col_offset, number.end_col_offset)
    lines[number.lineno - 1] = line[:start] + repr(number.value + 1).encode() + line[end:]
    return b"".join(lines)


@pytest.mark.parametrize("name", NAMES)
def test_every_function_that_a_notebook_calls_is_reached(called, name):
    pieces = Inputs(Layout(ROOT, STUDY), None).code(words(name))
    assert len(called[name]) > 50
    assert [one for one in called[name] if not is_reached(*one, pieces)] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_number_altered_in_any_of_them_alters_the_key(called, copy, name):
    chance = random.Random(name)
    before, tried = reached(copy, name), 0
    for file, function in chance.sample(called[name], len(called[name])):
        path = copy / file
        source = path.read_bytes()
        found = list(numbers(ast.parse(source), function))
        if not found:
            continue
        path.write_bytes(altered(source, chance.choice(found)))
        try:
            assert reached(copy, name) != before, f"{file}: {function}"
        finally:
            path.write_bytes(source)
        tried += 1
        if tried == ALTERED:
            return
    pytest.fail(f"only {tried} functions with a number were found")
