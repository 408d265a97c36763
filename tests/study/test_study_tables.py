"""Reading files: every format, and every file that is not what it should be."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyreadstat
import pytest

from helpers.errors import ManuscriptError
from helpers.study.schema.source import TableSource
from helpers.study.tables import read_table

TEXT = "id,name\n1,Zoë\n2,Ann\n"


def read(path: Path, **source: Any) -> Any:
    declared = TableSource(file=path.name, id="id", **source)
    return read_table(path, "patients", declared, where=path.name)


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_csv_rows_are_numbered_as_in_the_source(tmp_path: Path) -> None:
    table = read(write(tmp_path, "a.csv", TEXT))
    assert list(table.frame.index) == [2, 3]
    assert list(table.column("name")) == ["Zoë", "Ann"]


@pytest.mark.parametrize(
    ("name", "content", "source"),
    [
        ("a.csv", "\ufeff" + TEXT, {}),
        ("a.csv", TEXT.encode("cp1252"), {"encoding": "cp1252"}),
        ("a.csv", TEXT.encode("utf-16"), {"encoding": "utf-16"}),
        ("a.csv", TEXT.replace(",", ";"), {"separator": ";"}),
        ("a.tsv", TEXT.replace(",", "\t"), {}),
        ("a.csv", TEXT.replace("\n", "\r\n"), {}),
        ("a.csv", TEXT.replace("id,name", " id , name\u00a0"), {}),
        ("a.csv", '"id","name"\n"1","Zoë"\n"2","Ann"', {}),
    ],
)
def test_csv_dialects(tmp_path: Path, name: str, content: Any, source: dict[str, str]) -> None:
    table = read(write(tmp_path, name, content), **source)
    assert list(table.column("id")) == ["1", "2"]
    assert list(table.column("name")) == ["Zoë", "Ann"]


def test_blank_rows_keep_the_numbering_and_are_logged(tmp_path: Path) -> None:
    table = read(write(tmp_path, "a.csv", "id,name\n1,A\n\n,\n2,B\n"))
    assert list(table.frame.index) == [2, 5]
    assert [(r.row, r.rule) for r in table.repairs] == [
        (3, "blank row left out"),
        (4, "blank row left out"),
    ]


def test_short_rows_are_logged_and_long_rows_fail(tmp_path: Path) -> None:
    table = read(write(tmp_path, "a.csv", "id,name\n1\n"))
    assert list(table.column("name")) == [""]
    assert "fewer fields" in table.repairs[0].rule
    with pytest.raises(ManuscriptError, match="the first is row 3"):
        read(write(tmp_path, "b.csv", "id,name\n1,A\n2,B,C\n"))
    with pytest.raises(ManuscriptError, match="no well-formed table"):
        read(write(tmp_path, "c.csv", 'id,name\n1,"A\n2,B\n'))


def test_an_excel_file_that_is_called_csv(tmp_path: Path) -> None:
    book = io.BytesIO()
    openpyxl.Workbook().save(book)
    with pytest.raises(ManuscriptError) as caught:
        read(write(tmp_path, "a.csv", book.getvalue()))
    assert "Excel workbook, not CSV" in caught.value.what
    assert ".xlsx" in caught.value.remedy
    with pytest.raises(ManuscriptError, match="Excel workbook"):
        read(write(tmp_path, "b.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))


def test_an_unreadable_encoding(tmp_path: Path) -> None:
    with pytest.raises(ManuscriptError) as caught:
        read(write(tmp_path, "a.csv", TEXT.encode("cp1252")))
    assert "not utf-8: byte 12" in caught.value.what
    assert "cp1252" in caught.value.remedy
    with pytest.raises(ManuscriptError) as caught:
        read(write(tmp_path, "b.csv", TEXT.encode("utf-16")))
    assert "utf-16" in caught.value.remedy
    with pytest.raises(ManuscriptError, match="'klingon' is not known"):
        read(write(tmp_path, "c.csv", TEXT), encoding="klingon")
    with pytest.raises(ManuscriptError, match="UTF-8, not cp1252"):
        read(write(tmp_path, "d.csv", TEXT), encoding="cp1252")


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.sav", "a.dta"])
def test_empty_and_broken_files(tmp_path: Path, name: str) -> None:
    with pytest.raises(ManuscriptError, match="is empty"):
        read(write(tmp_path, name, b""))
    if name != "a.csv":
        with pytest.raises(ManuscriptError):
            read(write(tmp_path, name, b"PK\x03\x04 rubbish"))


def test_unknown_format_and_old_excel(tmp_path: Path) -> None:
    with pytest.raises(ManuscriptError, match="format that is not known"):
        read(write(tmp_path, "a.pdf", b"%PDF"))
    with pytest.raises(ManuscriptError, match="before 2007"):
        read(write(tmp_path, "a.xls", b"\xd0\xcf\x11\xe0"))
    with pytest.raises(ManuscriptError, match="no workbook"):
        read(write(tmp_path, "a.xlsx", TEXT))


def test_missing_columns_name_the_nearest(tmp_path: Path) -> None:
    table = read(write(tmp_path, "a.csv", TEXT))
    with pytest.raises(ManuscriptError) as caught:
        table.require(["nme", "id", "birth"])
    assert "no columns 'nme', 'birth'" in caught.value.what
    assert "did you mean 'name'" in caught.value.remedy


def test_wrong_separator_is_suspected(tmp_path: Path) -> None:
    table = read(write(tmp_path, "a.csv", TEXT.replace(",", ";")))
    with pytest.raises(ManuscriptError) as caught:
        table.column("id")
    assert "separator" in caught.value.remedy


def test_a_column_that_stands_twice(tmp_path: Path) -> None:
    table = read(write(tmp_path, "a.csv", "id,name,name\n1,A,B\n"))
    with pytest.raises(ManuscriptError, match="more than once"):
        table.column("name")
    assert list(table.column("id")) == ["1"]


def test_excel_with_sheets_numbers_and_dates(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Data")
    sheet.append(["id", "n", "when", "flag"])
    sheet.append([1, 2.0, dt.datetime(2024, 3, 4), True])
    sheet.append(["2", 2.5, None, False])
    book.save(tmp_path / "a.xlsx")
    table = read(tmp_path / "a.xlsx", sheet="Data")
    assert table.typed
    assert list(table.column("id")) == ["1", "2"]
    assert list(table.column("n")) == ["2", "2.5"]
    assert list(table.column("when")) == ["2024-03-04", ""]
    assert list(table.column("flag")) == ["true", "false"]
    with pytest.raises(ManuscriptError, match="no sheet 'Daten'"):
        read(tmp_path / "a.xlsx", sheet="Daten")


def test_spss_stata_and_sas(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "id": ["a", "b"],
            "sex": [1.0, 2.0],
            "n": [1.5, float("nan")],
            "when": [dt.date(2024, 3, 4), dt.date(2024, 3, 5)],
        }
    )
    labels = {"sex": {1.0: "male", 2.0: "female"}}
    pyreadstat.write_sav(frame, str(tmp_path / "a.sav"), variable_value_labels=labels)
    stata = {"sex": {1: "male", 2: "female"}}
    whole = frame.astype({"sex": int})
    pyreadstat.write_dta(whole, str(tmp_path / "a.dta"), variable_value_labels=stata)
    pyreadstat.write_xport(frame, str(tmp_path / "a.xpt"), file_format_version=8)
    for name in ("a.sav", "a.dta", "a.xpt"):
        table = read(tmp_path / name)
        assert list(table.column("id")) == ["a", "b"]
        assert list(table.column("n")) == ["1.5", ""]
        assert list(table.column("when")) == ["2024-03-04", "2024-03-05"]
        expected = ["1", "2"] if name == "a.xpt" else ["male", "female"]
        assert list(table.column("sex")) == expected


def test_redcap_export_with_repeating_instruments(project: Any) -> None:
    rows = [line.split(",") for line in project.files["patients.csv"].splitlines()]
    merged = [",".join([rows[0][0], "redcap_repeat_instrument", *rows[0][1:], "ae", "grade"])]
    merged += [",".join([row[0], "", *row[1:], "", ""]) for row in rows[1:]]
    merged.append("P1,adverse_event" + "," * len(rows[0]) + "anemia,3")
    project.files["patients.csv"] = "\ufeff" + "\n".join(merged) + "\n"
    project.definition["tables"]["adverse_events"] = {
        "file": "patients.csv",
        "id": "id",
        "columns": {"term": "ae", "grade": "grade"},
    }
    cohort = project.read()
    assert list(cohort.patients.index) == ["P1", "P2", "P3", "P4"]
    assert list(cohort.adverse_events["term"]) == ["Anemia"]
    assert any(r.rule == "row of another instrument left out" for r in cohort.repairs)


def test_missing_table_says_where_it_was_looked_for(project: Any, tmp_path: Path) -> None:
    del project.files["events.csv"]
    with pytest.raises(ManuscriptError) as caught:
        project.read()
    assert "'adverse_events'" in caught.value.what
    assert caught.value.where == "data/tiny/events.csv"
    assert "--source" in caught.value.remedy and "README" not in caught.value.remedy
    (project.folder / "README.md").write_text("From the registry of a hospital.")
    with pytest.raises(ManuscriptError) as caught:
        project.read()
    assert "data/tiny/README.md says" in caught.value.remedy
    with pytest.raises(ManuscriptError, match="folder with the registry tables is not there"):
        project.read(source=tmp_path / "nowhere")


def test_source_folder_takes_the_place_of_raw(project: Any, tmp_path: Path) -> None:
    inside = project.read()
    other = tmp_path / "elsewhere"
    other.mkdir()
    for name in project.files:
        (project.folder / name).rename(other / name)
    project.files = {}
    outside = project.read(source=other)
    assert outside.data_hash == inside.data_hash
    pd.testing.assert_frame_equal(outside.patients, inside.patients)


def test_a_long_file_is_read_as_a_short_one(tmp_path: Path) -> None:
    """More rows than are read at once; short ones and quoted ends of line among them."""
    rows = ['7,"a\r\nb"', "8", "", *(f"{n % 5},word {n % 3}" for n in range(40_000))]
    table = read(write(tmp_path, "a.csv", "\n".join(["id,text", *rows])))
    assert list(table.frame["text"][:2]) == ["a\r\nb", ""]
    assert list(table.frame["text"][-3:]) == [f"word {n % 3}" for n in range(39_997, 40_000)]
    assert table.frame.index[-1] == 40_004
    assert [(r.row, r.rule) for r in table.repairs] == [
        (3, "fewer fields than the header: the rest taken as blank"),
        (4, "blank row left out"),
    ]


def test_what_cannot_be_read_far_into_a_file_is_found_and_placed(tmp_path: Path) -> None:
    whole = b"id,text\n" + b"1,word\n" * 40_000
    with pytest.raises(ManuscriptError, match=f"byte {len(whole) + 2} cannot be read"):
        read(write(tmp_path, "a.csv", whole + "2,é\n".encode("latin-1")))
    with pytest.raises(ManuscriptError, match=r"2 rows have more fields .* first is row 40002"):
        read(write(tmp_path, "a.csv", whole + b"2,a,b\n3,c\n4,d,e\n"))
