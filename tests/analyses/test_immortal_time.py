"""What became known only later may not split anything from time zero, unless it is called naive."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

import helpers.analyses
from helpers.analyses import (
    comparison,
    competing,
    landmark,
    regression,
    sensitivity,
    survival,
    time_dependent,
)
from helpers.ledger import RowMaker
from helpers.statistics.time_to_event import ImmortalTimeError
from helpers.study.schema.survival import Comparison, CompetingRisks

LATE = "cycles_group"
REMEDIES = ("landmark", "time-dependent covariate", "naive")
FOLDER = Path(next(iter(helpers.analyses.__path__)))
#: What compares groups or fits factors; each use needs one of the guards, or a reason.
GROUPING = {
    "logrank",
    "rank_test",
    "cox",
    "grays_test",
    "cause_specific_cox",
    "restricted_mean_difference",
    "imputed_cox",
    "multivariate_logrank_test",
    "CoxPHFitter",
}
GUARDS = {"require_known_at_baseline", "factor_of", "split"}
#: Repeats models and comparisons that were guarded when they were first made.
REPEATS = {"crosscheck"}


def maker(cohort):
    return RowMaker(cohort.study.style, "survival", "treated")


def planned(cohort, **changes):
    """The cohort with another plan of the survival analysis."""
    plan = cohort.study.survival.model_copy(update=changes)
    return replace(cohort, study=cohort.study.model_copy(update={"survival": plan}))


def curves(cohort):
    return comparison.compare(cohort, "pfs", LATE)


def curves_of_given_patients(cohort):
    frame = survival.times(cohort, "pfs")
    return comparison.split(cohort.study, frame, cohort.patients.loc[frame.index], LATE)


def univariable_model(cohort):
    return regression.fit(planned(cohort, univariable=[LATE], multivariable=[]))


def multivariable_model(cohort):
    return regression.fit(planned(cohort, univariable=[], multivariable=["age_group", LATE]))


def imputed_model(cohort):
    return sensitivity.imputed(planned(cohort, multivariable=["tp53", LATE], imputations=2))


def competing_risks(cohort):
    plan = CompetingRisks(
        endpoint="pfs",
        event="progression_date",
        event_label="Progression",
        competing_label="Death",
        by=LATE,
    )
    return competing.analyse(planned(cohort, competing=plan))


def adjusted_time_dependent_model(cohort):
    since = [Comparison(variable="responder", since="first_response_date")]
    return time_dependent.analyse(planned(cohort, curves=since, multivariable=[LATE]), "pfs")


@pytest.mark.parametrize(
    "ask",
    [
        curves,
        curves_of_given_patients,
        univariable_model,
        multivariable_model,
        imputed_model,
        competing_risks,
        adjusted_time_dependent_model,
    ],
)
def test_every_analysis_refuses_a_late_variable_and_names_the_remedies(cohort, responders, ask):
    with pytest.raises(ImmortalTimeError) as refusal:
        ask(responders)
    for remedy in (LATE, *REMEDIES):
        assert remedy in str(refusal.value)


def imported(tree):
    """Names that a module imports."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {name.name for node in found for name in node.names}


def defined(tree):
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def unguarded(folder):
    """Modules that compare groups and do not ask when the grouping was known."""
    for path in sorted(folder.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = imported(tree)
        if names & GROUPING and not (names | defined(tree)) & GUARDS:
            yield path.stem


def test_no_module_compares_groups_without_asking_when_they_were_known(tmp_path):
    assert set(unguarded(FOLDER)) <= REPEATS
    bare = "from helpers.statistics.time_to_event import logrank\n"
    (tmp_path / "bare.py").write_text(bare)
    assert list(unguarded(tmp_path)) == ["bare"]


def test_the_naive_comparison_is_named_so_in_every_output(cohort, ledger):
    study, make = cohort.study, maker(cohort)
    found = landmark.naive(cohort, "pfs")
    assert [one.naive for one in found] == [True]
    with pytest.raises(ImmortalTimeError, match="naive"):
        list(comparison.rows(found[0], make, "survival.pfs.by", "pfs"))
    assert not len(ledger)
    rows = list(comparison.rows(found[0], make, "survival.pfs.naive", "pfs"))
    assert rows and all(".naive." in row.key for row in rows)
    ledger.record(rows)
    labelled = comparison.from_time_zero(study, found[0], "pfs")
    assert "naive" in labelled.title
    assert ".naive" in labelled.key
    text = comparison.table(study, [labelled], ledger, months=[]).to_text()
    assert "naive, from time zero" in text
    assert "immortal time" in text
    drawing = comparison.drawing(study, [labelled], ledger, "pfs")
    assert "naive" in drawing.alt
    words = " ".join(text.get_text() for text in drawing.figure.texts)
    assert "naive, from time zero" in words
    assert "Naive: biased by immortal time." in words


def test_captions_of_the_cells_that_may_show_it_say_naive():
    source = (FOLDER.parents[2] / "notebooks" / "03-survival.ipynb").read_text(encoding="utf-8")
    cells = [cell for cell in source.split('"cell_type"') if "naive" in cell and "-cap" in cell]
    captions = [line for cell in cells for line in cell.splitlines() if "-cap:" in line]
    assert len(captions) >= 2
    assert all("naive" in line.lower() for line in captions)


def test_a_grouping_known_at_time_zero_is_never_called_naive(cohort):
    found = comparison.compare(cohort, "pfs", "age_group", naive=True)
    assert not found.naive
    plan = [Comparison(variable="age_group", naive=True)]
    assert landmark.naive(planned(cohort, curves=plan), "pfs") == ()
