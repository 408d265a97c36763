"""The gate of disclosure: everything planted is found in its file, and no message repeats it."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import replace

import carriers
import pytest
from disclosure_plants import (
    DERIVED,
    PAGE,
    PLACES,
    PLANTED,
    ROOT,
    ROW_PLACES,
    ROWS,
    STUDY,
    Plants,
    applies,
    look,
    named,
    notebook,
    real_study,
    registry_of,
    share,
    with_rows,
    write_record,
)

from helpers.review.gates import disclosure
from helpers.review.gates.coherence import View
from helpers.review.gates.context import open_context
from helpers.review.gates.disclosure import check, threshold_of
from helpers.review.gates.disclosure.identity import read_registry
from helpers.review.gates.disclosure.material import read_material
from helpers.study import load_study
from helpers.study.schema import Disclosure


@pytest.fixture(scope="module")
def plants(tmp_path_factory):
    study = real_study()
    folder = write_record(tmp_path_factory.mktemp("record") / "record")
    return Plants(folder, study, registry_of(study))


@pytest.fixture
def record(tmp_path):
    return write_record(tmp_path / "record")


def words(report):
    return json.dumps([[one.what, one.where, one.why] for one in report.findings])


def test_a_record_that_tells_of_nobody_has_no_finding(plants):
    report = look(plants.folder, plants.study, plants.registry)
    assert not report.findings, words(report)
    assert report.looked_at > 50
    assert "small cells below 5: default of real cohorts" in report.line


@pytest.mark.parametrize("kind", PLANTED)
def test_it_is_found_wherever_it_is_planted_and_never_repeated(plants, kind):
    for name, place in PLACES.items():
        if applies(kind, place):
            report = plants.found(PLANTED[kind], place)
            assert named(report, kind, place.file), (name, words(report))
            assert PLANTED[kind] not in words(report)
            assert all(one.remedy for one in report.findings)


@pytest.mark.parametrize("name", ROW_PLACES)
def test_rows_of_patients_are_found_in_every_format(plants, name):
    report = plants.found("", ROW_PLACES[name])
    assert named(report, "row-level output", ROW_PLACES[name].file), words(report)
    synthetic = replace(plants, study=load_study(ROOT, STUDY)).found("", ROW_PLACES[name])
    assert not synthetic.errors


def test_what_was_left_of_a_failed_run_is_a_warning(record, tmp_path):
    failed = tmp_path / "failed"
    failed.mkdir()
    book = carriers.notebook_with_error("AP-017 on 14.03.2023")
    (failed / "02-response.ipynb").write_text(book, encoding="utf-8")
    study = real_study()
    report = disclosure.report(
        View(ROWS, study), read_material(record, (), failed), registry_of(study)
    )
    assert not report.errors
    assert {one.what.partition(",")[0] for one in report.warnings} == {"identifier", "date"}
    assert all(".manuscript/failed/02-response.ipynb" in one.where for one in report.warnings)


def test_the_day_on_which_a_file_was_made_is_no_patients(record):
    stamped = carriers.docx_made_on(dt.datetime(2023, 3, 14))
    (record / "paper.docx").write_bytes(stamped)
    (record / "verification.pdf").write_bytes(carriers.pdf("Date 14 March 2023"))
    report = look(record, real_study(), None)
    assert not report.findings, words(report)
    (record / "paper.pdf").write_bytes(carriers.pdf("Date 14 March 2023"))
    assert named(look(record, real_study(), None), "date", "paper.pdf")


@pytest.mark.parametrize("content", [b"%PDF-1.7 no more", b"%PDF-1.7\n%%EOF"])
def test_a_file_that_cannot_be_read_is_an_error_and_not_passed_over(record, content):
    (record / "paper.pdf").write_bytes(content)
    report = look(record, load_study(ROOT, STUDY), None)
    assert named(report, "file that cannot be read", "paper.pdf"), words(report)


@pytest.mark.parametrize("what", DERIVED)
def test_a_small_cell_of_the_ledger_is_found_also_by_subtraction(plants, what):
    kind, changed = DERIVED[what]
    report = look(plants.folder, plants.study, None, with_rows(changed))
    found = [one for one in report.errors if one.what.partition(",")[0] == kind]
    assert any(changed[0].key in one.where for one in found), words(report)


def test_with_a_threshold_of_one_no_cell_is_small(plants):
    for kind, changed in DERIVED.values():
        report = look(plants.folder, real_study(threshold=1), None, with_rows(changed))
        assert not report.findings, (kind, words(report))


def test_the_threshold_of_the_study_counts(plants):
    rows = with_rows((share("response.orr", 8),))
    assert not [f for f in look(plants.folder, plants.study, None, rows).errors if "orr" in f.where]
    assert named(
        look(plants.folder, real_study(threshold=10), None, rows), "small cell", "ledger.json"
    )


def test_a_synthetic_cohort_is_held_to_a_threshold_only_where_it_sets_one(plants):
    study = load_study(ROOT, STUDY)
    rows = with_rows(DERIVED["a numerator"][1])
    assert threshold_of(study) is None
    report = look(plants.folder, study, None, rows)
    assert not report.findings
    assert "not applied unless" in report.line
    limited = study.model_copy(update={"disclosure": Disclosure(threshold=5)})
    assert look(plants.folder, limited, None, rows).errors


FRAMES = {
    "a printed frame with its size": "   age\n0   64\n..  ..\n[400 rows x 5 columns]",
    "a printed series with its length": "0    64\n1    70\nName: age, Length: 400, dtype: int64",
    "a printed frame with every row": "   age sex\n"
    + "\n".join(f"{number:<4}  {60 + number}   m" for number in range(12)),
    "a printed frame with a patient's column": "  patient  age\n0  xx     64\n1  yy     70",
}


@pytest.mark.parametrize("what", FRAMES)
def test_a_frame_that_a_notebook_printed_is_found(record, what):
    (record / "01-cleaning.ipynb").write_text(notebook(text=FRAMES[what]), encoding="utf-8")
    report = look(record, real_study(), None)
    assert named(report, "row-level output", "01-cleaning.ipynb"), words(report)
    assert not look(record, load_study(ROOT, STUDY), None).findings


def test_a_frame_that_a_notebook_showed_as_html_is_found(record):
    lines = "".join(f"<tr><th>{n}</th><td>{n + 60}</td></tr>" for n in range(12))
    frame = f'<table border="1" class="dataframe"><tbody>{lines}</tbody></table>'
    (record / "01-cleaning.ipynb").write_text(notebook(html=frame), encoding="utf-8")
    assert named(look(record, real_study(), None), "row-level output", "01-cleaning.ipynb")


@pytest.mark.parametrize("file", ["tables/tbl-baseline.csv", "figures/fig-flow.csv"])
def test_a_file_with_one_row_a_patient_is_found(record, file):
    lines = "\n".join(f"{n % 7},{n / 10}" for n in range(400))
    (record / file).write_text(f"lane,length\n{lines}\n", encoding="utf-8")
    report = look(record, real_study(), None)
    assert named(report, "row-level output", file), words(report)
    synthetic = look(record, load_study(ROOT, STUDY), None)
    assert not synthetic.findings
    assert any("synthetic cohort, allowed; 1 places" in note for note in synthetic.notes)


def test_a_column_that_says_who_a_patient_is_is_found(record):
    (record / "tables/tbl-baseline.csv").write_text("Patient ID,Age\nx,64\n", encoding="utf-8")
    assert named(look(record, real_study(), None), "identifying column", "tables/tbl-baseline.csv")


def test_steps_of_a_curve_are_times_of_single_patients(record):
    curve = "panel,curve,months,survival,at_risk,events,censored\n1,All,0,1,400,0,0\n"
    (record / "figures/fig-flow.csv").write_text(f"{curve}1,All,0.3,0.9975,400,1,0\n", "utf-8")
    report = look(record, real_study(), None)
    assert named(report, "steps of single patients", "figures/fig-flow.csv"), words(report)


def test_extremes_are_a_warning(record):
    one = replace(ROWS[0], key="baseline.age.maximum", statistic="maximum", value=92.0)
    report = look(record, real_study(), None, (*ROWS, one))
    assert [finding.what for finding in report.warnings] == ["extreme"]


def test_what_the_authors_wrote_is_theirs_but_not_identifiers(record, tmp_path):
    source = tmp_path / "paper.qmd"
    source.write_text("Between 14 March 2023 and today. someone@hospital.example AP-017", "utf-8")
    page = PAGE.format("Between 14 March 2023 and today. someone@hospital.example AP-017")
    (record / "paper.html").write_text(page, encoding="utf-8")
    study = real_study()
    report = look(record, study, registry_of(study), sources=(source,))
    assert [finding.what for finding in report.findings] == ["identifier"]


def test_the_day_of_the_data_cut_is_no_patients(record):
    study = real_study()
    page = PAGE.format(f"Data cut {study.data_cut.isoformat()}.")
    (record / "paper.html").write_text(page, encoding="utf-8")
    assert not look(record, study, registry_of(study)).findings


def test_without_the_tables_it_says_so_and_looks_by_form(record):
    (record / "paper.html").write_text(PAGE.format("AP-017 on 14.03.2023"), encoding="utf-8")
    report = look(record, real_study(), None)
    assert [finding.what for finding in report.findings] == ["date"]
    assert any("registry tables are not here" in note for note in report.notes)


def test_columns_named_in_the_study_identify_too(record):
    study = real_study(identifiers=["中心", "no such column"])
    registry = read_registry(ROOT, study, None)
    assert registry.absent == ("no such column",)
    report = look(record, study, registry)
    assert named(report, "unknown identifier column", "study.yml")
    assert len(registry.identifiers) >= len(registry_of(real_study()).identifiers)


def test_the_registry_is_kept_as_hashes(plants):
    registry = plants.registry
    assert "AP-" not in repr(registry)
    assert len(registry.identifiers) > 30 and len(registry.dates) > 30
    assert all(len(digest) == 32 for digest in (*registry.identifiers, *registry.dates))


def test_the_seed_studies_are_clean():
    for study in ("aponermin", "fhrmm"):
        report = check(open_context(ROOT, study))
        assert not report.findings, words(report)
        assert report.looked_at > 2000
        assert any("not looked at" in note for note in report.notes)


def test_a_copy_of_a_seed_record_with_one_identifier_is_not(tmp_path):
    for part in (f"data/{STUDY}", f"outputs/{STUDY}", f"manuscripts/{STUDY}"):
        ignored = shutil.ignore_patterns("*.png", "*.docx", "*.pdf", "0[2-9]-*")
        shutil.copytree(ROOT / part, tmp_path / part, ignore=ignored)
    (tmp_path / "notebooks").mkdir()
    shutil.copyfile(ROOT / "_quarto.yml", tmp_path / "_quarto.yml")
    assert not check(open_context(tmp_path, STUDY)).errors
    table = tmp_path / "outputs" / STUDY / "tables" / "tbl-baseline.csv"
    table.write_text(f"{table.read_text(encoding='utf-8')}AP-017,1\n", encoding="utf-8")
    found = check(open_context(tmp_path, STUDY)).errors
    assert [one.what for one in found] == ["identifier"]
    assert "AP-017" not in str(found)
