import numpy as np
import pandas as pd
import pytest

from helpers.statistics.therapy_lines import therapy_lines

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


def test_lines_by_hand():
    lines = therapy_lines(DRUGS)
    assert lines.columns.tolist() == ["patient", "line", "start", "end", "agents"]
    rows = lines.astype(object).where(lines.notna(), None).to_numpy().tolist()
    assert rows == [
        ["p1", 1, 0, 90.0, ("A", "B")],
        ["p1", 2, 100, None, ("D",)],
        ["p2", 1, 5, 9.0, ("C",)],
    ]
    assert lines.attrs["rows_without_line"] == 1


def test_dates_are_kept_as_dates():
    dated = DRUGS.assign(start=pd.Timestamp("2024-01-01") + pd.to_timedelta(DRUGS["start"], "D"))
    assert therapy_lines(dated)["start"].iloc[1] == pd.Timestamp("2024-04-10")


def test_no_rows_give_no_lines():
    lines = therapy_lines(DRUGS.iloc[:0])
    assert lines.empty
    assert lines.columns.tolist() == ["patient", "line", "start", "end", "agents"]
    assert therapy_lines(DRUGS.assign(line=np.nan)).empty


@pytest.mark.parametrize("column", COLUMNS)
def test_missing_columns_are_named(column):
    with pytest.raises(ValueError, match=column):
        therapy_lines(DRUGS.drop(columns=column))


@pytest.mark.parametrize(
    "change", [{"line": 0}, {"line": 1.5}, {"line": "x"}, {"patient": None}, {"agent": None}]
)
def test_nonsense_is_refused(change):
    with pytest.raises(ValueError, match=r".+"):
        therapy_lines(DRUGS.assign(**change))
