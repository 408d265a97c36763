"""Rules on counts that make a whole: flow, categories, groups, rates of response, verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from helpers.imwg import CATEGORIES
from helpers.ledger.row import Row
from helpers.review.gates.coherence.single import REBUILD
from helpers.review.gates.coherence.view import GROUPED, Rule, Seen, View, last, stem

#: Rate of response to how many of the best categories it holds.
DEPTHS = {"orr": "PR", "cbr": "MR", "vgpr_or_better": "VGPR", "cr_or_better": "CR"}


def flow(view: View) -> Iterator[Seen]:
    """Compare each step with the one before, and the last one with the eligible patients."""
    before: Row | None = None
    for name, step in view.stems.items():
        if not name.startswith("flow.") or not {"remaining", "excluded"} <= set(step):
            continue
        left, out = step["remaining"], step["excluded"]
        keys: tuple[str, ...] = (left.key, out.key)
        whole = (left.n or 0) + (out.n or 0)
        problem = None
        if not whole == left.denominator == out.denominator:
            problem = "those who stay and those who leave are not those who came"
        elif before is not None and before.n != whole:
            keys, problem = (*keys, before.key), "the step does not begin where the last one ended"
        yield Seen(keys, problem)
        before = left
    if before is not None:
        for row in view.rows:
            if row.key.startswith(("population.", "population_left_out.")):
                same = row.denominator == before.n
                words = None if same else "the population is not a part of the last step's patients"
                yield Seen((row.key, before.key), words)


def populations(view: View) -> Iterator[Seen]:
    """Compare members and those left out of each population with the eligible."""
    for name in view.study.populations:
        inside, out = (view.get(f"{word}.{name}") for word in ("population", "population_left_out"))
        if inside is None or out is None:
            continue
        fits = (inside.n or 0) + (out.n or 0) == inside.denominator == out.denominator
        words = None if fits else "members and those left out are not the eligible patients"
        yield Seen((inside.key, out.key), words)


def families(view: View) -> Iterator[tuple[list[Row], Row | None]]:
    """Yield the levels of each variable that is described, with the row of unknown values."""
    for of_stem in view.stems.values():
        levels = [
            row
            for row in of_stem.values()
            if row.statistic == "percent"
            and row.group is not None
            and row.variable is not None
            and row.group.startswith(f"{row.variable}=")
        ]
        if levels:
            yield levels, of_stem.get("missing")


def categories(view: View) -> Iterator[Seen]:
    """Add up the levels of each variable, unknown values with them."""
    for levels, missing in families(view):
        parts = [*levels, *([missing] if missing else [])]
        if any(row.n is None for row in parts):
            continue
        same = len({row.denominator for row in parts}) == 1
        fits = same and sum(row.n or 0 for row in parts) == parts[0].denominator
        words = None if fits else "levels and unknown values do not add up to the denominator"
        yield Seen(tuple(row.key for row in parts), words)


def known(view: View) -> Iterator[Seen]:
    """Compare the patients with a known number with those whose number is unknown."""
    for of_stem in view.stems.values():
        missing = of_stem.get("missing")
        if missing is None or missing.statistic != "percent":
            continue
        for row in of_stem.values():
            if row.statistic != "percent" and row.n is not None and row.denominator is not None:
                fits = row.n + (missing.n or 0) == row.denominator == missing.denominator
                words = None if fits else "known and unknown values are not all patients"
                yield Seen((row.key, missing.key), words)


def quartiles(view: View) -> Iterator[Seen]:
    """Order the numbers that describe a distribution, and compare what they are made of."""
    names = ("minimum", "q1", "median", "q3", "maximum")
    for of_stem in view.stems.values():
        rows = [of_stem[name] for name in names if name in of_stem]
        if len(rows) < 2 or "minimum" not in of_stem:
            continue
        values = [row.value for row in rows if row.value is not None]
        problem = None
        if values != sorted(values):
            problem = "minimum, quartiles and maximum are not in order"
        elif len({(row.n, row.denominator, row.unit, row.population) for row in rows}) > 1:
            problem = "median, quartiles and range are not of the same patients"
        yield Seen(tuple(row.key for row in rows), problem)


def response_rates(view: View) -> Iterator[Seen]:
    """Add up response categories to the rates."""
    for name, of_stem in view.stems.items():
        shares = view.stems.get(f"{name}.category", {})
        by_category = {str(row.group).partition("=")[2]: row for row in shares.values()}
        if not set(CATEGORIES) <= set(by_category):
            continue
        for word, worst in DEPTHS.items():
            rate = of_stem.get(word)
            if rate is None:
                continue
            inside = [by_category[c] for c in CATEGORIES[: CATEGORIES.index(worst) + 1]]
            fits = sum(row.n or 0 for row in inside) == rate.n
            fits = fits and all(row.denominator == rate.denominator for row in inside)
            words = None if fits else "the rate is not the sum of its response categories"
            yield Seen((rate.key, *(row.key for row in inside)), words)


def response_groups(view: View) -> Iterator[Seen]:
    """Add up the levels of each subgroup to the population's rate."""
    for name, of_stem in view.stems.items():
        levels = [row for row in of_stem.values() if row.variable == "orr" and row.n is not None]
        unknown = of_stem.get("unknown")
        if unknown is None or not levels:
            continue
        whole = _rate_of(view, name, levels[0].population)
        if whole is None:
            continue
        keys = (*(row.key for row in levels), unknown.key, whole.key)
        patients = sum(row.denominator or 0 for row in levels) + (unknown.n or 0)
        rest = (whole.n or 0) - sum(row.n or 0 for row in levels)
        problem = None
        if patients != whole.denominator:
            problem = "the groups and the unknown are not all patients"
        elif not 0 <= rest <= (unknown.n or 0):
            problem = "the groups' responders are not all responders"
        yield Seen(keys, problem)


def _rate_of(view: View, name: str, population: str) -> Row | None:
    above = view.get(f"{name.split('.by.')[0]}.orr")
    if above is not None and above.population == population:
        return above
    found = (row for row in view.rows if last(row.key) == "orr" and row.population == population)
    return next(found, None)


def survival_groups(view: View) -> Iterator[Seen]:
    """Add up patients, events and numbers at risk of the groups of each comparison."""
    for name, levels in comparisons(view).items():
        unknown = view.get(f"{name}.unknown")
        whole = _whole(view, name)
        if unknown is None or whole is None:
            continue
        yield from _parts(levels, unknown, whole)


def comparisons(view: View) -> dict[str, list[Mapping[str, Row]]]:
    """Return the stems of the groups of each comparison, by the comparison's stem."""
    found: dict[str, list[Mapping[str, Row]]] = {}
    for name, of_stem in view.stems.items():
        if GROUPED & set(name.split(".")) and "patients" in of_stem:
            found.setdefault(stem(name), []).append(of_stem)
    return found


def _whole(view: View, name: str) -> Mapping[str, Row] | None:
    """Return the rows of everybody together, of a comparison from time zero."""
    words = name.split(".")
    where = next(i for i, word in enumerate(words) if word in GROUPED)
    return view.stems.get(".".join(words[:where])) if words[where] in ("by", "naive") else None


def _parts(
    levels: Sequence[Mapping[str, Row]], unknown: Row, whole: Mapping[str, Row]
) -> Iterator[Seen]:
    left = unknown.n or 0
    total = whole.get("patients")
    if total is not None:
        parts = [one["patients"] for one in levels]
        fits = sum(row.n or 0 for row in parts) + left == total.n
        words = None if fits else "the groups and the unknown are not all patients"
        yield Seen((*(row.key for row in parts), unknown.key, total.key), words)
    for word, row in whole.items():
        if word != "events" and not word.startswith("rate_"):
            continue
        parts = [one[word] for one in levels if word in one]
        if len(parts) != len(levels):
            continue
        rest = (row.n or 0) - sum(part.n or 0 for part in parts)
        what = "events" if word == "events" else "patients at risk"
        words = None if 0 <= rest <= left else f"the groups' {what} do not add up to all {what}"
        yield Seen((*(part.key for part in parts), row.key), words)


def landmarks(view: View) -> Iterator[Seen]:
    """Compare the patients of a landmark analysis with those left out before it."""
    for name, levels in comparisons(view).items():
        out = [view.get(f"{name}.left_out_{how}") for how in ("event", "censored")]
        unknown, words = view.get(f"{name}.unknown"), name.split(".")
        if None in out or unknown is None or "landmark" not in words:
            continue
        whole = view.get(".".join(words[: words.index("landmark")]) + ".patients")
        if whole is None:
            continue
        parts = [*(one["patients"] for one in levels), unknown, *(row for row in out if row)]
        fits = sum(row.n or 0 for row in parts) == whole.n
        problem = None if fits else "landmark groups and those left out are not all patients"
        yield Seen((*(row.key for row in parts), whole.key), problem)


def verdicts(view: View) -> Iterator[Seen]:
    """Add up the verdicts on published claims; of cross-checks compare the whole only."""
    for of_stem in view.stems.values():
        whole = of_stem.get("claims") or of_stem.get("compared")
        if whole is None:
            continue
        parts = [row for row in of_stem.values() if row.denominator is not None]
        fits = sum(row.n or 0 for row in parts) == whole.n or "compared" in of_stem
        fits = fits and all(row.denominator == whole.n for row in parts)
        words = None if fits else "the verdicts do not add up to the claims"
        yield Seen((whole.key, *(row.key for row in parts)), words)


def agreement(view: View) -> Iterator[Seen]:
    """Add up agreements and disagreements of two ways to a best response."""
    for name, of_stem in view.stems.items():
        same = of_stem.get("agreement")
        if same is None:
            continue
        start = f"{name}.disagreement."
        other = [row for row in view.rows if row.key.startswith(start)]
        fits = (same.n or 0) + sum(row.n or 0 for row in other) == same.denominator
        words = None if fits else "agreements and disagreements are not all patients"
        yield Seen((same.key, *(row.key for row in other)), words)


RULES = (
    Rule("flow", "steps of the flow", "each step begins where the last one ended", REBUILD, flow),
    Rule(
        "populations",
        "populations",
        "members and those left out are the eligible patients",
        REBUILD,
        populations,
    ),
    Rule(
        "categories",
        "variables with levels",
        "levels and unknown values add up to the denominator",
        REBUILD,
        categories,
    ),
    Rule(
        "known",
        "descriptive numbers",
        "known and unknown values are all patients",
        REBUILD,
        known,
    ),
    Rule(
        "quartiles",
        "distributions",
        "minimum, quartiles and maximum are in order and of the same patients",
        REBUILD,
        quartiles,
    ),
    Rule(
        "response-rates",
        "rates of response",
        "a rate of response is the sum of its categories",
        REBUILD,
        response_rates,
    ),
    Rule(
        "response-groups",
        "subgroup analyses",
        "subgroups add up to the whole (P04)",
        REBUILD,
        response_groups,
    ),
    Rule(
        "survival-groups",
        "sums over compared groups",
        "groups add up to the whole (P04)",
        REBUILD,
        survival_groups,
    ),
    Rule(
        "landmarks",
        "landmark analyses",
        "those left out before a landmark are counted",
        REBUILD,
        landmarks,
    ),
    Rule("verdicts", "sets of verdicts", "every claim has one verdict", REBUILD, verdicts),
    Rule(
        "agreement",
        "agreements",
        "agreements and disagreements are all patients",
        REBUILD,
        agreement,
    ),
)
