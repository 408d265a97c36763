"""Ledger rows from the results of ``helpers.statistics``: the one place that formats them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from helpers.ledger import formatting
from helpers.ledger.row import Row

if TYPE_CHECKING:
    from helpers.statistics.competing_risks import Incidence
    from helpers.statistics.imputed_model import PooledHazardRatio
    from helpers.statistics.logistic import AdjustedOddsRatio
    from helpers.statistics.proportions import Proportion, ProportionDifference, TestResult
    from helpers.statistics.ratios import Coefficient
    from helpers.statistics.regression import HazardRatio
    from helpers.statistics.step_curves import AtTime
    from helpers.statistics.time_to_event import Quantile, SurvivalRate
    from helpers.study.schema.settings import Style

NO_BOUND = "lower bound not reached"
NO_BOUNDS = "bounds not reached"


@dataclass(frozen=True)
class RowMaker:
    """Makes rows of one analysis in the study's style.

    Attributes:
        style: How the study prints numbers.
        context: The analysis the rows belong to.
        population: Key of the population that is analysed, unless a call names another.
    """

    style: Style
    context: str
    population: str

    def _row(self, key: str, **given: Any) -> Row:
        given.setdefault("population", self.population)
        return Row(key=key, context=self.context, **given)

    def proportion(self, key: str, estimate: Proportion, **given: Any) -> Row:
        """Return the row of a proportion with its counts and interval, in percent."""
        digits = self.style.percent_digits
        if estimate.estimate is None:
            return self._row(
                key,
                statistic="percent",
                value=None,
                display=formatting.NOT_ESTIMABLE,
                n=estimate.count,
                denominator=estimate.total,
                unit="%",
                reason="nobody in the group",
                **given,
            )
        low, high = _scaled(estimate.low, 100), _scaled(estimate.high, 100)
        return self._row(
            key,
            statistic="percent",
            value=100 * estimate.count / estimate.total,
            display=formatting.percent(estimate.count, estimate.total, digits),
            n=estimate.count,
            denominator=estimate.total,
            low=low,
            high=high,
            interval=None if low is None else formatting.interval(low, high, digits),
            level=estimate.level,
            unit="%",
            method=estimate.method,
            **given,
        )

    def share(self, key: str, count: int, total: int, **given: Any) -> Row:
        """Return the row of a share that is described, without an interval."""
        if total == 0:
            shown, value = formatting.NOT_ESTIMABLE, None
        else:
            shown = formatting.percent(count, total, self.style.percent_digits)
            value = float(Fraction(100 * count, total))
        return self._row(
            key,
            statistic="percent",
            value=value,
            display=shown,
            n=count,
            denominator=total,
            unit="%",
            **given,
        )

    def difference(self, key: str, estimate: ProportionDifference, **given: Any) -> Row:
        """Return the row of a difference of two proportions, in percentage points."""
        value, low, high = (
            _scaled(part, 100) for part in (estimate.estimate, estimate.low, estimate.high)
        )
        return self._interval_row(
            key,
            "difference",
            (value, low, high),
            self.style.percent_digits,
            level=estimate.level,
            unit="percentage points",
            method=estimate.method,
            **given,
        )

    def quantile(self, key: str, estimate: Quantile, **given: Any) -> Row:
        """Return the row of a survival quantile in months, "not reached" where it is so."""
        digits, value = self.style.time_digits, estimate.estimate
        bounds = (estimate.low, estimate.high)
        if value is not None:
            shown, interval = formatting.fixed(value, digits), NO_BOUNDS
        elif estimate.reached or given.get("denominator") == 0:
            shown, interval = formatting.NOT_ESTIMABLE, None
        else:
            shown, interval = formatting.NOT_REACHED, NO_BOUND
        if interval is not None and any(bound is not None for bound in bounds):
            interval = formatting.interval(*bounds, digits)
        return self._row(
            key,
            statistic="median" if estimate.probability == 0.5 else "quantile",
            value=value,
            display=shown,
            low=estimate.low,
            high=estimate.high,
            interval=interval,
            level=None if interval is None else estimate.level,
            unit="months",
            method=f"Kaplan–Meier, {estimate.transform} interval",
            reason=estimate.reason,
            **given,
        )

    def rate(self, key: str, estimate: SurvivalRate, **given: Any) -> Row:
        """Return the row of a survival probability at a time, in percent."""
        return self._at_time(key, "survival_rate", "Kaplan–Meier", estimate, **given)

    def incidence(self, key: str, estimate: Incidence, **given: Any) -> Row:
        """Return the row of a cumulative incidence at a time, in percent."""
        return self._at_time(key, "cumulative_incidence", "Aalen–Johansen", estimate, **given)

    def hazard_ratio(
        self, key: str, estimate: HazardRatio | PooledHazardRatio, **given: Any
    ) -> Row:
        """Return the row of a hazard ratio."""
        return self._ratio(key, "hazard_ratio", estimate, **given)

    def odds_ratio(self, key: str, estimate: AdjustedOddsRatio, **given: Any) -> Row:
        """Return the row of an odds ratio of a logistic model."""
        return self._ratio(key, "odds_ratio", estimate, **given)

    def p(self, key: str, p: float | None, method: str, **given: Any) -> Row:
        """Return the row of a p-value."""
        shown = formatting.NOT_ESTIMABLE
        if p is not None:
            shown = formatting.p_value(p, digits=self.style.p_digits, floor=self.style.p_floor)
        return self._row(key, statistic="p_value", value=p, display=shown, method=method, **given)

    def test(self, key: str, result: TestResult, **given: Any) -> Row:
        """Return the row of a test's p-value."""
        return self.p(key, result.p, result.test, reason=result.reason, **given)

    def count(self, key: str, count: int, of: int | None = None, **given: Any) -> Row:
        """Return the row of a count."""
        return self._row(
            key,
            statistic="count",
            value=count,
            display=f"{count:d}",
            n=count,
            denominator=of,
            **given,
        )

    def number(
        self, key: str, value: float | None, digits: int, statistic: str, **given: Any
    ) -> Row:
        """Return the row of a descriptive number: a median, a minimum, a mean."""
        shown = formatting.NOT_ESTIMABLE if value is None else formatting.fixed(value, digits)
        return self._row(key, statistic=statistic, value=value, display=shown, **given)

    def words(self, key: str, text: str, **given: Any) -> Row:
        """Return the row of a setting or a definition, which is printed as words."""
        return self._row(key, statistic="words", value=None, display=text, **given)

    def _at_time(
        self, key: str, statistic: str, method: str, estimate: AtTime, **given: Any
    ) -> Row:
        """Return the row of a probability at a time, in percent, with the number at risk."""
        given.setdefault("n", estimate.at_risk)
        return self._interval_row(
            key,
            statistic,
            tuple(_scaled(part, 100) for part in (estimate.estimate, estimate.low, estimate.high)),
            self.style.percent_digits,
            suffix="%",
            level=estimate.level,
            unit="%",
            method=f"{method}, {estimate.transform} interval",
            reason=estimate.reason,
            **given,
        )

    def _ratio(self, key: str, statistic: str, estimate: Coefficient, **given: Any) -> Row:
        """Return the row of a coefficient as a ratio, with the events and patients of its level."""
        return self._interval_row(
            key,
            statistic,
            (estimate.estimate, estimate.low, estimate.high),
            self.style.ratio_digits,
            n=estimate.events,
            denominator=estimate.n,
            reason=estimate.reason,
            **given,
        )

    def _interval_row(
        self,
        key: str,
        statistic: str,
        parts: tuple[float | None, ...],
        digits: int,
        *,
        suffix: str = "",
        **given: Any,
    ) -> Row:
        value, low, high = parts
        bounded = value is not None and (low is not None or high is not None)
        if not bounded:
            given.pop("level", None)
        return self._row(
            key,
            statistic=statistic,
            value=value,
            display=formatting.NOT_ESTIMABLE
            if value is None
            else formatting.fixed(value, digits) + suffix,
            low=low if bounded else None,
            high=high if bounded else None,
            interval=formatting.interval(low, high, digits) if bounded else None,
            **given,
        )


def _scaled(value: float | None, by: float) -> float | None:
    return None if value is None else value * by
