"""A tiny study that tests bend: its definition as a dictionary, its tables as text."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers.study import Study, load_study, read_cohort
from helpers.study.cohort import Cohort

PATIENTS = """\
id,age,sex,emd,crp,start,response,first_response,progression,death,last
P1,61,M,yes,1.5,2024-01-01,VGPR,2024-02-01,2024-04-01,,2024-12-01
P2,70,F,no,2.5,2024-01-15,SD,,2024-03-01,2024-06-01,2024-06-01
P3,63,M,no,,2024-02-01,PR,2024-03-01,,,2024-12-01
P4,55,F,,3,2024-02-10,NE,,,,2024-05-01
"""
EVENTS = """\
id,term,grade
P1,anemia,3
P1,Anaemia,2
P3,ALT up,1
"""
TREATMENTS = """\
id,drug,line,from,to,type
P1,Lenalidomide,First line,2023-01-01,2023-06-01,
P1,,First line,2023-07-01,,Transplant
P1,Carfilzomib,Second line,2024-01-01,2024-03-01,
P1,lenalidomide,Second line,2024-01-03,2024-04-01,
P1,Daratumumab,Second line,2024-03-01,2024-04-01,
P1,Bortezomib,4,2024-05-01,,
P2,Bortezomib,First line,2023-01-01,,
P2,Velcade,Second line,2024-01-15,,
P3,Lenalidomide,Second line,2024-02-01,,
"""
DEFINITION: dict[str, Any] = {
    "id": "tiny",
    "title": "A tiny study",
    "provenance": "synthetic",
    "provenance_note": "Made up.",
    "data_source": "Made up",
    "data_cut": "2024-12-31",
    "tables": {
        "patients": {"file": "patients.csv", "id": "id"},
        "adverse_events": {
            "file": "events.csv",
            "id": "id",
            "columns": {"term": "term", "grade": "grade"},
        },
        "treatments": {
            "file": "treatments.csv",
            "id": "id",
            "columns": {
                "agent": "drug",
                "line": "line",
                "start": "from",
                "end": "to",
                "type": "type",
            },
        },
    },
    "date_formats": ["%Y-%m-%d", "%d.%m.%Y"],
    "variables": {
        "age": {
            "column": "age",
            "type": "integer",
            "label": "Age",
            "unit": "years",
            "minimum": 18,
            "maximum": 100,
            "in_table_one": True,
        },
        "sex": {
            "column": "sex",
            "type": "category",
            "label": "Sex",
            "levels": {"male": "Male", "female": "Female"},
            "codes": {"male": ["M", "男"], "female": ["F"]},
            "required": True,
        },
        "emd": {"column": "emd", "type": "yes_no", "label": "EMD"},
        "crp": {"column": "crp", "type": "number", "label": "CRP", "minimum": 0},
        "start": {"column": "start", "type": "date", "label": "Start"},
        "response": {"column": "response", "type": "response", "label": "Best response"},
        "first_response": {"column": "first_response", "type": "date", "label": "Response"},
        "progression": {"column": "progression", "type": "date", "label": "Progression"},
        "death": {"column": "death", "type": "date", "label": "Death"},
        "last": {"column": "last", "type": "date", "label": "Last contact"},
    },
    "lines": {
        "words": {1: ["First line"], 2: ["Second line"]},
        "agents": {
            "bortezomib": ["Velcade"],
            "carfilzomib": [],
            "daratumumab": [],
            "lenalidomide": [],
        },
        "procedures": {"transplant": ["Transplant"]},
        "regimens": [
            {
                "level": "krd",
                "label": "KRd",
                "all_of": ["carfilzomib", "lenalidomide"],
                "none_of": ["daratumumab"],
            },
            {"level": "imid", "label": "IMiD", "any_of": ["lenalidomide"]},
        ],
    },
    "derived": {
        "age_group": {
            "label": "Age group",
            "cut": {"source": "age", "at": [63], "levels": {"lt_63": "<63", "ge_63": "≥63"}},
        },
    },
    "date_order": [{"earlier": "start", "later": "last"}],
    "eligibility": [
        {"id": "treated", "label": "Not treated", "keep": [{"variable": "start", "known": True}]}
    ],
    "populations": {
        "treated": {"label": "Treated", "description": "all"},
        "evaluable": {
            "label": "Evaluable",
            "description": "with an assessment",
            "where": [{"variable": "response", "not_in": ["NE"]}],
        },
    },
    "endpoints": {
        "pfs": {
            "label": "Progression-free survival",
            "short": "PFS",
            "kind": "pfs",
            "start": "start",
            "events": ["progression", "death"],
            "censor": "last",
            "start_words": "start",
            "event_words": "progression or death",
            "censor_words": "last contact",
        },
        "dor": {
            "label": "Duration of response",
            "short": "DOR",
            "kind": "dor",
            "start": "first_response",
            "events": ["progression", "death"],
            "censor": "last",
            "responders_only": True,
            "start_words": "response",
            "event_words": "progression or death",
            "censor_words": "last contact",
        },
    },
    "response": {"best": "response", "date": "first_response"},
    "adverse_events": {
        "criteria": "CTCAE 5.0",
        "classes": {
            "blood": {"label": "Blood", "terms": {"Anemia": ["anaemia"]}},
            "liver": {"label": "Liver", "terms": {"ALT increased": ["ALT up"]}},
        },
    },
    "survival": {"endpoint": "pfs"},
}


@dataclass
class Project:
    """A project with one study, in a temporary folder."""

    root: Path
    definition: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(DEFINITION))
    files: dict[str, str | bytes] = field(
        default_factory=lambda: {
            "patients.csv": PATIENTS,
            "events.csv": EVENTS,
            "treatments.csv": TREATMENTS,
        }
    )

    @property
    def folder(self) -> Path:
        return self.root / "data" / "tiny"

    def write(self, yml: str | None = None) -> Path:
        """Write the project and return its root."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.root / "_quarto.yml").write_text("project:\n  type: default\n")
        text = yml or yaml.safe_dump(self.definition, allow_unicode=True, sort_keys=False)
        (self.folder / "study.yml").write_text(text, encoding="utf-8")
        for name, content in self.files.items():
            data = content.encode() if isinstance(content, str) else content
            (self.folder / name).write_bytes(data)
        return self.root

    def load(self) -> Study:
        return load_study(self.write(), "tiny")

    def read(self, **options: Any) -> Cohort:
        return read_cohort(self.root, self.load(), **options)

    def derive(self, **rules: Any) -> Cohort:
        """Read the cohort with these derived variables added."""
        for name, rule in rules.items():
            self.definition["derived"][name] = {"label": name, **rule}
        return self.read()

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace text in a table; it must be there."""
        content = self.files[file]
        assert isinstance(content, str)
        assert old in content
        self.files[file] = content.replace(old, new)

    def only_patients(self) -> None:
        """Leave out the long tables and what needs them."""
        for name in ("adverse_events", "lines"):
            self.definition.pop(name)
        for name in ("adverse_events", "treatments"):
            self.definition["tables"].pop(name)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture(scope="session")
def new_project() -> type[Project]:
    """What makes a project in a folder, for tests that need several."""
    return Project
