"""Cumulative-incidence curves above the numbers at risk and the events of every kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.exhibits.step_panels import Block, Counts, Step, StepPanel, step_figure
from helpers.statistics.competing_risks import IncidenceCurve, incidence_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class LabelledIncidence:
    """A curve and its name: of the cause where causes are drawn, else of the group."""

    label: str
    curve: IncidenceCurve


@dataclass(frozen=True, eq=False)
class IncidencePanel:
    """One pair of axes with its table of counts.

    Attributes:
        curves: The causes of one group of patients, or one cause in one to four groups.
        groups: Headings of the table: one for all curves, which then are causes of the same
            patients, or one a curve.
        events_label: Name of the row of events of the cause of interest.
        time_label: Label of the time axis.
        annotation: Lines to print beside the curves.
        title: Heading; None for none.
    """

    curves: tuple[LabelledIncidence, ...]
    groups: tuple[str, ...]
    events_label: str
    time_label: str
    annotation: tuple[str, ...] = ()
    title: str | None = None

    def __post_init__(self) -> None:
        if not self.curves:
            raise ValueError("a panel needs a curve")
        if len(self.groups) not in (1, len(self.curves)):
            raise ValueError("a panel has one heading for all its curves, or one a curve")


def incidence_figure(panels: Sequence[IncidencePanel], *, width: float | None = None) -> Figure:
    """Draw panels: one alone, more of them in two columns with letters A, B and so on.

    Each curve has its confidence band; under the axis stand, at the same ticks, the numbers at
    risk, with the event of interest, with a competing event, and censored. The second of two
    causes is dashed.

    Args:
        panels: Panels in reading order.
        width: Width in mm; by default one journal column for one panel, two for more.

    Raises:
        ValueError: There is no panel, or one without a curve or with more than four.
    """
    return step_figure([_steps(panel) for panel in panels], width=width)


def _steps(panel: IncidencePanel) -> StepPanel:
    causes = len(panel.groups) == 1 and len(panel.curves) > 1
    curves = tuple(
        Step(
            label=one.label,
            time=one.curve.time,
            height=one.curve.incidence,
            low=one.curve.low,
            high=one.curve.high,
            marked=one.curve.censored < 0,
            dashed=causes and number > 0,
        )
        for number, one in enumerate(panel.curves)
    )
    counted = panel.curves[:1] if causes else panel.curves
    blocks = tuple(
        _block(panel, heading, one) for heading, one in zip(panel.groups, counted, strict=True)
    )
    return StepPanel(
        curves=curves,
        blocks=blocks,
        value_label="Cumulative incidence",
        time_label=panel.time_label,
        annotation=panel.annotation,
        title=panel.title,
        tinted=not causes,
    )


def _block(panel: IncidencePanel, heading: str, one: LabelledIncidence) -> Block:
    names = ("At risk", panel.events_label, "Competing events", "Censored")

    def counts(ticks: Sequence[float]) -> Counts:
        found = incidence_table(one.curve, ticks)
        columns = (found.at_risk, found.events, found.competing, found.censored)
        return tuple(zip(names, columns, strict=True))

    return Block(heading, names, one.curve.n, counts)
