"""Lines of therapy against a table worked by hand, and what may not change them."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.statistics.therapy_lines import LineRules, assign_lines, therapy_lines

TABLE = Path(__file__).resolve().parents[1] / "reference" / "therapy_lines.csv"
COLUMNS = ["patient", "agent", "start", "end", "line"]
#: p1, line 1: two drugs overlapping, one given twice; line 2: one drug that never ended.
DRUGS = pd.DataFrame(
    [
        ("p2", "C", 5, 9, 1),
        ("p1", "B", 10, 80, 1),
        ("p1", "A", 0, 60, 1),
        ("p1", "A", 70, 90, 1),
        ("p1", "D", 100, np.nan, 2),
        ("p1", "E", 300, 310, np.nan),
    ],
    columns=COLUMNS,
)
#: The rules under which the table was worked; see its derivation in therapy_lines.md.
RULES = LineRules(
    overlap_days=28,
    gap_days=90,
    continue_with=frozenset({"ASCT", "Mel"}),
    procedures=frozenset({"ASCT"}),
    maintenance=frozenset({"R"}),
    maintenance_days=120,
)


def course(*rows):
    """One patient's drugs as (agent, start, end)."""
    return pd.DataFrame([("p", *row) for row in rows], columns=COLUMNS[:4])


def plain(lines):
    """Lines as tuples, None for a missing end."""
    table = lines.astype(object).where(lines.notna(), None)
    return [tuple(row) for row in table.to_numpy()]


def found(rows, rules=RULES):
    return plain(therapy_lines(assign_lines(rows, rules)))


def test_lines_by_hand():
    lines = therapy_lines(DRUGS)
    assert lines.columns.tolist() == ["patient", "line", "start", "end", "agents"]
    assert plain(lines) == [
        ("p1", 1, 0, 90.0, ("A", "B")),
        ("p1", 2, 100, None, ("D",)),
        ("p2", 1, 5, 9.0, ("C",)),
    ]
    assert lines.attrs["rows_without_line"] == 1


def hand_worked():
    """The drugs of every patient of the table, and the lines that were worked out for them."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    drugs, lines = [], []
    for row in table:
        end = float(row["end"]) if row["end"] else None
        if row["kind"] == "drug":
            drugs.append((row["patient"], row["agents"], float(row["start"]), end))
        else:
            agents = tuple(row["agents"].split("+"))
            lines.append((row["patient"], int(row["line"]), float(row["start"]), end, agents))
    return pd.DataFrame(drugs, columns=COLUMNS[:4]), lines


def test_rules_equal_the_table_worked_by_hand():
    drugs, lines = hand_worked()
    assert drugs["patient"].nunique() >= 12
    assert found(drugs) == lines


@pytest.mark.parametrize(
    "change",
    [
        {"overlap_days": 0},
        {"overlap_days": 60},
        {"gap_days": 60},
        {"gap_days": 400},
        {"continue_with": frozenset()},
        {"procedures": frozenset()},
        {"maintenance": frozenset()},
        {"maintenance_days": 30},
        {"missing_end": "start"},
    ],
    ids=str,
)
def test_every_rule_decides_something_in_the_table(change):
    drugs, lines = hand_worked()
    assert found(drugs, LineRules(**{**vars(RULES), **change})) != lines


def test_a_drug_that_goes_on_is_cut_where_the_next_line_starts():
    rows = assign_lines(course(("A", 0, 300), ("B", 100, 200)), RULES)
    assert plain(rows[["agent", "start", "end", "line"]]) == [
        ("A", 0, 100.0, 1),
        ("A", 100, 300.0, 2),
        ("B", 100, 200.0, 2),
    ]
    assert rows.index.tolist() == [0, 0, 1]


def test_a_row_without_start_is_counted_and_one_without_end_is_not_carried_over():
    rows = assign_lines(course(("A", 0, None), ("B", 100, None), ("C", None, 5)), RULES)
    assert rows.attrs["rows_without_start"] == 1
    assert plain(therapy_lines(rows)) == [
        ("p", 1, 0.0, None, ("A",)),
        ("p", 2, 100.0, None, ("B",)),
    ]


def test_dates_are_kept_as_dates_and_give_the_same_lines():
    drugs, _ = hand_worked()
    origin = pd.Timestamp("2020-02-01")
    dated = drugs.assign(
        **{name: origin + pd.to_timedelta(drugs[name], "D") for name in ("start", "end")}
    )
    by_date, by_day = (assign_lines(rows, RULES) for rows in (dated, drugs))
    assert by_date["line"].tolist() == by_day["line"].tolist()
    days = (by_date[["start", "end"]] - origin) / pd.Timedelta(days=1)
    pd.testing.assert_frame_equal(days, by_day[["start", "end"]])
    assert therapy_lines(by_date)["start"].dtype == "datetime64[ns]"


def test_dates_of_which_none_has_an_end():
    dated = course(("A", 0, None), ("B", 100, None)).assign(end=None)
    dated["start"] = pd.Timestamp("2020-02-01") + pd.to_timedelta(dated["start"], "D")
    lines = therapy_lines(assign_lines(dated, RULES))
    assert lines["line"].tolist() == [1, 2]
    assert lines["end"].isna().all()


def test_a_procedure_gives_a_line_its_days_only_where_it_has_no_drug():
    rows = pd.DataFrame(
        [("p", None, 0, 0, 1), ("p", "A", 10, 20, 1), ("p", None, 90, 90, 2)], columns=COLUMNS
    )
    assert plain(therapy_lines(rows)) == [("p", 1, 10, 20, ("A",)), ("p", 2, 90, 90, ())]


def test_no_rows_give_no_lines():
    for lines in (
        therapy_lines(DRUGS.iloc[:0]),
        therapy_lines(DRUGS.assign(line=np.nan)),
        therapy_lines(assign_lines(DRUGS.iloc[:0], RULES)),
    ):
        assert lines.empty
        assert lines.columns.tolist() == ["patient", "line", "start", "end", "agents"]


@pytest.mark.parametrize("column", COLUMNS)
def test_missing_columns_are_named(column):
    with pytest.raises(ValueError, match=column):
        therapy_lines(DRUGS.drop(columns=column))
    if column != "line":
        with pytest.raises(ValueError, match=column):
            assign_lines(DRUGS.drop(columns=column), RULES)


@pytest.mark.parametrize("change", [{"line": 0}, {"line": 1.5}, {"line": "x"}, {"patient": None}])
def test_nonsense_is_refused(change, refused):
    with refused():
        therapy_lines(DRUGS.assign(**change))


@pytest.mark.parametrize("change", [{"end": -1}, {"patient": None}, {"agent": None}])
def test_drugs_that_no_rule_can_place_are_refused(change):
    with pytest.raises(ValueError, match=r"drug"):
        assign_lines(DRUGS.assign(**change), RULES)


@pytest.mark.parametrize(
    "change", [{"gap_days": -1}, {"overlap_days": float("inf")}, {"missing_end": "never"}]
)
def test_rules_that_say_nothing_are_refused(change, refused):
    with refused():
        LineRules(**{"overlap_days": 28, "gap_days": 90, **change})


drug = st.tuples(
    st.sampled_from(["p", "q"]),
    st.sampled_from(["A", "B", "C", "ASCT", "R"]),
    st.integers(0, 400),
    st.one_of(st.none(), st.integers(0, 150)),
)
rules = st.builds(
    LineRules,
    overlap_days=st.integers(0, 60),
    gap_days=st.integers(0, 120),
    continue_with=st.sampled_from([frozenset(), frozenset({"ASCT"}), frozenset({"C"})]),
    procedures=st.just(frozenset({"ASCT"})),
    maintenance=st.sampled_from([frozenset(), frozenset({"R"})]),
    maintenance_days=st.integers(0, 200),
    missing_end=st.sampled_from(["ongoing", "start"]),
)


def drugs_of(rows):
    made = [(p, a, s, None if n is None else s + n) for p, a, s, n in rows]
    return pd.DataFrame(made, columns=COLUMNS[:4]).astype({"end": "float64"})


@settings(max_examples=50)
@given(st.lists(drug, min_size=1, max_size=9), rules, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_no_line(rows, rule, chance):
    mixed = chance.sample(rows, len(rows))
    assert found(drugs_of(mixed), rule) == found(drugs_of(rows), rule)


@settings(max_examples=50)
@given(
    st.lists(drug, min_size=1, max_size=8),
    rules,
    st.integers(0, 7),
    st.floats(0, 1, exclude_max=True),
)
def test_a_row_split_into_two_that_adjoin_changes_no_line(rows, rule, which, share):
    table = drugs_of(rows)
    row = table.iloc[which % len(table)]
    if pd.isna(row["end"]):
        return
    day = row["start"] + int(share * (row["end"] - row["start"]))
    rest = table.drop(index=row.name)
    split = pd.concat([rest, pd.DataFrame([{**row, "end": day}, {**row, "start": day}])])
    assert found(split, rule) == found(table, rule)


@settings(max_examples=50)
@given(st.lists(drug, min_size=1, max_size=9), rules, st.integers(1, 200))
def test_a_longer_gap_makes_no_further_lines_of_the_same_agents(rows, rule, more):
    """With agents that may all continue a line, only gaps make one."""
    alone = vars(rule) | {"continue_with": frozenset({"A", "B", "C", "ASCT", "R"})}
    longer = LineRules(**{**alone, "gap_days": rule.gap_days + more})
    table = drugs_of(rows)
    assert len(found(table, longer)) <= len(found(table, LineRules(**alone)))


def test_a_longer_gap_can_add_a_line_where_agents_are_new():
    """From day 60, A and B are one regimen; without that gap B alone is, and A comes back new."""
    rows = course(("A", 0, 10), ("A", 60, 62), ("B", 80, 300), ("A", 200, 210))
    counts = [len(found(rows, LineRules(overlap_days=28, gap_days=gap))) for gap in (40, 60)]
    assert counts == [2, 3]


def test_a_patient_alone_has_the_lines_of_a_patient_among_others():
    drugs, lines = hand_worked()
    alone = [line for _, rows in drugs.groupby("patient") for line in found(rows)]
    assert alone == lines
