"""``manuscript diff``: what changed between two records, and because of which input."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.ledger.row import Row
from helpers.review.decisions import decisions
from helpers.review.revision import compare
from helpers.review.revision.code import function_changes
from helpers.review.revision.naming import Labels
from helpers.review.revision.numbers import number_changes
from helpers.review.revision.wording import paired, word_changes
from helpers.review.sentences import read_numbers, read_sentence, read_templates

SEEDS = ("aponermin", "fhrmm")
ROOT = Path(__file__).parents[2]
PERSON = ("-c", "user.name=a", "-c", "user.email=a@b.c")


@pytest.fixture
def diff(manuscript):
    """Run ``manuscript diff`` in this process; return its exit status and what it said."""
    return lambda *words: manuscript("diff", *map(str, words))


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(root), *PERSON, *words], check=True, capture_output=True)


def commit(root: Path) -> None:
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "as it was")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def change_number(record: Path, key: str, value: int) -> None:
    """Give a count another value, in the ledger and in what documents bind to."""
    ledger = json.loads((record / "ledger.json").read_text(encoding="utf-8"))
    row = next(row for row in ledger["rows"] if row["key"] == key)
    before = row["display"]
    row |= {"value": value, "display": str(value)}
    (record / "ledger.json").write_text(json.dumps(ledger), encoding="utf-8")
    edit(record / "numbers.yml", f'[{before}]{{.n data-key="{key}"}}', f"[{value}]{{.n}}")


def test_a_record_equals_itself(built, diff):
    status, out, err = diff("toy", built.outputs)
    assert (status, err) == (0, "")
    assert "nothing that is printed differs: 4 numbers, " in out


def test_since_a_commit_in_words_with_its_causes(built, diff):
    (built.root / "requirements.lock").write_text("pandas==2.3.1 \\\n", encoding="utf-8")
    commit(built.root)
    edit(built.root / "requirements.lock", "2.3.1", "2.3.3")
    edit(built.root / "data" / "toy" / "study.yml", "short: OS", "short: Survival")
    edit(built.raw, "d,no,2020-01-01,2020-09-01,2020-09-01\n", "d,no,2020-01-02,2020-09-17,\n")
    built.write_usual("04-safety", "#| label: later\n1 + 1")
    change_number(built.outputs, "response.patients", 5)
    edit(built.root / "manuscripts/toy/paper.qmd", "were studied", "were looked at")
    status, out, err = diff("toy@HEAD", "toy")
    assert (status, err) == (1, "")
    assert "  Response\n    number of patients in treated: 4 → 5 [1, 2, 3]\n" in out
    assert "study.yml: endpoints.os.short: OS → Survival" in out
    assert "the table patients: 1 row altered in columns 'start', 'death', 'last'" in out
    assert "notebooks/04-safety.ipynb, cell later: is new" in out
    assert "requirements.lock: pandas: 2.3.1 → 2.3.3" in out
    assert "[-4-]{+5+} toys were studied." in out
    assert "[-4-]{+5+} toys were [-studied-]{+looked at+}." in out
    assert "2020-09-17" not in out
    assert "the data as read" not in out, "the table says it better"


def test_a_definition_beside_the_same_tables_is_not_told_as_other_data(built, diff):
    """The hash of the data is over both; without the tables nothing else tells of them."""
    commit(built.root)
    edit(built.root / "data" / "toy" / "study.yml", "short: OS", "short: Survival")
    edit(built.outputs / "ledger.json", f'"data_hash": "{"0" * 16}"', f'"data_hash": "{"1" * 16}"')
    assert [change.kind for change in compare("toy@HEAD", "toy", built.root).inputs] == [
        "definition"
    ]
    built.raw.unlink()
    kinds = [change.kind for change in compare("toy@HEAD", "toy", built.root).inputs]
    assert kinds == ["definition", "table"]
    git(built.root, "commit", "-qam", "no table")
    edit(built.root / "data" / "toy" / "study.yml", "short: Survival", "short: Alive")
    edit(built.outputs / "ledger.json", f'"data_hash": "{"1" * 16}"', f'"data_hash": "{"2" * 16}"')
    kinds = [change.kind for change in compare("toy@HEAD", "toy", built.root).inputs]
    assert kinds == ["definition", "data"]


def test_what_stands_behind_a_number_is_said_once_and_in_words():
    old = Row("survival.os.rate_12_months", "treated", "survival_rate", 50.0, "50%", n=20,
              denominator=40, low=30.0, high=70.0, interval="30–70", level=0.95)  # fmt: skip
    median = Row("response.time.median", "treated", "median", 1.0, "1.0", n=9, denominator=9)
    new = {
        old.key: replace(old, n=19, denominator=39, level=0.9),
        median.key: replace(median, n=8, denominator=8),
    }
    labels = Labels({"os": "OS"}, {}, {"treated": "Treated patients"})
    found = {c.key: c for c in number_changes({old.key: old, median.key: median}, new, labels)}
    assert found[old.key].about == ("patients: 40 → 39", "at risk: 20 → 19")
    assert found[median.key].about == ("patients: 9 → 8",)
    assert found[median.key].name == "time to response, median in treated patients"


def test_a_cell_of_another_notebook_is_no_cause(built):
    commit(built.root)
    built.write_usual("04-safety", "#| label: later\n1 + 1")
    change_number(built.outputs, "response.patients", 5)
    found = compare("toy@HEAD", "toy", built.root)
    assert [change.kind for change in found.inputs] == ["notebook"]
    assert found.causes("02-response") == ()
    assert found.causes("04-safety") == (0,)


def test_a_record_that_came_alone_is_compared_by_what_it_recorded(built, diff, tmp_path):
    alone = tmp_path / "alone"
    shutil.copytree(built.outputs, alone)
    edit(alone / "ledger.json", f'"data_hash": "{"0" * 16}"', f'"data_hash": "{"1" * 16}"')
    edit(alone / "ledger.json", '"parameters": {}', '"parameters": {"confidence_level": 0.9}')
    edit(alone / "03-survival.ipynb", "dashes", "strokes")
    for folder, lock in ((built.outputs, "a"), (alone, "b")):
        ledger = json.loads((folder / "ledger.json").read_text(encoding="utf-8"))
        (folder / "ledger.json").write_text(json.dumps({**ledger, "lock": lock * 16}))
    change_number(alone, "survival.patients", 3)
    status, out, _ = diff("toy", alone)
    assert status == 1
    assert "parameter confidence_level: as study.yml has it → 0.9" in out
    assert "the data as read: hash 0000000000000000 → 1111111111111111" in out
    assert f"requirements.lock: hash {'a' * 16} → {'b' * 16}" in out
    assert "notebooks/03-survival.ipynb, cell use: changed" in out
    assert "patients in treated: 4 → 3" in out


def test_an_archive_is_a_record(built, diff, tmp_path):
    path = tmp_path / "kept.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in built.contents().items():
            archive.writestr(f"crate/outputs/toy/{name}", content)
    assert diff(path, "toy")[0] == 0


def test_figures_by_the_data_behind_them(built, tmp_path):
    records = [tmp_path / name for name in ("old", "new")]
    for record, rate in zip(records, ("0.5", "0.6"), strict=True):
        shutil.copytree(built.outputs, record)
        (record / "figures").mkdir()
        data = f"months,survival\n0,1\n6,{rate}\n"
        (record / "figures" / "fig-km.csv").write_text(data)
        (record / "figures" / "fig-same.csv").write_text("months\n0\n")
        for name in ("fig-km", "fig-same"):
            (record / "figures" / f"{name}.png").write_text(f"{name} {rate}")
    found = compare(str(records[0]), str(records[1]), None)
    assert [(change.label, change.how) for change in found.exhibits] == [
        ("fig-km", "data"),
        ("fig-same", "picture"),
    ]
    assert found.exhibits[0].words == "1 of 2 rows differ, in survival"


def test_json_and_a_page(built, diff, tmp_path):
    alone = tmp_path / "alone"
    shutil.copytree(built.outputs, alone)
    change_number(alone, "response.patients", 5)
    status, out, _ = diff("toy", alone, "--json", "--html", tmp_path / "new" / "diff.html")
    assert status == 1
    document = json.loads(out)
    assert [change["key"] for change in document["numbers"]] == ["response.patients"]
    assert document["looked_at"]["numbers"] == 4
    page = (tmp_path / "new" / "diff.html").read_text(encoding="utf-8")
    assert "<del>4</del><ins>5</ins> toys were studied." in page
    assert str(tmp_path / "new") not in page


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda record: (record / "ledger.json").write_text("{"), "its ledger is missing or"),
        (
            lambda record: (record / "ledger.json").write_text('{"rows": [{}]}'),
            "missing or damaged",
        ),
        (lambda record: (record / "ledger.json").unlink(), "stands for no record"),
        (lambda record: (record / "numbers.yml").write_text("n: ["), "not valid YAML"),
        (
            lambda record: edit(record / "ledger.json", '"study": "toy"', '"study": "joy"'),
            "records of two studies",
        ),
    ],
    ids=["no JSON", "no row", "no ledger", "no YAML", "another study"],
)
def test_an_unreadable_record_is_one_error(built, diff, tmp_path, spoil, said):
    alone = tmp_path / "alone"
    shutil.copytree(built.outputs, alone)
    spoil(alone)
    status, out, err = diff(built.outputs, alone)
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("error: ") == 1
    assert "Traceback" not in err


@pytest.mark.parametrize("name", ["nowhere", "toy@nowhere", "HEAD"])
def test_a_name_that_stands_for_no_record(built, diff, name):
    status, out, err = diff(name, "toy")
    assert (status, out) == (2, "")
    assert "stands for no record" in err


def test_the_second_study_of_a_commit_must_be_named(built, diff):
    shutil.copytree(built.outputs, built.root / "outputs" / "other")
    commit(built.root)
    assert "write STUDY@HEAD" in diff("HEAD", "HEAD")[2]
    assert diff("HEAD", "HEAD", "--study", "toy")[0] == 0
    assert diff("HEAD", "toy")[0] == 0
    assert "did you mean 'toy'" in diff("HEAD", "HEAD", "--study", "toi")[2]


@pytest.mark.parametrize("study", SEEDS)
def test_every_number_of_a_record_is_found_when_it_changes(study):
    """One at a time, each number is printed otherwise; each must be the one change reported."""
    rows = dict(read_numbers(ROOT / "outputs" / study, study).rows)
    labels = Labels({}, {}, {})
    assert number_changes(rows, rows, labels) == ()
    for key, row in rows.items():
        spoiled = rows | {key: replace(row, display=f"{row.display}9")}
        assert [change.key for change in number_changes(rows, spoiled, labels)] == [key]


@pytest.mark.parametrize("study", SEEDS)
def test_every_number_of_the_abstract_stands_in_a_sentence(study):
    """The bindings of the source, counted by themselves, are those of the sentences."""
    source = (ROOT / "manuscripts" / study / "abstract.qmd").read_text(encoding="utf-8")
    record = ROOT / "outputs" / study
    templates = read_templates(ROOT, study, record, ["abstract"])
    bound = [key for template in templates for key in template.keys]
    assert sorted(bound) == sorted(re.findall(r"\{\{< meta (\S+) >\}\}", source))
    numbers = read_numbers(record, study)
    for template in templates:
        reading = read_sentence(template, numbers)
        for one in reading.bound:
            assert reading.text[one.start : one.end] == one.text


def row(**changed: object) -> Row:
    usual = {"key": "a.b", "population": "all", "statistic": "hazard_ratio", "value": 0.5}
    return Row(**{**usual, "display": "0.50", "low": 0.3, "high": 0.9, **changed})


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        (row(), row(value=0.6), []),
        (row(), row(high=1.1), ["interval"]),
        (row(), row(value=1.2, high=2.0), ["interval", "direction"]),
        (row(), row(value=None, low=None, high=None, display="not estimable"), ["estimable"]),
        (row(statistic="p_value", value=0.049), row(statistic="p_value", value=0.05), ["p"]),
        (row(statistic="p_value", value=0.01), row(statistic="p_value", value=0.049), []),
        (
            row(statistic="median", value=9.0),
            row(statistic="median", value=None, display="not reached"),
            ["reached"],
        ),
        (row(statistic="median", value=9.0), row(statistic="median", value=-9.0), []),
    ],
)
def test_what_a_reader_decides_otherwise(old, new, kinds):
    assert [decision.kind for decision in decisions(old, new)] == kinds
    assert [decision.kind for decision in decisions(new, old)] == kinds


def test_a_function_is_compared_without_its_words(tmp_path):
    trees = [tmp_path / name for name in ("old", "new")]
    bodies = {
        "same.py": ['def f():\n    """Do."""\n    return 1', "def f():\n\n    return 1  # one"],
        "other.py": ["def f():\n    return 1\n\nX = 1", "def f():\n    return 2\n\nX = 2"],
        "review/later.py": ["X = 1", "X = 2"],
    }
    for name, texts in bodies.items():
        for tree, text in zip(trees, texts, strict=True):
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text(text)
    found = dict(function_changes(*trees))
    assert found == {"helpers.other": "f, what stands outside its functions changed"}


def test_words_and_sentences_are_paired():
    pieces = [
        (p.side, p.text) for p in word_changes("ORR was 55.3% (21/38)", "ORR was 57.9% (22/38)")
    ]
    assert ("old", "55.3%") in pieces
    assert ("new", "57.9%") in pieces
    assert "".join(text for side, text in pieces if side != "new") == "ORR was 55.3% (21/38)"
    old = ["One stays.", "Two is said so.", "Three goes away."]
    new = ["One stays.", "Two is said otherwise.", "Four is a new thing here."]
    assert paired(old, new) == [(0, 0), (1, 1), (2, None), (None, 2)]
