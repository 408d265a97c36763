import numpy as np
import pytest

from helpers.statistics.partial_likelihood import fit, log_likelihood
from helpers.statistics.risk_sets import risk_sets


def design(columns):
    parts = []
    for values in columns.values():
        levels = ["II", "III"] if isinstance(values[0], str) else None
        parts += [np.array(values) == v for v in levels] if levels else [np.array(values)]
    return np.column_stack(parts).astype(float)


def test_likelihood_equals_r(oracle, agree):
    for name, case in oracle["inputs"]["cox"].items():
        x = design(case["columns"])
        sets = risk_sets(np.array(case["durations"]), np.array(case["events"], dtype=bool), x)
        model = fit(sets)
        assert model.converged
        ours = [model.null_log_likelihood, model.log_likelihood]
        agree(ours, oracle["cox"]["cox"][name]["log_likelihood"], 1e-9, name)
        assert log_likelihood(sets, model.beta) == pytest.approx(ours[1], rel=1e-12)


def test_efron_by_hand():
    """Two tied events (x = 1, 0) and one later row (x = 0), hazard ratio r.

    Efron: r * 1 / ((r + 1 + 1) * (r + 1 + 1 - (r + 1) / 2)).
    """
    sets = risk_sets(
        np.array([1.0, 1, 2]), np.array([True, True, False]), np.array([[1.0], [0], [0]])
    )
    r = 3.0
    expected = np.log(r / ((r + 2) * (r + 2 - (r + 1) / 2)))
    assert log_likelihood(sets, np.log([r])) == pytest.approx(expected, rel=1e-12)


def test_a_monotone_likelihood_does_not_converge():
    time, x = np.arange(1.0, 7), np.array([[1.0], [1], [1], [0], [0], [0]])
    assert not fit(risk_sets(time, x[:, 0] == 1, x)).converged
