"""What the tests of models held to R share: a case's factors, and ratios beside R's."""

from helpers.statistics.design import Factor

R = 1e-6
LEVELS = {"stage": ("I", "II", "III")}


def factors(case):
    return [Factor(name, name, v, LEVELS.get(name)) for name, v in case["columns"].items()]


def numbers(model, field):
    return [getattr(term, field) for term in model.terms]


def same_as_r(agree, model, r, name, ratio="hr"):
    for ours, theirs in (("estimate", ratio), ("low", "low"), ("high", "high"), ("p", "p")):
        agree(numbers(model, ours), r[theirs], R, f"{name} {ours}")
