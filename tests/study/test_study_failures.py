"""Repairs, held as row numbers, read as single repairs."""

from helpers.study.failures import Repair, Repairs


def test_repairs_come_by_table_row_column_and_rule():
    repairs = (
        Repairs.of("patients", [4, 2], "sex", "stray spaces removed")
        + Repairs.of("adverse_events", [9], "term", "spelling made uniform")
        + Repairs.of("patients", [2], "age", "thousands marks removed")
        + Repairs.of("patients", [3], "sex", "stray spaces removed")
    )
    assert [(r.table, r.row, r.column) for r in repairs] == [
        ("adverse_events", 9, "term"),
        ("patients", 2, "age"),
        ("patients", 2, "sex"),
        ("patients", 3, "sex"),
        ("patients", 4, "sex"),
    ]
    assert repairs[0] == Repair("adverse_events", 9, "term", "spelling made uniform")
    assert len(repairs) == 5
    assert repairs.counts()["patients", "sex", "stray spaces removed"] == 3


def test_repairs_are_equal_where_each_is():
    one, other = Repairs.of("a", [1], "x", "r"), Repairs.of("a", [2], "x", "r")
    assert one + other == other + one
    assert one != other
    assert not Repairs.of("a", [], "x", "r")
