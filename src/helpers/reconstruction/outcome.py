"""Claim by claim: does the reconstructed cohort say what the abstract printed?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from helpers.claims.claim import Claim
from helpers.claims.schema import Claims
from helpers.reconstruction.display import percent, rounding_that_fits, shown
from helpers.reconstruction.patients import in_population, matches
from helpers.reconstruction.survival import (
    SURVIVAL_KINDS,
    SurvivalChecker,
    Times,
    hazard,
    p_holds,
    shown_holds,
    survival_figure,
    survival_p,
)
from helpers.statistics.proportions import chi_square, fisher_exact

Verdict = Literal["holds", "rounding only", "test-dependent", "gives way", "not a figure"]


@dataclass(frozen=True)
class Outcome:
    """What became of one claim.

    Attributes:
        id: The claim's id.
        text: Its words as printed.
        verdict: Whether the reconstruction says the same.
        words: The figures behind the verdict.
    """

    id: str
    text: str
    verdict: Verdict
    words: str

    def __str__(self) -> str:
        return f"{self.id}: “{self.text}”: {self.words}"


class Judge:
    """Compares claims with the patients drawn.

    Args:
        claims: The transcript.
        attributes: Levels of every patient.
        values: Study variables of every patient.
        times: Times of every patient.
        checker: Evaluates survival claims.
    """

    def __init__(
        self,
        claims: Claims,
        attributes: pd.DataFrame,
        values: Mapping[str, np.ndarray],
        times: Times,
        checker: SurvivalChecker,
    ) -> None:
        self.claims = claims
        self.attributes = attributes
        self.values = values
        self.times = times
        self.checker = checker

    def outcomes(self) -> tuple[Outcome, ...]:
        """Return one outcome per claim, in the order of the transcript."""
        return tuple(self.outcome(claim) for claim in self.claims.claims)

    def outcome(self, claim: Claim) -> Outcome:
        """Return what became of a claim."""
        return Outcome(claim.id, claim.text, *self._said(claim))

    def _said(self, claim: Claim) -> tuple[Verdict, str]:
        """The verdict on a claim, and the figures behind it."""
        if claim.kind == "statement":
            return "not a figure", "nothing to compute"
        if claim.kind in SURVIVAL_KINDS:
            return self._survival(claim)
        if claim.kind == "contrast":
            return self._contrast(claim)
        return self._proportion(claim) if claim.kind == "proportion" else self._figure(claim)

    def counts(self, claim: Claim, group: Mapping[str, str]) -> tuple[int, int]:
        """Return how many of a group have the event, and of how many it is known."""
        inside = in_population(self.claims, claim.population, self.attributes)
        inside &= matches(self.attributes, {a: [level] for a, level in group.items()})
        known = {a: list(self.claims.attributes[a].levels) for a in claim.event}
        known_here = inside & matches(self.attributes, known)
        hits = known_here & matches(self.attributes, claim.event)
        return int(hits.sum()), int(known_here.sum())

    def _proportion(self, claim: Claim) -> tuple[Verdict, str]:
        count, total = self.counts(claim, claim.group)
        fits = rounding_that_fits(count, total, claim.value or "")
        figure = shown(percent(count, total), claim.digits) if total else "no patients"
        words = f"printed {claim.value} %; the reconstruction has {count}/{total} = {figure} %"
        if fits == "half-up":
            return "holds", words
        return "rounding only" if fits == "truncated" else "gives way", words

    def _figure(self, claim: Claim) -> tuple[Verdict, str]:
        if claim.outcome is None:
            figure = float(self.counts(claim, claim.group)[0])
        else:
            inside = in_population(self.claims, claim.population, self.attributes)
            inside &= matches(self.attributes, {a: [v] for a, v in claim.group.items()})
            figure = _statistic(claim, pd.Series(self.values[claim.outcome][inside]).dropna())
        same = shown(figure, claim.digits) == claim.value
        words = f"printed {claim.value}; the reconstruction has {figure:g}"
        return "holds" if same else "gives way", words

    def _contrast(self, claim: Claim) -> tuple[Verdict, str]:
        (a, n), (b, m) = (self.counts(claim, group) for group in claim.groups)
        table = [[a, b], [n - a, m - b]]
        tests = {
            "Fisher": fisher_exact(table).p,
            "chi-square": chi_square(table, correction=False).p,
            "chi-square with Yates' correction": chi_square(table, correction=True).p,
        }
        printed = claim.p
        found = {name: p for name, p in tests.items() if p is not None}
        held = [name for name, p in found.items() if p_holds(printed, p)]
        figures = ", ".join(f"{name} p = {p:.3f}" for name, p in found.items())
        words = f"printed P{printed}; {a}/{n} vs {b}/{m}: {figures or 'no test is possible'}"
        if not held:
            return "gives way", words
        return "holds" if len(held) == len(found) else "test-dependent", words

    def _survival(self, claim: Claim) -> tuple[Verdict, str]:
        if claim.kind == "hazard_direction":
            ratio, p = hazard(self.checker, claim, self.times)
            holds = self.checker.holds(claim, self.times)
            words = "no hazard ratio" if ratio is None else f"hazard ratio {ratio:.2f}, p = {p:.3f}"
        elif claim.kind == "p_value":
            value = survival_p(self.checker, claim, self.times)
            holds = self.checker.holds(claim, self.times)
            printed = claim.p
            words = f"printed P{printed}; log-rank p = {value:.3f}"
        else:
            figure = survival_figure(self.checker, claim, self.times)
            holds = shown_holds(claim, figure, self.checker.style)
            reached = "not reached" if figure is None else f"{figure:.1f}"
            words = f"printed {claim.value}; the reconstruction has {reached}"
        return "holds" if holds else "gives way", words


def _statistic(claim: Claim, known: pd.Series) -> float:
    if claim.kind == "count":
        return float(known.nunique())
    numbers = known.astype(float)
    if claim.kind == "median":
        return float(numbers.median())
    return float(numbers.min() if claim.bound == "minimum" else numbers.max())
