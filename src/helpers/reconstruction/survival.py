"""Progression, death and last contact, drawn until the printed survival claims hold.

Times are whole days, as dates will be; claims are checked through the estimators that the
notebooks use, on days divided by 30.4375, at the digits that the study prints. One attempt
draws every patient's uniform numbers once and then moves a scale per stratum over a grid; the
first attempt in which all claims hold is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np
import pandas as pd

from helpers.claims.claim import Claim
from helpers.claims.figures import NOT_REACHED
from helpers.claims.schema import Claims
from helpers.errors import ManuscriptError
from helpers.reconstruction.chosen import Chosen, Progression
from helpers.reconstruction.display import same_display
from helpers.reconstruction.patients import in_population, matches, stream
from helpers.statistics.regression import Factor, cox
from helpers.statistics.time_to_event import kaplan_meier, logrank, median, survival_at
from helpers.study.schema.settings import Style

MONTH = 30.4375
ATTEMPTS = 1000
FACTORS = np.exp(np.linspace(-0.6, 0.6, 49))
_NEAREST_FIRST = FACTORS[np.argsort(np.abs(np.log(FACTORS)), kind="stable")]
T = TypeVar("T")
SURVIVAL_KINDS = {"survival_median", "survival_rate", "p_value", "hazard_direction"}


@dataclass(frozen=True)
class Times:
    """When things happened, in days (NaN: not observed); one entry per patient.

    Attributes:
        start: Ordinal of the first day of therapy.
        progression: Days from start to progression.
        death: Days from start to death.
        last_contact: Days from start to last contact.
        attempt: Which attempt it was.
    """

    start: np.ndarray
    progression: np.ndarray
    death: np.ndarray
    last_contact: np.ndarray
    attempt: int = 0

    def endpoint(self, kind: str) -> tuple[np.ndarray, np.ndarray]:
        """Return months and event flags of ``pfs`` or ``os``."""
        event = self.death if kind == "os" else np.fmin(self.progression, self.death)
        days = np.where(np.isnan(event), self.last_contact, event)
        return days / MONTH, ~np.isnan(event)


@dataclass(frozen=True)
class _Draws:
    """The random numbers of one attempt."""

    start: np.ndarray
    contact: np.ndarray
    raw: np.ndarray
    dies: np.ndarray
    after: np.ndarray


def draw_times(
    claims: Claims,
    chosen: Chosen,
    style: Style,
    kinds: Mapping[str, str],
    attributes: pd.DataFrame,
    courses: np.ndarray,
) -> Times:
    """Draw the times of all patients so that every survival claim holds.

    Args:
        claims: The transcript.
        chosen: Its chosen part.
        style: Digits that the study prints.
        kinds: Endpoint key to its kind ("pfs", "os", …).
        attributes: Levels of every patient.
        courses: Number of courses of every patient, NaN where there is no such variable.

    Raises:
        ManuscriptError: No attempt met the claims.
    """
    shortest = _shortest(chosen, attributes, courses)
    printed = [c for c in claims.claims if c.kind in SURVIVAL_KINDS]
    found = SurvivalChecker(claims, style, kinds, attributes)
    for attempt in range(ATTEMPTS):
        rng = stream(chosen.seed.value, "survival", attempt)
        draws = _draw(chosen, attributes, shortest, rng)
        times = _calibrated(chosen, draws, shortest, attributes, found, printed)
        if times is not None:
            return replace(times, attempt=attempt)
    raise ManuscriptError(
        f"no draw of {ATTEMPTS} met all survival claims",
        where="claims.yml: chosen.progression",
        remedy="choose a scale, shape or hazard ratios nearer to the printed figures",
    )


def _shortest(chosen: Chosen, attributes: pd.DataFrame, courses: np.ndarray) -> np.ndarray:
    """Return the smallest possible days to an event or to last contact."""
    days = np.ones(len(attributes))
    if chosen.courses is not None:
        days = (courses - 1) * chosen.courses.each + chosen.courses.last
    for name, levels in chosen.progression.shortest.items():
        for level, least in levels.items():
            members = attributes[name].to_numpy() == level
            days[members] = np.maximum(days[members], least)
    return days


def _draw(
    chosen: Chosen, attributes: pd.DataFrame, shortest: np.ndarray, rng: np.random.Generator
) -> _Draws:
    n, window = len(attributes), chosen.window
    cut, first = window.cut.toordinal(), window.first.toordinal()
    last = np.minimum(window.last.toordinal(), cut - shortest)
    start = np.floor(first + rng.uniform(size=n) * (last - first + 1))
    gap = rng.integers(0, chosen.follow_up.gap_days + 1, size=n)
    lost = rng.uniform(size=n) < chosen.follow_up.lost_share
    share = rng.uniform(0.2, 0.9, size=n)
    contact = np.where(lost, np.floor((cut - start) * share), cut - start - gap)
    raw = _survival_times(chosen.progression, attributes, rng.uniform(size=n))
    dies = rng.uniform(size=n) < chosen.progression.death_share
    return _Draws(start, np.maximum(contact, shortest), raw, dies, rng.exponential(size=n))


def _survival_times(how: Progression, attributes: pd.DataFrame, uniform: np.ndarray) -> np.ndarray:
    """Return times in units of the scale: the inverse of S0(t)^ratio, inf on the plateau."""
    ratio = np.ones(len(attributes))
    for name, levels in how.hazard_ratios.items():
        for level, value in levels.items():
            ratio[attributes[name].to_numpy() == level] *= value
    surviving = (uniform ** (1 / ratio) - how.plateau) / (1 - how.plateau)
    with np.errstate(divide="ignore", invalid="ignore"):
        times = (-np.log(surviving)) ** (1 / how.shape)
    return np.where(surviving > 0, times, np.inf)


def _calibrated(
    chosen: Chosen,
    draws: _Draws,
    shortest: np.ndarray,
    attributes: pd.DataFrame,
    found: SurvivalChecker,
    printed: list[Claim],
) -> Times | None:
    """Move the scales until the claims hold; None when no scale of the grid does it."""
    by = chosen.progression.by
    strata = sorted(set(attributes[by])) if by else [None]
    own = [c for c in printed if found.kind(c) == "pfs" and c.value is not None]
    scale = np.full(len(attributes), chosen.progression.scale)
    months = chosen.afterwards.survival_months

    for level in strata:
        members = attributes[by].to_numpy() == level if by else np.ones(len(scale), dtype=bool)
        wanted = [c for c in own if by is None or c.group == {by: level}]
        moved = (np.where(members, scale * factor, scale) for factor in _NEAREST_FIRST)
        best = _first(moved, partial(_fits, found, wanted, draws, shortest, months))
        if best is None:
            return None
        scale = best
    times = _times(draws, shortest, scale, months)
    if not found.all_hold([c for c in printed if found.kind(c) == "pfs"], times):
        return None
    if found.significant(printed, times) < chosen.progression.significant:
        return None
    rest = [c for c in printed if found.kind(c) != "pfs"]
    moved_after = (_times(draws, shortest, scale, months * factor) for factor in _NEAREST_FIRST)
    return _first(moved_after, partial(found.all_hold, rest))


def _fits(
    found: SurvivalChecker,
    wanted: list[Claim],
    draws: _Draws,
    shortest: np.ndarray,
    months: float,
    scale: np.ndarray,
) -> bool:
    return found.all_hold(wanted, _times(draws, shortest, scale, months))


def _first(candidates: Iterable[T], holds: Callable[[T], bool]) -> T | None:
    return next((c for c in candidates if holds(c)), None)


def _times(draws: _Draws, shortest: np.ndarray, scale: np.ndarray, after: float) -> Times:
    """Return what is observed when the scales are these (months)."""
    event = np.maximum(np.round(draws.raw * scale * MONTH), shortest)
    death = np.where(
        draws.dies, event, event + np.maximum(np.round(draws.after * after * MONTH), 1)
    )
    progression = np.where(draws.dies, np.inf, event)
    seen = np.where(death <= draws.contact, death, draws.contact)
    return Times(
        draws.start,
        np.where(progression <= draws.contact, progression, np.nan),
        np.where(death <= draws.contact, death, np.nan),
        seen,
    )


class SurvivalChecker:
    """Evaluates survival claims on drawn times.

    Args:
        claims: The transcript.
        style: Digits that the study prints.
        kinds: Endpoint key to its kind ("pfs", "os", …).
        attributes: Levels of every patient.
    """

    def __init__(
        self, claims: Claims, style: Style, kinds: Mapping[str, str], attributes: pd.DataFrame
    ) -> None:
        self.claims = claims
        self.style = style
        self.kinds = kinds
        self.attributes = attributes

    def kind(self, claim: Claim) -> str:
        """Return the kind of a claim's endpoint."""
        return self.kinds[claim.outcome or ""]

    def holds(self, claim: Claim, times: Times) -> bool:
        """Return whether a survival claim holds, to the digits that are printed."""
        if claim.kind == "hazard_direction":
            ratio, _ = hazard(self, claim, times)
            higher = claim.direction == "higher"
            return ratio is not None and (ratio > 1) == higher
        if claim.kind == "p_value":
            p = survival_p(self, claim, times)
            return p is not None and p_holds(claim.p, p)
        return shown_holds(claim, survival_figure(self, claim, times), self.style)

    def all_hold(self, wanted: list[Claim], times: Times) -> bool:
        """Return whether every one of these claims holds."""
        return all(self.holds(claim, times) for claim in wanted)

    def significant(self, printed: list[Claim], times: Times) -> int:
        """Count the hazard directions that a univariable Cox model finds at p < 0.05."""
        found = [hazard(self, c, times) for c in printed if c.kind == "hazard_direction"]
        return sum(1 for _, p in found if p is not None and p < 0.05)

    def members(self, claim: Claim, group: Mapping[str, str]) -> np.ndarray:
        """Return who belongs to a group of the claim's population (bool per patient)."""
        inside = in_population(self.claims, claim.population, self.attributes)
        inside &= matches(self.attributes, {a: [level] for a, level in group.items()})
        return inside


def survival_figure(found: SurvivalChecker, claim: Claim, times: Times) -> float | None:
    """Return a median (months) or rate (percent) as the pipeline estimates it."""
    months, events = times.endpoint(found.kind(claim))
    members = found.members(claim, claim.group)
    curve = kaplan_meier(months[members], events[members])
    if claim.kind == "survival_median":
        return median(curve).estimate
    rate = survival_at(curve, [claim.time or 0.0])[0].estimate
    return None if rate is None else 100 * rate


def shown_holds(claim: Claim, figure: float | None, style: Style) -> bool:
    """Return whether a figure is displayed as printed, at the study's own digits."""
    if claim.value == NOT_REACHED:
        return figure is None
    digits = style.time_digits if claim.kind == "survival_median" else style.percent_digits
    return figure is not None and same_display(figure, claim.value or "", digits)


def survival_p(found: SurvivalChecker, claim: Claim, times: Times) -> float | None:
    """Return the log-rank p of a claim's two groups."""
    months, events = times.endpoint(found.kind(claim))
    first, second = (found.members(claim, group) for group in claim.groups)
    both = first | second
    return logrank(months[both], events[both], first[both].astype(int)).p


def hazard(found: SurvivalChecker, claim: Claim, times: Times) -> tuple[float | None, float | None]:
    """Return hazard ratio and p of the first against the second group, univariable."""
    months, events = times.endpoint(found.kind(claim))
    first, second = (found.members(claim, group) for group in claim.groups)
    both = first | second
    words = np.where(first[both], "first", "second")
    factor = Factor("group", "group", words, ("second", "first"), None)
    term = cox(months[both], events[both], [factor]).terms[0]
    return term.estimate, term.p


def p_holds(printed: str | None, p: float) -> bool:
    """Return whether a p-value obeys a printed inequality such as "<0.05"."""
    if printed is None:
        return True
    sign, limit = printed[0], float(printed[1:])
    return p < limit if sign == "<" else p > limit if sign == ">" else abs(p - limit) < 5e-4
