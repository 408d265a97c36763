"""From declared factors to the columns of a model: levels, complete rows, what is redundant."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from helpers.statistics.arrays import BoolArray, FloatArray, IntArray, as_numbers

#: Share of a column's length, squared, that must be left of it when those before it are projected
#: out; where less is left, a slower and exact projection decides.
_CLEARLY_INDEPENDENT = 1e-6
_DEPENDENT = 1e-9
_WIDTH = 1 << 14


@dataclass(frozen=True, eq=False)
class Factor:
    """A factor declared in advance.

    Attributes:
        name: Its key.
        label: Its name for a reader.
        values: One per row; numbers, or labels where ``levels`` is given; None/NaN is missing.
        levels: Levels of a categorical factor, the reference first; None for a numeric one.
        unit: Unit of a numeric factor.
        per: The ratio is for this many units.
    """

    name: str
    label: str
    values: Any
    levels: tuple[str, ...] | None = None
    unit: str | None = None
    per: float = 1.0


@dataclass(frozen=True, eq=False)
class Term:
    """A coefficient to be: its column over the complete rows, or the reason why it has none.

    ``n`` and ``events`` are those of its level; of all rows where the factor is numeric.
    ``compared`` holds rows and events of the reference; None where the factor is numeric.
    """

    factor: Factor
    level: str
    reference: str | None
    column: FloatArray
    n: int
    events: int
    reason: str | None
    compared: tuple[int, int] | None = None


@dataclass(frozen=True, eq=False)
class Columns:
    """Checked values of factors over all rows given.

    Attributes:
        values: For each factor, numbers with NaN, or codes of its levels with -1, where missing.
        complete: True for rows that miss no factor, shape (n,).
    """

    values: tuple[FloatArray | IntArray, ...]
    complete: BoolArray


def columns(factors: Sequence[Factor], n: int) -> Columns:
    """Check the factors and find the rows that are complete in all of them.

    Raises:
        ValueError: No factor, a factor or level named twice, unequal lengths, a value that is none
            of its factor's levels, no number or infinite, or a step that is not positive.
    """
    if not factors:
        raise ValueError("a model needs at least one factor")
    names = [factor.name for factor in factors]
    if len(set(names)) != len(names):
        raise ValueError("a factor is named twice")
    values = tuple(_values(factor, n) for factor in factors)
    complete = np.ones(n, dtype=bool)
    for factor, column in zip(factors, values, strict=True):
        complete &= ~np.isnan(column) if factor.levels is None else column >= 0
    return Columns(values, complete)


def codes(values: Any, name: str, n: int, *, missing: bool = False) -> IntArray:
    """Return labels (n,) as numbers from 0 in the order of their first appearance.

    Args:
        values: The labels.
        name: What they are, for messages.
        n: How many there must be.
        missing: Missing labels are allowed and become -1.

    Raises:
        ValueError: Unequal lengths, or missing labels that are not allowed.
    """
    if len(values) != n:
        raise ValueError(f"{n} durations but {len(values)} {name}")
    found, _ = pd.factorize(np.asarray(values))
    if not missing and (found < 0).any():
        raise ValueError(f"{name} holds {int((found < 0).sum())} missing values")
    return np.asarray(found, dtype=np.int64)


def _values(factor: Factor, n: int) -> FloatArray | IntArray:
    """Numbers with NaN, or codes of the levels with -1, where missing."""
    if len(factor.values) != n:
        raise ValueError(f"{n} rows but {len(factor.values)} values of {factor.name!r}")
    if not (math.isfinite(factor.per) and factor.per > 0):
        raise ValueError(f"'per' of {factor.name!r} must be a positive number")
    series = pd.Series(factor.values).reset_index(drop=True)
    if factor.levels is None:
        array = np.asarray(as_numbers(series, f"factor {factor.name!r}"), dtype=float)
        if np.isinf(array).any():
            raise ValueError(f"factor {factor.name!r} holds an infinite value")
        return array
    if len(set(factor.levels)) != len(factor.levels):
        raise ValueError(f"a level of {factor.name!r} is named twice")
    codes = np.asarray(pd.Categorical(series, categories=list(factor.levels)).codes)
    unknown = (codes < 0) & series.notna().to_numpy()
    if unknown.any():
        raise ValueError(
            f"{int(unknown.sum())} values of {factor.name!r} are none of its levels "
            f"(first at position {int(np.flatnonzero(unknown)[0])})"
        )
    return codes


def terms(
    factors: Sequence[Factor],
    held: Columns,
    observed: BoolArray,
    *,
    patients: IntArray | None = None,
    strata: IntArray | None = None,
) -> tuple[list[Term], list[str]]:
    """Turn the complete rows into one term per coefficient, and say what a reader must know.

    Args:
        factors: The factors, in the order of the model.
        held: Their checked values.
        observed: Event flags of the complete rows.
        patients: Patient of each complete row as a number, where a patient may have several:
            then patients are counted, not rows.
        strata: Stratum of each complete row as a number from 0; a term must vary within one.
    """
    found: list[Term] = []
    notes: list[str] = []
    whole = bool(held.complete.all())
    for factor, values in zip(factors, held.values, strict=True):
        kept = values if whole else values[held.complete]
        if factor.levels is None:
            found.append(_numeric(factor, np.asarray(kept, dtype=float), observed, patients))
        else:
            found.extend(
                _categorical(factor, np.asarray(kept, dtype=int), observed, patients, notes)
            )
    return _with_reasons(found, strata), notes


def _numeric(
    factor: Factor, values: FloatArray, observed: BoolArray, patients: IntArray | None
) -> Term:
    step = f"per {factor.per:g}" + (f" {factor.unit}" if factor.unit else "")
    column = values if factor.per == 1 else values / factor.per
    flat = column.size > 0 and np.ptp(column) == 0
    n = column.size if patients is None else np.unique(patients).size
    reason = "all patients have the same value" if flat else None
    return Term(factor, step, None, column, n, int(observed.sum()), reason)


def _categorical(
    factor: Factor,
    codes: IntArray,
    observed: BoolArray,
    patients: IntArray | None,
    notes: list[str],
) -> list[Term]:
    assert factor.levels is not None
    counts = np.bincount(codes, minlength=len(factor.levels))
    events = np.bincount(codes[observed], minlength=len(factor.levels))
    present = np.flatnonzero(counts)
    base = int(present[0]) if present.size else 0
    reference = factor.levels[base]
    if base:
        notes.append(
            f"{factor.label}: no patient has the reference level {factor.levels[0]!r}; "
            f"{reference!r} is the reference."
        )
    people = counts if patients is None else _patients_by_code(codes, patients, counts.size)
    compared = int(people[base]), int(events[base])
    found = []
    for code, name in enumerate(factor.levels):
        if code == base:
            continue
        reason = None if counts[code] else f"no patient has the level {name!r}"
        if present.size == 1:
            reason = f"all patients have the level {reference!r}"
        column = (codes == code).astype(float)
        n, own = int(people[code]), int(events[code])
        found.append(Term(factor, name, reference, column, n, own, reason, compared))
    return found


def _patients_by_code(codes: IntArray, patients: IntArray, size: int) -> IntArray:
    """Count the patients who have each level in any of their rows."""
    pairs = np.unique(np.stack([codes, patients]), axis=1)
    return np.bincount(pairs[0], minlength=size)


def _with_reasons(found: list[Term], strata: IntArray | None) -> list[Term]:
    """Give a reason to each term that is a linear combination of those before it."""
    open_terms = [term for term in found if term.reason is None and term.column.size]
    if not open_terms:
        return found
    lines = np.stack([term.column for term in open_terms])
    reasons = dict(zip(map(id, open_terms), _dependent(lines, strata), strict=True))
    return [replace(term, reason=reasons.get(id(term), term.reason)) for term in found]


def _dependent(lines: FloatArray, strata: IntArray | None) -> list[str | None]:
    """Why each line (p, n) tells nothing beyond those before it, or None."""
    if strata is None and _clearly_independent(lines):
        return [None] * len(lines)
    reasons: list[str | None] = []
    basis = np.empty((0, lines.shape[1]))
    for line in lines:
        centred = line - line.mean()
        length = np.linalg.norm(centred)
        if strata is not None:
            size = np.bincount(strata)
            centred = line - (np.bincount(strata, line) / np.maximum(size, 1))[strata]
        rest = centred - (basis @ centred) @ basis
        rest = rest - (basis @ rest) @ basis
        if np.linalg.norm(centred) <= _DEPENDENT * length:
            reasons.append("it does not vary within a stratum")
        elif np.linalg.norm(rest) <= _DEPENDENT * length:
            reasons.append("it is determined by the factors before it")
        else:
            reasons.append(None)
            basis = np.vstack([basis, rest / np.linalg.norm(rest)])
    return reasons


def _clearly_independent(lines: FloatArray) -> bool:
    """Whether no line is near to a linear combination of the others, by their correlations."""
    middle = lines.mean(axis=1, keepdims=True)
    products = np.zeros((len(lines), len(lines)))
    for low in range(0, lines.shape[1], _WIDTH):
        part = lines[:, low : low + _WIDTH] - middle
        products += part @ part.T
    scale = np.sqrt(np.diag(products))
    if (scale == 0).any():
        return False
    return bool(np.linalg.eigvalsh(products / np.outer(scale, scale))[0] > _CLEARLY_INDEPENDENT)
