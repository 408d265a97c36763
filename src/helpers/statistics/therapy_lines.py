"""Lines of therapy from drug rows that carry a recorded line number."""

from __future__ import annotations

import pandas as pd

COLUMNS = ("patient", "agent", "start", "end", "line")


def therapy_lines(drugs: pd.DataFrame) -> pd.DataFrame:
    """Collapse drug rows into lines of therapy by the recorded line number.

    Args:
        drugs: One row per drug with columns patient, agent, start, end (dates or numbers, may be
            missing) and line (whole number from 1, or missing).

    Returns:
        One row per patient and line, ordered by both: patient, line, start (earliest), end
        (latest recorded), agents (distinct, sorted, as a tuple).
        ``attrs["rows_without_line"]`` counts the drug rows left out because they name no line.

    Raises:
        ValueError: A column is absent, a patient or an agent is missing in a row with a line, or a
            line is no whole number from 1.
    """
    absent = [name for name in COLUMNS if name not in drugs.columns]
    if absent:
        raise ValueError(f"drug rows lack the columns {', '.join(absent)}")
    line = pd.to_numeric(drugs["line"], errors="raise")
    kept = drugs.loc[line.notna(), list(COLUMNS)].assign(line=line[line.notna()])
    if kept[["patient", "agent"]].isna().any().any():
        raise ValueError("a drug row with a line lacks its patient or agent")
    if ((kept["line"] < 1) | (kept["line"] % 1 != 0)).any():
        raise ValueError("a line of therapy is no whole number from 1")
    kept["line"] = kept["line"].astype(int)
    lines = kept.groupby(["patient", "line"], as_index=False, sort=True).agg(
        start=("start", "min"),
        end=("end", "max"),
        agents=("agent", lambda names: tuple(sorted(set(names)))),
    )
    lines.attrs["rows_without_line"] = int(line.isna().sum())
    return lines
