"""Kaplan–Meier curves above the numbers at risk, censored and with the event at the same ticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.exhibits.step_panels import Block, Counts, Step, StepPanel, step_figure
from helpers.statistics.time_to_event import SurvivalCurve, risk_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ROWS = ("At risk", "Censored", "Events")


@dataclass(frozen=True, eq=False)
class LabelledCurve:
    """A curve and the name of its group."""

    label: str
    curve: SurvivalCurve


@dataclass(frozen=True, eq=False)
class Panel:
    """One pair of axes with its table of numbers at risk.

    Attributes:
        curves: One to four groups.
        survival_label: Name of the endpoint; the axis is in percent.
        time_label: Label of the time axis.
        annotation: Lines to print beside the curves: median, log-rank test …
        title: Heading; None for none.
        ticks: Times of ticks and of the table's columns; None chooses them.
        landmark: Time at which a vertical line is drawn; None for none.
        notice: A caution printed under the table; None for none.
    """

    curves: tuple[LabelledCurve, ...]
    survival_label: str
    time_label: str
    annotation: tuple[str, ...] = ()
    title: str | None = None
    ticks: tuple[float, ...] | None = None
    landmark: float | None = None
    notice: str | None = None


def panels_figure(panels: Sequence[Panel], *, width: float | None = None) -> Figure:
    """Draw panels: one alone, more of them in two columns with letters A, B and so on.

    Each curve has its confidence band, ticks at censored times and, under the axis, the numbers
    at risk, censored and with the event up to each tick (KMunicate: Morris et al., BMJ Open
    2019;9:e030215). Groups are named beside their curves where there is room, else above them.

    Args:
        panels: Panels in reading order.
        width: Width in mm; by default one journal column for one panel, two for more.

    Raises:
        ValueError: There is no panel, or one without a curve or with more than four.
    """
    return step_figure([_steps(panel) for panel in panels], width=width)


def _steps(panel: Panel) -> StepPanel:
    return StepPanel(
        curves=tuple(
            Step(
                label=one.label,
                time=one.curve.time,
                height=one.curve.survival,
                low=one.curve.low,
                high=one.curve.high,
                marked=one.curve.censored > 0,
            )
            for one in panel.curves
        ),
        blocks=tuple(_block(one) for one in panel.curves),
        value_label=panel.survival_label,
        time_label=panel.time_label,
        annotation=panel.annotation,
        title=panel.title,
        ticks=panel.ticks,
        landmark=panel.landmark,
        notice=panel.notice,
    )


def _block(one: LabelledCurve) -> Block:
    def counts(ticks: Sequence[float]) -> Counts:
        found = risk_table(one.curve, ticks)
        return tuple(zip(_ROWS, (found.at_risk, found.censored, found.events), strict=True))

    return Block(one.label, _ROWS, one.curve.n, counts)
