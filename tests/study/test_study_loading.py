"""Finding and loading definitions: every mistake is named with its place."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import yaml

from helpers.errors import ManuscriptError
from helpers.study import find_root, list_studies, load_study, schema
from helpers.study.definition import Study


def test_find_root_looks_upwards(project: Any) -> None:
    root = project.write()
    assert find_root(project.folder) == root.resolve()


def test_find_root_outside_a_project(tmp_path: Any) -> None:
    with pytest.raises(ManuscriptError, match=r"no _quarto\.yml"):
        find_root(tmp_path)


def test_list_and_load(project: Any) -> None:
    root = project.write()
    assert list_studies(root) == ("tiny",)
    study = load_study(root, "tiny")
    assert study.synthetic
    assert study.levels("age_group") == {"lt_63": "<63", "ge_63": "≥63"}
    assert study.kind("start") == "date"
    assert study.kind("age") == "number"
    assert study.kind("response") == "category"
    assert list(study.levels("emd")) == ["no", "yes"]


def test_unknown_study_names_the_nearest(project: Any) -> None:
    with pytest.raises(ManuscriptError, match="did you mean 'tiny'"):
        load_study(project.write(), "tini")


def test_unknown_key_names_line_and_nearest_key(project: Any) -> None:
    project.definition["variables"]["age"]["lable"] = "Age"
    project.write()
    text = (project.folder / "study.yml").read_text()
    line = next(i for i, row in enumerate(text.splitlines(), 1) if "lable" in row)
    with pytest.raises(ManuscriptError) as caught:
        load_study(project.root, "tiny")
    assert "variables.age.lable" in caught.value.what
    assert "did you mean 'label'" in caught.value.what
    assert caught.value.where == f"data/tiny/study.yml:{line}"


def test_all_mistakes_are_told_at_once(project: Any) -> None:
    project.definition["variables"]["age"]["type"] = "numbr"
    del project.definition["title"]
    with pytest.raises(ManuscriptError) as caught:
        project.load()
    assert "in 2 places" in caught.value.what
    assert "title: this key is needed" in caught.value.what
    assert "variables.age.type" in caught.value.what


def test_duplicate_key_is_an_error(project: Any) -> None:
    text = yaml.safe_dump(project.definition, sort_keys=False) + "\ntitle: again\n"
    with pytest.raises(ManuscriptError, match="'title' is given twice"):
        load_study(project.write(text), "tiny")


def test_broken_yaml_names_the_line(project: Any) -> None:
    with pytest.raises(ManuscriptError) as caught:
        load_study(project.write("id: tiny\ntitle: [a\nprovenance: real\n"), "tiny")
    assert caught.value.where.startswith("data/tiny/study.yml:")


def test_yaml_list_is_not_a_study(project: Any) -> None:
    with pytest.raises(ManuscriptError, match="not a mapping"):
        load_study(project.write("- a\n"), "tiny")


def test_definition_that_is_not_utf8(project: Any) -> None:
    project.write()
    (project.folder / "study.yml").write_bytes(b"title: \xe4\n")
    with pytest.raises(ManuscriptError, match="not UTF-8"):
        load_study(project.root, "tiny")


def test_bare_yes_and_no_are_words_and_numbers_are_spellings(project: Any) -> None:
    project.definition["variables"]["emd"]["codes"] = {"yes": [7], "no": [8]}
    text = yaml.safe_dump(project.definition, sort_keys=False).replace("'yes'", "yes")
    text = text.replace("'no'", "no")
    study = load_study(project.write(text), "tiny")
    assert study.variables["emd"].codes == {"yes": ["7"], "no": ["8"]}


def test_id_must_be_the_folder(project: Any) -> None:
    project.definition["id"] = "other"
    with pytest.raises(ManuscriptError, match="the id must be the folder's name, 'tiny'"):
        project.load()


def _set(definition: dict[str, Any], path: str, value: Any) -> None:
    *way, last = path.split(".")
    for part in way:
        definition = definition[int(part)] if isinstance(definition, list) else definition[part]
    definition[last] = value


def _derived(**rule: Any) -> dict[str, Any]:
    return {"label": "x", **rule}


REFERENCES = {
    "unknown variable in eligibility": (
        "eligibility",
        [{"id": "a", "label": "b", "keep": [{"variable": "agee", "known": True}]}],
        "did you mean 'age'",
    ),
    "unknown level in a population": (
        "populations.evaluable.where",
        [{"variable": "response", "is_in": ["VGRP"]}],
        "did you mean 'VGPR'",
    ),
    "levels of a number": (
        "populations.evaluable.where",
        [{"variable": "age", "is_in": ["yes"]}],
        "needed is a category",
    ),
    "number test of a category": (
        "populations.evaluable.where",
        [{"variable": "sex", "at_least": 2}],
        "needed is a number",
    ),
    "condition without a test": (
        "populations.evaluable.where",
        [{"variable": "sex"}],
        "a condition needs a test",
    ),
    "unknown population in settings": (
        "settings",
        {"safety_population": "safety"},
        "unknown population 'safety'",
    ),
    "endpoint from a number": ("endpoints.pfs.start", "age", "needed is a date"),
    "endpoint without event": ("endpoints.pfs.events", [], "an endpoint needs an event"),
    "unknown endpoint": ("survival.endpoint", "os", "unknown endpoint 'os'"),
    "unknown curve": ("survival.curves", [{"variable": "emdd"}], "did you mean 'emd'"),
    "curve of a number": ("survival.curves", [{"variable": "age"}], "needed is a category"),
    "unknown factor": ("survival.univariable", ["gae"], "unknown variable 'gae'"),
    "unknown subgroup": ("subgroups", ["sexx"], "did you mean 'sex'"),
    "cut of a category": (
        "derived.x",
        _derived(cut={"source": "sex", "at": [1], "levels": {"a": "a", "b": "b"}}),
        "needed is a number",
    ),
    "cut with too few levels": (
        "derived.x",
        _derived(cut={"source": "age", "at": [1], "levels": {"a": "a"}}),
        "one entry more",
    ),
    "cut points that fall": (
        "derived.x",
        _derived(cut={"source": "age", "at": [2, 1], "levels": dict.fromkeys("abc", "x")}),
        "must rise",
    ),
    "two rules": (
        "derived.x",
        _derived(any_of=[], months_between={"start": "start", "end": "last"}),
        "exactly one rule",
    ),
    "circle": (
        "derived.x",
        _derived(any_of=[{"variable": "x", "is_in": ["yes"]}]),
        "made from itself: x → x",
    ),
    "recode that forgets a level": (
        "derived.x",
        _derived(recode={"source": "sex", "levels": {"a": "A"}, "map": {"a": ["male"]}}),
        "'female' of 'sex' has no new level",
    ),
    "recode to an undeclared level": (
        "derived.x",
        _derived(recode={"source": "sex", "levels": {"a": "A"}, "map": {"b": ["male", "female"]}}),
        "unknown new level 'b'",
    ),
    "setting that is not given": (
        "derived.x",
        _derived(
            within_months={
                "start": "start",
                "end": "last",
                "setting": "high_risk_months_from_start",
            }
        ),
        "`settings.high_risk_months_from_start` is not given",
    ),
    "unknown agent": (
        "derived.x",
        _derived(line={"quantity": "exposed", "agents": ["lenalidomid"]}),
        "did you mean 'lenalidomide'",
    ),
    "procedure of another quantity": (
        "derived.x",
        _derived(line={"quantity": "start", "procedure": "transplant"}),
        "`procedure` is given with quantity `procedure`",
    ),
    "derived named as a variable": ("derived.age", _derived(any_of=[]), "has the same name"),
    "spelling of two levels": (
        "variables.sex.codes",
        {"male": ["X"], "female": ["x "]},
        "belongs to both 'male' and 'female'",
    ),
    "codes of an unknown level": ("variables.sex.codes", {"mal": ["X"]}, "did you mean 'male'"),
    "codes of a number": ("variables.age.codes", {"a": ["X"]}, "does not belong to type"),
    "levels of yes/no": ("variables.emd.levels", {"a": "A"}, "type `category` only"),
    "category without levels": ("variables.sex.levels", {}, "needs `levels`"),
    "range of a date": ("variables.start.minimum", 3, "belongs to numbers only"),
    "dates and days mixed": ("variables.last.type", "day", "in dates or in days"),
    "spelling of two agents": (
        "lines.agents.carfilzomib",
        ["Velcade"],
        "belongs to both 'bortezomib' and 'carfilzomib'",
    ),
    "regimen with an unknown agent": (
        "lines.regimens",
        [{"level": "a", "label": "A", "any_of": ["velcade"]}],
        "unknown agent 'velcade'",
    ),
    "regimen without agents": ("lines.regimens", [{"level": "a", "label": "A"}], "needs `all_of`"),
    "regimen called other": (
        "lines.regimens",
        [{"level": "other", "label": "A", "any_of": ["carfilzomib"]}],
        "is taken",
    ),
    "unknown column of a long table": (
        "tables.adverse_events.columns.tem",
        "x",
        "did you mean 'term'",
    ),
    "adverse events without classes": ("adverse_events", None, "needs the section"),
    "classes without a table": ("tables.adverse_events", None, "needs the table"),
    "term in two classes": (
        "adverse_events.classes.liver.terms",
        {"Anaemia": []},
        "belongs to both 'Anemia' and 'Anaemia'",
    ),
    "exclusion without a reason": (
        "date_order",
        [{"earlier": "start", "later": "last", "violation": "exclude"}],
        "needs a `label`",
    ),
    "step of the flow used twice": (
        "eligibility",
        [{"id": "source", "label": "b", "keep": []}],
        "'source' is taken",
    ),
    "date in table one": ("variables.start.in_table_one", True, "has no place in a table"),
    "response from a category": ("response.best", "sex", "unknown response variable"),
    "key with a capital": ("populations.Treated", {"label": "a", "description": "b"}, "lower-case"),
}


@pytest.mark.parametrize(("path", "value", "message"), REFERENCES.values(), ids=REFERENCES.keys())
def test_parts_that_do_not_fit(project: Any, path: str, value: Any, message: str) -> None:
    _set(project.definition, path, value)
    with pytest.raises(ManuscriptError) as caught:
        project.load()
    assert message in str(caught.value)
    assert caught.value.where.startswith("data/tiny/study.yml:")


def test_settings_change_a_copy(project: Any) -> None:
    study = project.load()
    changed = study.with_settings(landmark_months=[2.0], confidence_level=None)
    assert changed.settings.landmark_months == [2.0]
    assert study.with_settings(landmark_months=3).settings.landmark_months == [3.0]
    assert changed.settings.confidence_level == study.settings.confidence_level
    assert study.settings.landmark_months == []


SECTIONS = [
    Study,
    *(
        kind
        for kind in vars(schema).values()
        if isinstance(kind, type) and issubclass(kind, schema.Section)
    ),
]


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_of_the_schema_is_explained(section: Any) -> None:
    inherited = section.__mro__[1].model_fields if section is not schema.Section else {}
    keys = [key for key in section.model_fields if key not in inherited]
    unexplained = [key for key in keys if f"        {key}: " not in section.__doc__]
    assert not unexplained


def test_loading_imports_nothing_heavy(project: Any) -> None:
    root = project.write()
    code = (
        "import sys; from pathlib import Path; from helpers.study import load_study; "
        f"load_study(Path({str(root)!r}), 'tiny'); "
        "heavy = {'pandas', 'pandera', 'numpy', 'scipy', 'pyreadstat'} & set(sys.modules); "
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
