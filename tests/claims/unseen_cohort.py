"""Cohorts drawn by a seed, and the figures that an abstract would print of them.

What is printed is computed by lifelines, scipy and numpy, by nothing of helpers: an abstract
written from it is true of the patients drawn.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import logrank_test
from lifelines.utils import median_survival_times
from scipy.stats import beta, chi2_contingency, fisher_exact

RESPONSES = ["sCR", "CR", "VGPR", "PR", "MR", "SD", "PD", "NE"]


def draw(seed: int, n: int, *, age: float = 66, pfs: float = 11, os: float = 30) -> pd.DataFrame:
    """Patients of one cohort: a row each, times in months.

    Args:
        seed: Of the random numbers.
        n: Number of patients.
        age: Mean age in years.
        pfs: Scale of progression-free survival in months.
        os: Scale of survival after that, in months.
    """
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "age": np.clip(rng.normal(age, 9, n), 29, 91).astype(int),
            "male": rng.random(n) < 0.56,
            "ecog": rng.choice([0, 1, 2, 3], n, p=[0.3, 0.4, 0.22, 0.08]),
            "stage": rng.choice(["I", "II", "III"], n, p=[0.27, 0.38, 0.35]),
            "high": rng.random(n) < 0.35,
            "tested": rng.random(n) < 0.88,
            "extra": rng.random(n) < 0.28,
            "lines": 1 + rng.poisson(2.6, n),
            "prior": rng.random(n) < 0.4,
            "toxic": rng.choice([0, 1, 2, 3, 4], n, p=[0.3, 0.15, 0.2, 0.22, 0.13]),
            "nerve": rng.choice([0, 1, 2, 3, 4], n, p=[0.55, 0.2, 0.15, 0.08, 0.02]),
            "infection": rng.choice([0, 1, 2, 3, 4], n, p=[0.5, 0.1, 0.2, 0.15, 0.05]),
            "marker": np.round(np.exp(rng.normal(1.2, 0.5, n)), 1),
        }
    )
    risk = np.exp(0.8 * table["high"] + 0.9 * table["extra"] + 0.5 * (table["ecog"] >= 2) - 0.5)
    progression = rng.exponential(pfs / risk)
    death = progression + rng.exponential(os / risk)
    end = rng.uniform(4, 45, n)
    table["pfs"], table["pfs_event"] = np.minimum(progression, end), progression <= end
    table["os"], table["os_event"] = np.minimum(death, end), death <= end
    depth = rng.normal(0.7 - 0.6 * table["high"] - 0.7 * table["extra"], 1)
    cuts = [-1.4, -0.7, -0.35, 0.45, 1.2, 1.7]
    table["response"] = [RESPONSES[6 - int(np.searchsorted(cuts, value))] for value in depth]
    table.loc[rng.random(n) < 0.05, "response"] = "NE"
    table["follow_up"] = end
    return table


def at_least(table: pd.DataFrame, grade: str) -> pd.Series:
    """Who responded at this depth or deeper."""
    return table["response"].isin(RESPONSES[: RESPONSES.index(grade) + 1])


def rounded(value: float, digits: int = 1) -> str:
    return str(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def percent(k: int, n: int, digits: int = 1) -> str:
    return str((Decimal(100 * int(k)) / int(n)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def exact_interval(k: int, n: int, digits: int = 1) -> tuple[str, str]:
    """Clopper–Pearson in percent, 95 %."""
    low = beta.ppf(0.025, k, n - k + 1) if k else 0.0
    high = beta.ppf(0.975, k + 1, n - k) if k < n else 1.0
    return rounded(100 * low, digits), rounded(100 * high, digits)


def fisher(a: int, n: int, b: int, m: int) -> float:
    return float(fisher_exact([[a, n - a], [b, m - b]])[1])


def chi_square(a: int, n: int, b: int, m: int) -> float:
    return float(chi2_contingency([[a, n - a], [b, m - b]], correction=False)[1])


def p_words(p: float) -> str:
    if p < 0.001:
        return "<0.001"
    return f"={rounded(p, 3)}" if p < 0.1 else f"={rounded(p, 2)}"


def km(
    table: pd.DataFrame, endpoint: str, digits: int = 1, missing: str = "NR"
) -> tuple[str, str, str]:
    """Median and its 95 % interval (log-log), each as printed."""
    fitter = KaplanMeierFitter().fit(table[endpoint], table[f"{endpoint}_event"])
    limits = median_survival_times(fitter.confidence_interval_).to_numpy().ravel()
    values = [fitter.median_survival_time_, *limits]
    shown = [rounded(v, digits) if np.isfinite(v) else missing for v in values]
    return shown[0], shown[1], shown[2]


def rate(table: pd.DataFrame, endpoint: str, month: float, digits: int = 0) -> tuple[str, str, str]:
    """Percent without event at a month and its 95 % interval (log-log), each as printed."""
    fitter = KaplanMeierFitter().fit(table[endpoint], table[f"{endpoint}_event"])
    band = fitter.confidence_interval_.loc[:month].iloc[-1]
    values = [float(fitter.predict(month)), float(band.iloc[0]), float(band.iloc[1])]
    low, middle, high = (rounded(100 * v, digits) for v in (values[1], values[0], values[2]))
    return middle, low, high


def log_rank(table: pd.DataFrame, endpoint: str, group: pd.Series) -> float:
    ended = table[f"{endpoint}_event"]
    test = logrank_test(
        table.loc[group, endpoint], table.loc[~group, endpoint], ended[group], ended[~group]
    )
    return float(test.p_value)


def cox(
    table: pd.DataFrame, endpoint: str, factors: dict[str, pd.Series], digits: int = 2
) -> dict[str, tuple[str, str, str, float]]:
    """Per factor: ratio, its 95 % interval as printed, and the p-value of the Wald test."""
    frame = pd.DataFrame({name: values.astype(float) for name, values in factors.items()})
    frame["time"], frame["event"] = table[endpoint], table[f"{endpoint}_event"]
    summary = CoxPHFitter().fit(frame, "time", "event").summary
    wanted = ["exp(coef)", "exp(coef) lower 95%", "exp(coef) upper 95%"]
    return {
        str(name): (*(rounded(row[c], digits) for c in wanted), float(row["p"]))
        for name, row in summary.iterrows()
    }


def quartiles(values: pd.Series, digits: int = 0) -> tuple[str, str, str]:
    """Median and quartiles."""
    return tuple(rounded(v, digits) for v in np.percentile(values, [50, 25, 75]))  # type: ignore
