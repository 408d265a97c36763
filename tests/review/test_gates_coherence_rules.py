"""Every rule of the gate of coherence fails on a ledger that breaks it, and names the row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from coherence_mutations import STUDIES, ledger_view

from helpers.ledger.assembly import numbers
from helpers.review.gates.coherence import RULES, View, cohere, report

VIEWS = {study: ledger_view(study) for study in STUDIES}
Break = Callable[[View], View]


def row(key: str, **changes: Any) -> Break:
    """Change fields of one row."""

    def change(view: View) -> View:
        assert key in view.by_key, key
        rows = tuple(replace(one, **changes) if one.key == key else one for one in view.rows)
        return replace(view, rows=rows)

    return change


def figure(name: str, line: int, column: int, text: str) -> Break:
    """Change one cell of a figure's data."""

    def change(view: View) -> View:
        lines = view.figures[name].splitlines()
        cells = lines[line].split(",")
        assert cells[column] != text
        cells[column] = text
        lines[line] = ",".join(cells)
        return replace(view, figures={**view.figures, name: "\n".join(lines) + "\n"})

    return change


def also(like: str, /, **changes: Any) -> Break:
    """Add a row made from another."""
    return lambda view: replace(view, rows=(*view.rows, replace(view.by_key[like], **changes)))


def page(text: str) -> Break:
    return lambda view: replace(view, pages={"paper.html": text})


def altered_numbers(view: View) -> View:
    return replace(view, numbers=numbers(tuple(view.rows), {}, {}).replace("[55.3%]", "[55.4%]"))


def agreeing(view: View) -> View:
    """An agreement of two best responses whose parts are one too many."""
    one = view.by_key["response.category.pr"]
    rows = (
        replace(one, key="response.agreement", n=30, denominator=38),
        replace(one, key="response.disagreement.pr.sd", statistic="count", n=9, value=9),
    )
    return replace(view, rows=(*view.rows, *rows))


A, F = "aponermin", "fhrmm"
#: Rule to the study, the corruption, and the key that has to be named.
BROKEN: dict[str, tuple[str, Break, str]] = {
    "percent": (A, row("response.orr", n=22), "response.orr"),
    "count": (A, row("population.treated", value=40), "population.treated"),
    "display": (A, row("response.orr", display="55.2%"), "response.orr"),
    "interval": (A, row("survival.pfs.median", low=9.0), "survival.pfs.median"),
    "exact-interval": (A, row("response.orr", high=72.0), "response.orr"),
    "range": (F, row("survival.pfs.by.salvage_group.logrank", value=1.2), "survival.pfs.by."),
    "absence": (F, row("survival.pfs.median", interval=None, level=None), "survival.pfs.median"),
    "flow": (A, row("flow.relapsed.excluded", n=2), "flow.relapsed.excluded"),
    "ratios-again": (F, row("cox.pfs.uni.salvage_group.other", value=2.4), "cox.pfs.uni."),
    "causes-again": (
        F,
        row("competing.by.salvage_group.gray_event", value=0.02),
        "competing.by.salvage_group.gray_event",
    ),
    "smaller-population": (
        A,
        row("survival_in.evaluable.pfs.rate_3_months", n=20),
        "survival_in.evaluable.pfs.rate_3_months",
    ),
    "range-of-a-part": (A, row("baseline.age.minimum", value=10), "baseline.age.minimum"),
    "levels": (A, row("levels.center", denominator=9), "levels.center"),
    "joint-levels": (F, row("cox.pfs.multi.salvage_group.other", n=18), "cox.pfs.multi."),
    "changes": (
        F,
        row("survival.pfs.since.responder.before.events", n=12),
        "survival.pfs.since.responder.before.events",
    ),
    "populations": (A, row("population_left_out.evaluable", n=2), "population.evaluable"),
    "categories": (A, row("baseline.sex.male", n=22), "baseline.sex.male"),
    "known": (A, row("baseline.age.median", n=37), "baseline.age.median"),
    "quartiles": (A, row("baseline.age.q1", value=90.0), "baseline.age.q1"),
    "response-rates": (A, row("response.category.pr", n=13), "response.category.pr"),
    "response-groups": (A, row("response.by.tp53.yes", denominator=6), "response.by.tp53.yes"),
    "survival-groups": (
        A,
        row("survival.pfs.by.age_group.ge_63.events", n=15),
        "survival.pfs.by.age_group.ge_63.events",
    ),
    "landmarks": (
        A,
        row("survival.pfs.landmark.2_months.cycles_group.left_out_event", n=5),
        "survival.pfs.landmark.2_months.cycles_group.left_out_event",
    ),
    "verdicts": (A, row("audit.impossible", n=3), "audit.impossible"),
    "agreement": (A, agreeing, "response.agreement"),
    "estimate-sizes": (A, row("survival.os.median", n=14), "survival.os.median"),
    "endpoint-population": (A, row("survival.os.patients", n=38), "survival.os.patients"),
    "monotone": (A, row("survival.os.rate_6_months", value=99.0), "survival.os.rate_6_months"),
    "at-risk": (A, row("survival.os.rate_3_months", n=40), "survival.os.rate_3_months"),
    "median-and-rates": (A, row("survival.pfs.median", value=2.0), "survival.pfs.median"),
    "nested-endpoints": (A, row("survival.os.events", n=30), "survival.os.events"),
    "competing": (A, row("competing.event.events", n=26), "competing.event.events"),
    "proportional-hazards": (
        A,
        row("cox.pfs.uni.tp53.proportional_hazards.global", value=0.5),
        "cox.pfs.uni.tp53.proportional_hazards.global",
    ),
    "model-counts": (
        A,
        row("cox.pfs.uni.tp53.events_per_variable", value=14.5),
        "cox.pfs.uni.tp53.events_per_variable",
    ),
    "model-events": (
        A,
        row("cox.pfs.uni.tp53.model_events", n=28),
        "cox.pfs.uni.tp53.model_events",
    ),
    "log-symmetry": (A, row("cox.pfs.uni.tp53.yes", value=1.5), "cox.pfs.uni.tp53.yes"),
    "wald-p": (A, row("cox.pfs.uni.tp53.yes.p_value", value=0.7), "cox.pfs.uni.tp53.yes.p_value"),
    "decision": (A, row("cox.pfs.uni.tp53.yes.p_value", value=0.01), "cox.pfs.uni.tp53.yes"),
    "profile": (
        F,
        row("cox.pfs.multi.lenalidomide_maintenance.yes.p_value", value=0.027),
        "cox.pfs.multi.lenalidomide_maintenance.yes",
    ),
    "difference": (
        A,
        row("response.by.tp53.difference", value=1.0),
        "response.by.tp53.difference",
    ),
    "tests": (A, row("response.by.tp53.fisher", value=0.9), "response.by.tp53.fisher"),
    "multiplicity": (
        A,
        row("response.by.age_group.fisher_holm", value=0.058),
        "response.by.age_group.fisher_holm",
    ),
    "grades": (A, row("safety.all.grade_3", n=24), "safety.all.grade_3"),
    "classes": (A, row("safety.class.tumor_lysis.any", n=24), "safety.class.tumor_lysis.any"),
    "rates": (A, row("safety.all.rate", value=20.0), "safety.all.rate"),
    "rate-counts": (A, row("safety.all.rate", n=22), "safety.all.rate"),
    "group-size": (A, row("cox.pfs.uni.tp53.yes", denominator=7), "cox.pfs.uni.tp53.yes"),
    "group-events": (
        A,
        row("cox.pfs.uni.extramedullary.yes", n=18),
        "cox.pfs.uni.extramedullary.yes",
    ),
    "denominator": (A, row("safety.all.any", denominator=40), "safety.all.any"),
    "late-group": (
        A,
        also("survival.pfs.by.age_group.logrank", key="survival.pfs.by.cycles_group.logrank"),
        "survival.pfs.by.cycles_group.logrank",
    ),
    "population-name": (A, row("response.orr", population="enrolled"), "response.orr"),
    "duplicate": (A, also("response.orr"), "response.orr"),
    "same-quantity": (
        A,
        also("response.orr", key="abstract.orr", display="55.2%"),
        "abstract.orr",
    ),
    "numbers-yml": (A, altered_numbers, "response.orr"),
    "documents": (
        A,
        page('<p>The ORR was <span class="n" data-key="response.orr">55.2%</span>.</p>'),
        "response.orr",
    ),
    "exposed": (A, row("safety.exposure.patients", value=38, n=38), "safety.exposure.patients"),
    "curve-steps": (A, figure("fig-km-pfs.csv", 3, 6, "38"), "figures/fig-km-pfs.csv"),
    "curve-readings": (
        A,
        row("survival.ttnt.rate_6_months", value=44.0),
        "survival.ttnt.rate_6_months",
    ),
    "group-curves": (
        A,
        row("survival.pfs.by.age_group.logrank", value=0.5),
        "survival.pfs.by.age_group.logrank",
    ),
    "incidence-steps": (A, figure("fig-competing.csv", 3, 3, "0.5"), "figures/fig-competing.csv"),
    "flow-figure": (A, figure("fig-flow.csv", 2, 2, "2"), "flow.relapsed.excluded"),
    "distribution-size": (A, row("response.time.patients", n=20, value=20), "response.time."),
    "classes-of-numbers": (
        A,
        row("baseline.prior_lines.median", value=5.0),
        "baseline.prior_lines.median",
    ),
    "one-more": (
        A,
        row("baseline.months_since_diagnosis.maximum", value=90.0),
        "baseline.months_since_diagnosis.maximum",
    ),
    "states": (
        F,
        row("survival.pfs.since.responder.before.events", denominator=61),
        "survival.pfs.since.responder.before.events",
    ),
    "mantel-byar": (
        F,
        row("survival.pfs.since.responder.mantel_byar", value=0.38),
        "survival.pfs.since.responder.mantel_byar",
    ),
    "pooled": (
        F,
        row("cox.pfs.imputed.stage_group.advanced.due_to_missing", value=0.9),
        "cox.pfs.imputed.stage_group.advanced",
    ),
    "imputed": (F, row("cox.pfs.imputed.model.complete", n=59), "cox.pfs.imputed.model.complete"),
    "references": (
        A,
        row("cox.pfs.uni.gain_1q21.reference", denominator=17),
        "cox.pfs.uni.gain_1q21.reference",
    ),
    "adjusted": (
        F,
        row("survival.pfs.since.responder.adjusted", denominator=37),
        "survival.pfs.since.responder.adjusted",
    ),
    "window": (A, row("safety.window.before", n=1), "safety.window.before"),
    "data-cut": (
        A,
        also("cleaning.unmapped", key="cleaning.after_data_cut", n=3, value=3),
        "cleaning.after_data_cut",
    ),
    "repairs": (A, row("cleaning.repairs", n=538), "cleaning.repairs"),
    "audit": (F, row("audit.together", n=2), "audit.together"),
    "computed-twice": (F, row("crosscheck.agreeing", n=20), "crosscheck.agreeing"),
}
#: Further corruptions of rules that look at several things, each with its key.
BROKEN_TOO: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (A, "group-events", "survival.pfs.landmark.2_months.cycles_group.ge_3.hazard_ratio", {"n": 15}),
    (F, "group-curves", "survival.pfs.by.extramedullary.yes.median", {"value": 2.95}),
    (A, "curve-readings", "survival.os.median", {"low": 8.0}),
    (F, "causes-again", "competing.by.salvage_group.other.competing.hazard_ratio", {"value": 1.1}),
    (
        F,
        "causes-again",
        "competing.by.salvage_group.other.competing.hazard_ratio_p_value",
        {"value": 0.9},
    ),
    (F, "changes", "survival.pfs.since.responder.unknown", {"n": 1}),
    (A, "references", "cox.pfs.uni.prior_car_t.yes", {"n": 4}),
    (F, "references", "cox.pfs.multi.ecog_group.ge_2", {"denominator": 18}),
    (F, "adjusted", "survival.pfs.since.responder.adjusted", {"n": 13}),
    (F, "adjusted", "survival.pfs.since.responder.adjusted_changed", {"n": 35}),
    (F, "adjusted", "survival.pfs.since.responder.adjusted_patients", {"n": 61}),
    (A, "group-size", "cox.pfs.uni.tp53.reference", {"denominator": 32}),
    (A, "group-events", "cox.pfs.uni.extramedullary.reference", {"n": 11}),
    (F, "joint-levels", "cox.pfs.multi.salvage_group.reference", {"denominator": 28}),
    (A, "repairs", "cleaning.unmapped", {"n": 1, "value": 1}),
    (A, "window", "safety.exposure.undated", {"n": 1}),
    (A, "window", "safety.window.undated", {"n": 1}),
    (A, "distribution-size", "response.time.patients", {"denominator": 22}),
    (A, "exposed", "safety.exposure.without_window", {"n": 1}),
    (F, "pooled", "cox.pfs.imputed.model.data_sets", {"n": 19}),
    (F, "imputed", "cox.pfs.imputed.missing.stage_group", {"n": 3}),
)


def seen(view: View, rule: str) -> list[str]:
    """The keys of what one rule finds."""
    look = next(one.look for one in RULES if one.id == rule)
    return [key for one in look(view) if one.problem is not None for key in one.keys]


def test_every_rule_has_a_corruption():
    assert set(BROKEN) == {rule.id for rule in RULES}


@pytest.mark.parametrize("rule", BROKEN)
def test_the_rule_names_what_breaks_it(rule):
    study, corrupt, key = BROKEN[rule]
    clean = VIEWS[study]
    before = seen(clean, rule)
    assert not before or rule == "decision"
    named = [one for one in seen(corrupt(clean), rule) if one not in before]
    assert any(one.startswith(key) for one in named), named


@pytest.mark.parametrize(("study", "rule", "key", "changes"), BROKEN_TOO)
def test_the_rule_names_the_row_that_breaks_it(study, rule, key, changes):
    assert not seen(VIEWS[study], rule)
    assert key in seen(row(key, **changes)(VIEWS[study]), rule)


@pytest.mark.parametrize("study", STUDIES)
def test_every_rule_says_out_of_how_many(study):
    found = report(VIEWS[study])
    lines = [note for note in found.notes if note.partition(":")[0] in BROKEN]
    assert len(lines) == len(RULES)
    assert found.looked_at > 2000
    assert any("rows with a number were compared" in note for note in found.notes)


def test_no_rule_looks_at_nothing_in_both_studies():
    looked = {rule.id: 0 for rule in RULES}
    for view in VIEWS.values():
        for result in cohere(replace(view, numbers=numbers(tuple(view.rows), {}, {}))):
            looked[result.rule.id] += len(result.seen)
    nothing = {name for name, number in looked.items() if not number}
    assert nothing <= {"agreement", "same-quantity", "documents", "data-cut"}


def test_a_table_cell_may_show_a_median_with_its_range_and_no_other_number():
    view = VIEWS[A]
    middle, low, high = (view.by_key[f"baseline.age.{w}"] for w in ("median", "minimum", "maximum"))
    cell = '<td data-key="baseline.age.median">{}</td>'
    good = cell.format(f"{middle.display} ({low.display}–{high.display})")
    assert not seen(page(good)(view), "documents")
    assert seen(page(cell.format(f"{middle.display} ({low.display}–99)"))(view), "documents")


def test_a_rule_that_cannot_reckon_with_a_record_says_so_and_stops_nothing():
    view = figure("fig-km-pfs.csv", 3, 3, "half")(VIEWS[A])
    found = {result.rule.id: result.problems for result in cohere(view)}
    assert "cannot be applied" in str(found["curve-steps"][-1].problem)
    assert not found["percent"]


def test_a_level_without_a_coefficient_counts_none():
    """A level that other factors determine is listed as not estimable."""
    key = "cox.pfs.multi.model.events_per_variable"
    row_of = VIEWS[F].by_key
    events = row_of["cox.pfs.multi.model.model_events"].n
    without = row("cox.pfs.multi.extramedullary.yes", value=None)(VIEWS[F])
    assert key in str(seen(without, "model-counts"))
    five = row(key, value=events / 5)(without)
    assert key not in str(seen(five, "model-counts"))


def test_a_curve_at_one_has_no_interval_and_the_ledger_no_bound():
    """The band lies on the curve where it is at 1 or 0; the row then has no bounds."""
    early = next(one for one in VIEWS[A].rows if one.key == "survival.pfs.rate_6_months")
    lines = VIEWS[A].figures["fig-km-pfs.csv"].splitlines()
    flat = [*lines[:1], *(at_one(line) for line in lines[1:])]
    view = replace(VIEWS[A], figures={"fig-km-pfs.csv": "\n".join(flat) + "\n"})
    certain = row(early.key, value=100.0, low=None, high=None, interval=None)(view)
    assert early.key not in str(seen(certain, "curve-readings"))
    assert early.key in str(seen(row(early.key, value=100.0)(view), "curve-readings"))


def at_one(line: str) -> str:
    """Put the survival of a line of a figure's data, and its band, to 1."""
    cells = line.split(",")
    return ",".join([*cells[:3], "1", "1", "1", *cells[6:]])


def test_a_median_whose_bounds_are_not_reached_says_so():
    key = "survival.pfs.median"
    without = row(key, low=None, high=None, interval="bounds not reached")(VIEWS[A])
    assert key not in str(seen(without, "interval"))
    assert key in str(seen(row(key, low=None, high=None)(VIEWS[A]), "interval"))


def test_categories_that_were_not_confirmed_are_other_groups_than_those_that_were():
    """Of dated assessments both are counted, and the patients of a category differ."""
    shown = VIEWS[A].by_key["response.category.pr"]
    less = {"n": shown.n - 1, "value": 100 * (shown.n - 1) / shown.denominator}
    unconfirmed = also(shown.key, key="response.unconfirmed.category.pr", **less)(VIEWS[A])
    assert not seen(unconfirmed, "group-size")
    again = also(shown.key, key="response.again.category.pr", **less)(VIEWS[A])
    assert "response.again.category.pr" in str(seen(again, "group-size"))
