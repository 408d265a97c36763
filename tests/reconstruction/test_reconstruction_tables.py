"""The raw tables: same seed, same bytes; and read back, they say what the abstract printed."""

from __future__ import annotations

import csv
import io
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from helpers.errors import ManuscriptError
from helpers.reconstruction import load_transcript, reconstruct
from helpers.reconstruction.cohort import write_tables
from helpers.reconstruction.display import rounding_that_fits, same_display
from helpers.statistics.adverse_events import worst_grade
from helpers.statistics.proportions import chi_square, fisher_exact
from helpers.statistics.regression import Factor, cox
from helpers.statistics.time_to_event import kaplan_meier, logrank, median, survival_at
from helpers.study import load_study, read_cohort

STUDIES = ("aponermin", "fhrmm")
IMPOSSIBLE = {"aponermin": {"orr_tp53_no", "orr_1q21_no"}, "fhrmm": set()}


class Reader:
    """Evaluates claims on a cohort that was read from raw tables, not on the patients drawn."""

    def __init__(self, claims, cohort):
        self.claims = claims
        self.cohort = cohort
        self.patients = cohort.patients.copy()
        if cohort.adverse_events is not None:
            self._worst_grades()
        self.levels = {name: self._level(a) for name, a in claims.attributes.items()}

    def _worst_grades(self):
        events = self.cohort.adverse_events
        for name in self.cohort.study.adverse_events.classes:
            grades = (
                events[events["event_class"] == name]
                .groupby("patient", observed=True)["grade"]
                .max()
            )
            worst = grades.reindex(self.patients.index).fillna(0)
            self.patients[f"worst {name}"] = worst.astype(float)

    def _level(self, attribute):
        column = self.patients[attribute.variable or f"worst {attribute.event_class}"]
        found = pd.Series("unknown", index=column.index, dtype=object)
        for level, how in attribute.levels.items():
            found[column.map(lambda v, how=how: pd.notna(v) and how.holds(v)).astype(bool)] = level
        return found

    def among(self, wanted):
        mask = pd.Series(True, index=self.patients.index)
        for name, levels in wanted.items():
            levels = [levels] if isinstance(levels, str) else levels
            mask &= self.levels[name].isin(levels)
        return mask

    def counts(self, claim, group):
        inside = self.cohort.populations[claim.population] & self.among(group)
        known = inside & self.among(
            {n: list(self.claims.attributes[n].levels) for n in claim.event}
        )
        return int((known & self.among(claim.event)).sum()), int(known.sum())

    def times(self, claim, group):
        times = self.cohort.times[claim.outcome]
        inside = self.cohort.populations[claim.population] & self.among(group)
        return times[inside.reindex(times.index)]

    def holds(self, claim):
        """Whether the figure is met to its last printed digit."""
        return getattr(self, claim.kind)(claim)

    def statement(self, claim):
        return True

    def count(self, claim):
        if claim.outcome is None:
            return self.counts(claim, claim.group)[0] == int(claim.value)
        return self._values(claim).nunique() == int(claim.value)

    def proportion(self, claim):
        return rounding_that_fits(*self.counts(claim, claim.group), claim.value) is not None

    def median(self, claim):
        return self._values(claim).median() == float(claim.value)

    def range(self, claim):
        values = self._values(claim)
        return getattr(values, claim.bound[:3])() == float(claim.value)

    def contrast(self, claim):
        (a, n), (b, m) = (self.counts(claim, group) for group in claim.groups)
        table = [[a, b], [n - a, m - b]]
        tests = [fisher_exact(table), *(chi_square(table, correction=c) for c in (False, True))]
        return any(obeys(claim.p, test.p) for test in tests)

    def survival_median(self, claim):
        times = self.times(claim, claim.group)
        found = median(kaplan_meier(times["months"], times["event"]))
        if claim.value == "not reached":
            return not found.reached
        return same_display(found.estimate, claim.value, 1)

    def survival_rate(self, claim):
        times = self.times(claim, claim.group)
        found = survival_at(kaplan_meier(times["months"], times["event"]), [claim.time])[0]
        digits = self.cohort.study.style.percent_digits
        return same_display(100 * found.estimate, claim.value, digits)

    def p_value(self, claim):
        groups = [self.times(claim, group) for group in claim.groups]
        times = pd.concat(groups, keys=["first", "second"])
        labels = times.index.get_level_values(0)
        return obeys(claim.p, logrank(times["months"], times["event"], labels).p)

    def hazard_direction(self, claim):
        groups = [self.times(claim, group) for group in claim.groups]
        times = pd.concat(groups, keys=["first", "second"])
        words = np.array(times.index.get_level_values(0))
        factor = Factor("group", "group", words, ("second", "first"), None)
        return cox(times["months"], times["event"], [factor]).terms[0].estimate > 1

    def _values(self, claim):
        return self.patients.loc[self.cohort.populations[claim.population], claim.outcome]


def obeys(printed, p):
    return p < float(printed[1:]) if printed[0] == "<" else p > float(printed[1:])


def reader(root, study, data=None):
    claims = load_transcript(root / "data" / study / "claims.yml")
    cohort = read_cohort(root, load_study(root, study), source=data)
    return Reader(claims, cohort)


def rows_of(root, study, name):
    source = getattr(load_study(root, study).tables, name)
    text = (root / "data" / study / source.file).read_bytes().decode(source.encoding)
    return list(
        csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=source.separator)
    )


@pytest.fixture
def copied(root, tmp_path):
    """A project that holds the two studies and nothing else."""
    for study in STUDIES:
        shutil.copytree(root / "data" / study, tmp_path / "data" / study)
    shutil.copy(root / "_quarto.yml", tmp_path)
    return tmp_path


@pytest.mark.parametrize("study", STUDIES)
def test_the_committed_tables_are_what_the_command_writes(root, drawn, study):
    tables = write_tables(drawn[study])
    assert tables
    for name, content in tables.items():
        assert (root / "data" / study / name).read_bytes() == content, name
    raw = {path.name for path in (root / "data" / study / "raw").iterdir()}
    assert raw == {name.removeprefix("raw/") for name in tables}


def test_reconstruct_writes_the_same_bytes_again_and_says_what_gave_way(root, copied):
    folder = copied / "data" / "aponermin"
    for path in (folder / "raw").iterdir():
        path.unlink()
    made = reconstruct(copied, "aponermin")
    assert {claim.id for claim in made.given_way} == IMPOSSIBLE["aponermin"]
    assert all("60.1" in str(claim) for claim in made.given_way)
    assert {claim.id for claim in made.remarks} == {"orr_age_contrast", "orr_extramedullary_no"}
    assert made.counts == {"treated": 39, "evaluable": 38}
    for path in made.files:
        assert (copied / path).read_bytes() == (root / path).read_bytes()


def test_another_seed_gives_other_patients_of_whom_the_claims_hold_too(copied):
    path = copied / "data" / "aponermin" / "claims.yml"
    before = {p: p.read_bytes() for p in (path.parent / "raw").iterdir()}
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"value: 20250731", "value: 7", text), encoding="utf-8")
    made = reconstruct(copied, "aponermin")
    assert {claim.id for claim in made.given_way} == IMPOSSIBLE["aponermin"]
    assert all(p.read_bytes() != content for p, content in before.items())
    fresh = reader(copied, "aponermin")
    assert failing(fresh) == IMPOSSIBLE["aponermin"]


def failing(evaluated):
    return {claim.id for claim in evaluated.claims.claims if not evaluated.holds(claim)}


@pytest.mark.parametrize("study", STUDIES)
def test_every_claim_that_can_hold_is_met_by_the_tables_as_read(root, study):
    assert failing(reader(root, study)) == IMPOSSIBLE[study]


@pytest.mark.parametrize("study", STUDIES)
def test_what_is_reported_is_what_the_tables_say(root, drawn, study):
    evaluated = reader(root, study)
    for outcome in drawn[study].outcomes:
        claim = next(c for c in evaluated.claims.claims if c.id == outcome.id)
        assert evaluated.holds(claim) == (outcome.verdict != "gives way"), outcome.id


def test_one_changed_response_is_noticed(root, copied):
    path = copied / "data" / "aponermin" / "raw" / "patients.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(",SD,", ",PR,", 1), encoding="utf-8")
    assert "orr" in failing(reader(copied, "aponermin"))


def test_worst_grades_are_those_of_the_abstract(root):
    cohort = reader(root, "aponermin").cohort
    treated = list(cohort.patients.index[cohort.populations["treated"]])
    rows = {
        r.event_class: r for r in worst_grade(treated, cohort.adverse_events) if r.kind == "class"
    }
    hematological, liver, lysis = (rows[k] for k in ("hematological", "liver", "tumor_lysis"))
    assert (hematological.any_grade, hematological.grade_3_or_more) == (21, 11)
    assert (liver.any_grade, liver.grade_3_or_more, lysis.any_grade) == (9, 3, 2)
    assert sum(r.grade_5 for r in rows.values()) == 0
    assert hematological.total == 39


def test_medians_by_cycles_hold_for_the_evaluable_patients_as_well(root):
    evaluated = reader(root, "aponermin")
    for name in ("pfs_cycles_ge_3", "pfs_cycles_lt_3"):
        claim = next(c for c in evaluated.claims.claims if c.id == name)
        assert evaluated.holds(claim.model_copy(update={"population": "evaluable"}))


def test_both_curves_of_the_second_study_stay_above_a_half(root):
    cohort = reader(root, "fhrmm").cohort
    for endpoint in ("pfs", "os"):
        times = cohort.times[endpoint]
        assert kaplan_meier(times["months"], times["event"]).survival.min() > 0.5
    assert cohort.times["pfs"]["event"].sum() < 31


def test_most_factors_of_the_second_study_are_significant_one_by_one(drawn):
    words = [o.words for o in drawn["fhrmm"].outcomes if "hazard ratio" in o.words]
    p_values = [float(w.rpartition("p = ")[2]) for w in words]
    assert len(p_values) == 6 and sum(p < 0.05 for p in p_values) >= 5


def test_the_second_study_has_two_ways_into_high_risk(root):
    patients = reader(root, "fhrmm").cohort.patients
    routes = patients["route"].value_counts()
    assert routes["neither"] == 0 and (routes.drop("neither") > 0).all()


@pytest.mark.parametrize("study", STUDIES)
def test_one_patient_does_not_qualify_and_one_row_stands_twice(root, study):
    rows = [tuple(row.values()) for row in rows_of(root, study, "patients")]
    cohort = reader(root, study).cohort
    assert len(rows) - len(set(rows)) == 1
    assert len(set(rows)) - len(cohort.patients) == 1
    assert sum(step.excluded for step in cohort.flow) == 1
    assert cohort.unmapped == ()


@pytest.mark.parametrize("study", STUDIES)
def test_dates_follow_one_another_and_end_with_the_data_cut(root, study):
    cohort = reader(root, study).cohort
    patients, order = cohort.patients, cohort.study.date_order
    for rule in order:
        both = patients[[rule.earlier, rule.later]].dropna()
        assert (both[rule.earlier] <= both[rule.later]).all(), rule
    dates = patients.select_dtypes("datetime")
    assert dates.max().max() <= pd.Timestamp(cohort.study.data_cut)


@pytest.mark.parametrize("study", STUDIES)
def test_the_course_of_every_patient_makes_sense(root, study):
    patients = reader(root, study).cohort.patients
    progressive = patients[patients["best_response"] == "PD"]
    assert progressive["progression_date"].notna().all()
    responded = patients["best_response"].isin(["sCR", "CR", "VGPR", "PR"])
    assert (patients["first_response_date"].notna() == responded).all()
    died = patients["death_date"].dropna()
    assert (died == patients.loc[died.index, "last_contact"]).all()


def test_nobody_progresses_before_the_last_cycle_received(root):
    patients = reader(root, "aponermin").cohort.patients
    ends = patients[["progression_date", "last_contact"]].min(axis=1)
    days = (ends - patients["therapy_start"]).dt.days
    assert (days >= (patients["cycles"] - 1) * 28 + 5).all()


def test_the_tables_are_as_untidy_as_promised(root):
    planted = {
        "aponermin": ({"", "ND", "不详"}, {"是", "Y", "1", "yes"}, {"否", "N", "0", "no"}),
        "fhrmm": ({"", "ND", "n.d."}, {"sì", "S", "1", "si"}, {"no", "N", "0"}),
    }
    for study, (unknown, yes, no) in planted.items():
        rows = rows_of(root, study, "patients")
        cells = [cell for row in rows for cell in row.values()]
        dates = {re.sub(r"\d", "9", c) for c in cells if re.fullmatch(r"[\d年月日./-]{8,11}", c)}
        assert len(dates) == 4
        assert unknown <= set(cells)
        assert sum(cell != cell.strip() for cell in cells) > 20
        assert any(re.fullmatch(r" ?\d+,\d+ ?", c) for c in cells)
        assert any(re.fullmatch(r" ?\d+\.\d+ ?", c) for c in cells)
        words = {cell.strip() for cell in cells}
        assert yes <= words and no <= words


def test_terms_come_in_several_spellings_and_more_than_once(root):
    written = {row["不良事件"].strip() for row in rows_of(root, "aponermin", "adverse_events")}
    cohort = reader(root, "aponermin").cohort
    assert len(written) > 2 * cohort.adverse_events["term"].nunique()
    assert cohort.adverse_events.duplicated(["patient", "term"]).any()
    everybody = {row["病例号"] for row in rows_of(root, "aponermin", "adverse_events")}
    assert everybody - set(cohort.patients.index), "the patient who does not qualify has one"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    cycles:\n      draw: number", "    cycle:\n      draw: number", "'cycle'"),
        ('value: "30"', 'value: "66"', "'age'"),
        ("      responder: {sCR: 0.05", "      responder: {PD: 9.5, sCR: 0.05", "shares"),
        ("origin: therapy_start", "origin: first_dose", "'first_dose'"),
        ("    outcome: pfs", "    outcome: pfss", "did you mean 'pfs'"),
        ("    variable: tp53", "    variable: tp35", "did you mean 'tp53'"),
        ("    event_class: liver", "    event_class: livre", "did you mean 'liver'"),
        ("terms: {Neutropenia:", "terms: {Neutropenie:", "did you mean 'Neutropenia'"),
        ("is_in: [male]", "is_in: [mal]", "did you mean 'male'"),
        ("    death: death_date", "    death: deathdate", "did you mean 'death_date'"),
        ("    by: cycles_group", "    by: cycles_groups", "'cycles_group'"),
        ("age_group: {ge_63: 1.2}", "age_group: {ge_36: 1.2}", "'ge_63'"),
        ("\nchosen:\n", "\nchosen_by_whom:\n", "chosen_by_whom"),
    ],
)
def test_a_choice_that_cannot_be_drawn_is_an_error_and_writes_nothing(copied, old, new, message):
    path = copied / "data" / "aponermin" / "claims.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    before = {p: p.read_bytes() for p in (path.parent / "raw").iterdir()}
    with pytest.raises(ManuscriptError, match=message):
        reconstruct(copied, "aponermin")
    assert {p: p.read_bytes() for p in (path.parent / "raw").iterdir()} == before


def test_survival_claims_out_of_reach_are_an_error(copied, monkeypatch):
    monkeypatch.setattr("helpers.reconstruction.survival.ATTEMPTS", 3)
    path = copied / "data" / "aponermin" / "claims.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('value: "4.5"', 'value: "45"'), encoding="utf-8")
    with pytest.raises(ManuscriptError, match="no draw of 3 met all survival claims"):
        reconstruct(copied, "aponermin")


def test_a_study_without_a_transcript_cannot_be_reconstructed(copied):
    (copied / "data" / "fhrmm" / "claims.yml").unlink()
    with pytest.raises(ManuscriptError, match="no transcript"):
        reconstruct(copied, "fhrmm")
