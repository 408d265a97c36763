import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def regenerate():
    spec = importlib.util.spec_from_file_location("regenerate", HERE / "regenerate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_committed_inputs_are_those_of_their_cases(regenerate):
    assert len(regenerate.SCRIPTS) >= 4
    for cases in {regenerate.cases_of(script) for script in regenerate.SCRIPTS}:
        assert regenerate.inputs_moved(cases, regenerate.inputs_text(cases), False) == []


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not installed")
def test_committed_results_are_those_of_r():
    command = [sys.executable, str(HERE / "regenerate.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("new", "places"),
    [
        ({"a": [1.0, None], "b": "x"}, []),
        ({"a": [1.0 + 1e-9, None], "b": "x"}, []),
        ({"a": [1.0 + 1e-5, None], "b": "x"}, ["/a[0]"]),
        ({"a": [1.0, 0.0], "b": "x"}, ["/a[1]"]),
        ({"a": [1.0], "b": "x"}, ["/a"]),
        ({"a": [1.0, None]}, ["/"]),
        ({"a": [1.0, None], "b": "y"}, ["/b"]),
    ],
)
def test_a_moved_figure_is_named(regenerate, new, places):
    assert regenerate.moved({"a": [1.0, None], "b": "x"}, new) == places
