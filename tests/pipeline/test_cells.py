"""What of a notebook's source makes it run again, and what only changes its looks."""

from __future__ import annotations

import json

import pytest

from helpers.errors import ManuscriptError
from helpers.pipeline.cells import read_source
from helpers.pipeline.source import Source

CELL = "#| label: fit\n#| tbl-cap: A table.\n# why\nx = f(1, 2)\nshow(x)"


def code(source: str, **metadata) -> dict:
    return {
        "cell_type": "code",
        "id": "a",
        "metadata": metadata,
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def text(source: str) -> dict:
    return {"cell_type": "markdown", "id": "m", "metadata": {}, "source": source}


@pytest.fixture
def source(tmp_path):
    """Take apart a notebook of these cells."""

    def read(*cells: dict) -> Source:
        path = tmp_path / "02-fit.ipynb"
        body = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        path.write_text(json.dumps(body))
        return read_source(path)

    return read


@pytest.mark.parametrize(
    "same",
    [
        CELL.replace("# why", "# why not"),
        CELL.replace("# why\n", ""),
        CELL.replace("f(1, 2)", "f(\n    1,\n    2,\n)"),
        CELL.replace("x =", "x  ="),
        CELL + "\n\n# the end",
        CELL.replace("#| label: fit", "#|  label: fit "),
    ],
)
def test_comments_and_layout_change_the_looks_alone(source, same):
    before, after = source(code(CELL)), source(code(same))
    assert after.cells == before.cells
    assert after.shown != before.shown


def test_narrative_changes_the_looks_alone(source):
    before, after = source(text("One."), code(CELL)), source(text("Two."), text("."), code(CELL))
    assert after.cells == before.cells
    assert after.shown != before.shown


@pytest.mark.parametrize(
    "other",
    [
        CELL.replace("1, 2", "2, 1"),
        CELL.replace("f(", "g("),
        CELL.replace("A table.", "The table."),
        CELL + ";",
        CELL + "; # quiet",
        CELL.replace("show(x)", "if x:\n    show(x)"),
        CELL + "\n%matplotlib inline",
    ],
)
def test_code_and_options_make_it_run(source, other):
    assert source(code(other)).cells["fit"] != source(code(CELL)).cells["fit"]


def test_a_tag_makes_it_run(source):
    tagged = source(code(CELL, tags=["raises-exception"]))
    assert tagged.cells != source(code(CELL)).cells


def test_what_only_ipython_understands_counts_as_it_stands(source):
    before, after = (source(code(f"%time f() # {word}")).cells["1"] for word in ("a", "b"))
    assert before != after


def test_cells_are_called_by_label_or_number_each_once(source):
    found = source(code("x = 1"), code("#| label: a\ny"), code("#| label: a\nz")).cells
    assert list(found) == ["1", "a", "a (3)"]


def test_parameters_and_those_that_are_used(source):
    found = source(
        code("study = 'toy'\nlevel: float | None = None\nunused = 1", tags=["parameters"]),
        code("begin(study, level=level)"),
    )
    assert found.parameters == ("study", "level", "unused")
    assert found.used == ("study", "level")


def test_a_notebook_without_parameters_says_so(source):
    assert source(code("x = 1")).parameters is None


def test_what_cells_name_in_full(source):
    found = source(
        code("from helpers.analyses import safety as s\nimport helpers.ledger, os"),
        code("s.rows(helpers.ledger.Row)\nos.getcwd()"),
    )
    assert set(found.words) == {
        "import helpers.analyses.safety",
        "import helpers.ledger",
        "helpers.analyses.safety.rows",
        "helpers.ledger.Row",
    }


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"cells": 1}', '{"cells": [{}]}'])
def test_a_file_that_is_no_notebook(tmp_path, body):
    path = tmp_path / "03-survival.ipynb"
    path.write_text(body)
    with pytest.raises(ManuscriptError, match="not a notebook"):
        read_source(path)
