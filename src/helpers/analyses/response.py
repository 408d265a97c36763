"""Best response: rates in the whole population and by subgroup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from helpers.analyses.cells import (
    bound,
    counted,
    estimate_words,
    interval_column,
    of_total,
    with_interval,
)
from helpers.analyses.drawing import Drawing
from helpers.analyses.forest import forest_data, forest_row
from helpers.analyses.groups import Level, contrast_order, levels, members
from helpers.exhibits.forest import ForestRow, forest_figure
from helpers.exhibits.response_bar import ResponseBar, response_figure
from helpers.exhibits.table import Cell, Column, Group, Table
from helpers.exhibits.table import Row as TableRow
from helpers.imwg import CATEGORIES
from helpers.ledger import Ledger, Row, RowMaker
from helpers.statistics.proportions import (
    Proportion,
    ProportionDifference,
    TestResult,
    adjust,
    chi_square,
    fisher_exact,
    proportion,
    proportion_difference,
)
from helpers.statistics.response import ResponseRates, is_responder, response_rates

if TYPE_CHECKING:
    from helpers.study.cohort import Cohort
    from helpers.study.definition import Study

RATES = {
    "orr": "Overall response (PR or better)",
    "cbr": "Clinical benefit (MR or better)",
    "vgpr_or_better": "VGPR or better",
    "cr_or_better": "CR or better",
}
RECORDED = "best response as recorded by the investigator; confirmation not available"
BESIDE = "best response as recorded by the investigator, beside dated assessments"
CONFIRMED = "best response derived from dated assessments, confirmed by a second assessment"
UNCONFIRMED = "best response derived from dated assessments, without confirmation"
ABBREVIATIONS = (
    "NE, not evaluable; MR, minimal response; PD, progressive disease; PR, partial response; "
    "SD, stable disease; VGPR, very good partial response; (s)CR, (stringent) complete response."
)
BRACKETS = (("CBR", "cbr", 5), ("ORR", "orr", 4), ("≥VGPR", "vgpr_or_better", 3))


@dataclass(frozen=True)
class Contrast:
    """Response in the levels of one variable.

    Attributes:
        variable: Name of the variable.
        levels: Its levels, in the order of the comparison.
        rates: Overall response rate of each level.
        difference: First minus second level; None unless there are two.
        tests: Tests of independence by name; empty where one level has patients.
        unknown: Patients whose level is unknown.
    """

    variable: str
    levels: tuple[Level, ...]
    rates: tuple[Proportion, ...]
    difference: ProportionDifference | None
    tests: dict[str, TestResult]
    unknown: int


def best_responses(cohort: Cohort, population: str) -> pd.Series | None:
    """Return the best response of each patient of a population; None if not collected.

    A response that was not recorded counts as not evaluable, so that the denominator is
    always the whole population.
    """
    rules = cohort.study.response
    if rules is None:
        return None
    return members(cohort, population)[rules.best].astype(object).fillna("NE")


def overall(cohort: Cohort, population: str) -> ResponseRates | None:
    """Return response rates of a population; None if response was not collected."""
    best = best_responses(cohort, population)
    level = cohort.study.settings.confidence_level
    return None if best is None else response_rates(best, level=level)


def basis(study: Study) -> str | None:
    """Return what the best response rests on, in words; None where it was not collected."""
    if study.response is None:
        return None
    derived = study.derived.get(study.response.best)
    if derived is None or derived.response is None:
        return RECORDED if study.response.assessments is None else BESIDE
    return CONFIRMED if derived.response.confirmed else UNCONFIRMED


def basis_sentence(study: Study) -> str:
    """Return the sentence of a note that says what the best response rests on."""
    words = basis(study) or "best response was not collected"
    return f"{words[:1].upper()}{words[1:]}."


def basis_rows(study: Study, make: RowMaker) -> Iterator[Row]:
    """Yield the row that says what the best response rests on."""
    words = basis(study)
    if words is not None:
        yield make.words("response.basis", words, variable="best_response")


def overall_rows(
    rates: ResponseRates | None, make: RowMaker, prefix: str, *, basis: str | None
) -> Iterator[Row]:
    """Yield the rows of the rates and of every response category.

    Args:
        rates: The rates; None where response was not collected.
        make: Maker of the rows.
        prefix: Beginning of their keys.
        basis: What the best response rests on; part of every row's method.
    """
    if rates is None:
        return
    for name in RATES:
        row = make.proportion(f"{prefix}.{name}", getattr(rates, name), variable="best_response")
        yield replace(row, method="; ".join(filter(None, (row.method, basis))))
    for category in CATEGORIES:
        yield make.share(
            f"{prefix}.category.{category.lower()}",
            rates.counts[category],
            rates.n,
            variable="best_response",
            group=f"best_response={category}",
            method=basis,
        )


def overall_table(study: Study, ledger: Ledger, columns: dict[str, str]) -> Table | None:
    """Return the table of best response, one column a population.

    Args:
        study: The study.
        ledger: Ledger with the rows of every column.
        columns: Population key to ledger prefix.
    """
    if study.response is None:
        return None
    heads = [Column("Best response")]
    for population, prefix in columns.items():
        n = ledger[f"{prefix}.orr"].denominator
        heads.append(Column(study.populations[population].label, align="decimal", n=n))
    notes = (f"{basis_sentence(study)} {rates_note(study, study.response.criteria)}",)
    body = rates_body(ledger, tuple(columns.values()))
    return Table(columns=tuple(heads), rows=body, notes=notes)


def rates_body(ledger: Ledger, prefixes: Sequence[str]) -> tuple[TableRow | Group, ...]:
    """Return the rows of a table of categories and rates, one column a ledger prefix."""
    body: list[TableRow | Group] = [Group("Category, n (%)")]
    for category in CATEGORIES:
        shares = (ledger[f"{prefix}.category.{category.lower()}"] for prefix in prefixes)
        body.append(TableRow((Cell(category, indent=1), *map(counted, shares))))
    body.append(Group("Rate (exact CI)"))
    for name, label in RATES.items():
        cells = (with_interval(ledger[f"{prefix}.{name}"]) for prefix in prefixes)
        body.append(TableRow((Cell(label, indent=1), *cells)))
    return tuple(body)


def rates_note(study: Study, criteria: str) -> str:
    """Return the note of a table of categories and rates."""
    percent = f"{100 * study.settings.confidence_level:g}%"
    return (
        f"Categories by {criteria}. {percent} confidence intervals (CI) are Clopper–Pearson "
        f"exact. {ABBREVIATIONS}"
    )


def _bars(study: Study, ledger: Ledger, columns: dict[str, str]) -> tuple[ResponseBar, ...]:
    bars = []
    for population, prefix in columns.items():
        rows = {c: ledger[f"{prefix}.category.{c.lower()}"] for c in CATEGORIES}
        held = {c: row for c, row in rows.items() if row.n}
        brackets = tuple(
            (f"{name} {estimate_words(ledger[f'{prefix}.{rate}'])}", CATEGORIES[:depth])
            for name, rate, depth in BRACKETS
        )
        bars.append(
            ResponseBar(
                label=study.populations[population].label,
                n=ledger[f"{prefix}.orr"].denominator or 0,
                percents={c: float(row.value or 0.0) for c, row in held.items()},
                displays={c: row.display for c, row in held.items()},
                brackets=brackets,
            )
        )
    return tuple(bars)


def bar_drawing(study: Study, ledger: Ledger, columns: dict[str, str]) -> Drawing | None:
    """Return the stacked bars of best response; None if response was not collected."""
    if study.response is None:
        return None
    bars = _bars(study, ledger, columns)
    segments = [
        (bar.label, bar.n, category, share)
        for bar in bars
        for category, share in bar.percents.items()
    ]
    data = pd.DataFrame(segments, columns=["population", "n", "category", "percent"])
    prefix = next(iter(columns.values()))
    orr, deep = ledger[f"{prefix}.orr"], ledger[f"{prefix}.vgpr_or_better"]
    alt = (
        f"Stacked bar of best response in {orr.denominator} patients: overall response rate "
        f"{orr.text}, very good partial response or better {deep.text}."
    )
    return Drawing(response_figure(bars), alt, data)


def by_subgroup(cohort: Cohort, population: str) -> tuple[Contrast, ...]:
    """Compare response over the subgroups that study.yml declares."""
    best = best_responses(cohort, population)
    if best is None:
        return ()
    patients = members(cohort, population)
    responders = pd.Series(is_responder(best), index=patients.index)
    return tuple(
        _contrast(cohort.study, patients, responders, variable)
        for variable in cohort.study.subgroups
    )


def _contrast(
    study: Study, patients: pd.DataFrame, responders: pd.Series, variable: str
) -> Contrast:
    present = contrast_order(study, variable, levels(study, patients, variable))
    counts = [(int(responders[level.members].sum()), int(level.members.sum())) for level in present]
    confidence = study.settings.confidence_level
    rates = tuple(proportion(count, total, level=confidence) for count, total in counts)
    difference, tests = None, {}
    if len(counts) == 2:
        difference = proportion_difference(*counts[0], *counts[1], level=confidence)
    if len(counts) > 1:
        grid = [[count for count, _ in counts], [total - count for count, total in counts]]
        tests = {
            "fisher": fisher_exact(grid),
            "chi_square": chi_square(grid, correction=False),
            "chi_square_yates": chi_square(grid, correction=True),
        }
    unknown = len(patients) - sum(total for _, total in counts)
    return Contrast(variable, present, rates, difference, tests, unknown)


def subgroup_rows(contrasts: tuple[Contrast, ...], make: RowMaker) -> Iterator[Row]:
    """Yield the rows of every contrast, and Fisher's p adjusted over all of them (Holm)."""
    for contrast in contrasts:
        key = f"response.by.{contrast.variable}"
        for level, rate in zip(contrast.levels, contrast.rates, strict=True):
            yield make.proportion(
                f"{key}.{level.key}",
                rate,
                variable="orr",
                group=f"{contrast.variable}={level.key}",
            )
        if contrast.difference is not None:
            yield make.difference(f"{key}.difference", contrast.difference, variable="orr")
        for name, test in contrast.tests.items():
            yield make.test(f"{key}.{name}", test, variable="orr", group=contrast.variable)
        yield make.count(f"{key}.unknown", contrast.unknown)
    tested = [contrast for contrast in contrasts if contrast.tests]
    adjusted = adjust([contrast.tests["fisher"].p for contrast in tested], method="holm")
    for contrast, p in zip(tested, adjusted, strict=True):
        yield make.p(
            f"response.by.{contrast.variable}.fisher_holm",
            p,
            f"Fisher's exact test, Holm-adjusted over {len(tested)} comparisons",
            variable="orr",
            group=contrast.variable,
        )
    yield make.count("response.comparisons", len(tested))


def subgroup_table(study: Study, contrasts: tuple[Contrast, ...], ledger: Ledger) -> Table | None:
    """Return the table of response by subgroup; None where there is none."""
    if not contrasts:
        return None
    columns = (
        Column("Subgroup"),
        Column("Responders/patients", align="right"),
        interval_column(study, "ORR"),
        interval_column(study, "Difference, percentage points"),
        Column("p (Fisher)", align="right"),
        Column("p (Holm)", align="right"),
    )
    body: list[TableRow | Group] = []
    late = False
    for contrast in contrasts:
        late = late or study.known_at(contrast.variable) != "baseline"
        body.extend(_contrast_rows(study, contrast, ledger))
    notes = [
        basis_sentence(study),
        "ORR, overall response rate with Clopper–Pearson exact interval; differences with "
        "Newcombe's interval; p-values from Fisher's exact test, unadjusted and adjusted over "
        "all subgroup variables of this table by Holm's method. Patients of unknown status are "
        "left out of a comparison and counted.",
    ]
    if late:
        notes.append(
            "Groups marked “known later” form during treatment, so that response and group "
            "depend on each other: descriptive only."
        )
    return Table(columns=columns, rows=tuple(body), notes=tuple(notes))


def _contrast_rows(study: Study, contrast: Contrast, ledger: Ledger) -> Iterator[TableRow | Group]:
    key = f"response.by.{contrast.variable}"
    known = "" if study.known_at(contrast.variable) == "baseline" else " (known later)"
    yield Group(study.label(contrast.variable) + known)
    for position, level in enumerate(contrast.levels):
        row = ledger[f"{key}.{level.key}"]
        last = [Cell(""), Cell(""), Cell("")]
        if position == 0 and contrast.difference is not None:
            last[0] = with_interval(ledger[f"{key}.difference"])
        if position == 0 and contrast.tests:
            last[1] = bound(ledger[f"{key}.fisher"])
            last[2] = bound(ledger[f"{key}.fisher_holm"])
        yield TableRow((Cell(level.label, indent=1), of_total(row), with_interval(row), *last))
    if contrast.unknown:
        unknown = ledger[f"{key}.unknown"]
        blank = [Cell("")] * 4
        yield TableRow((Cell("Unknown", indent=1), bound(unknown), *blank))


def forest_drawing(study: Study, contrasts: tuple[Contrast, ...], ledger: Ledger) -> Drawing | None:
    """Return the forest plot: the whole population, then every subgroup; None without one."""
    if not contrasts:
        return None
    rows = [forest_row("All patients", ledger["response.orr"])]
    said = []
    for contrast in contrasts:
        heading = study.label(contrast.variable)
        rows.append(ForestRow(heading, True))
        below = f"response.by.{contrast.variable}"
        shown = [(level.label, ledger[f"{below}.{level.key}"]) for level in contrast.levels]
        rows.extend(forest_row(label, row) for label, row in shown)
        said.append(f"{heading}: {', '.join(f'{name} {row.display}' for name, row in shown)}")
    figure = forest_figure(
        rows,
        effect_label="Overall response rate, %",
        reference=ledger["response.orr"].value,
        log=False,
        columns=("n/N", "ORR (CI)"),
    )
    alt = f"Forest plot of overall response rate by subgroup: {'; '.join(said)}."
    return Drawing(figure, alt, forest_data(rows))
