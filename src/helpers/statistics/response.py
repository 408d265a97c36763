"""Best response by the IMWG categories, and the rates that are made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from helpers.statistics.arrays import BoolArray, labels
from helpers.statistics.proportions import Proportion, proportion

#: IMWG 2016 categories, best first, and not evaluable last.
CATEGORIES = ("sCR", "CR", "VGPR", "PR", "MR", "SD", "PD", "NE")


@dataclass(frozen=True)
class ResponseRates:
    """Counts per category (all categories, best first) and the cumulative rates over ``n``."""

    counts: dict[str, int]
    n: int
    orr: Proportion
    cbr: Proportion
    vgpr_or_better: Proportion
    cr_or_better: Proportion


def response_rates(best_responses: Any, *, level: float = 0.95) -> ResponseRates:
    """Count best responses and estimate the rates, with exact intervals.

    Every patient given is in the denominator, not-evaluable ones too: the caller chooses the
    population. ORR is PR or better, CBR is MR or better (Kumar et al., Lancet Oncol 2016;17:e328).

    Raises:
        ValueError: A response is missing or not one of ``CATEGORIES``.
    """
    responses = _checked(best_responses)
    counts = {category: int((responses == category).sum()) for category in CATEGORIES}

    def at_least(worst: str) -> Proportion:
        reached = sum(counts[c] for c in CATEGORIES[: CATEGORIES.index(worst) + 1])
        return proportion(reached, responses.size, level=level)

    return ResponseRates(
        counts, responses.size, at_least("PR"), at_least("MR"), at_least("VGPR"), at_least("CR")
    )


def is_responder(best_responses: Any) -> BoolArray:
    """Return True for each patient with PR or better; shape (n,).

    Raises:
        ValueError: A response is missing or not one of ``CATEGORIES``.
    """
    responses = _checked(best_responses)
    return np.isin(responses.astype(str), CATEGORIES[: CATEGORIES.index("PR") + 1])


def _checked(best_responses: Any) -> np.ndarray[Any, np.dtype[np.object_]]:
    responses = labels(best_responses, "best_responses")
    unknown = [i for i, value in enumerate(responses) if value not in CATEGORIES]
    if unknown:
        raise ValueError(
            f"{len(unknown)} best responses are none of {', '.join(CATEGORIES)} "
            f"(first at position {unknown[0]})"
        )
    return responses
