"""What a reader would decide otherwise when a number changes: more than a digit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from helpers.ledger.formatting import NOT_REACHED
from helpers.ledger.row import Row

Kind = Literal["p", "interval", "direction", "reached", "estimable"]
ALPHA = 0.05
#: Statistic to the value at which there is no effect.
NO_EFFECT = {
    "hazard_ratio": 1.0,
    "odds_ratio": 1.0,
    "rate_ratio": 1.0,
    "risk_ratio": 1.0,
    "difference": 0.0,
    "risk_difference": 0.0,
    "rmst_difference": 0.0,
}


@dataclass(frozen=True)
class Decision:
    """One thing that is decided otherwise.

    Attributes:
        kind: "p" crosses 0.05, an "interval" takes in or leaves out no effect, the "direction"
            of an effect, a median is "reached" or not, an estimate is "estimable" or not.
        words: The same in words.
    """

    kind: Kind
    words: str


def decisions(old: Row, new: Row) -> tuple[Decision, ...]:
    """Return what a reader of two rows of one key would decide otherwise; mostly nothing."""
    found = [_p(old, new), _interval(old, new), _direction(old, new), _reached(old, new)]
    return tuple(decision for decision in found if decision is not None)


def _p(old: Row, new: Row) -> Decision | None:
    if old.statistic != "p_value" or old.value is None or new.value is None:
        return None
    if (old.value < ALPHA) == (new.value < ALPHA):
        return None
    way = "falls below" if new.value < ALPHA else "rises to or above"
    return Decision("p", f"{old.text} → {new.text}: {way} {ALPHA:g}")


def _interval(old: Row, new: Row) -> Decision | None:
    none = NO_EFFECT.get(old.statistic)
    before, after = _takes_in(old, none), _takes_in(new, none)
    if None in (before, after) or before == after:
        return None
    way = "now includes" if after else "no longer includes"
    return Decision("interval", f"{old.interval} → {new.interval}: the interval {way} {none:g}")


def _takes_in(row: Row, value: float | None) -> bool | None:
    if value is None or row.low is None or row.high is None:
        return None
    return row.low <= value <= row.high


def _direction(old: Row, new: Row) -> Decision | None:
    none = NO_EFFECT.get(old.statistic)
    if none is None or old.value is None or new.value is None:
        return None
    if (old.value - none) * (new.value - none) >= 0:
        return None
    words = f"{old.display} → {new.display}: the effect points the other way (past {none:g})"
    return Decision("direction", words)


def _reached(old: Row, new: Row) -> Decision | None:
    if (old.value is None) == (new.value is None):
        return None
    absent = new if new.value is None else old
    if absent.display == NOT_REACHED:
        words = "not reached any more" if absent is new else "now reached"
        return Decision("reached", f"{old.display} → {new.display}: {words}")
    words = "can no longer be estimated" if absent is new else "can now be estimated"
    return Decision("estimable", f"{old.display} → {new.display}: {words}")
