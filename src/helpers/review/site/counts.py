"""The counts behind a number, in words: "21 at risk, of 62 patients".

A row's ``n`` is the numerator of a percentage, the number at risk of a survival rate, the events of
a hazard ratio; beside the estimate a bare "21 of 62" would be read as the wrong one of them.
"""

from __future__ import annotations

from helpers.ledger.row import Row

AT_A_TIME = ("survival_rate", "cumulative_incidence")
EXPOSURE = ("incidence_rate", "patient_time")
DESCRIBED = ("median", "q1", "q3", "minimum", "maximum", "mean")
KAPLAN_MEIER = "Kaplan–Meier"


def counted(row: Row) -> str | None:
    """Return the counts behind a row; None where it has none."""
    n, whole = row.n, row.denominator
    if n is None:
        return None if whole is None else f"{whole} patients"
    if row.statistic in EXPOSURE:
        return f"{n} {_exposed(row.key, n)}"
    if whole is None:
        return f"{n}"
    if row.statistic in AT_A_TIME:
        return f"{n} at risk, of {whole} patients"
    if row.statistic == "hazard_ratio" or (row.method or "").startswith(KAPLAN_MEIER):
        return f"{n} {'event' if n == 1 else 'events'} in {whole} patients"
    if row.statistic == "odds_ratio":
        return f"{n} with the outcome, of {whole} patients"
    if row.statistic in DESCRIBED:
        return f"known in {n} of {whole} patients"
    return f"{n} of {whole} patients" if row.statistic == "percent" else f"{n} of {whole}"


def _exposed(key: str, n: int) -> str:
    """Return what a rate by exposure counts: all events, else each patient's first."""
    if key.endswith(".event_rate"):
        return "event" if n == 1 else "events"
    return "patient with the event" if n == 1 else "patients with the event"
