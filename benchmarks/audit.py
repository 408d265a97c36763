"""Measures the audit: false alarms on consistent abstracts, and changed figures that it finds.

``python benchmarks/audit.py [--consistent 200] [--changed 200] [--small 200] [--seed 1]
[--processes 1]`` writes random abstracts from cohorts that it draws (15 to 400 patients; statuses
unknown; grades of response and of adverse events; subgroups; survival; figures of 0, 1 or 2
digits, rounded half up, half to even or cut off), changes one figure in others, and prints what
the audit says. Small abstracts are decided by enumeration of every cohort, independently of the
integer program. For a changed abstract that the audit calls possible, patients are built one by
one and every count and percentage is printed from them, or values that have the median and range.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import median

from random_abstracts import Raw, changed, consistent, small
from witnesses import patients_of, printed_by, some_cohort, values_of

from helpers.audit import Audit, audit
from helpers.claims import Claims


@dataclass(frozen=True)
class One:
    """What was measured of one abstract.

    Attributes:
        seed: Its seed.
        kind: "consistent", "changed" or "small".
        claims: Number of its claims.
        seconds: Processor time of the audit.
        possible: What the audit says.
        what: Kind of claim and figure that were changed.
        blamed: The changed claim is impossible, or part of a contradiction that is blamed.
        flagged: It is called rounding only, test-dependent or uncheckable instead.
        shown: What shows that a changed figure is possible: "patients", "values", or nothing.
        undecided: The audit left some question open.
        truth: What enumeration of every cohort says of a small abstract.
        words: What to print of it where something is to be looked at.
    """

    seed: int
    kind: str
    claims: int
    seconds: float
    possible: bool
    what: str = ""
    blamed: bool = False
    flagged: bool = False
    shown: str = ""
    undecided: bool = False
    truth: bool | None = None
    words: str = ""


def measured(task: tuple[str, int]) -> One:
    """Write the abstract of a seed, and audit it."""
    kind, seed = task
    if kind == "small":
        raw = small(seed)
        found, seconds = _audited(raw)
        truth = some_cohort(raw)
        return One(seed, kind, len(raw["claims"]), seconds, found.possible, truth=truth)
    if kind == "consistent":
        raw = consistent(seed)
        found, seconds = _audited(raw)
        return One(seed, kind, len(raw["claims"]), seconds, found.possible, words=found.summary)
    raw, claim, what = changed(consistent(seed + 10_000), random.Random(seed))
    found, seconds = _audited(raw)
    verdict = next(one.verdict for one in found.claims if one.claim == claim)
    shown_by, words = _shown_possible(raw, claim, what, found) if found.possible else ("", "")
    return One(
        seed, kind, len(raw["claims"]), seconds, found.possible, what,
        blamed=not found.possible and blames(found, claim),
        flagged=verdict in {"rounding only", "test-dependent", "cannot be checked"},
        shown=shown_by, undecided=found.together.undecided, words=words,
    )  # fmt: skip


def _audited(raw: Raw) -> tuple[Audit, float]:
    claims = Claims.model_validate(raw)
    began = time.process_time()
    found = audit(claims)
    return found, time.process_time() - began


def _shown_possible(raw: Raw, name: str, what: str, found: Audit) -> tuple[str, str]:
    """Return what shows that some cohort has a changed figure, or why nothing does."""
    claim = next(c for c in raw["claims"] if c["id"] == name)
    if claim["kind"] in {"median", "range"}:
        return ("values", "") if values_of(raw, claim) else ("", f"{what}: no values print it")
    if what in {"count.value", "proportion.value", "proportion.count", "proportion.of"}:
        patients = patients_of(found)
        wrong = None if patients is None else printed_by(patients, Claims.model_validate(raw))
        if wrong == []:
            return "patients", ""
        return "", f"{what}: {'no patients' if wrong is None else f'patients do not print {wrong}'}"
    return "", ""


def blames(found: Audit, claim: str) -> bool:
    """Whether a claim is impossible, or part of a contradiction that is blamed."""
    return any(
        one.verdict == "impossible" and (one.claim == claim or claim in one.conflict)
        for one in found.claims
    )


def lines(made: list[One]) -> Iterator[str]:
    """Yield the table of docs/audit.md."""
    clean, planted, tiny = (
        [one for one in made if one.kind == kind] for kind in ("consistent", "changed", "small")
    )
    alarms = sum(not one.possible for one in clean)
    yield "| measured | result |"
    yield "|---|---|"
    yield f"| consistent abstracts with an impossible verdict | {alarms} of {len(clean)} |"
    for what, result in (*_of_changed(planted), *_of_small(tiny)):
        yield f"| {what} | {result} |"
    yield from _times([*clean, *planted])
    yield ""
    yield from _by_figure(planted)


def _of_changed(planted: list[One]) -> Iterator[tuple[str, str]]:
    found = [one for one in planted if not one.possible]
    missed = [one for one in planted if one.possible]
    left = [one for one in missed if not one.shown]
    counted, listed = (sum(o.shown == by for o in missed) for by in ("patients", "values"))
    blamed, flagged = sum(one.blamed for one in found), sum(one.flagged for one in left)
    yield "changed figures found", f"{len(found)} of {len(planted)}"
    yield (
        "of those, blamed on a set that holds the changed claim",
        f"{blamed} of {len(found)}",
    )
    yield (
        "not found, and possible: patients were built who print every count and percentage",
        f"{counted} of {len(missed)}",
    )
    yield (
        "not found, and possible: values were built that have the median and the range",
        f"{listed} of {len(missed)}",
    )
    yield (
        "not found, and not shown to be possible (survival, ratios, intervals, p-values)",
        f"{len(left)} of {len(missed)}",
    )
    yield (
        "of these, called rounding only, test-dependent or uncheckable",
        f"{flagged} of {len(left)}",
    )
    undecided = sum(one.undecided for one in planted)
    yield "changed abstracts of which some question was left open", str(undecided)


def _of_small(tiny: list[One]) -> Iterator[tuple[str, str]]:
    wrong = [one for one in tiny if not one.truth]
    caught = sum(not one.possible for one in wrong)
    yield (
        "small abstracts that no cohort can produce (by enumeration), found",
        f"{caught} of {len(wrong)}",
    )
    differ = sum(one.truth != one.possible for one in tiny)
    yield "small abstracts where audit and enumeration differ", f"{differ} of {len(tiny)}"


def _by_figure(planted: list[One]) -> Iterator[str]:
    yield "| figure changed | found | not found, shown possible | left |"
    yield "|---|---|---|---|"
    for what in sorted({one.what for one in planted}):
        own = [one for one in planted if one.what == what]
        caught, proved = sum(not o.possible for o in own), sum(bool(o.shown) for o in own)
        rest = len(own) - caught - proved
        yield f"| {what} | {caught} of {len(own)} | {proved} | {rest} |"


def _times(made: list[One]) -> Iterator[str]:
    if made:
        seconds = [one.seconds for one in made]
        most = max(one.claims for one in made)
        largest = max(one.seconds for one in made if one.claims == most)
        yield (
            "| processor seconds for an abstract: median, longest, "
            f"longest of those with {most} claims "
            f"| {median(seconds):.1f}, {max(seconds):.1f}, {largest:.1f} |"
        )


def main(say: Callable[[str], None] = print) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = ("consistent", "changed", "small")
    for name in kinds:
        parser.add_argument(f"--{name}", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    tasks = [(kind, given.seed + i) for kind in kinds for i in range(getattr(given, kind))]
    if given.processes > 1:
        with ProcessPoolExecutor(given.processes) as pool:
            made = list(pool.map(measured, tasks, chunksize=4))
    else:
        made = [measured(task) for task in tasks]
    for line in lines(made):
        say(line)
    for one in made:
        wrong_side = one.truth is not None and one.truth != one.possible
        if wrong_side or (one.kind == "consistent" and not one.possible):
            say(f"seed {one.seed}, {one.kind}: wrongly judged; {one.words}")
        elif one.kind == "changed" and one.words:
            say(f"seed {one.seed}: {one.words}")


if __name__ == "__main__":
    main()
