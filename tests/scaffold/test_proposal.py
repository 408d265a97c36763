"""What is proposed for the columns of a table."""

from __future__ import annotations

import pytest

from helpers.errors import ManuscriptError
from helpers.scaffold import propose
from helpers.scaffold.vocabulary import plain, vocabulary


def proposed(path, sheet=None, **named):
    return propose(path, sheet=sheet, named=named)


def taken_for(proposal):
    return {column.heading: column.name for column in proposal.columns if column.there}


def test_columns_are_recognized_by_heading(write, cohort):
    proposal = proposed(write("cohort.csv", cohort))
    assert proposal.source.id == "Patient ID"
    assert taken_for(proposal) == {
        "Age": "age",
        "Sex": "sex",
        "ISS": "iss",
        "Treatment start": "start",
        "Progression": "progression",
        "Last follow-up": "last_contact",
    }


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Geburtsdatum", "birth"),
        ("  VERSTORBEN   am ", "death"),
        ("date_of_death", "death"),
        ("Date of death (registry)", "death"),
        ("Data ultimo contatto", "last_contact"),
        ("末次随访日期", "last_contact"),
        ("Beginn der nächsten Therapie", "next_therapy"),
        ("last_followup", "last_contact"),
        ("Therapie-\nbeginn", "start"),
        ("Datum Ansprechen", "response_date"),
    ],
)
def test_headings_are_read_in_several_languages_and_spellings(write, heading, name):
    table = write("cohort.csv", [["Patient", heading], ["a", "2024-01-02"], ["b", ""]])
    assert taken_for(proposed(table))[plain_spaces(heading)] == name


def test_labels_are_what_the_documents_can_print(write):
    """A heading that says more is the label; one in Chinese is not, since PDF has no such font."""
    head = ["Patient", "Age at relapse", "TP53异常"]
    rows = [head, ["a", "60", "是"], ["b", "61", "否"]]
    labels = {c.name: c.label for c in proposed(write("cohort.csv", rows)).columns if c.there}
    assert labels == {"age": "Age at relapse", "tp53": "TP53 aberration"}


@pytest.mark.parametrize(
    ("heading", "name", "label", "unit"),
    [
        ("Hb (g/dl)", "hemoglobin", "Hemoglobin", "g/dL"),
        ("Kreatinin [µmol/l]", "creatinine", "Creatinine", "µmol/L"),
        ("LDH (U/l)", "ldh", "LDH", "U/L"),
        ("Plasma cells (%)", "plasma_cells", "Plasma cells", "%"),
        ("Light chains (kappa/lambda)", None, "Light chains (kappa/lambda)", None),
        ("Hb nadir (g/dl)", "hemoglobin", "Hb nadir", "g/dL"),
    ],
)
def test_a_unit_in_brackets_is_the_unit_and_no_word_of_the_label(write, heading, name, label, unit):
    table = write("cohort.csv", [["Patient", heading], ["a", "9.1"], ["b", "8"]])
    (column,) = [column for column in proposed(table).columns if column.heading == heading]
    assert (column.name, column.label, column.unit) == (name or column.name, label, unit)


def test_grades_of_zero_and_one_are_numbers_and_no_yes_and_no(write):
    rows = [["Patient", "ICANS Grad", "Dialyse"], ["a", "0", "0"], ["b", "1", "1"]]
    types = {c.heading: c.type for c in proposed(write("c.csv", rows)).columns if c.there}
    assert types == {"ICANS Grad": "integer", "Dialyse": "yes_no"}


def test_usual_words_for_unknown_and_not_evaluable_leave_no_column_waiting(write):
    head = ["Patient", "ISS", "Hb", "Bestes Ansprechen"]
    rows = [["a", "unk", "9,5", "n.e."], ["b", "NK", "n.a.", "PR"], ["c", "II", "8,1", "unk."]]
    proposal = proposed(write("cohort.csv", [head, *rows]))
    assert not any(column.unread for column in proposal.columns)
    assert set(proposal.reading.missing) == {"unk", "unk.", "nk", "n.a."}
    (best,) = [column for column in proposal.columns if column.name == "best_response"]
    assert best.codes == {"NE": ("n.e.",)}


def plain_spaces(heading):
    return " ".join(heading.split())


def test_a_heading_is_not_believed_when_its_cells_are_something_else(write):
    rows = [["Patient", "Death", "Progression"], ["a", "yes", "2024-01-02"], ["b", "no", ""]]
    proposal = proposed(write("cohort.csv", rows))
    (death,) = [column for column in proposal.columns if column.heading == "Death"]
    assert (death.type, death.role) == ("yes_no", None)


def test_one_role_goes_to_one_column_the_best_match_first(write):
    rows = [["Patient", "Age at relapse", "Age"], ["a", "60", "58"], ["b", "71", "70"]]
    proposal = proposed(write("cohort.csv", rows))
    assert taken_for(proposal) == {"Age": "age", "Age at relapse": "age_at_relapse"}


def test_what_was_not_recognized_is_never_known_at_baseline(write):
    rows = [["Patient", "Cycles", "Zeta"], ["a", "3", "1.5"], ["b", "4", "2"]]
    types = {c.heading: c.type for c in proposed(write("c.csv", rows)).columns if c.role is None}
    assert types == {"Cycles": "integer", "Zeta": "number"}


def test_words_and_blank_columns_are_left_out(write):
    rows = [["Patient", "Remarks", "Empty"], ["a", "seen by Dr X", ""], ["b", "moved", ""]]
    assert proposed(write("cohort.csv", rows)).left_out == ("Remarks", "Empty")


def test_what_survival_needs_and_the_table_lacks_is_named(write):
    rows = [["Patient", "Age"], ["a", "60"], ["b", "61"]]
    absent = [c.name for c in proposed(write("cohort.csv", rows)).columns if not c.there]
    assert absent == ["start", "death", "last_contact"]


def test_a_column_may_be_named(write, cohort):
    cohort[0][4] = "D0"
    table = write("cohort.csv", cohort)
    assert "start" not in taken_for(proposed(table)).values()
    assert taken_for(proposed(table, start="D0"))["D0"] == "start"


@pytest.mark.parametrize(("name", "heading"), [("begin", "Age"), ("start", "Aeg")])
def test_an_unknown_name_or_heading_is_an_error(write, cohort, name, heading):
    with pytest.raises(ManuscriptError, match="unknown"):
        proposed(write("cohort.csv", cohort), **{name: heading})


def test_the_id_is_the_first_column_without_a_repeat(write):
    rows = [["Age", "Code"], ["60", "x1"], ["60", "x2"]]
    assert proposed(write("cohort.csv", rows)).source.id == "Code"


@pytest.mark.parametrize("rest", [[], ["", ""]])
def test_rows_above_the_headings_are_named_and_not_taken_for_them(write, cohort, rest):
    table = write("cohort.xlsx", [["Export of 2024"], rest, *cohort])
    with pytest.raises(ManuscriptError, match="no heading for 6 of 7 columns"):
        proposed(table)


def test_blank_columns_and_one_without_a_heading_do_no_harm(write, cohort):
    rows = [[*row, "", "", "", "", "", "", "", ""] for row in cohort]
    rows[1][8] = "a remark"
    assert "start" in taken_for(proposed(write("cohort.csv", rows))).values()


def test_a_table_without_an_id_is_refused(write):
    rows = [["Age", "Sex"], ["60", "m"], ["60", "m"]]
    with pytest.raises(ManuscriptError, match="identify the patient"):
        proposed(write("cohort.csv", rows))


@pytest.mark.parametrize(
    ("separator", "encoding"), [(";", "cp1252"), (",", "utf-8"), ("\t", "utf-16"), ("|", "utf-8")]
)
def test_a_text_file_is_read_however_it_is_written(write, separator, encoding):
    rows = [["Patient", "Größe", "Alter"], ["ä", "1,75", "60"], ["b", "1,80", "61"]]
    source = proposed(write("c.csv", rows, separator=separator, encoding=encoding)).source
    assert (source.separator, source.encoding, source.decimal) == (separator, encoding, ",")


def test_the_sheet_with_the_most_headings_is_taken(write, cohort):
    import openpyxl

    path = write("cohort.xlsx", cohort)
    book = openpyxl.load_workbook(path)
    book.create_sheet("Legend", 0).append(["explanations"])
    book.save(path)
    assert proposed(path).source.sheet == "Sheet"
    with pytest.raises(ManuscriptError, match="no sheet 'Leg'"):
        proposed(path, sheet="Leg")


@pytest.mark.parametrize(
    ("days", "formats", "either"),
    [
        (["2024-01-13", "13.1.2024"], ("%Y-%m-%d", "%d.%m.%Y"), False),
        (["13/01/2024", "02/01/2024"], ("%d/%m/%Y",), False),
        (["01/13/2024", "01/02/2024"], ("%m/%d/%Y",), False),
        (["01/02/2024", "03/04/2024"], ("%d/%m/%Y",), True),
        (["13/01/2024", "01/13/2024"], ("%d/%m/%Y", "%m/%d/%Y"), False),
        (["2024年1月13日", "13-Jan-2024"], ("%Y年%m月%d日", "%d-%b-%Y"), False),
    ],
)
def test_formats_of_dates_are_those_that_the_cells_need(write, days, formats, either):
    rows = [["Patient", "Date of death"], *([str(n), day] for n, day in enumerate(days))]
    reading = proposed(write("cohort.csv", rows)).reading
    assert (reading.date_formats, reading.day_or_month) == (formats, either)


def test_spellings_come_from_the_vocabulary_and_only_those_that_are_needed(write):
    rows = [["a", "w", "ja"], ["b", "männlich", "nein"], ["c", "q", "k.A."]]
    rows = [["Patient", "Sex", "EMD"], *rows]
    proposal = proposed(write("cohort.csv", rows))
    sex = next(column for column in proposal.columns if column.name == "sex")
    assert sex.codes == {"female": ("w",), "male": ("männlich",)}
    assert sex.unread == 1
    reading = proposal.reading
    assert (reading.yes, reading.no, reading.missing) == (("ja",), ("nein",), ("k.a.",))


def test_no_two_roles_share_a_heading():
    headings = [heading for role in vocabulary().roles for heading in role.headings]
    assert len(headings) == len(set(headings)) > 100
    assert not set(headings) & set(vocabulary().ids)


def test_every_heading_of_the_vocabulary_can_match():
    assert all(
        heading == plain(heading) for role in vocabulary().roles for heading in role.headings
    )
