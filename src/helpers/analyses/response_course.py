"""The course of response: confirmed against unconfirmed, time to response, agreement.

What rests on dated assessments is None where a study has none; the time to response also exists
where the day of response was recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.analyses.cells import bound, number
from helpers.analyses.groups import members
from helpers.analyses.response import basis, overall_rows, rates_body, rates_note
from helpers.exhibits.table import Cell, Column, Table
from helpers.exhibits.table import Row as TableRow
from helpers.ledger import Ledger, Row, RowMaker, formatting
from helpers.ledger.formatting import lowered
from helpers.statistics.best_response import Agreement, agreement
from helpers.statistics.descriptive import Summary, summarize
from helpers.statistics.response import ResponseRates, is_responder, response_rates

if TYPE_CHECKING:
    from helpers.study.cohort import Cohort
    from helpers.study.definition import Study

#: Ledger word of each way to the words over its column and in its rows' method.
WAYS = {"unconfirmed": "Unconfirmed", "confirmed": "Confirmed"}
NO_ASSESSMENTS = "Not collected in this study: assessments of response with their dates."
NO_COMPARISON = "Not collected in this study: a recorded best response beside dated assessments."
NUMBERS = ("median", "q1", "q3", "minimum", "maximum")


@dataclass(frozen=True)
class Confirmation:
    """Best response of one population with and without confirmation.

    Attributes:
        unconfirmed: Rates of the best category of any assessment that counts.
        confirmed: Rates of the best category that is confirmed.
        assessed: Patients with at least one assessment in the table.
        lost: Responders without confirmation who are none with it.
    """

    unconfirmed: ResponseRates
    confirmed: ResponseRates
    assessed: int
    lost: int


@dataclass(frozen=True)
class TimeToResponse:
    """Months from start of therapy to first response, in responders.

    Attributes:
        responders: Responders.
        summary: The months of those whose days are known.
    """

    responders: int
    summary: Summary


@dataclass(frozen=True)
class Concordance:
    """Agreement of the derived best response with the recorded one.

    Attributes:
        found: The agreement; recorded first.
        unrecorded: Patients without a recorded best response, who are left out.
    """

    found: Agreement
    unrecorded: int


def confirmation(cohort: Cohort, population: str) -> Confirmation | None:
    """Return response with and without confirmation; None without dated assessments."""
    if cohort.course is None or cohort.responses is None:
        return None
    course = cohort.course.loc[members(cohort, population).index]
    level = cohort.study.settings.confidence_level
    ways = {way: course[way].astype(str) for way in WAYS}
    without, with_it = (is_responder(ways[way]) for way in ("unconfirmed", "confirmed"))
    return Confirmation(
        unconfirmed=response_rates(ways["unconfirmed"], level=level),
        confirmed=response_rates(ways["confirmed"], level=level),
        assessed=int(course.index.isin(cohort.responses["patient"]).sum()),
        lost=int((without & ~with_it).sum()),
    )


def confirmation_rows(found: Confirmation | None, make: RowMaker) -> Iterator[Row]:
    """Yield the rows of both ways, and the counts that stand between them."""
    if found is None:
        return
    for way in WAYS:
        words = f"best response derived from dated assessments, {way}"
        yield from overall_rows(getattr(found, way), make, f"response.{way}", basis=words)
    n = found.confirmed.n
    yield make.count("response.assessed", found.assessed, n, variable="best_response")
    yield make.count(
        "response.not_confirmed", found.lost, found.unconfirmed.orr.count, variable="best_response"
    )


def confirmation_table(study: Study, found: Confirmation | None, ledger: Ledger) -> Table | None:
    """Return the table of response without and with confirmation; None without assessments."""
    if found is None or study.response is None:
        return None
    n = found.confirmed.n
    heads = (Column(words, align="decimal", n=n) for words in WAYS.values())
    lost, assessed = ledger["response.not_confirmed"], ledger["response.assessed"]
    notes = (
        f"{rule_words(study)} {assessed.display} of {assessed.denominator} patients had an "
        f"assessment. Of {lost.denominator} responders without confirmation, {lost.display} had "
        "no confirmed response.",
        rates_note(study, study.response.criteria),
    )
    body = rates_body(ledger, [f"response.{way}" for way in WAYS])
    return Table(columns=(Column("Best response"), *heads), rows=body, notes=notes)


def rule_words(study: Study) -> str:
    """Return the rules of confirmation in force, in words for notes and Methods."""
    assert study.response is not None
    assert study.response.assessments is not None
    rules = study.response.assessments
    apart = f" at least {rules.minimum_days} days apart" if rules.minimum_days > 1 else ""
    evaluable = "" if rules.nonevaluable_breaks else " evaluable"
    progression = (
        "PD needed a second consecutive assessment or a recorded progression"
        if rules.confirm_progression
        else "the first PD counted as progression"
    )
    also = [word.replace("_", " ") for word in rules.progression_confirmed_by]
    stand_in = f", for which {' or '.join(also)} could stand in" if also else ""
    if not rules.confirm_progression:
        stand_in = ""
    return (
        f"Confirmed: the category or a better one at two consecutive{evaluable} assessments"
        f"{apart}, before any new therapy and before progression; SD needed no confirmation; "
        f"{progression}{stand_in}. MR or better that nothing confirmed counts as "
        f"{rules.unconfirmed_becomes}."
    )


def time_to_response(cohort: Cohort, population: str) -> TimeToResponse | None:
    """Return the time to first response; None where its day was not collected."""
    if cohort.months_to_response is None or cohort.study.response is None:
        return None
    group = members(cohort, population)
    best = group[cohort.study.response.best].astype(object).fillna("NE")
    months = cohort.months_to_response
    return TimeToResponse(
        responders=int(is_responder(best).sum()),
        summary=summarize(months[months.index.isin(group.index)]),
    )


def time_rows(study: Study, found: TimeToResponse | None, make: RowMaker) -> Iterator[Row]:
    """Yield the rows of the time to response."""
    if found is None:
        return
    known, words = found.summary.n, basis(study)
    yield make.count("response.time.patients", known, found.responders, method=words)
    for name in NUMBERS:
        value = getattr(found.summary, name)
        yield make.number(
            f"response.time.{name}",
            value,
            study.style.time_digits,
            name,
            variable="time_to_response",
            unit="months",
            n=known,
            denominator=found.responders,
            method=f"responders only; {words}",
            reason=None if known else "no responder with a known day of response",
        )


def time_table(study: Study, found: TimeToResponse | None, ledger: Ledger) -> Table | None:
    """Return the table of the time to response; None where its day was not collected."""
    if found is None or study.response is None or study.response.date is None:
        return None
    columns = (
        Column("Time"),
        Column("Responders", align="right"),
        Column("Median, months", align="right"),
        Column("Interquartile range", align="right"),
        Column("Range", align="right"),
    )
    rows = {name: ledger[f"response.time.{name}"] for name in NUMBERS}
    cells = [bound(ledger["response.time.patients"]), bound(rows["median"])]
    for low, high in (("q1", "q3"), ("minimum", "maximum")):
        ends = formatting.interval(rows[low].value, rows[high].value, study.style.time_digits)
        cells.append(Cell(ends if found.summary.n else formatting.EN_DASH, key=rows[low].key))
    notes = [
        f"From {start_words(study)} to {lowered(study.label(study.response.date))}, "
        "in responders (PR or better) only, so that it says nothing of how many respond."
    ]
    unknown = found.responders - found.summary.n
    if unknown:
        notes.append(f"{unknown} of {found.responders} responders had no known day of response.")
    row = TableRow((Cell("First response"), *cells))
    return Table(columns=columns, rows=(row,), notes=tuple(notes))


def start_words(study: Study) -> str:
    """Return the words of the day from which time to response counts."""
    assert study.response is not None
    if study.response.assessments is not None:
        return lowered(study.label(study.response.assessments.start))
    return study.endpoints[study.survival.endpoint].start_words


def concordance(cohort: Cohort, population: str) -> Concordance | None:
    """Compare the derived best response with the recorded one; None unless both exist.

    The derived one is that of the analysis, or the confirmed one where the analysis rests on
    the recorded one.
    """
    rules = cohort.study.response
    if rules is None or cohort.course is None:
        return None
    rests_on_recorded = rules.best in cohort.study.variables
    recorded_name = rules.best if rests_on_recorded else rules.recorded
    if recorded_name is None:
        return None
    group = members(cohort, population)
    known = group.index[group[recorded_name].notna()]
    derived = cohort.course["confirmed"] if rests_on_recorded else group[rules.best]
    recorded = group.loc[known, recorded_name].astype(str)
    found = agreement(recorded, derived.loc[known].astype(str))
    return Concordance(found, len(group) - len(known))


def concordance_rows(found: Concordance | None, make: RowMaker) -> Iterator[Row]:
    """Yield the rows of the agreement and of every kind of disagreement."""
    if found is None:
        return
    n = found.found.n
    yield make.share("response.agreement", found.found.agree, n, variable="best_response")
    yield make.count("response.unrecorded", found.unrecorded, variable="best_response")
    for recorded, derived, count in found.found.disagreements:
        key = f"response.disagreement.{recorded.lower()}.{derived.lower()}"
        yield make.count(key, count, n, variable="best_response")


def concordance_table(found: Concordance | None, ledger: Ledger) -> Table | None:
    """Return the table of disagreements, counted by category; None unless both exist."""
    if found is None:
        return None
    share = ledger["response.agreement"]
    body = [
        TableRow(
            (
                Cell("Same category"),
                Cell(""),
                Cell(f"{share.n}/{share.denominator} ({share.display})", key=share.key),
            )
        )
    ]
    for recorded, derived, _ in found.found.disagreements:
        row = ledger[f"response.disagreement.{recorded.lower()}.{derived.lower()}"]
        body.append(TableRow((Cell(recorded), Cell(derived), bound(row))))
    columns = (Column("Recorded"), Column("From assessments"), Column("Patients", align="right"))
    notes = []
    if found.unrecorded:
        notes.append(
            f"{number(ledger['response.unrecorded'], 'patient')} without a recorded best response "
            "left out."
        )
    return Table(columns=columns, rows=tuple(body), notes=tuple(notes))
