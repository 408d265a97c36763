"""A sealed study: hashes of the numbers, and the pipeline on a synthetic twin."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from helpers.errors import ManuscriptError
from helpers.ledger.hashing import row_hash
from helpers.pipeline import build_study
from helpers.review.archive import archive_study
from helpers.review.verification import verify_study
from helpers.review.verification.certificate import certificate_content
from helpers.review.verification.report import as_document
from helpers.review.verification.sealed import incoherent
from helpers.review.verification.twin import make_twin
from helpers.study import load_study, read_cohort

ROOT = Path(__file__).parents[2]
FIXED = 'Path(os.environ[\\"MANUSCRIPT_ROOT\\"], \\"data\\", study, \\"raw\\"'
GIVEN = (
    'Path(os.environ.get(\\"MANUSCRIPT_SOURCE\\") or '
    'Path(os.environ[\\"MANUSCRIPT_ROOT\\"], \\"data\\", study), \\"raw\\"'
)
ROW = {
    "key": "a.b",
    "statistic": "percent",
    "value": 50.0,
    "n": 2,
    "denominator": 4,
    "low": 10.0,
    "high": 90.0,
    "display": "50%",
    "unit": "%",
    "notebook": "02",
    "cell": "x",
}


@pytest.fixture(scope="module")
def sealed_template(built_template, tmp_path_factory) -> Path:
    """The toy project with its study sealed, its record built and its twin made."""
    root = tmp_path_factory.mktemp("sealed") / "project"
    shutil.copytree(built_template, root)
    path = root / "data" / "toy" / "study.yml"
    path.write_text(path.read_text() + "sealed: {twin: twin}\n")
    alter(root / "notebooks" / "01-cleaning.ipynb", FIXED, GIVEN)
    build_study(root, "toy", render=False)
    study = load_study(root, "toy")
    make_twin(root, study, root / "data" / "toy" / "twin", patients=30)
    return root


@pytest.fixture
def sealed(sealed_template, tmp_path, monkeypatch) -> Path:
    """The same without the tables."""
    root = tmp_path / "project"
    shutil.copytree(sealed_template, root)
    shutil.rmtree(root / "data" / "toy" / "raw")
    monkeypatch.chdir(root)
    return root


def alter(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_without_the_data_the_twin_and_the_hashes_are_verified_and_it_is_said(sealed, manuscript):
    code, out, _ = manuscript("verify", "toy")
    assert code == 0, out
    assert "checks of the pipeline on the synthetic twin, and of the hashes, hold" in out
    document = json.loads((sealed / "outputs" / "toy" / "verification.json").read_text())
    assert document["mode"] == "twin"
    assert "No published number was recomputed" in document["scope"]
    counted = {one["kind"]: one for one in document["totals"]}
    assert set(counted) == {"hash", "pipeline", "reach", "coherence"}
    assert all(one["of"] == one["agree"] == 4 for one in counted.values())
    outside = {one["kind"]: one for one in document["not_verified_here"]}
    assert outside["count"]["not_verified"] == outside["count"]["of"] == 4


def test_a_number_that_was_altered_no_longer_has_its_hash(sealed, manuscript):
    alter(sealed / "outputs" / "toy" / "ledger.json", '"value": 4', '"value": 5')
    code, out, _ = manuscript("verify", "toy")
    assert code == 1
    assert "differs: cleaning.patients hash" in out


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"response.patients":', '"response.others":'),
        ('"hashes": {', '"hashes": {"x.y": "0",'),
    ],
)
def test_a_hash_without_its_number_is_not_verified(sealed, old, new):
    alter(sealed / "outputs" / "toy" / "hashes.json", old, new)
    found = verify_study(sealed, "toy")
    assert not found.holds
    assert {one.verdict for one in found.remarkable} == {"not verified"}


def test_with_hashes_alone_the_pipeline_is_verified_and_no_number(sealed, manuscript):
    (sealed / "outputs" / "toy" / "ledger.json").unlink()
    code, out, _ = manuscript("verify", "toy")
    assert code == 0, out
    assert "Verified, the pipeline alone and no number: 12 of 12 checks" in out
    document = json.loads((sealed / "outputs" / "toy" / "verification.json").read_text())
    assert "they were not verified" in document["scope"]
    certificate = certificate_content(verify_study(sealed, "toy"), dt.date(2026, 1, 1))
    assert certificate["title"] == "Certificate of verification on a synthetic twin"
    assert "not that any published number" in certificate["footer"]
    assert {one["kind"] for one in document["totals"]} == {"pipeline", "reach", "coherence"}
    hashes = next(one for one in document["not_verified_here"] if one["kind"] == "hash")
    assert hashes["not_verified"] == hashes["of"] == 4
    report = (sealed / "outputs" / "toy" / "verification.junit.xml").read_text()
    suite = ElementTree.fromstring(report).find("testsuite[@name='hash']")
    assert suite is not None and (suite.get("tests"), suite.get("skipped")) == ("4", "4")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"response.patients":', '"response.others":'),
        ('"hashes": {', '"hashes": {"x.y": "0",'),
    ],
)
def test_a_published_number_that_the_notebooks_do_not_compute_is_not_verified(sealed, old, new):
    (sealed / "outputs" / "toy" / "ledger.json").unlink()
    alter(sealed / "outputs" / "toy" / "hashes.json", old, new)
    found = verify_study(sealed, "toy")
    assert not found.holds
    assert {(one.kind, one.verdict) for one in found.remarkable} == {("reach", "not verified")}


def test_the_real_cohort_is_verified_without_its_tables_on_its_twin(tmp_path):
    """As in a clone of the project: the twin and the hashes are all that is there."""
    shutil.copy(ROOT / "outputs" / "commpass" / "hashes.json", tmp_path)
    found = verify_study(ROOT, "commpass", record=tmp_path)
    assert found.mode == "twin"
    assert found.holds, found.headline
    counted = {one.kind: one.of for one in found.totals}
    assert counted["twin"] == counted["reach"] == counted["coherence"] > 200
    assert {one.kind for one in found.totals_outside} == {"about", "hash"}


def test_the_twin_of_the_real_cohort_is_what_its_definition_gives(tmp_path):
    make_twin(ROOT, load_study(ROOT, "commpass"), tmp_path)
    for name in ("gdc_clinical.csv", "gdc_treatments.csv"):
        committed = ROOT / "data" / "commpass" / "twin" / name
        assert committed.read_bytes() == (tmp_path / name).read_bytes()


def test_a_pipeline_that_breaks_on_the_twin_is_not_verified(sealed):
    notebook = sealed / "notebooks" / "03-survival.ipynb"
    alter(notebook, "print(len(rows)", "raise SystemError(len(rows)")
    found = verify_study(sealed, "toy")
    assert not found.holds
    assert found.headline == "Not verified: the rerun stopped at 03-survival.ipynb, use."
    assert "SystemError" in found.problem
    report = json.dumps(as_document(found))
    assert "SystemError" not in report


def test_without_data_and_twin_nothing_is_verified(sealed, manuscript):
    shutil.rmtree(sealed / "data" / "toy" / "twin")
    code, out, _ = manuscript("verify", "toy")
    assert code == 1
    assert "Not verified: neither the data nor a synthetic twin of them is here" in out


def test_the_holder_of_the_data_verifies_the_numbers_and_hashes_alone(
    sealed_template, tmp_path, monkeypatch
):
    root = tmp_path / "project"
    shutil.copytree(sealed_template, root)
    whole = verify_study(root, "toy")
    assert whole.holds
    assert whole.mode == "data"
    assert {"count", "hash"} <= {one.kind for one in whole.totals}
    alone = tmp_path / "hashes"
    alone.mkdir()
    shutil.copy(root / "outputs" / "toy" / "hashes.json", alone)
    assert verify_study(root, "toy", record=alone).holds
    alter(alone / "hashes.json", '"cleaning.patients": "', '"cleaning.patients": "0')
    found = verify_study(root, "toy", record=alone)
    assert [one.where for one in found.remarkable] == ["cleaning.patients"]


@pytest.fixture
def with_reference(sealed, manuscript) -> Path:
    """The sealed project whose twin was made by the command."""
    assert manuscript("verify", "toy", "--make-twin")[0] == 0
    return sealed


def test_the_twin_is_made_from_the_definition_alone_and_is_the_same_twice(
    with_reference, manuscript
):
    folder = with_reference / "data" / "toy" / "twin"
    names = ("raw/patients.csv", "hashes.json")
    first = [(folder / name).read_bytes() for name in names]
    assert manuscript("verify", "toy", "--make-twin")[0] == 0
    assert [(folder / name).read_bytes() for name in names] == first


def test_a_notebook_that_gives_another_number_on_the_twin_is_found(with_reference):
    """Without the data, a number that is wrong and coherent is seen by its hash alone."""
    found = verify_study(with_reference, "toy")
    assert found.holds
    assert {one.kind: one.of for one in found.totals}["twin"] == 4
    notebook = with_reference / "notebooks" / "03-survival.ipynb"
    alter(notebook, 'display\\": str(len(rows))', 'display\\": str(len(rows) + 1)')
    found = verify_study(with_reference, "toy")
    assert not found.holds
    assert [(one.kind, one.where, one.verdict) for one in found.remarkable] == [
        ("twin", "survival.patients", "differs")
    ]


def test_the_archive_of_a_sealed_study_holds_its_twin_and_no_table(sealed_template, tmp_path):
    root = tmp_path / "project"
    shutil.copytree(sealed_template, root)
    made = archive_study(root, "toy", tmp_path / "a.zip")
    tables = [name for name in made.files if name.endswith(".csv") and name.startswith("data/")]
    assert tables == ["data/toy/twin/raw/patients.csv"]
    assert made.left_out == ("data/toy/raw/patients.csv",)


def test_a_number_of_the_twin_that_is_gone_is_not_verified(with_reference):
    hashes = with_reference / "data" / "toy" / "twin" / "hashes.json"
    alter(hashes, '"response.patients":', '"response.others":')
    found = verify_study(with_reference, "toy")
    assert not found.holds
    assert {(one.kind, one.where, one.verdict) for one in found.remarkable} == {
        ("twin", "response.patients", "not verified"),
        ("twin", "response.others", "not verified"),
    }


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "cannot be read"),
        ('{"hashes": {}}', "cannot be read"),
        ('{"hashes": {}, "parameters": {"confidence_level": 0.9}}', "with other parameters"),
    ],
)
def test_hashes_of_the_twin_that_do_not_fit_are_refused(sealed, content, words):
    (sealed / "data" / "toy" / "twin" / "hashes.json").write_text(content)
    with pytest.raises(ManuscriptError, match=words):
        verify_study(sealed, "toy")


def test_a_study_that_is_not_sealed_gets_no_twin(built, manuscript):
    code, _, err = manuscript("verify", "toy", "--make-twin")
    assert code == 1
    assert "toy is not sealed" in err


@pytest.mark.parametrize("name", ["aponermin", "commpass", "fhrmm"])
def test_every_study_here_has_a_twin_that_can_be_read(name, tmp_path):
    study = load_study(ROOT, name)
    make_twin(ROOT, study, tmp_path / "one")
    make_twin(ROOT, study, tmp_path / "other")
    cohort = read_cohort(ROOT, study, source=tmp_path / "one")
    assert len(cohort.patients) > 30
    for path in (tmp_path / "one").rglob("*.csv"):
        other = tmp_path / "other" / path.relative_to(tmp_path / "one")
        assert path.read_bytes() == other.read_bytes()


def test_a_table_that_cannot_be_written_is_refused(sealed):
    study = load_study(sealed, "toy")
    tables = study.tables.model_copy(
        update={"patients": study.tables.patients.model_copy(update={"file": "patients.sav"})}
    )
    with pytest.raises(ManuscriptError, match="cannot be written in this format"):
        make_twin(sealed, study.model_copy(update={"tables": tables}), sealed / "twin")


@pytest.mark.parametrize(
    "change",
    [
        {"value": 50.1},
        {"n": 3},
        {"denominator": 5},
        {"low": 9.0},
        {"display": "50"},
        {"key": "a.c"},
    ],
)
def test_every_part_of_a_number_is_in_its_hash(change):
    assert row_hash({**ROW, **change}) != row_hash(ROW)
    assert row_hash({**ROW, "value": 50.0 * (1 + 1e-12)}) == row_hash(ROW)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n": 5}, "more patients"),
        ({"value": 51.0}, "not that of its counts"),
        ({"low": 60.0}, "does not contain"),
        ({"statistic": "p_value", "value": 1.2, "low": None, "high": None}, "no probability"),
    ],
)
def test_a_row_that_contradicts_itself_is_incoherent(change, words):
    assert incoherent(ROW, None) == ""
    assert words in incoherent({**ROW, **change}, None)
    assert "another unit" in incoherent(ROW, {**ROW, "unit": "months"})
