"""The table model: semantic HTML, alignment, footnotes, CSV and text that hold every cell."""

import csv
import re

import pytest
from bs4 import BeautifulSoup

from helpers.exhibits.table import (
    EM_SPACE,
    FIGURE_SPACE,
    Cell,
    Column,
    Group,
    Row,
    Spanner,
    Table,
)


@pytest.fixture
def table():
    return Table(
        columns=(
            Column("Factor"),
            Column("Events/n", align="right"),
            Column("HR", align="decimal", n=38, note="From a Cox model."),
            Column("p", align="decimal"),
            Column("HR, adjusted", align="decimal", n=35),
        ),
        rows=(
            Group("Disease & <course>"),
            Row(
                (
                    Cell("EMD <yes>", indent=1),
                    Cell("3/4"),
                    Cell("0.46 (0.1–2.0)", key="cox.pfs.emd"),
                    Cell("<0.001"),
                    Cell("12.5", note="Firth."),
                )
            ),
            Row(
                (
                    Cell("ECOG", bold=True),
                    Cell("13/14"),
                    Cell("12.46 (0.1–2.0)"),
                    Cell("0.5", note="From a Cox model."),
                    Cell("–"),
                )
            ),
            Row((Cell("over three", colspan=3), Cell("0.04"), Cell("not estimable"))),
        ),
        spanners=(Spanner("Univariable", (1, 3)), Spanner("Multivariable", (4, 4))),
        notes=("HR, hazard ratio.",),
    )


def body(table):
    return BeautifulSoup(table.to_html(), "html.parser")


def test_every_cell_carries_an_alignment_and_nothing_an_id(table):
    page = body(table)
    cells = page.find_all(["th", "td"])
    assert len(cells) > 20
    assert all(re.fullmatch(r"text-align:(left|center|right)", cell["style"]) for cell in cells)
    assert not any("id" in cell.attrs or "class" in cell.attrs for cell in cells)


def test_head_covers_every_column_of_every_line(table):
    lines = body(table).thead.find_all("tr")
    covered = [[0] * 5 for _ in lines]
    for y, line in enumerate(lines):
        for cell in line.find_all("th"):
            x = covered[y].index(0)
            for dy in range(int(cell.get("rowspan", 1))):
                for dx in range(int(cell.get("colspan", 1))):
                    covered[y + dy][x + dx] += 1
    assert covered == [[1] * 5] * 3


def test_no_line_break_within_a_cell_because_pandoc_would_even_out_the_columns(table):
    assert "<br" not in table.to_html()
    assert "(N = 38)" in table.to_html()


def test_text_is_escaped_everywhere():
    nasty = '<b onload="x">&amp;'
    table = Table(
        (Column(nasty, note=nasty),),
        (Group(nasty), Row((Cell(nasty, key=nasty),))),
        (Spanner(nasty, (0, 0)),),
        (nasty,),
    )
    page = body(table)
    assert page.find("b") is None
    assert page.get_text().count(nasty) == 6
    assert page.find("span")["data-key"] == nasty


def test_group_is_one_wide_cell_and_indents_are_em_spaces(table):
    group, first, second, _ = body(table).tbody.find_all("tr")
    assert [cell["colspan"] for cell in group.find_all("td")] == ["5"]
    assert group.strong.get_text() == "Disease & <course>"
    assert first.td.get_text() == f"{EM_SPACE}EMD <yes>"
    assert second.td.strong.get_text() == "ECOG"


def test_a_key_becomes_the_provenance_span(table):
    span = body(table).find("span", class_="n")
    assert (span["data-key"], span.get_text().strip(FIGURE_SPACE)) == (
        "cox.pfs.emd",
        "0.46 (0.1–2.0)",
    )


def test_decimal_points_stand_below_each_other(table):
    rows = body(table).tbody.find_all("tr")[1:3]
    for column in (2, 3, 4):
        values = [row.find_all("td")[column] for row in rows]
        for value in values:
            for mark in value.find_all("sup"):
                mark.decompose()
        texts = [value.get_text() for value in values]
        places = {t.index(".") if "." in t else len(t) for t in texts}
        assert len(places) == 1, texts


def test_a_cell_used_twice_is_padded_for_its_own_column():
    same = Cell("1.0")
    table = Table(
        (Column("a", align="decimal"), Column("b", align="decimal")),
        (Row((same, same)), Row((Cell("100.0"), Cell("2.0")))),
    )
    first = body(table).tbody.find("tr").find_all("td")
    assert [cell.get_text() for cell in first] == [2 * FIGURE_SPACE + "1.0", "1.0"]


def test_words_in_a_decimal_column_are_not_moved(table):
    assert ">not estimable<" in table.to_html()


def test_footnotes_get_marks_in_order_of_first_use_and_share_them(table):
    assert table.footnotes == {"a": "From a Cox model.", "b": "Firth."}
    page = body(table)
    assert [mark.get_text() for mark in page.thead.find_all("sup")] == ["a"]
    assert [mark.get_text() for mark in page.tbody.find_all("sup")] == ["b", "a"]
    notes = [line.get_text() for line in page.tfoot.find_all("td")]
    assert notes == ["HR, hazard ratio.", "a From a Cox model.", "b Firth."]


def test_marks_go_on_after_z():
    rows = tuple(Row((Cell("x", note=f"note {number}"),)) for number in range(28))
    marks = list(Table((Column("h"),), rows).footnotes)
    assert (marks[0], marks[25:], len(marks)) == ("a", ["z", "aa", "ab"], 28)


def test_without_notes_there_is_no_foot():
    assert "tfoot" not in Table((Column("h"),), (Row((Cell("x"),)),)).to_html()


def test_plain_text_shows_every_cell_heading_mark_and_note(table):
    text = table.to_text()
    for row in table.rows:
        cells = [row.heading] if isinstance(row, Group) else [cell.text for cell in row.cells]
        assert all(cell in text for cell in cells)
    for words in ("Univariable", "Multivariable", "Events/n", "(N = 35)", "12.5 [b]", "b Firth."):
        assert words in text


def test_plain_text_changes_with_any_cell(table):
    seen = {table.to_text()}
    for y, row in enumerate(table.rows):
        if isinstance(row, Group):
            continue
        for x, cell in enumerate(row.cells):
            cells = list(row.cells)
            cells[x] = Cell(cell.text + "9", colspan=cell.colspan)
            rows = (*table.rows[:y], Row(tuple(cells)), *table.rows[y + 1 :])
            seen.add(Table(table.columns, rows, table.spanners, table.notes).to_text())
    assert len(seen) == 1 + sum(len(row.cells) for row in table.rows if isinstance(row, Row))


def test_csv_holds_the_cells_as_given(table, tmp_path):
    table.to_csv(tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        head, *lines = csv.reader(file)
    assert head == [
        "Factor",
        "Univariable: Events/n",
        "Univariable: HR (N = 38)",
        "Univariable: p",
        "Multivariable: HR, adjusted (N = 35)",
    ]
    assert lines[0] == ["Disease & <course>", "", "", "", ""]
    assert lines[1:3] == [[cell.text for cell in row.cells] for row in table.rows[1:3]]
    assert lines[3] == ["over three", "", "", "0.04", "not estimable"]
    assert b"\r" not in (tmp_path / "t.csv").read_bytes()


def test_shown_as_html_and_text_only_and_always_the_same(table):
    bundle = table._repr_mimebundle_()
    assert sorted(bundle) == ["text/html", "text/plain"]
    assert bundle == table._repr_mimebundle_(include=None, exclude=None)


@pytest.mark.parametrize(
    ("columns", "rows", "spanners"),
    [
        ((), (), ()),
        ((Column("a"), Column("b")), (Row((Cell("x"),)),), ()),
        ((Column("a"),), (Row((Cell("x", colspan=2),)),), ()),
        ((Column("a"), Column("b")), (), (Spanner("s", (0, 1)), Spanner("t", (1, 1)))),
        ((Column("a"),), (), (Spanner("s", (0, 1)),)),
        ((Column("a"),), (), (Spanner("s", (-1, 0)),)),
        ((Column("a", align="middle"),), (), ()),
        ((Column("a"),), (Row((Cell("x", align="middle"),)),), ()),
    ],
)
def test_a_table_that_does_not_fit_itself_is_refused(columns, rows, spanners, refused):
    with refused():
        Table(columns, rows, spanners)
