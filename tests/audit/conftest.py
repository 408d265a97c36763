"""A clean abstract, and the generator of random ones that the benchmark uses."""

import importlib.util
import sys
from copy import deepcopy
from pathlib import Path

import pytest

from helpers.audit import audit
from helpers.claims import Claims

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def abstracts():
    """The module that writes random abstracts: ``benchmarks/audit.py``."""
    sys.path.append(str(ROOT / "benchmarks"))  # what it imports lies beside it
    spec = importlib.util.spec_from_file_location("audit_benchmark", ROOT / "benchmarks/audit.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


CLEAN = {
    "source": "A clean abstract",
    "populations": {"treated": 60, "evaluable": {"n": 57, "of": "treated"}},
    "attributes": {
        "sex": {"levels": ["male", "female"]},
        "response": {"levels": ["CR", "VGPR", "PR", "SD", "PD"]},
        "high_risk": {"levels": ["no", "yes"], "unknown_allowed": True},
    },
    "claims": [
        {"id": "size", "kind": "count", "value": 60, "population": "treated"},
        {"id": "male", "kind": "count", "event": {"sex": "male"}, "value": 33},
        {"id": "female", "kind": "count", "event": {"sex": "female"}, "value": 27},
        {"id": "age", "kind": "median", "outcome": "age", "value": 64, "unit": "years"},
        {"id": "age_range", "kind": "range", "outcome": "age", "minimum": 38, "maximum": 82},
        {"id": "age_quartiles", "kind": "quartiles", "outcome": "age", "q1": 57, "q3": 70},
        {"id": "lines", "kind": "median", "outcome": "lines", "value": "3.5", "unit": "lines"},
        {"id": "risk", "kind": "proportion", "event": {"high_risk": "yes"}, "value": "41.8",
         "count": 23, "of": 55},
        {"id": "orr", "kind": "proportion", "population": "evaluable", "value": "63.2",
         "event": {"response": ["CR", "VGPR", "PR"]}, "low": "49.3", "high": "75.6"},
        {"id": "vgpr", "kind": "proportion", "population": "evaluable", "value": "36.8",
         "event": {"response": ["CR", "VGPR"]}},
        {"id": "cr", "kind": "proportion", "population": "evaluable", "value": "10.5",
         "event": {"response": ["CR"]}},
        {"id": "orr_male", "kind": "proportion", "population": "evaluable", "value": "74.2",
         "group": {"sex": "male"}, "event": {"response": ["CR", "VGPR", "PR"]},
         "count": 23, "of": 31},
        {"id": "orr_female", "kind": "proportion", "population": "evaluable", "value": "50.0",
         "group": {"sex": "female"}, "event": {"response": ["CR", "VGPR", "PR"]},
         "count": 13, "of": 26},
        {"id": "orr_sex", "kind": "contrast", "population": "evaluable", "p": "0.06",
         "groups": [{"sex": "male"}, {"sex": "female"}], "test": "chi-square",
         "event": {"response": ["CR", "VGPR", "PR"]}},
        {"id": "neutropenia", "kind": "proportion", "event": "neutropenia", "value": "45.0"},
        {"id": "neutropenia_3", "kind": "proportion", "event": "grade ≥3 neutropenia",
         "value": "21.7"},
        {"id": "pfs", "kind": "survival_median", "outcome": "pfs", "value": "9.4",
         "unit": "months", "low": "7.1", "high": "13.0"},
        {"id": "pfs_6", "kind": "survival_rate", "outcome": "pfs", "time": 6, "value": "64.0"},
        {"id": "pfs_12", "kind": "survival_rate", "outcome": "pfs", "time": 12, "value": "41.5"},
        {"id": "os", "kind": "survival_median", "outcome": "os", "value": "not reached"},
        {"id": "os_12", "kind": "survival_rate", "outcome": "os", "time": 12, "value": "72.0"},
        {"id": "hr", "kind": "hazard_ratio", "outcome": "pfs", "value": "1.84", "low": "1.08",
         "high": "3.13", "p": "0.024", "adjusted": True},
    ],
}  # fmt: skip


@pytest.fixture
def clean():
    """The raw transcript of a clean abstract; a test may change it."""
    raw = deepcopy(CLEAN)
    for claim in raw["claims"]:
        claim.setdefault("text", f"The words of {claim['id']}.")
        claim.setdefault("population", "treated")
    return raw


@pytest.fixture
def judge():
    """Audit a raw transcript."""
    return lambda raw: audit(Claims.model_validate(raw))
