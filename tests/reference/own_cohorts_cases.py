"""Inputs of the R oracle from the project's own cohorts: both are synthetic.

What the notebooks estimate is taken from the registries through ``helpers.study`` and written
down here as plain columns, so that R sees what the statistics see and nothing else.
"""

from pathlib import Path

from helpers.study import load_study, read_cohort

ROOT = Path(__file__).resolve().parents[2]
STUDIES = ("aponermin", "fhrmm")
RESPONDERS = ("sCR", "CR", "VGPR", "PR")


def inputs():
    """Columns of each seed study: endpoints, groups, factors, and counts of responders."""
    return {name: _study(name) for name in STUDIES}


def _study(name):
    study = load_study(ROOT, name)
    assert study.synthetic, f"{name} is no synthetic study: its rows may not be committed"
    cohort = read_cohort(ROOT, study)
    treated = cohort.populations[study.settings.survival_population]
    frames = {
        key: frame[treated.reindex(frame.index)] for key, frame in sorted(cohort.times.items())
    }
    main = frames[study.survival.endpoint]
    patients = cohort.patients.loc[main.index]
    factors = dict.fromkeys([*study.survival.univariable, *study.survival.multivariable])
    return {
        "timepoints": list(study.settings.timepoint_months),
        "endpoints": {key: _endpoint(frame) for key, frame in frames.items()},
        "endpoint": study.survival.endpoint,
        "groups": {
            curve.variable: _column(patients[curve.variable])
            for curve in study.survival.curves
            if curve.since is None
        },
        "factors": {factor: _column(patients[factor]) for factor in factors},
        "levels": {factor: list(study.levels(factor)) for factor in factors},
        "univariable": list(study.survival.univariable),
        "multivariable": list(study.survival.multivariable),
        "response": _response(cohort),
    }


def _endpoint(frame):
    return {
        "months": [float(v) for v in frame["months"]],
        "event": [int(v) for v in frame["event"]],
    }


def _response(cohort):
    """Responders and patients, overall and by the levels of each subgroup, in their order."""
    study = cohort.study
    patients = cohort.patients[cohort.populations[study.settings.response_population]]
    responded = patients[study.response.best].isin(RESPONDERS)
    by = {}
    for name in study.subgroups:
        members = {level: patients[name] == level for level in study.levels(name)}
        by[name] = {
            level: [int(responded[rows].sum()), int(rows.sum())]
            for level, rows in members.items()
            if rows.any()
        }
    return {"overall": [int(responded.sum()), len(patients)], "by": by}


def _column(series):
    """Values as JSON knows them; None where missing."""
    if series.dtype.kind == "f":
        return [None if value != value else float(value) for value in series]
    return [None if missing else str(v) for v, missing in zip(series, series.isna(), strict=True)]
