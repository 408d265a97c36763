"""``manuscript sweep``: which sentences of the abstract hang on a choice."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from helpers.errors import ManuscriptError
from helpers.ledger.row import Row
from helpers.review.sentences import Numbers, Template
from helpers.review.sweep import make_grid, sweep
from helpers.review.sweep.claims import claims
from helpers.review.sweep.grid import Choice, Grid, Point
from helpers.study.schema import Settings

USE = "#| label: use\nfrom pathlib import Path\nimport os\nrows = [1, 2, 3, 4]"
LEAVE = """
#| label: leave
import json, os
from pathlib import Path
from helpers.ledger import Row

level = confidence_level or 0.95
assert level != 0.6, "a level that cannot be"
row = Row(key="response.patients", population="treated", statistic="p_value", value=1 - level,
          display=f"{1 - level:.2f}")
part = {"notebook": "02-response", "study": study, "data_hash": "0" * 16, "rows": [row.as_dict()]}
record = Path(os.environ["MANUSCRIPT_RECORD"])
(record / "parts").mkdir(exist_ok=True)
(record / "parts" / "02-response.json").write_text(json.dumps(part))
"""


@pytest.fixture
def choosy(toy):
    """The toy, with one number that hangs on the confidence level."""
    toy.write_notebook("02-response", USE, LEAVE)
    return toy


def test_a_sweep_of_one_choice(choosy, manuscript):
    """One point is as it stands, one changes a number, one a decision, one fails."""
    vary = "confidence_level=0.95,0.96,0.9,0.6"
    status, out, err = manuscript("sweep", "toy", "--vary", vary, "--jobs", 2)
    assert status == 1
    assert "1 of 3 sentences of the abstract that hold a number would read differently" in out
    assert re.search(r"claim 1 +· +!! +n +x\n", out)
    assert "!! p = 0.05 → p = 0.04: falls below 0.05" in out
    assert "confidence_level = 0.9: [-0.05-]{+0.10+} toys were studied." in out
    assert "point 4 failed: " in out
    assert "a level that cannot be" in out
    assert err.count("toy: ran") == 3
    written = json.loads((choosy.outputs / "sweep.json").read_text(encoding="utf-8"))
    assert [bool(point["problem"]) for point in written["points"]] == [False, False, False, True]
    page = (choosy.outputs / "sweep.html").read_text(encoding="utf-8")
    assert '<td class="failed">x</td>' in page
    assert str(choosy.root) not in page + out + json.dumps(written)
    again = {p.name: p.read_bytes() for p in choosy.outputs.glob("sweep.*")}
    status, _, err = manuscript("sweep", "toy", "--vary", vary)
    assert (status, err.count("toy: kept"), err.count("toy: failed")) == (1, 3, 1)
    assert again == {p.name: p.read_bytes() for p in choosy.outputs.glob("sweep.*")}


def test_an_interrupted_sweep_goes_on_and_other_inputs_begin_anew(choosy):
    def stop(outcome: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(choosy.root, "toy", ["confidence_level=0.9"], on_outcome=stop)
    outcomes = []
    sweep(choosy.root, "toy", ["confidence_level=0.9"], on_outcome=outcomes.append)
    assert [outcome.reused for outcome in outcomes] == [True, False]
    outcomes.clear()
    choosy.raw.write_text(choosy.raw.read_text() + "e,no,2020-01-01,,2020-09-01\n")
    sweep(choosy.root, "toy", ["confidence_level=0.95"], on_outcome=outcomes.append)
    assert [outcome.reused for outcome in outcomes] == [False]
    assert len(list((choosy.root / ".manuscript" / "toy" / "sweep").iterdir())) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--vary", "confidense_level=0.9"], "did you mean 'confidence_level'"),
        (["--vary", "confidence_level=high"], "is no value of confidence_level"),
        (["--vary", "confidence_level=0.9,1.2"], "less than 1"),
        (["--vary", "confidence_level="], "varies nothing"),
        (["--vary", "confidence_level"], "varies nothing"),
        (["--vary", "confidence_level=[0.9"], "are not YAML\n  where: --vary"),
        (["--vary", "confidence_level=0.9", "-p", "confidence_level=0.8"], "more than once"),
        (["--vary", "confidence_level=0.9", "--vary", "confidence_level=0.8"], "more than once"),
        (["--vary", "study=x"], "unknown parameter 'study'"),
    ],
)
def test_a_wrong_grid_is_an_error_before_anything_runs(toy, manuscript, words, said):
    status, out, err = manuscript("sweep", "toy", *words)
    assert (status, out) == (1, "")
    assert said in err
    assert not (toy.root / ".manuscript").exists()


@pytest.fixture(scope="module")
def grid_of_a_seed():
    root = Path(__file__).parents[2]

    def made(*vary: str) -> Grid:
        return make_grid(root, "aponermin", vary)

    return made


@pytest.mark.parametrize(
    ("vary", "values"),
    [
        ("landmark_months=1,2,3", ([1.0], [2.0], [3.0])),
        ("landmark_months=[1,2]", ([1.0, 2.0],)),
        ("landmark_months=[1, 2],[],4", ([1.0, 2.0], [], [4.0])),
        ("confidence_level=[0.9, 0.95]", (0.9, 0.95)),
        ("confidence_level=0.9,0.9", (0.9,)),
        ("response_population=treated, evaluable", ("treated", "evaluable")),
    ],
)
def test_values_are_yaml(grid_of_a_seed, vary, values):
    assert grid_of_a_seed(vary).choices[0].values == values


@pytest.mark.parametrize(
    ("vary", "said"),
    [
        ("interval_transform=log-lok", "did you mean 'log-log'"),
        ("response_population=evaluabel", "did you mean 'evaluable'"),
        ("landmark_months=-1", "greater than 0"),
    ],
)
def test_a_value_that_is_none(grid_of_a_seed, vary, said):
    with pytest.raises(ManuscriptError, match=said):
        grid_of_a_seed(vary)


def test_what_the_study_says_itself_is_its_base(grid_of_a_seed):
    grid = grid_of_a_seed("landmark_months=1,2", "response_population=treated,evaluable")
    assert len(grid.points) == 4
    assert [point.key == grid.base.key for point in grid.points].count(True) == 1
    assert grid.base.parameters == {}


MONTHS = {"landmark_months": [2.0]}


def numbers(*rows: Row) -> Numbers:
    forms = {f"n.{row.key}.{form}": t for row in rows for form, t in row.printable().items()}
    return Numbers({}, {row.key: row for row in rows}, forms)


def p_at(months: str, value: float) -> Row:
    text = f"{value:.3f}"
    return Row(f"landmark.{months}_months.p", "all", "p_value", value, text, unit=None)


def grid_of(*values: list[float]) -> Grid:
    points = [Point({"landmark_months": v}, {"landmark_months": v}) for v in values]
    choice = Choice("landmark_months", tuple(values))
    return Grid("s", (choice,), Point(MONTHS, {}), tuple(points), Settings(**MONTHS))


SENTENCE = Template(
    "abstract", "Results", "a.qmd:1", "It was \U000f0000.", ("n.landmark.2_months.p.p",)
)


def test_a_number_of_another_landmark_stands_in_its_place():
    base, grid = numbers(p_at("2", 0.597)), grid_of([1.0], [3.5], [1.0, 3.0], [])
    at = {
        0: numbers(p_at("1", 0.037)),
        1: numbers(p_at("3_5", 0.7)),
        2: numbers(p_at("1", 0.037), p_at("3", 0.7)),
        3: numbers(),
    }
    (claim,) = claims([SENTENCE], grid, base, at)
    assert [claim.at(n).grade for n in range(4)] == ["decision", "number", "absent", "absent"]
    assert claim.at(0).text == "It was p = 0.037."
    assert claim.at(0).remarks == ("in the place of the number of 2 months stands that of 1 month",)
    assert "falls below 0.05" in claim.at(0).decisions[0].words
    assert "[number absent]" in claim.at(2).text
    assert claim.depends_on == ("landmark_months",)


def test_a_sentence_that_reads_the_same_everywhere_is_no_claim():
    base = numbers(p_at("2", 0.597))
    assert claims([SENTENCE], grid_of([2.0]), base, {0: base}) == ()


def test_every_number_of_a_sentence_makes_it_a_claim():
    """One at a time, each bound number is changed; the sentence must become a claim."""
    rows = [Row(f"a.x{n}", "all", "count", n, str(n)) for n in range(6)]
    words = " and ".join(chr(0xF0000 + n) for n in range(6))
    template = Template("abstract", "", "a:1", words, tuple(f"n.{r.key}.value" for r in rows))
    for changed in range(6):
        other = [
            Row(r.key, "all", "count", 9, "9") if n == changed else r for n, r in enumerate(rows)
        ]
        at = {0: numbers(*other)}
        (claim,) = claims([template], grid_of([1.0]), numbers(*rows), at)
        assert claim.at(0).grade == "number"
