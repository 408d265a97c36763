"""Alternative text: one sentence a kind of figure, made of words that are ready to print."""

from __future__ import annotations

from collections.abc import Sequence


def kaplan_meier_alt(
    endpoint: str, groups: Sequence[tuple[str, str]], statements: Sequence[str] = ()
) -> str:
    """Say what curves show: "Kaplan–Meier curve of …: all patients, median 4.5 months; …".

    Args:
        endpoint: Name of the endpoint.
        groups: Name of each group and its result in words.
        statements: Results over all groups: log-rank test, rates at a time …
    """
    kind = "Kaplan–Meier curve" if len(groups) == 1 else "Kaplan–Meier curves"
    return _sentence(f"{kind} of {endpoint}", [*_pairs(groups), *statements])


def forest_alt(effect: str, rows: Sequence[tuple[str, str]]) -> str:
    """Say what a forest plot shows: the effect, and each line with its estimate."""
    return _sentence(f"Forest plot of {effect}", _pairs(rows))


def response_alt(rates: Sequence[tuple[str, str]], categories: Sequence[tuple[str, str]]) -> str:
    """Say what a bar of best response shows: rates first, then categories."""
    return _sentence("Stacked bar of best response", [*_pairs(rates), *_pairs(categories)])


def flow_alt(steps: Sequence[str]) -> str:
    """Say what a flow diagram shows: its boxes in order, each on one line."""
    return _sentence("Flow diagram", [" ".join(step.split()) for step in steps])


def swimmer_alt(patients: str, counts: Sequence[tuple[str, str]]) -> str:
    """Say what a swimmer plot shows: the number of lanes, and how often each mark occurs."""
    return _sentence(f"Swimmer plot of {patients} patients", _pairs(counts))


def adverse_event_alt(events: Sequence[tuple[str, str]]) -> str:
    """Say what bars of adverse events show: each class or term with its shares."""
    return _sentence("Bar chart of adverse events", _pairs(events))


def _pairs(items: Sequence[tuple[str, str]]) -> list[str]:
    return [f"{name} {words}" for name, words in items]


def _sentence(subject: str, parts: Sequence[str]) -> str:
    said = "; ".join(part.strip().rstrip(".") for part in parts if part.strip())
    return f"{subject}: {said}." if said else f"{subject}."
