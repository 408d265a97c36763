"""What happened under therapy: best response, its date, next therapy, adverse events."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.claims.schema import Claims
from helpers.errors import ManuscriptError
from helpers.reconstruction.chosen import Chosen, Depth, Toxicity
from helpers.reconstruction.patients import quota, stream
from helpers.reconstruction.survival import MONTH, Times

PROGRESSIVE = "PD"


def draw_best_response(
    chosen: Chosen, attributes: pd.DataFrame, times: Times, seed: int
) -> np.ndarray:
    """Draw best responses; the deeper ones tend to last longer.

    Progressive disease goes to those who progressed soonest, so that it is always followed
    by a date of progression.

    Raises:
        ManuscriptError: More patients are to be progressive than have progressed.
    """
    how = chosen.response
    rng = stream(seed, "best response")
    months, _ = times.endpoint("pfs")
    lasting = np.log(months) + rng.normal(0, 0.5, size=len(months))
    column = attributes[how.attribute].to_numpy()
    best = np.full(len(attributes), None, dtype=object)
    for level, shares in how.shares.items():
        members = np.flatnonzero(column == level)
        categories = list(quota(shares, len(members), where="response.shares"))
        progressive = categories.count(PROGRESSIVE)
        seen = members[~np.isnan(times.progression[members])]
        if progressive > len(seen):
            raise ManuscriptError(
                "more patients are progressive at best than have a date of progression",
                where="claims.yml: chosen.response.shares",
                remedy="lower the share of PD",
            )
        soonest = seen[np.argsort(times.progression[seen], kind="stable")][:progressive]
        best[soonest] = PROGRESSIVE
        others = np.setdiff1d(members, soonest)
        others = others[np.argsort(-lasting[others], kind="stable")]
        best[others] = [c for c in categories if c != PROGRESSIVE]
    return best


def draw_first_response(
    how: Depth, attributes: pd.DataFrame, times: Times, seed: int
) -> np.ndarray:
    """Return days from start to first response, NaN for those who did not respond.

    Raises:
        ManuscriptError: A responder would progress before the first response.
    """
    rng = stream(seed, "first response")
    low, high = how.first_response_days
    months, _ = times.endpoint("pfs")
    latest = np.minimum(high, np.round(months * MONTH) - 1)
    days = np.floor(low + rng.uniform(size=len(months)) * (latest - low + 1))
    responded = attributes[how.attribute].isin(how.responders).to_numpy()
    if np.any(latest[responded] < low):
        raise ManuscriptError(
            "a responder would progress before the first response",
            where="claims.yml: chosen.progression.shortest",
            remedy="give responders a `shortest` time above the first response's days",
        )
    return np.where(responded, days, np.nan)


def draw_next_therapy(chosen: Chosen, times: Times, seed: int) -> np.ndarray:
    """Return days from start to the next therapy after progression, NaN where none is known."""
    rng = stream(seed, "next therapy")
    low, high = chosen.afterwards.next_therapy_days
    gets = rng.uniform(size=len(times.start)) < chosen.afterwards.next_therapy_share
    days = times.progression + rng.integers(low, high + 1, size=len(times.start))
    with np.errstate(invalid="ignore"):
        return np.where(gets & (days < times.last_contact), days, np.nan)


def draw_adverse_events(
    claims: Claims, chosen: Chosen, attributes: pd.DataFrame, times: Times, seed: int
) -> pd.DataFrame:
    """Draw adverse events that have each patient's worst grade of each class.

    Returns:
        Columns patient (position), term (label), grade (1..5), day (ordinal); by patient, day.
    """
    rows: list[tuple[int, str, int, float]] = []
    for name, attribute in claims.attributes.items():
        if attribute.event_class is None:
            continue
        how = chosen.toxicity[attribute.event_class]
        rng = stream(seed, "toxicity", attribute.event_class)
        for level, weights in how.grades.items():
            members = np.flatnonzero(attributes[name].to_numpy() == level)
            worst = rng.permutation(
                quota({str(g): w for g, w in weights.items()}, len(members), where="toxicity")
            )
            for patient, grade in zip(members, worst, strict=True):
                until = min(times.last_contact[patient], 120)
                rows += _events(how, int(patient), int(grade), times.start[patient], until, rng)
    events = pd.DataFrame(rows, columns=["patient", "term", "grade", "day"])
    return events.sort_values(["patient", "day", "term", "grade"], kind="stable", ignore_index=True)


def _events(
    how: Toxicity, patient: int, worst: int, start: float, until: float, rng: np.random.Generator
) -> list[tuple[int, str, int, float]]:
    """Return one event of the worst grade, and lesser ones (the same term may come again)."""
    names = list(how.terms)
    weights = np.array([how.terms[n] for n in names]) / sum(how.terms.values())
    count = 1 + int(rng.poisson(how.more_terms))
    grades = [worst, *(int(rng.integers(1, worst + 1)) for _ in range(count - 1))]
    terms = rng.choice(names, size=count, p=weights)
    days = start + rng.integers(1, max(int(until), 2), size=count)
    return [(patient, str(t), g, float(d)) for t, g, d in zip(terms, grades, days, strict=True)]
