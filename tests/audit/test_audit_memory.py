"""Answers that settle further questions: no solver is asked, and nothing is believed too much."""

import pytest

from helpers.audit import counting
from helpers.audit.counting import CountingProgram
from helpers.audit.demands import Demand, System, where

MEN = ((1, where({"sex": ["male"]})),)
ALL = ((1, where({})),)


@pytest.fixture
def program():
    """Ten patients; six or seven men, which cannot both be."""
    demands = (
        Demand("size", ALL, 10, 10),
        Demand("six", MEN, 6, 6),
        Demand("seven", MEN, 7, 7),
        Demand("some", MEN, 1, None),
    )
    return CountingProgram(System({"sex": ("male", "female")}, demands, {}, 20))


@pytest.fixture
def asked(monkeypatch):
    """The number of times that the solver was asked."""
    calls, real = [], counting.milp

    def milp(*arguments, **options):
        calls.append(1)
        return real(*arguments, **options)

    monkeypatch.setattr(counting, "milp", milp)
    return calls


def test_patients_who_meet_more_settle_questions_that_they_meet(program, asked):
    assert program.feasible(["size", "six"])
    spent = len(asked)
    assert program.feasible(["six"])
    assert program.feasible(["size", "some"])  # the six men are some
    assert len(asked) == spent
    assert program.feasible(["size", "seven"])
    assert len(asked) == spent + 1


def test_more_than_is_infeasible_is_infeasible(program, asked):
    assert not program.feasible(["six", "seven"])
    spent = len(asked)
    assert not program.feasible(["size", "six", "seven"])
    assert len(asked) == spent
    assert program.feasible(["size", "seven", "some"])


def test_patients_known_settle_further_rows_only_where_they_meet_them(program, asked):
    assert program.feasible(["size", "six"])
    spent = len(asked)
    assert program.feasible(["size"], [Demand("", MEN, None, 6)])
    assert len(asked) == spent
    assert program.feasible(["size"], [Demand("", MEN, 8, None)])
    assert not program.feasible(["six"], [Demand("", MEN, 8, None)])
    assert program.feasible(["six"])  # what further rows excluded was not remembered


def test_refusals_are_forgotten_where_questions_are_asked_twice(program, asked):
    assert not program.feasible(["six", "seven"])
    program.be_careful(True)
    spent = len(asked)
    assert not program.feasible(["six", "seven"])
    assert len(asked) == spent + 2
