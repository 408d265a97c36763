"""A figure with what it says and what was drawn: the three belong together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Drawing:
    """A figure, ready to be shown and kept.

    Attributes:
        figure: The figure.
        alt: What it shows, in words with the ledger's display strings.
        data: The numbers that were drawn, one row a mark; never one row a patient.
    """

    figure: Figure
    alt: str
    data: pd.DataFrame
