"""Forest plots of ledger rows: one line a row, and what was drawn."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from helpers.analyses.cells import of_total, with_interval
from helpers.exhibits.forest import ForestRow
from helpers.ledger import Row


def forest_row(label: str, row: Row) -> ForestRow:
    """Return the line of an estimate, with its counts at the left and its words at the right."""
    texts = (of_total(row).text, with_interval(row).text)
    return ForestRow(label, False, row.value, row.low, row.high, texts, row.reason)


def forest_data(rows: Sequence[ForestRow]) -> pd.DataFrame:
    """Return a forest plot as drawn: one row a mark."""
    marks = [(row.label, row.estimate, row.low, row.high) for row in rows]
    return pd.DataFrame(marks, columns=["label", "estimate", "low", "high"])
