"""The rules of docs/architecture.md that a program can hold: who may import whom, and what a
notebook and a module may hold. Each check looks at a tree, so that a planted violation shows it.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from helpers.project import list_studies

ROOT = Path(__file__).parents[1]
LONGEST = 60
TEXTS = {".py", ".lua", ".typ", ".html", ".jats", ".css", ".csl", ".js", ".json", ".yml", ".md"}
MACHINE = re.compile(
    r"(?<![\w.])/(?:home|root|work|Users|tmp|mnt|opt)/|\b[A-Z]:\\\\?Users", re.ASCII
)
INDEX = re.compile(
    r"https?://[^\s\"']*(?:pypi|pythonhosted|/simple\b|conda\.anaconda|/repository/)"
)
LABEL = re.compile(r"\A#\|\s*label:\s*[a-z0-9-]+\s*$", re.MULTILINE)
DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)

#: Each part of ``helpers`` to the parts that it may import: arrows point one way.
ARROWS: dict[str, set[str]] = {
    "errors": set(),
    "marked_yaml": {"errors"},
    "imwg": set(),
    "claims": {"errors", "imwg", "marked_yaml"},
    "project": {"errors"},
    "scratch": set(),
    "tarballs": set(),
    "statistics": {"imwg"},
    "study": {"errors", "imwg", "project", "marked_yaml"},
    "exhibits": {"errors", "statistics"},
    "ledger": {"errors"},
    "audit": {"errors", "claims", "statistics", "manuscript"},
    "reconstruction": {"errors", "claims", "audit", "statistics", "study"},
    "analyses": {
        "errors",
        "imwg",
        "claims",
        "audit",
        "statistics",
        "exhibits",
        "ledger",
        "reconstruction",
    },
    "session": {"errors", "scratch", "study", "exhibits", "ledger"},
    "manuscript": {"errors", "scratch", "ledger"},
    "pipeline": {"errors", "scratch", "project", "study", "ledger", "manuscript"},
    "progress": {"pipeline"},
    "preview": {"errors", "pipeline", "progress", "review"},
    "executors": {"errors", "scratch", "tarballs", "project", "pipeline"},
    "review": {
        "marked_yaml",
        "errors",
        "scratch",
        "tarballs",
        "imwg",
        "project",
        "study",
        "statistics",
        "ledger",
        "claims",
        "pipeline",
        "manuscript",
        "executors",
    },
    "scaffold": {"errors", "imwg", "study", "ledger", "review"},
    "cli": {
        "errors",
        "project",
        "study",
        "claims",
        "audit",
        "reconstruction",
        "manuscript",
        "pipeline",
        "progress",
        "preview",
        "analyses",
        "ledger",
        "review",
        "executors",
        "scaffold",
    },
}
#: What they may name in annotations beside that; nothing is imported when the program runs.
TYPES_ONLY: dict[str, set[str]] = {
    "ledger": {"statistics", "study"},
    "analyses": {"study"},
    "session": {"analyses"},
}
#: Single modules that a part may import beside that.
MODULES_ONLY: dict[str, set[str]] = {"study": {"statistics.therapy_lines"}}


def texts(folder: Path) -> list[tuple[str, str]]:
    """The text files below a folder: relative path and content."""
    found = [
        (path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*"))
        if path.suffix in TEXTS and "egg-info" not in path.as_posix()
    ]
    assert found, f"nothing to look at in {folder.name}"
    return found


def lines_that(folder: Path, pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}"
        for name, text in texts(folder)
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def study_names(root: Path) -> list[str]:
    """Lines under src/ that name a study, as a word of its own or as part of a longer name."""
    known = list_studies(root)
    assert known
    names = "|".join(map(re.escape, known))
    pattern = re.compile(rf"(?<![a-z0-9])(?:{names})(?![a-z0-9])", re.IGNORECASE)
    return lines_that(root / "src", pattern)


def machine_paths(root: Path) -> list[str]:
    return lines_that(root / "src", MACHINE)


def index_addresses(root: Path) -> list[str]:
    return lines_that(root / "src", INDEX)


def modules(root: Path) -> Iterator[tuple[str, str, ast.Module]]:
    """Path below src/helpers, part of helpers, and tree of every module."""
    base = root / "src" / "helpers"
    for name, text in texts(base):
        if name.endswith(".py") and name != "__init__.py":
            yield name, name.split("/")[0].removesuffix(".py"), ast.parse(text)


def long_functions(root: Path) -> list[str]:
    return [
        f"{name}:{node.name}"
        for name, _, tree in modules(root)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > LONGEST
    ]


def imports(name: str, tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """Imports of helpers, in functions too: what, below helpers, and whether for types alone."""
    typing = {id(node) for block in ast.walk(tree) if _types_only(block) for node in _all(block)}
    for node in ast.walk(tree):
        for to in _imported(node, name):
            yield to, id(node) in typing


def wrong_imports(root: Path) -> list[str]:
    """Imports of helpers that go against the arrows, and parts that have no place yet."""
    found = []
    for name, part, tree in modules(root):
        if part not in ARROWS:
            found.append(f"{name}: {part} has no place among the arrows")
            continue
        single = MODULES_ONLY.get(part, set())
        for to, typing in imports(name, tree):
            allowed = {part} | ARROWS[part] | (TYPES_ONLY.get(part, set()) if typing else set())
            if to.split(".")[0] not in allowed and ".".join(to.split(".")[:2]) not in single:
                found.append(f"{name}: {part} -> {to}")
    return found


def unused_arrows(root: Path) -> list[str]:
    """Arrows that no import needs, so that they would let in what nobody meant."""
    needed = {
        (part, ".".join(to.split(".")[:words]), typing)
        for name, part, tree in modules(root)
        for to, typing in imports(name, tree)
        for words in (1, 2)
    }
    kinds = ((ARROWS, False), (TYPES_ONLY, True), (MODULES_ONLY, False))
    given = [(p, to, typing) for kind, typing in kinds for p, many in kind.items() for to in many]
    return [f"{part} -> {to}" for part, to, typing in given if (part, to, typing) not in needed]


def _types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _all(block: ast.AST) -> Iterator[ast.AST]:
    assert isinstance(block, ast.If)
    for statement in block.body:
        yield from ast.walk(statement)


def _imported(node: ast.AST, name: str) -> Iterator[str]:
    """Yield what an import statement brings in, below helpers: the part and what is in it."""
    paths: list[str] = []
    if isinstance(node, ast.Import):
        paths = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.level:
        above = ["helpers", *name.split("/")][: -node.level]
        paths = [".".join([*above, *filter(None, [node.module]), a.name]) for a in node.names]
    elif isinstance(node, ast.ImportFrom):
        paths = [f"{node.module}.{alias.name}" for alias in node.names]
    for path in paths:
        words = path.split(".")
        if words[0] == "helpers" and len(words) > 1 and words[1] != "__version__":
            yield ".".join(words[1:])


def notebooks(root: Path) -> Iterator[tuple[str, int, dict]]:
    found = sorted((root / "notebooks").glob("*.ipynb"))
    assert found
    for path in found:
        for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"], 1):
            yield path.stem, number, cell


def notebook_outputs(root: Path) -> list[str]:
    return [
        f"{name}, cell {number}"
        for name, number, cell in notebooks(root)
        if cell.get("outputs") or cell.get("execution_count") is not None
    ]


def notebook_definitions(root: Path) -> list[str]:
    return [
        f"{name}, cell {number}"
        for name, number, cell in notebooks(root)
        if cell["cell_type"] == "code"
        and any(isinstance(node, DEFINES) for node in ast.walk(ast.parse("".join(cell["source"]))))
    ]


def notebook_cells_without_label(root: Path) -> list[str]:
    """Code cells without a label, the parameters cell aside, and labels that stand twice."""
    found, seen = [], set()
    for name, number, cell in notebooks(root):
        if cell["cell_type"] != "code" or "parameters" in cell["metadata"].get("tags", []):
            continue
        label = LABEL.search("".join(cell["source"]))
        if label is None or (name, label[0]) in seen:
            found.append(f"{name}, cell {number}")
        else:
            seen.add((name, label[0]))
    return found


CHECKS = [
    study_names,
    machine_paths,
    index_addresses,
    long_functions,
    wrong_imports,
    notebook_outputs,
    notebook_definitions,
    notebook_cells_without_label,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_project_keeps_the_rule(check):
    assert check(ROOT) == []


def test_the_arrows_make_no_circle():
    every = {part: ARROWS[part] | TYPES_ONLY.get(part, set()) for part in ARROWS}
    assert set(TopologicalSorter(every).static_order()) == set(ARROWS)


def test_no_arrow_is_there_for_nothing():
    assert unused_arrows(ROOT) == []


def test_an_arrow_that_nothing_needs_is_found(monkeypatch):
    monkeypatch.setitem(ARROWS, "statistics", ARROWS["statistics"] | {"ledger"})
    monkeypatch.setitem(TYPES_ONLY, "exhibits", {"study"})
    assert unused_arrows(ROOT) == ["statistics -> ledger", "exhibits -> study"]


def test_every_part_has_its_place_and_no_place_is_empty():
    assert {part for _, part, _ in modules(ROOT)} == set(ARROWS)


@pytest.mark.parametrize("part", ["statistics", "study"])
def test_the_two_foundations_stand_beside_each_other(part):
    assert ARROWS[part] <= {"errors", "imwg", "marked_yaml", "project"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small project that keeps every rule."""
    (tmp_path / "data" / "alpha").mkdir(parents=True)
    (tmp_path / "data" / "alpha" / "study.yml").write_text("id: alpha\n")
    for name in ("cli", "statistics/curves", "study/tables", "ledger/row"):
        path = tmp_path / "src" / "helpers" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        below = "imwg" if name.startswith("statistics") else "errors"
        path.write_text(f'"""Alphabet of things."""\n\nfrom helpers.{below} import nearest\n')
    (tmp_path / "notebooks").mkdir()
    write_notebook(tmp_path, "#| label: one\n1 + 1")
    return tmp_path


def write_notebook(root: Path, *sources: str, **given: object) -> None:
    """Write a notebook of a parameters cell and code cells; ``given`` goes into the last cell."""
    cells = [code('study = "alpha"', metadata={"tags": ["parameters"]}), *map(code, sources)]
    cells[-1] |= given
    (root / "notebooks" / "01-one.ipynb").write_text(json.dumps({"cells": cells}))


def code(source: str, **given: object) -> dict:
    usual = {"metadata": {}, "outputs": [], "execution_count": None}
    return {"cell_type": "code", "source": source.splitlines(keepends=True), **usual, **given}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_good_tree_keeps_the_rule(tree, check):
    assert check(tree) == []


TOO_LONG = "def long():\n" + "    x = 1\n" * LONGEST


@pytest.mark.parametrize(
    ("check", "module", "planted"),
    [
        (study_names, "cli", "NAME = 'alpha'"),
        (study_names, "ledger/row", "# as Alpha does"),
        (study_names, "ledger/row", "alpha_cutoff = 3"),
        (machine_paths, "cli", "PLACE = '/home/somebody/data'"),
        (machine_paths, "cli", "PLACE = '/root/project'"),
        (machine_paths, "cli", r"PLACE = 'C:\\Users\\somebody'"),
        (index_addresses, "cli", "INDEX = 'https://mirror.example.org/simple'"),
        (index_addresses, "cli", "INDEX = 'https://pypi.example.org/x'"),
        (long_functions, "cli", TOO_LONG),
        (long_functions, "cli", "class Box:\n" + "    " + TOO_LONG.replace("\n", "\n    ")),
        (wrong_imports, "statistics/curves", "from helpers.study import Study"),
        (wrong_imports, "statistics/curves", "import helpers.pipeline.build"),
        (wrong_imports, "statistics/curves", "def late():\n    from helpers.ledger import Row"),
        (wrong_imports, "statistics/curves", "from ..exhibits import table"),
        (wrong_imports, "statistics/curves", "from helpers import exhibits"),
        (wrong_imports, "study/tables", "from helpers.statistics.response import response_rates"),
        (wrong_imports, "study/tables", "from helpers.statistics import proportions"),
        (wrong_imports, "study/tables", "import helpers.statistics"),
        (wrong_imports, "study/tables", "if TYPE_CHECKING:\n    from helpers.ledger import Row"),
        (wrong_imports, "ledger/row", "from helpers.study.definition import Style"),
        (wrong_imports, "ledger/row", "if not TYPE_CHECKING:\n    import helpers.study"),
        (
            wrong_imports,
            "ledger/row",
            "if TYPE_CHECKING:\n    pass\nelse:\n    import helpers.study",
        ),
        (wrong_imports, "newcomer", "X = 1"),
    ],
)
def test_a_planted_violation_is_found(tree, check, module, planted):
    path = tree / "src" / "helpers" / f"{module}.py"
    before = path.read_text() if path.is_file() else ""
    path.write_text(f"{before}\n{planted}\n")
    assert len(check(tree)) == 1


def test_a_type_that_may_be_named_is_no_violation(tree):
    path = tree / "src" / "helpers" / "ledger" / "row.py"
    path.write_text("if TYPE_CHECKING:\n    from helpers.study.definition import Style\n")
    assert wrong_imports(tree) == []


@pytest.mark.parametrize(
    ("check", "sources", "given"),
    [
        (notebook_outputs, ["#| label: one\n1"], {"outputs": [{"output_type": "stream"}]}),
        (notebook_outputs, ["#| label: one\n1"], {"execution_count": 3}),
        (notebook_definitions, ["#| label: one\ndef f():\n    pass"], {}),
        (notebook_definitions, ["#| label: one\nf = lambda x: x"], {}),
        (notebook_definitions, ["#| label: one\nclass Box:\n    pass"], {}),
        (notebook_cells_without_label, ["1 + 1"], {}),
        (notebook_cells_without_label, ["x = 1\n#| label: late"], {}),
        (notebook_cells_without_label, ["#| label: one\n1", "#| label: one\n2"], {}),
    ],
)
def test_a_planted_violation_in_a_notebook_is_found(tree, check, sources, given):
    write_notebook(tree, *sources, **given)
    assert len(check(tree)) == 1


@pytest.mark.parametrize("check", [study_names, long_functions, notebook_outputs])
def test_a_check_that_looks_at_nothing_does_not_pass(tmp_path, check: Callable):
    (tmp_path / "data" / "alpha").mkdir(parents=True)
    (tmp_path / "data" / "alpha" / "study.yml").write_text("id: alpha\n")
    with pytest.raises(AssertionError):
        check(tmp_path)
