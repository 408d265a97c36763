import subprocess
import sys

import pytest

HEAVY = ("lifelines", "firthmodels", "sklearn", "matplotlib")


@pytest.mark.parametrize("module", ["proportions", "time_to_event", "response", "adverse_events"])
def test_light_modules_do_not_import_regression_libraries(module):
    code = (
        f"import sys, helpers.statistics.{module}; print([m for m in {HEAVY} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
