"""Ticks of a time axis."""

from __future__ import annotations

_STEPS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 6.0, 12.0, 24.0, 36.0, 60.0, 120.0, 240.0)
_MOST = 12
_CLEAR = 4.2


def time_ticks(last: float, width: float, digits: float) -> tuple[float, ...]:
    """Return multiples of a usual step in months from 0 to at most ``last``.

    Args:
        last: Last time shown.
        width: Length of the axis, mm.
        digits: Width of the widest number that stands at a tick, mm.
    """
    most = max(2, min(_MOST, int(width / (digits + _CLEAR))))
    step = next(
        (step for step in _STEPS if last / step <= most), 120.0 * (1 + last // (120 * most))
    )
    return tuple(step * number for number in range(int(last / step + 1e-9) + 1))
