"""Individual patients: attribute levels from the program's tables, and baseline variables.

Values are held as study.yml names them: level keys for categories, "yes"/"no", floats for
numbers, proleptic Gregorian ordinals (days) for dates; None or NaN is unknown.
Out of scope: everything that happens after the start of therapy (``survival``).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm

from helpers.claims.schema import UNKNOWN, Attribute, Claims
from helpers.errors import ManuscriptError
from helpers.reconstruction.chosen import CategoryDraw, DateDraw, NumberDraw
from helpers.reconstruction.program import Solution


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Return the random numbers of one purpose, independent of every other purpose."""
    words = [zlib.crc32(str(name).encode()) for name in names]
    return np.random.default_rng([seed, *words])


def draw_attributes(claims: Claims, solution: Solution, seed: int) -> pd.DataFrame:
    """Deal the counts of the tables out to patients.

    Args:
        claims: The transcript.
        solution: The counts.
        seed: Seed of the draw.

    Returns:
        One row per patient (0, 1, …), one column per attribute, levels as strings. The
        counts of every table are kept exactly: along the tree, a family's new attributes are
        dealt at random to the patients with the same levels of the attributes shared.
    """
    patients = pd.DataFrame(index=range(sum(solution.tables[0].cells.values())))
    for number, table in enumerate(solution.tables):
        family = table.family
        new = [a for a in family.attributes if a not in patients]
        rng = stream(seed, "attributes", number)
        deck = pd.DataFrame(
            [cell for cell, n in sorted(table.cells.items()) for _ in range(n)],
            columns=list(family.attributes),
        )
        for name in new:
            patients[name] = pd.Series(index=patients.index, dtype=object)
        for shared, cards in _groups(deck, family.separator):
            same = np.ones(len(patients), dtype=bool)
            for name, level in zip(family.separator, shared, strict=True):
                same &= patients[name].to_numpy() == level
            dealt = cards[new].to_numpy()[rng.permutation(len(cards))]
            patients.loc[same, new] = dealt
    return patients[list(claims.attributes)]


def _groups(
    deck: pd.DataFrame, shared: Sequence[str]
) -> list[tuple[tuple[str, ...], pd.DataFrame]]:
    if not shared:
        return [((), deck)]
    return [(tuple(map(str, key)), cards) for key, cards in deck.groupby(list(shared), sort=True)]


def in_population(claims: Claims, population: str, attributes: pd.DataFrame) -> np.ndarray:
    """Return who belongs to a population of the transcript (bool, one per patient)."""
    return matches(attributes, claims.populations[population].where)


def matches(attributes: pd.DataFrame, wanted: Mapping[str, Sequence[str]]) -> np.ndarray:
    """Return who has one of the levels wanted, of each attribute named."""
    mask = np.ones(len(attributes), dtype=bool)
    for name, levels in wanted.items():
        mask &= attributes[name].isin(list(levels)).to_numpy()
    return mask


def attribute_of(claims: Claims, variable: str) -> str | None:
    """Return the attribute that stands for a study variable, where there is one."""
    found = [name for name, a in claims.attributes.items() if a.variable == variable]
    return found[0] if found else None


def draw_known(claims: Claims, variable: str, attributes: pd.DataFrame) -> np.ndarray:
    """Return a variable that its attribute determines (each level is one value).

    Raises:
        ManuscriptError: No attribute stands for it, or a level leaves a choice.
    """
    name = attribute_of(claims, variable)
    values: dict[str, str | None] = {UNKNOWN: None}
    for level, how in (claims.attributes[name].levels if name else {}).items():
        if how.is_in is not None and len(how.is_in) == 1:
            values[level] = how.is_in[0]
    if name is None or not set(attributes[name]) <= set(values):
        raise ManuscriptError(
            f"nothing says how the values of {variable!r} come about",
            where="claims.yml: chosen.variables",
            remedy=f"add {variable}: with draw: number, category or date",
        )
    return np.array([values[level] for level in attributes[name]], dtype=object)


def draw_category(
    claims: Claims, variable: str, spec: CategoryDraw, attributes: pd.DataFrame, seed: int
) -> np.ndarray:
    """Draw level keys by their shares, within the levels of the variable's attribute."""
    rng = stream(seed, "variable", variable)
    values = np.full(len(attributes), None, dtype=object)
    name = attribute_of(claims, variable)
    for level, members in _strata(claims, name, attributes):
        if level == UNKNOWN:
            continue
        how = claims.attributes[name].levels[level] if name else None
        shares = {k: s for k, s in spec.shares.items() if how is None or how.holds(k)}
        known = members[rng.permutation(len(members))]
        known = known[: len(known) - round(spec.unknown * len(known))]
        values[known] = rng.permutation(quota(shares, len(known), where=f"variables.{variable}"))
    return values


def quota(shares: Mapping[str, float], n: int, *, where: str) -> np.ndarray:
    """Return ``n`` keys in proportion to the shares (largest remainders), in their order.

    Raises:
        ManuscriptError: Patients are to be shared out and no share is positive.
    """
    total = sum(shares.values())
    if n and total <= 0:
        raise ManuscriptError(
            "no category has a share", where=f"claims.yml: chosen.{where}", remedy="add shares"
        )
    exact = {key: share / total * n for key, share in shares.items()} if n else {}
    counts = {key: int(x) for key, x in exact.items()}
    rest = sorted(exact, key=lambda key: counts[key] - exact[key])
    for key in rest[: n - sum(counts.values())]:
        counts[key] += 1
    return np.array([key for key, count in counts.items() for _ in range(count)], dtype=object)


def draw_number(
    claims: Claims, variable: str, spec: NumberDraw, attributes: pd.DataFrame, seed: int
) -> np.ndarray:
    """Draw numbers within the bounds of each patient's level, with median and range as printed.

    Raises:
        ManuscriptError: A printed median or range contradicts the levels' bounds.
    """
    rng = stream(seed, "variable", variable)
    step = 10.0**-spec.digits
    name = attribute_of(claims, variable)
    low, high = _bounds(claims.attributes[name] if name else None, name, spec, attributes, step)
    inner = (np.column_stack([low, high + step]) - step / 2 - spec.mean) / spec.sd
    share = rng.uniform(norm.cdf(inner[:, 0]), norm.cdf(inner[:, 1]))
    values = np.round(spec.mean + spec.sd * norm.ppf(share), spec.digits)
    values = np.clip(values, low, high)
    _pin(claims, variable, attributes, values)
    if np.any(values < low) or np.any(values > high):
        raise ManuscriptError(
            f"the printed median or range of {variable!r} contradicts the printed groups",
            where="claims.yml: claims",
            remedy="see which of the claims was copied wrongly",
        )
    unknown = rng.permutation(len(values))[: round(spec.unknown * len(values))]
    values[unknown] = np.nan
    if name:
        values[attributes[name].to_numpy() == UNKNOWN] = np.nan
    return np.asarray(np.round(values, spec.digits))


def _bounds(
    attribute: Attribute | None,
    name: str | None,
    spec: NumberDraw,
    attributes: pd.DataFrame,
    step: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest and the largest value that each patient's level allows."""
    low = np.full(len(attributes), spec.low)
    high = np.full(len(attributes), spec.high)
    for level, how in (attribute.levels if attribute else {}).items():
        members = attributes[name].to_numpy() == level
        if how.at_least is not None:
            low[members] = np.maximum(low[members], how.at_least)
        if how.less_than is not None:
            high[members] = np.minimum(high[members], how.less_than - step)
    for other, floors in spec.floors.items():
        for level, floor in floors.items():
            members = attributes[other].to_numpy() == level
            low[members] = np.maximum(low[members], floor)
    return low, high


def _pin(claims: Claims, variable: str, attributes: pd.DataFrame, values: np.ndarray) -> None:
    """Move order statistics to the printed median and range, and the others to their side."""
    for claim in claims.claims:
        if claim.outcome != variable or claim.kind not in {"median", "range"} or claim.group:
            continue
        printed = float(claim.value or "nan")
        members = np.flatnonzero(in_population(claims, claim.population, attributes))
        order = members[np.argsort(values[members], kind="stable")]
        if claim.kind == "range" and claim.bound == "minimum":
            values[order] = np.maximum(values[order], printed)
            values[order[0]] = printed
        elif claim.kind == "range":
            values[order] = np.minimum(values[order], printed)
            values[order[-1]] = printed
        else:
            first, last = (len(order) - 1) // 2, len(order) // 2
            values[order[:first]] = np.minimum(values[order[:first]], printed)
            values[order[first : last + 1]] = printed
            values[order[last + 1 :]] = np.maximum(values[order[last + 1 :]], printed)


def draw_date(
    variable: str,
    spec: DateDraw,
    attributes: pd.DataFrame,
    values: Mapping[str, np.ndarray],
    seed: int,
) -> np.ndarray:
    """Draw dates so many days from another date; the first case that fits, NaN where none.

    Raises:
        ManuscriptError: The other date is none, or is drawn only later.
    """
    origins = {case.origin or spec.origin for case in spec.cases}
    for origin in sorted(origins - set(values)):
        raise ManuscriptError(
            f"{variable!r} is drawn from {origin!r}, which is no date drawn before it",
            where="claims.yml: chosen.variables",
            remedy=f"put {origin!r} above {variable!r}, or take its origin from chosen.roles",
        )
    rng = stream(seed, "variable", variable)
    share = rng.uniform(size=len(attributes))
    drawn = np.full(len(attributes), np.nan)
    for case in reversed(spec.cases):
        fits = matches(attributes, case.when)
        days = np.floor(case.low + share * (case.high - case.low + 1))
        drawn[fits] = (values[case.origin or spec.origin] + days)[fits]
    return drawn


def _strata(
    claims: Claims, name: str | None, attributes: pd.DataFrame
) -> list[tuple[str, np.ndarray]]:
    if name is None:
        return [("", np.arange(len(attributes)))]
    levels = claims.attributes[name].all_levels
    column = attributes[name].to_numpy()
    return [(level, np.flatnonzero(column == level)) for level in levels]
